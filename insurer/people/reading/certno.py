"""Person numbers as they arrive: undo what typing and exporting did to them, then judge; never guess.

A number is good when it has 18 characters, a real birth date that is not after the roster's month, and the
check character of GB 11643-1999. The district code only warns: abolished codes are normal for older people.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from insurer.people.characters import FULL_WIDTH, is_blank

MISSING: Final = "certno_missing"
MALFORMED: Final = "certno_malformed"
CHECKSUM: Final = "certno_checksum"
DATE: Final = "certno_date"
NUMERIC_CELL: Final = "certno_numeric_cell"

_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]*)?E\+?[0-9]{1,2}", re.IGNORECASE)
_APOSTROPHES = "'’‘`´＇"
_HYPHENS = frozenset("-‐‑‒–—―−－﹣_＿")
_CHECK_LOOKALIKES = frozenset("xXХхΧχⅩⅹ×✕✖╳*＊∗")
_NOTHING = frozenset(
    {"", "无", "暂无", "没有", "不详", "未知", "空", "/", "\\", "N/A", "NA", "NULL", "NONE", "?"}
    | {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"}
)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK: Final = "10X98765432"
_PROVINCES: Final = frozenset(
    f"{region}{place}"
    for region, places in {1: "12345", 2: "123", 3: "1234567", 4: "123456", 5: "01234", 6: "12345"}.items()
    for place in places
) | {"71", "81", "82", "83", "91"}
_OLDEST_YEARS: Final = 130
_KNOWN_PROVINCE: Final = np.array([f"{code:02d}" in _PROVINCES for code in range(100)])
_DAYS: Final = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_CHECK_CODES: Final = np.frombuffer(_CHECK.encode("ascii"), np.uint8)


@dataclass(frozen=True, slots=True)
class CertNo:
    """What one cell says about a person number.

    ``value`` is the normalised text (also when it is refused, for a masked report), ``repairs`` the rules
    that changed it, ``code`` the refusal or None, ``detail`` why a malformed number is malformed, and
    ``warning`` is ``district`` when the province part of the number does not exist.
    """

    value: str
    repairs: tuple[str, ...] = ()
    code: str | None = None
    detail: str = ""
    warning: str = ""


def check_character(first_seventeen: str) -> str:
    """Return the check character that belongs to seventeen digits (GB 11643-1999)."""
    return _CHECK[
        sum(int(digit) * weight for digit, weight in zip(first_seventeen, _WEIGHTS, strict=True)) % 11
    ]


def upgraded(fifteen: str) -> str:
    """Return the 18-character form of a first-generation number; it validates always, so proves nothing."""
    longer = f"{fifteen[:6]}19{fifteen[6:]}"
    return longer + check_character(longer)


def birth_date(certno: str) -> date | None:
    """Return the birth date inside an 18-character number, None when the calendar has no such day."""
    try:
        return date(int(certno[6:10]), int(certno[10:12]), int(certno[12:14]))
    except ValueError:
        return None


def read_certno(cell: object, latest: date, known_upgrades: Mapping[str, str] | None = None) -> CertNo:
    """Read the cell of a person number.

    ``latest`` is the last day of the roster's month: nobody on it was born later. ``known_upgrades`` maps the
    18-character form of persons already on file to anything; a 15-digit number is accepted only when its
    upgraded form is there. A cell that holds a number has lost its last digits and is refused even when it
    validates (about one in twelve does).
    """
    if not isinstance(cell, str):
        if cell is None or cell is False or cell is True:
            return CertNo("", code=MISSING)
        return CertNo("", code=NUMERIC_CELL)
    value, repairs = _clean(cell)
    if value.upper() in _NOTHING:
        return CertNo("", code=MISSING)
    if len(value) == 15 and value.isascii() and value.isdigit():
        longer = upgraded(value)
        if known_upgrades is None or longer not in known_upgrades:
            return CertNo(value, repairs, MALFORMED, "fifteen")
        value, repairs = longer, (*repairs, "fifteen_digits")
    if not _SHAPE.fullmatch(value):
        return CertNo(value, repairs, MALFORMED, _why_malformed(value))
    return _judge(value, repairs, latest)


def plain_numbers(cells: Sequence[str], latest: date) -> npt.NDArray[np.bool_]:
    """Tell of each text of 18 ASCII characters whether :func:`read_certno` takes it as it is, unwarned."""
    codes = np.frombuffer("".join(cells).encode("ascii"), np.uint8).reshape(-1, 18)
    digits = codes[:, :17].astype(np.int32) - 48
    good: npt.NDArray[np.bool_] = np.all((digits >= 0) & (digits <= 9), axis=1)
    digits[~good] = 0
    good &= _CHECK_CODES[digits @ np.array(_WEIGHTS, np.int32) % 11] == codes[:, 17]
    good &= _KNOWN_PROVINCE[digits[:, 0] * 10 + digits[:, 1]]
    year = digits[:, 6:10] @ np.array((1000, 100, 10, 1), np.int32)
    month = digits[:, 10] * 10 + digits[:, 11]
    day = digits[:, 12] * 10 + digits[:, 13]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    good &= (month >= 1) & (month <= 12) & (day >= 1)
    days = _DAYS[np.where(month <= 12, month, 0)] - ((month == 2) & ~leap)
    born = year * 10_000 + month * 100 + day
    good &= (day <= days) & (born <= latest.year * 10_000 + latest.month * 100 + latest.day)
    good &= year >= latest.year - _OLDEST_YEARS
    return good


def _judge(value: str, repairs: tuple[str, ...], latest: date) -> CertNo:
    born = birth_date(value)
    if born is None or born > latest or born.year < latest.year - _OLDEST_YEARS:
        return CertNo(value, repairs, DATE)
    if check_character(value[:17]) != value[17]:
        return CertNo(value, repairs, CHECKSUM)
    return CertNo(value, repairs, warning="" if value[:2] in _PROVINCES else "district")


def _clean(cell: str) -> tuple[str, tuple[str, ...]]:
    """Undo spaces, hyphens, apostrophes, full-width digits and look-alikes of X; name each rule used."""
    if len(cell) == 18 and cell.isascii() and _SHAPE.fullmatch(cell):
        return cell, ()
    repairs: list[str] = []
    text = "".join(character for character in cell if not is_blank(character))
    if text != cell:
        repairs.append("spaces")
    if text[:1] and text[0] in _APOSTROPHES:
        text = text.lstrip(_APOSTROPHES)
        repairs.append("apostrophe")
    narrow = text.translate(FULL_WIDTH)
    if narrow != text:
        # A full-width letter at the end is a look-alike of the check character, not a digit made narrow.
        if narrow[:17] != text[:17] or (narrow[17:].isdigit() and narrow[17:] != text[17:]):
            repairs.append("full_width")
        if narrow[17:].upper() == "X" and text[17:] != narrow[17:]:
            repairs.append("check_letter")
            narrow = narrow[:17] + "X"
        text = narrow
    joined = "".join(character for character in text if character not in _HYPHENS)
    if joined != text:
        text = joined
        repairs.append("hyphens")
    if len(text) == 18 and text[17] in _CHECK_LOOKALIKES and text[17] != "X":
        text = text[:17] + "X"
        repairs.append("check_letter")
    return text, tuple(repairs)


def _why_malformed(value: str) -> str:
    if _SCIENTIFIC.fullmatch(value):
        return "scientific"
    if len(value) == 20 and _SHAPE.fullmatch(value[:18].upper()):
        return "disability_card"
    if len(value) >= 33 and sum(character.isdigit() for character in value) >= 30:
        return "several"
    return "letters" if len(value) == 18 else "length"
