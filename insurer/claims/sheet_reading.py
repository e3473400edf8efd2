"""From what was typed of a settlement sheet to one settlement record, with every problem at its field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from insurer.claims.record_fields import day_from_text, fen_from_text
from insurer.claims.records import SettlementRecord, read_record
from insurer.claims.sheet_fields import (
    AMOUNTS,
    FUNDS,
    GROUPS,
    LABELS,
    PAYERS,
    Addition,
    additions,
    later_amounts,
)
from insurer.claims.upstream import THIRD_PARTY
from insurer.kernel.errors import Problem
from insurer.kernel.money import display, parse_yuan, to_yuan
from insurer.people.characters import FULL_WIDTH

REGIONS: Final = {"changzhou-xinbei": "320411", "nantong": "320600"}
"""The insurance area of each scheme: a paper keyed in and the same record in a file have one key."""

AS_PRINTED: Final = "as_printed"
"""The field that says: the paper itself does not add up; the case is then held."""


@dataclass(frozen=True, slots=True)
class SheetRead:
    """A sheet as read: the record when it is sound, the problems by field, its additions."""

    record: SettlementRecord | None
    problems: tuple[Problem, ...]
    sums: tuple[Addition, Addition, Addition]


@dataclass(frozen=True, slots=True)
class SheetOf:
    """Whose sheet it is; these are personal values and go nowhere but into the sealed original."""

    scheme: str
    certno: str
    name: str
    papers: Sequence[Mapping[str, str]] = field(default=())


def read_sheet(
    values: Mapping[str, str],
    lines: Sequence[Mapping[str, str]],
    whose: SheetOf,
    setl_id: str = "",
    *,
    today: date,
) -> SheetRead:
    """Read typed values; ``setl_id`` is that of the case whose sheet is corrected, which keeps it.

    A paper in hand cannot be of a day after ``today``: a year typed wrong would decide about cover.
    """
    sums = additions(values)
    problems = _problems(values, sums, today)
    raw = _raw(values, lines, whose, setl_id)
    record, found = read_record(raw, "")
    known = {problem.field for problem in problems}
    problems += [placed for placed in map(_at_field, found) if placed.field not in known]
    problems += _line_sums(values, lines)
    return SheetRead(None if problems else record, tuple(problems), sums)


def _problems(values: Mapping[str, str], sums: Sequence[Addition], today: date) -> list[Problem]:
    found = []
    for group in GROUPS:
        for one in group.fields:
            text = values.get(one.name, "").strip()
            if one.required and not text:
                words = "没有金额，没有发生请填 0.00" if one.kind == "amount" else "没有填，请补上"
                found.append(Problem(one.name, f"{one.label}{words}", code="missing"))
            elif one.kind == "choice" and text and text not in dict(one.choices):
                found.append(Problem(one.name, f"{one.label}请从列出的里面选一个", code="choice"))
            elif one.kind == "amount" and text and _negative(text):
                found.append(Problem(one.name, f"{one.label}不能小于零。冲销请用文件导入", code="sign"))
            elif one.kind == "amount" and text and (words := _not_to_the_fen(text)):
                found.append(Problem(one.name, f"{one.label}{words}", code="amount"))
    for payer, text in later_amounts(values).items():
        name = f"{payer}_amount"
        if not text:
            found.append(Problem(name, f"{LABELS[name]}多少没有填，请补上", code="missing"))
        elif _negative(text):
            found.append(Problem(name, f"{LABELS[name]}不能小于零，请核对", code="sign"))
        elif words := _not_to_the_fen(text):
            found.append(Problem(name, f"{LABELS[name]}{words}", code="amount"))
    named = {problem.field for problem in found}
    found += [problem for problem in _dates(values, today) if problem.field not in named]
    found += _invoice_total(values)
    if not values.get(AS_PRINTED) and not any(one.name in named for one in AMOUNTS):
        found += [
            Problem(_place_of(one, values), one.text, code="sum")
            for one in sums
            if not one.agrees and "相加" in one.text
        ]
    return found


def _place_of(addition: Addition, values: Mapping[str, str]) -> str:
    """Return the field beside which an addition that does not agree is told."""
    if addition.within:
        return next(f"{payer}_amount" for payer in later_amounts(values))
    return addition.total if addition.name == "费用四项" else "hifp_pay"


def _negative(text: str) -> bool:
    try:
        return fen_from_text(text) < 0
    except ValueError:
        return False


def _not_to_the_fen(text: str) -> str:
    """Say why this is no amount that a person types: to round is for the floats of a sending program."""
    plain = text.translate(FULL_WIDTH).replace(",", "").removeprefix("￥").removeprefix("¥")
    try:
        fen_from_text(text)
        parse_yuan(plain)
    except ValueError as error:
        return str(error)
    return ""


def _dates(values: Mapping[str, str], today: date) -> list[Problem]:
    days = {name: _day(values.get(name, "")) for name in ("begndate", "enddate", "setl_time")}
    late = [
        Problem(name, f"{word}还没有到（今天是 {today}），请核对年份和月份", code="future")
        for name, word in (("begndate", "入院或就诊日期"), ("enddate", "出院日期"), ("setl_time", "结算日期"))
        if (day := days[name]) is not None and day > today
    ]
    begin, end, settled = days.values()
    if late:
        return late
    if begin and end and end < begin:
        return [Problem("enddate", "出院日期早于入院日期，请核对", code="order")]
    if begin and settled and settled < begin:
        return [Problem("setl_time", "结算日期早于入院或就诊日期，请核对", code="order")]
    return []


def _day(text: str) -> date | None:
    try:
        return day_from_text(text.strip())
    except (ValueError, OverflowError):
        return None  # named by the record's own rules


def _invoice_total(values: Mapping[str, str]) -> list[Problem]:
    try:
        said, total = (
            fen_from_text(values.get(name, "").strip()) for name in ("bill_total", "medfee_sumamt")
        )
    except ValueError:
        return []
    if said == total or values.get(AS_PRINTED):
        return []
    word = "少" if said < total else "多"
    text = f"票据金额是 {display(said)} 元，比总费用{word} {display(abs(total - said))} 元。请对照票据"
    return [Problem("bill_total", text, code="sum")]


def _line_sums(values: Mapping[str, str], lines: Sequence[Mapping[str, str]]) -> list[Problem]:
    """Say when the lines do not add up to the sheet; a list of part of the costs would be held anyway."""
    if not lines or values.get(AS_PRINTED):
        return []
    found = []
    for name, field_name, word in (
        ("det_item_fee_sumamt", "medfee_sumamt", "金额"),
        ("fulamt_ownpay_amt", "fulamt_ownpay_amt", "自费"),
    ):
        try:
            together = sum(fen_from_text(line[name]) for line in lines if line.get(name))
            total = fen_from_text(values.get(field_name, "").strip())
        except ValueError:
            continue
        if together != total and (name == "det_item_fee_sumamt" or any(line.get(name) for line in lines)):
            over = "少" if together < total else "多"
            text = (
                f"明细 {len(lines)} 行的{word}相加是 {display(together)} 元，"
                f"比“{LABELS[field_name]}”{over} {display(abs(total - together))} 元。请看是不是漏了行"
            )
            found.append(Problem("lines_text", text, code="sum"))
    return found


def _at_field(problem: Problem) -> Problem:
    """Return a record's problem at the field of the form that it is about, with the paper's words."""
    places = {
        "fixmedins": "hospital",
        "unsplit": "inclusive_amount",
        "invoice": "bill_no",
        "fund_pay_sumamt": "hifp_pay",
        "psn_part_amt": "psn_cash_pay",
    }
    name = places.get(problem.field, problem.field)
    if "明细" in problem.where:
        return Problem("lines_text", f"{problem.where.strip()}：{problem.message}", code=problem.code)
    if name not in LABELS and name != "certno":
        name = "setl_id"
    label = LABELS.get(name, "")
    words = problem.message if problem.message.startswith(label) else f"{label}{problem.message}"
    return Problem(name, words, code=problem.code)


def _raw(
    values: Mapping[str, str], lines: Sequence[Mapping[str, str]], whose: SheetOf, setl_id: str
) -> dict[str, Any]:
    text = {name: value.strip() for name, value in values.items()}
    known = {one.name: text.get(one.name, "") for one in AMOUNTS}
    header: dict[str, Any] = {name: value for name, value in known.items() if value}
    header |= {
        name: text[name] for name in ("begndate", "enddate", "setl_time", "insutype") if text.get(name)
    }
    header |= {
        "setl_id": setl_id or text.get("setl_id") or _number_of_invoice(text),
        "certno": whose.certno,
        "psn_name": whose.name,
        "psn_cert_type": text.get("psn_cert_type") or "01",
        "insuplc_admdvs": REGIONS[whose.scheme],
        "med_type": text.get("med_type", ""),
    }
    person = _together(text, ("acct_pay", "psn_cash_pay"))
    if person is not None:
        header["psn_part_amt"] = person
    funds = _together(text, FUNDS)
    if funds is not None:
        header["fund_pay_sumamt"] = funds
    pharmacy = text.get("med_type", "").startswith("41")
    institution = {
        "name": text.get("hospital", ""),
        "kind": "pharmacy" if pharmacy else "hospital",
        "designated": "0" if text.get("designated") == "0" else "1",
        "region": text.get("region") or "mainland",
    }
    raw: dict[str, Any] = {
        "setlinfo": header,
        "fixmedins": institution,
        "referral": text.get("referral") or "local",
        "third_party": text.get("third_party") or "none",
        "feedetail": [dict(line) for line in lines],
        "later_payers": [
            {"payer": "private", "of": THIRD_PARTY, "unsplit": amount}
            if payer == "third_party"
            else {"payer": payer, "unsplit": amount}
            for payer, amount in later_amounts(text).items()
        ],
        "upstream_pending": [payer for payer in PAYERS if text.get(payer) == "pending"],
        "evidence": [dict(paper) for paper in whose.papers],
    }
    if pharmacy:
        raw["dual_channel"] = "1" if text.get("dual_channel") == "1" else "0"
    if text.get("applicant") and text["applicant"] != "self":
        raw["applicant"] = text["applicant"]
    if text.get("bill_no"):
        raw["invoice"] = {part: text.get(part, "") for part in ("bill_code", "bill_no", "check_code")}
    return raw


def _number_of_invoice(text: Mapping[str, str]) -> str:
    """Return the number of a settlement whose paper names none: the same paper gives the same again."""
    parts = [text.get(part, "") for part in ("bill_code", "bill_no") if text.get(part)]
    return "-".join(("PJ", *parts)) if parts else ""


def _together(text: Mapping[str, str], names: Sequence[str]) -> str | None:
    """Return a sum as text; ``None`` when none of its parts was typed or one is no amount."""
    typed = [text[name] for name in names if text.get(name)]
    try:
        return to_yuan(sum(fen_from_text(value) for value in typed)) if typed else None
    except ValueError:
        return None
