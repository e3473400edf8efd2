"""Reading the fields of one record: each becomes a value in one form, or a problem that names its place.

Nothing that stands where something else belongs is passed over: a payer or a line that cannot be read would
silently change what is paid.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import Any, Final

from insurer.kernel.dates import business_day, parse_date
from insurer.kernel.errors import Problem
from insurer.kernel.money import MAX_FEN
from insurer.people.characters import FULL_WIDTH, trimmed
from insurer.people.reading.certno import CHECKSUM, DATE, read_certno

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
    "psn_cash_pay": ("cashpayamt", "cash_payamt", "psn_cashpay"),
    "inscp_scp_amt": ("inscp_amt",),
    "overlmt_selfpay": ("overlmt_amt",),
    "overlmt_amt": ("overlmt_selfpay",),
    "oth_pay": ("othfund_pay",),
    "begndate": ("begntime", "adm_time", "setl_begn_date", "start_date"),
    "enddate": ("endtime", "dscg_time", "setl_end_date", "end_date"),
    "insuplc_admdvs": ("insu_admdvs", "insuplc"),
    "feedetl_sn": ("feedetail_sn",),
    "reverses": ("init_setl_id", "orig_setl_id"),
}
"""The same fact under the names of other exchanges of the platform; names are compared in small letters."""

SUMS: Final[dict[str, tuple[str, ...]]] = {"psn_part_amt": ("psn_selfpay", "psn_ownpay")}
"""Facts that one exchange (4101) splits: they stand for each other only when every part is given."""

MED_TYPES: Final = {
    "11": "普通门诊",
    "12": "门诊挂号",
    "13": "急诊",
    "14": "门诊慢特病",
    "19": "意外伤害门诊",
    "21": "普通住院",
    "22": "外伤住院",
    "23": "转外诊治住院",
    "24": "急诊转住院",
    "41": "定点药店购药",
    "51": "生育门诊",
    "52": "生育住院",
    "53": "计划生育手术",
}
"""Kinds of visit by the national two-digit root; exports for warehouses write the word for the code."""

FUND_FIELDS: Final = {
    "3301": "hifob_pay",
    "3201": "cvlserv_pay",
    "3701": "hifes_pay",
    "6101": "maf_pay",
}
"""First digits of a fund of ``setldetail`` to the field of the header that it fills when that is not there.

The list also carries personal accounts (3102) and the hospital's part (9999), which are no fund's money.
"""

LINE_TEXTS: Final = (
    "medins_list_name",
    "hilist_name",
    "med_list_codg",
    "hilist_code",
    "medins_list_codg",
    "list_type",
    "med_chrgitm_type",
    "chrgitm_lv",
    "rx_drord_no",
    "init_feedetl_sn",
    "fee_ocur_time",
    "spec",
    "prodname",
)
LINE_AMOUNTS: Final = ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")
REFERRALS: Final = ("local", "referred", "emergency", "missing", "missing_hardship_approved")
THIRD_PARTIES: Final = ("none", "settled", "unresolved")
INSTITUTION_KINDS: Final = ("hospital", "pharmacy")
INSTITUTION_REGIONS: Final = ("mainland", "overseas")
PAPER_FORMS: Final = ("original", "copy")
APPLICANTS: Final = ("self", "proxy", "guardian", "heir")
LATER_PAYERS: Final = ("inclusive", "charity", "private")
YES: Final = ("1", "001", "true", "是")
NO: Final = ("0", "000", "false", "否")

_PARTED: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")

LARGEST_PLAIN: Final = Decimal(10) ** 12
"""Largest price or count that is taken for one."""


def plain_text(value: Any) -> str:
    """Return a single value as text without what nobody sees; nothing is ``""``."""
    return "" if value is None else trimmed(str(value))


def fen_from_text(text: str) -> int:
    """Bring a sender's amount to the fen, half up; ``ValueError`` when it is no number.

    ``38.61000000000001`` is what a sender's float made of 38.61; the original text is kept elsewhere.
    """
    wrong = f"“{text[:40]}”不是金额，请写成 1234.50 这样的数字"
    value = _decimal(text.removeprefix("￥").removeprefix("¥"))
    if value is None:
        raise ValueError(wrong)
    if abs(value) > MAX_FEN // 100:
        raise ValueError(f"“{text[:40]}”太大，请核对")
    return int((value * 100).quantize(Decimal(1), ROUND_HALF_UP))


def _decimal(text: str) -> Decimal | None:
    """Read a number; commas may only part thousands, for ``12,50`` is twelve and a half to its writer."""
    plain = text.translate(FULL_WIDTH).strip()
    if "_" in plain or ("," in plain and not _GROUPED.fullmatch(plain)):
        return None
    try:
        value = Decimal(plain.replace(",", ""))
    except DecimalException:
        return None
    return value if value.is_finite() else None


def folded(row: Raw) -> dict[str, Any]:
    """Return a row with its names in small letters; of two spellings the first that is filled counts."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        key = str(name).strip().lower()
        if found.get(key) in (None, ""):
            found[key] = value
    return found


def day_from_text(text: str) -> date:
    """Read a day, or the day in China of a moment; ``ValueError`` when it is neither.

    Known forms: ``2026-03-01``, ``2026/3/1``, ``2026.3.1``, ``2026年3月1日``, ``2026/03/01 08:00``,
    ``20260301``, ``20260301103000`` and ISO 8601 with or without a zone, in half or full width.
    """
    plain = text.translate(FULL_WIDTH).strip()
    if parted := _PARTED.fullmatch(plain):
        return date(*map(int, parted.groups()))
    plain = plain.replace("/", "-")
    if plain.isascii() and plain.isdigit() and len(plain) in (8, 12, 14):
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:8]}"
    moment = datetime.fromisoformat(plain)
    return business_day(moment) if moment.tzinfo is not None else moment.date()


def day_as_written(text: str) -> date:
    """Read a day as people write it in a form; ``ValueError`` says in Chinese how to write it."""
    try:
        return day_from_text(text)
    except (ValueError, OverflowError):
        return parse_date(text)


class FieldReader:
    """Reads fields of one record and gathers every problem instead of stopping at the first."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.problems: list[Problem] = []

    def refuse(self, field: str, message: str, code: str, where: str = "") -> None:
        """Note one problem."""
        self.problems.append(Problem(field, message, where or self.where, code))

    def value(self, row: Raw, field: str) -> Any:
        """Return the first filled spelling of ``field``."""
        for known in (field, *VARIANTS.get(field, ())):
            found = row.get(known)
            if found is not None and found != "":
                return found
        return None

    def text(self, row: Raw, field: str, *, required: bool = False, where: str = "") -> str:
        """Return a field as text; a list or an object in its place is a problem."""
        value = self.value(row, field)
        if isinstance(value, Mapping | list | tuple):
            self.refuse(field, "这里应是一个值，请改正", "type", where)
            return ""
        found = plain_text(value)
        if not _storable(found):
            self.refuse(field, "里面有读不出的字，请重新填写", "text", where)
            return ""
        if required and not found:
            self.refuse(field, "没有填，请补上", "missing", where)
        return found

    def person_number(self, row: Raw, latest: date | None) -> str:
        """Return the person's number in one form, whatever typing did to it.

        A number whose check character or date is wrong is taken as it stands: it may be on the settlement
        just so, and nobody on the roster has it. Papers other than the identity card have other numbers.
        """
        found = self.text(row, "certno", required=True)
        if not found or self.text(row, "psn_cert_type") not in ("", "01", "1"):
            return found.upper()
        read = read_certno(found, latest or date.max)
        if read.code is not None and read.code not in (CHECKSUM, DATE):
            self.refuse("certno", "身份证号码应是 18 位，请核对", read.code)
        return read.value

    def fen(self, row: Raw, field: str, *, required: bool = False, where: str = "") -> int | None:
        """Return an amount in fen, ``None`` when there is none."""
        before = len(self.problems)
        found = self.text(row, field, where=where)
        if not found and field in SUMS:
            parts = [self.fen(row, part, where=where) for part in SUMS[field]]
            known = [part for part in parts if part is not None]
            if len(known) == len(parts):
                return sum(known)
        if not found:
            if required and len(self.problems) == before:
                self.refuse(field, "没有金额，没有发生请填 0.00", "missing", where)
            return None
        try:
            return fen_from_text(found)
        except ValueError as error:
            self.refuse(field, str(error), "amount", where)
            return None

    def day(self, row: Raw, field: str, *, required: bool = False) -> date | None:
        """Return a day, ``None`` when there is none."""
        found = self.text(row, field, required=required)
        if not found:
            return None
        try:
            return day_from_text(found)
        except (ValueError, OverflowError):
            self.refuse(field, f"“{found[:40]}”不是日期，请写成 2026-01-31 这样", "date")
            return None

    def plain(self, row: Raw, field: str, where: str) -> str:
        """Return a price or a count as plain decimal text (at most six decimals), ``""`` when not given."""
        text = self.text(row, field, where=where)
        if not text:
            return ""
        value = _decimal(text)
        if value is None or abs(value) > LARGEST_PLAIN:
            self.refuse(field, f"“{text[:40]}”不是数字，请改正", "amount", where)
            return ""
        rounded = value.quantize(Decimal("0.000001"), ROUND_HALF_UP).normalize()
        return f"{rounded:f}"

    def visit(self, row: Raw) -> str:
        """Return the code of the kind of visit; an export may write its word and keep the code elsewhere."""
        found = self.text(row, "med_type")
        if found[:2].isdigit():
            return found
        coded = self.text(row, "med_typecode")
        if coded:
            return coded
        if not found:
            self.refuse("med_type", "没有填，请补上", "missing")
        return next((code for code, word in MED_TYPES.items() if word == found), found)

    def flag(self, row: Raw, field: str, where: str = "") -> bool | None:
        """Return yes or no, ``None`` when not given."""
        found = self.text(row, field, where=where).lower()
        if found and found not in (*YES, *NO):
            self.refuse(field, "请填 1（是）或 0（否）", "flag", where)
        return found in YES if found else None

    def choice(self, row: Raw, field: str, allowed: Sequence[str], where: str = "") -> str:
        """Return one of the known words, ``""`` when not given."""
        found = self.text(row, field, where=where)
        if found and found not in allowed:
            self.refuse(field, f"只能是 {'、'.join(allowed)}", "choice", where)
        return found

    def rows(self, raw: Raw, field: str) -> list[Raw]:
        """Return a list of objects; anything else in its place is a problem, nothing is left out."""
        value = raw.get(field)
        if value is None or value == "":
            return []
        if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
            self.refuse(field, "这里应是一个列表，每一项是一个对象，请改正", "type")
            return []
        return [folded(row) for row in value]

    def part(self, raw: Raw, field: str) -> Raw:
        """Return an object; anything else in its place is a problem."""
        value = raw.get(field)
        if value is None or value == "":
            return {}
        if not isinstance(value, Mapping):
            self.refuse(field, "这里应是一个对象，请改正", "type")
            return {}
        return folded(value)


def _storable(text: str) -> bool:
    """Tell whether a text can be written down: half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
