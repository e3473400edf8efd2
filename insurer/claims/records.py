"""One settlement record of the national platform as the facts of a case.

Pure: text in, values out. The field names and their variants between exchanges are those of the platform
(2304, 5203, 5204); amounts are read as text and brought to the fen, whatever noise a sender's floats left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from hashlib import sha256
from json import dumps
from typing import Any, Final

from insurer.kernel.errors import Problem
from insurer.kernel.money import MAX_FEN, to_yuan

Raw = Mapping[str, Any]

REQUIRED_AMOUNTS: Final = (
    "medfee_sumamt",
    "inscp_scp_amt",
    "preselfpay_amt",
    "overlmt_selfpay",
    "fulamt_ownpay_amt",
    "hifp_pay",
    "hifmi_pay",
)
OPTIONAL_AMOUNTS: Final = (
    "maf_pay",
    "hifob_pay",
    "hifes_pay",
    "cvlserv_pay",
    "hifdm_pay",
    "oth_pay",
    "hosp_part_amt",
    "psn_part_amt",
    "fund_pay_sumamt",
    "acct_pay",
    "acct_mulaid_pay",
    "psn_cash_pay",
    "act_pay_dedc",
)
VARIANTS: Final[dict[str, tuple[str, ...]]] = {
    "psn_part_amt": ("psn_pay",),
    "hosp_part_amt": ("ownpay_hosp_part",),
    "psn_cash_pay": ("cashPayamt", "cash_payamt", "psn_cashpay"),
    "inscp_scp_amt": ("inscp_amt",),
    "overlmt_selfpay": ("overlmt_amt",),
    "oth_pay": ("othfund_pay",),
    "begndate": ("begntime", "adm_time", "setl_begn_date", "start_date"),
    "enddate": ("endtime", "dscg_time", "setl_end_date", "end_date"),
    "insuplc_admdvs": ("insu_admdvs", "insuplc"),
    "med_type": ("med_typecode",),
    "reverses": ("init_setl_id", "orig_setl_id"),
}
"""The same fact under the names of other exchanges (``domain`` 4.2 of the platform's documents)."""

LINE_TEXTS: Final = (
    "medins_list_name",
    "hilist_name",
    "med_list_codg",
    "medins_list_codg",
    "list_type",
    "med_chrgitm_type",
    "chrgitm_lv",
    "rx_drord_no",
    "init_feedetl_sn",
    "spec",
    "prodname",
)
LINE_AMOUNTS: Final = ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")
PLAIN_FACTS: Final = ("referral", "third_party", "dual_channel", "upstream_pending")


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


@dataclass(frozen=True, slots=True)
class SettlementRecord:
    """A settlement record, read and checked; personal values stand apart from the facts."""

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
    visit_id: str
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
    reader = _Reader(where)
    header = raw.get("setlinfo")
    if not isinstance(header, Mapping):
        return None, [Problem("setlinfo", "没有结算信息，请补上这一段", where, "missing")]
    setl_id = reader.text(header, "setl_id", required=True)
    certno = reader.text(header, "certno", required=True)
    name = reader.text(header, "psn_name", required=True)
    med_type = reader.text(header, "med_type", required=True)
    settled = reader.day(header, "setl_time", required=True)
    amounts = {field: reader.fen(header, field, required=True) for field in REQUIRED_AMOUNTS}
    amounts |= {field: reader.fen(header, field) for field in OPTIONAL_AMOUNTS}
    lines = reader.lines(raw.get("feedetail"))
    facts = reader.facts(raw, header, amounts)
    if reader.problems or settled is None:
        return None, reader.problems
    total = amounts["medfee_sumamt"] or 0
    refunded = reader.text(header, "refd_setl_flag") in ("1", "001")
    reversal = refunded or total < 0
    reverses = reader.text(header, "reverses") or _text(raw.get("reverses")) or None
    original = dumps(raw, ensure_ascii=False, sort_keys=True, default=str)
    institution = facts.get("fixmedins") or {}
    return SettlementRecord(
        setl_id=setl_id,
        region=reader.text(header, "insuplc_admdvs")[:4],
        certno=certno,
        name=name,
        facts=facts,
        lines=tuple(lines),
        papers=tuple(reader.papers(raw.get("evidence"))),
        invoice_key=_invoice_key(facts.get("invoice")),
        is_reversal=reversal,
        reverses=reverses,
        visit_id=reader.text(header, "mdtrt_id"),
        settled_on=settled,
        begin_on=reader.day(header, "begndate"),
        end_on=reader.day(header, "enddate"),
        hospital=_text(institution.get("name")),
        med_type=med_type,
        total_fen=total,
        burden_fen=_burden(amounts),
        content_hash=sha256(original.encode()).digest(),
        original=original,
    ), []


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


def _invoice_key(invoice: Any) -> str | None:
    """Return the key by which an electronic invoice is known: code, number and check code."""
    if not isinstance(invoice, Mapping) or not _text(invoice.get("bill_no")):
        return None
    return "|".join(_text(invoice.get(part)) for part in ("bill_code", "bill_no", "check_code"))


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def fen_from_text(text: str) -> int:
    """Bring a sender's amount to the fen, half up; ``ValueError`` when it is no number.

    ``38.61000000000001`` is what a sender's float made of 38.61; the original text is kept elsewhere.
    """
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise ValueError(f"“{text}”不是金额，请写成 1234.50 这样的数字") from error
    if not value.is_finite():
        raise ValueError(f"“{text}”不是金额，请写成 1234.50 这样的数字")
    fen = int((value * 100).quantize(Decimal(1), ROUND_HALF_UP))
    if abs(fen) > MAX_FEN:
        raise ValueError(f"“{text}”太大，请核对")
    return fen


class _Reader:
    """Reads fields of one record and gathers every problem instead of stopping at the first."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.problems: list[Problem] = []

    def value(self, row: Raw, field: str) -> Any:
        """Return the first filled spelling of ``field``."""
        for known in (field, *VARIANTS.get(field, ())):
            found = row.get(known)
            if found is not None and found != "":
                return found
        return None

    def text(self, row: Raw, field: str, *, required: bool = False) -> str:
        found = _text(self.value(row, field))
        if required and not found:
            self.problems.append(Problem(field, "没有填，请补上", self.where, "missing"))
        return found

    def fen(self, row: Raw, field: str, *, required: bool = False, where: str = "") -> int | None:
        found = _text(self.value(row, field))
        if not found:
            if required:
                self.problems.append(Problem(field, "没有金额，没有发生请填 0.00", self.where, "missing"))
            return None
        try:
            return fen_from_text(found)
        except ValueError as error:
            self.problems.append(Problem(field, str(error), where or self.where, "amount"))
            return None

    def day(self, row: Raw, field: str, *, required: bool = False) -> date | None:
        found = self.text(row, field, required=required)
        if not found:
            return None
        digits = found[:10].replace("/", "-")
        if len(digits) == 8 and digits.isdigit():
            digits = f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
        try:
            return date.fromisoformat(digits)
        except ValueError:
            message = f"“{found}”不是日期，请写成 2026-01-31 这样"
            self.problems.append(Problem(field, message, self.where, "date"))
            return None

    def facts(self, raw: Raw, header: Raw, amounts: Mapping[str, int | None]) -> dict[str, Any]:
        """Return the settlement of the case document, by an allow-list: nothing personal can slip in."""
        facts: dict[str, Any] = {
            "setl_id": self.text(header, "setl_id"),
            "med_type": self.text(header, "med_type"),
        }
        for field in ("begndate", "enddate", "setl_time"):
            day = _text(self.value(header, field))[:10]
            if day:
                facts[field] = day
        facts |= {field: to_yuan(fen) for field, fen in amounts.items() if fen is not None}
        insutype = self.text(header, "insutype")
        if insutype:
            facts["insutype"] = insutype
        for field in PLAIN_FACTS:
            found = raw.get(field, header.get(field))
            if found is not None:
                facts[field] = found
        institution = raw.get("fixmedins", header.get("fixmedins"))
        if isinstance(institution, Mapping):
            facts["fixmedins"] = {key: value for key, value in institution.items() if value is not None}
        payers = [self._payer(payer, index) for index, payer in enumerate(_rows(raw.get("later_payers")), 1)]
        if payers:
            facts["later_payers"] = payers
        invoice = raw.get("invoice")
        if isinstance(invoice, Mapping):
            facts["invoice"] = {
                key: _text(invoice.get(key)) for key in ("bill_code", "bill_no", "check_code")
            }
        return facts

    def _payer(self, payer: Raw, index: int) -> dict[str, Any]:
        where = f"{self.where} 后续付款方第 {index} 项"
        found: dict[str, Any] = {"payer": _text(payer.get("payer"))}
        for field in ("unsplit", "in_catalogue", "outside_catalogue", "excluded"):
            fen = self.fen(payer, field, where=where)
            if fen is not None:
                found[field] = to_yuan(fen)
        return found

    def lines(self, rows: Any) -> list[FeeLineRecord]:
        found = []
        for number, row in enumerate(_rows(rows), 1):
            where = f"{self.where} 明细第 {number} 行"
            amount = self.fen(row, "det_item_fee_sumamt", where=where)
            if amount is None and not _text(row.get("det_item_fee_sumamt")):
                self.problems.append(Problem("det_item_fee_sumamt", "没有金额，请补上", where, "missing"))
            facts: dict[str, Any] = {"feedetl_sn": _text(row.get("feedetl_sn")) or str(number)}
            facts |= {field: _text(row[field]) for field in LINE_TEXTS if _text(row.get(field))}
            for field in ("pric", "cnt"):
                text = _text(row.get(field))
                if text:
                    facts[field] = self._plain(row, field, text, where)
            facts["det_item_fee_sumamt"] = to_yuan(amount or 0)
            for field in LINE_AMOUNTS:
                fen = self.fen(row, field, where=where)
                if fen is not None:
                    facts[field] = to_yuan(fen)
            own = fen_from_text(facts.get("fulamt_ownpay_amt", "0"))
            name = facts.get("medins_list_name") or facts.get("hilist_name") or ""
            if not name:
                self.problems.append(Problem("medins_list_name", "没有项目名称，请补上", where, "missing"))
            found.append(FeeLineRecord(facts["feedetl_sn"], name, amount or 0, own, facts))
        return found

    def _plain(self, row: Raw, field: str, text: str, where: str) -> str:
        """Return a price or a count as plain decimal text (at most six decimals)."""
        try:
            value = Decimal(text.replace(",", ""))
        except InvalidOperation:
            self.problems.append(Problem(field, f"“{text}”不是数字，请改正", where, "amount"))
            return text
        rounded = value.quantize(Decimal("0.000001"), ROUND_HALF_UP).normalize()
        return f"{rounded:f}"

    def papers(self, rows: Any) -> list[PaperRecord]:
        return [
            PaperRecord(_text(row.get("kind")), _text(row.get("filename")), int(_text(row.get("pages")) or 1))
            for row in _rows(rows)
            if _text(row.get("kind"))
        ]


def _rows(value: Any) -> Sequence[Raw]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []
