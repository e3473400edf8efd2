"""One settlement record of the national platform as the facts of a case.

Pure: text in, values out. The field names and their variants between exchanges are those of the platform
(2304, 5203, 5204); amounts are read as text and brought to the fen, whatever noise a sender's floats left.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from json import dumps
from typing import Any

from insurer.claims.bill_totals import read_bill_totals
from insurer.claims.record_fields import (
    APPLICANTS,
    FUND_FIELDS,
    INSTITUTION_KINDS,
    INSTITUTION_REGIONS,
    LATER_PAYERS,
    LINE_AMOUNTS,
    LINE_TEXTS,
    OPTIONAL_AMOUNTS,
    PAPER_FORMS,
    REFERRALS,
    REQUIRED_AMOUNTS,
    THIRD_PARTIES,
    FieldReader,
    Raw,
    fen_from_text,
    folded,
    plain_text,
)
from insurer.claims.upstream import THIRD_PARTY
from insurer.kernel.errors import Problem
from insurer.kernel.money import to_yuan

MOST_PAGES = 10_000
"""Most pages of one paper."""
UNCOUNTED = ("mdtrt_id",)
"""Facts that tell records apart but make no new version."""


@dataclass(frozen=True, slots=True)
class FeeLineRecord:
    """A fee line: what is shown of it, its amounts in fen, and its facts for the calculation."""

    serial: str
    name: str
    amount_fen: int
    own_fen: int
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PaperRecord:
    """A paper that was handed in with the record."""

    kind: str
    filename: str
    pages: int
    form: str = ""


@dataclass(frozen=True, slots=True)
class SettlementRecord:
    """A settlement record, read and checked; personal values stand apart from the facts.

    ``where`` is its place in the delivery. ``content_hash`` covers what was read, not how it was written:
    the same settlement exported once more, with other spellings or further fields, is no new version.
    """

    where: str
    setl_id: str
    region: str
    certno: str
    name: str
    facts: dict[str, Any]
    lines: tuple[FeeLineRecord, ...]
    papers: tuple[PaperRecord, ...]
    invoice_key: str | None
    is_reversal: bool
    reverses: str | None
    settled_on: date
    begin_on: date | None
    end_on: date | None
    hospital: str
    med_type: str
    total_fen: int
    burden_fen: int
    content_hash: bytes
    original: str


def read_record(raw: Raw, where: str) -> tuple[SettlementRecord | None, list[Problem]]:
    """Read one import record; every problem names ``where`` and the field, and then nothing is returned."""
    reader = FieldReader(where)
    given = raw.get("setlinfo")
    if not isinstance(given, Mapping):
        return None, [Problem("setlinfo", "没有结算信息，请补上这一段", where, "missing")]
    header = _with_funds(reader, folded(given), raw)
    setl_id = reader.text(header, "setl_id", required=True)
    days = {
        field: reader.day(header, field, required=field == "setl_time")
        for field in ("begndate", "enddate", "setl_time")
    }
    settled = days["setl_time"]
    certno = reader.person_number(header, settled)
    name = reader.text(header, "psn_name", required=True)
    med_type = reader.visit(header)
    region = reader.text(header, "insuplc_admdvs")[:4]
    amounts = {field: reader.fen(header, field, required=True) for field in REQUIRED_AMOUNTS}
    amounts |= {field: reader.fen(header, field) for field in OPTIONAL_AMOUNTS}
    total = amounts["medfee_sumamt"] or 0
    _refuse_mixed_signs(reader, amounts, total)
    reversal = bool(reader.flag(header, "refd_setl_flag")) or total < 0
    reverses = reader.text(header, "reverses") or reader.text(raw, "reverses") or None
    lines = _lines(reader, raw)
    papers = _papers(reader, raw)
    facts = _facts(reader, raw, header, amounts, days, med_type)
    original = _original(reader, raw)
    if reader.problems or settled is None:
        return None, reader.problems
    counted = {field: value for field, value in facts.items() if field not in UNCOUNTED}
    content = [setl_id, region, certno, counted, [line.facts for line in lines], reversal, reverses]
    return SettlementRecord(
        where=where,
        setl_id=setl_id,
        region=region,
        certno=certno,
        name=name,
        facts=facts,
        lines=tuple(lines),
        papers=tuple(papers),
        invoice_key=_invoice_key(facts.get("invoice", {})),
        is_reversal=reversal,
        reverses=reverses,
        settled_on=settled,
        begin_on=days["begndate"],
        end_on=days["enddate"],
        hospital=facts.get("fixmedins", {}).get("name", ""),
        med_type=med_type,
        total_fen=total,
        burden_fen=_burden(amounts),
        content_hash=sha256(dumps(content, ensure_ascii=False, sort_keys=True).encode()).digest(),
        original=original,
    ), []


def _with_funds(reader: FieldReader, header: dict[str, Any], raw: Raw) -> dict[str, Any]:
    """Return the header with the funds that stand in ``setldetail`` alone."""
    found: dict[str, int] = {}
    for number, row in enumerate(reader.rows(raw, "setldetail"), 1):
        field = FUND_FIELDS.get(plain_text(row.get("fund_pay_type"))[:4])
        if field is not None and plain_text(header.get(field)) == "":
            where = f"{reader.where} 基金分项第 {number} 项"
            found[field] = found.get(field, 0) + (reader.fen(row, "fund_payamt", where=where) or 0)
    return {**header, **{field: to_yuan(fen) for field, fen in found.items()}}


def _refuse_mixed_signs(reader: FieldReader, amounts: Mapping[str, int | None], total: int) -> None:
    """Refuse amounts of both signs: a settlement has none below zero, its reversal none above."""
    for field, fen in amounts.items():
        if fen is not None and fen * (-1 if total < 0 else 1) < 0:
            reader.refuse(field, "正负和总费用不一致，请核对", "sign")


def _original(reader: FieldReader, raw: Raw) -> str:
    """Return the record as it came."""
    try:
        original = dumps(raw, ensure_ascii=False, sort_keys=True, default=str)
        original.encode()
    except (UnicodeEncodeError, RecursionError, TypeError):
        if not reader.problems:
            reader.refuse("setlinfo", "这一条里有读不出的字，请重新导出", "text")
        return ""
    return original


def _burden(amounts: Mapping[str, int | None]) -> int:
    """Return what the settlement itself left to the person: stated, else total less every fund."""
    stated = amounts.get("psn_part_amt")
    if stated is not None:
        return stated
    funds = (
        "hifp_pay",
        "hifmi_pay",
        "maf_pay",
        "hifob_pay",
        "hifes_pay",
        "cvlserv_pay",
        "hifdm_pay",
        "oth_pay",
    )
    paid = sum(amounts.get(field) or 0 for field in (*funds, "hosp_part_amt"))
    return (amounts["medfee_sumamt"] or 0) - paid


def _invoice_key(invoice: Mapping[str, str]) -> str | None:
    """Return the key by which an electronic invoice is known: code, number and check code."""
    if not invoice.get("bill_no"):
        return None
    return "|".join(invoice[part] for part in ("bill_code", "bill_no", "check_code"))


def _facts(
    reader: FieldReader,
    raw: Raw,
    header: Raw,
    amounts: Mapping[str, int | None],
    days: Mapping[str, date | None],
    med_type: str,
) -> dict[str, Any]:
    """Return the settlement of the case document, by an allow-list: nothing personal can slip in."""
    facts: dict[str, Any] = {
        "setl_id": reader.text(header, "setl_id"),
        "med_type": med_type,
    }
    facts |= {field: day.isoformat() for field, day in days.items() if day is not None}
    facts |= {field: to_yuan(fen) for field, fen in amounts.items() if fen is not None}
    beside = {**header, **{key: value for key, value in raw.items() if value is not None}}
    said = {
        "mdtrt_id": reader.text(header, "mdtrt_id"),
        "applicant": reader.choice(beside, "applicant", APPLICANTS),
        "insutype": reader.text(header, "insutype"),
        "referral": reader.choice(beside, "referral", REFERRALS),
        "third_party": reader.choice(beside, "third_party", THIRD_PARTIES),
        "fixmedins": _institution(reader, reader.part(beside, "fixmedins"), header),
        "later_payers": [
            _payer(reader, payer, index) for index, payer in enumerate(reader.rows(raw, "later_payers"), 1)
        ],
        "upstream_pending": _pending(reader, beside),
    }
    facts |= {field: value for field, value in said.items() if value}
    dual = reader.flag(beside, "dual_channel")
    if dual is not None:
        facts["dual_channel"] = dual
    totals = read_bill_totals(reader, raw)
    if totals:
        facts["bill_totals"] = totals
    invoice = reader.part(raw, "invoice") or _invoice_in(header)
    if invoice:
        facts["invoice"] = {
            part: reader.text(invoice, part) for part in ("bill_code", "bill_no", "check_code")
        }
        if any("|" in text for text in facts["invoice"].values()):
            reader.refuse("invoice", "票据的代码、号码和校验码里不能有竖线，请核对", "text")
    return facts


def _invoice_in(header: Raw) -> Raw:
    """Return the invoice that a list of settlements (4101, 5203) names in its header."""
    if header.get("bill_no"):
        return {part: header.get(part, "") for part in ("bill_code", "bill_no", "check_code")}
    together = plain_text(header.get("invono"))
    if together.isascii() and together.isdigit() and len(together) in (18, 20):
        cut = len(together) - 10 if len(together) == 18 else 0
        return {"bill_code": together[:cut], "bill_no": together[cut:]}
    return {}


def _institution(reader: FieldReader, stated: Raw, header: Raw) -> dict[str, Any]:
    """Return the institution: the object beside the header, its name and code also from the header."""
    where = f"{reader.where} 医疗机构"
    name = reader.text(stated, "name", where=where) or reader.text(header, "fixmedins_name")
    code = reader.text(stated, "code", where=where) or reader.text(header, "fixmedins_code")
    kind = reader.choice(stated, "kind", INSTITUTION_KINDS, where)
    if not kind and code.startswith("P"):
        kind = "pharmacy"
    found: dict[str, Any] = {
        "kind": kind,
        "region": reader.choice(stated, "region", INSTITUTION_REGIONS, where),
        "name": name,
        "code": code,
    }
    found = {key: value for key, value in found.items() if value}
    for field in ("designated", "in_county"):
        value = reader.flag(stated, field, where)
        if value is not None:
            found[field] = value
    return found


def _pending(reader: FieldReader, row: Raw) -> list[str]:
    """Return the payers that have not answered: a list, or their names in one text."""
    value = row.get("upstream_pending")
    if value is None or value == "":
        return []
    names = value.replace("、", ",").split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(one, str) for one in names):
        reader.refuse("upstream_pending", "这里应是一个列表，写明还在等谁", "type")
        return []
    return [text for text in (plain_text(one) for one in names) if text]


def _payer(reader: FieldReader, payer: Raw, index: int) -> dict[str, Any]:
    where = f"{reader.where} 后续付款方第 {index} 项"
    name = reader.choice(payer, "payer", LATER_PAYERS, where)
    if not name:
        reader.refuse("payer", f"没有写是谁付的，请填 {'、'.join(LATER_PAYERS)}", "missing", where)
    found: dict[str, Any] = {"payer": name}
    if name == "private" and reader.text(payer, "of") == THIRD_PARTY:
        found["of"] = THIRD_PARTY
    for field in ("unsplit", "in_catalogue", "outside_catalogue", "excluded"):
        fen = reader.fen(payer, field, where=where)
        if fen is not None:
            found[field] = to_yuan(fen)
            if fen < 0:
                reader.refuse(field, "后续付款不能小于零，请核对", "sign", where)
    return found


def _lines(reader: FieldReader, raw: Raw) -> list[FeeLineRecord]:
    found: list[FeeLineRecord] = []
    serials: set[str] = set()
    for number, row in enumerate(reader.rows(raw, "feedetail"), 1):
        line = _line(reader, row, number)
        if line.serial in serials:
            where = f"{reader.where} 明细第 {number} 行"
            reader.refuse("feedetl_sn", f"明细号“{line.serial[:40]}”出现两次，请核对", "duplicate", where)
        serials.add(line.serial)
        found.append(line)
    return found


def _line(reader: FieldReader, row: Raw, number: int) -> FeeLineRecord:
    where = f"{reader.where} 明细第 {number} 行"
    amount = reader.fen(row, "det_item_fee_sumamt", required=True, where=where)
    facts: dict[str, Any] = {"feedetl_sn": reader.text(row, "feedetl_sn", where=where) or str(number)}
    said = {field: reader.text(row, field, where=where) for field in LINE_TEXTS}
    said |= {field: reader.plain(row, field, where) for field in ("pric", "cnt")}
    facts |= {field: text for field, text in said.items() if text}
    facts["det_item_fee_sumamt"] = to_yuan(amount or 0)
    for field in LINE_AMOUNTS:
        fen = reader.fen(row, field, where=where)
        if fen is not None:
            facts[field] = to_yuan(fen)
    own = fen_from_text(facts.get("fulamt_ownpay_amt", "0"))
    name = facts.get("medins_list_name") or facts.get("hilist_name") or ""
    if not name:
        reader.refuse("medins_list_name", "没有项目名称，请补上", "missing", where)
    return FeeLineRecord(facts["feedetl_sn"], name, amount or 0, own, facts)


def _papers(reader: FieldReader, raw: Raw) -> list[PaperRecord]:
    found = []
    for number, row in enumerate(reader.rows(raw, "evidence"), 1):
        where = f"{reader.where} 材料第 {number} 项"
        kind, filename = (reader.text(row, field, where=where) for field in ("kind", "filename"))
        pages = reader.plain(row, "pages", where) or "1"
        if not pages.isdecimal() or not 1 <= int(pages) <= MOST_PAGES:
            reader.refuse("pages", f"页数应是 1 到 {MOST_PAGES} 的整数", "number", where)
        elif kind:
            form = reader.choice(row, "form", PAPER_FORMS, where)
            found.append(PaperRecord(kind, filename, int(pages), form))
    return found
