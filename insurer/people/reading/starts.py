"""The month or day from which a person receives assistance, in every shape offices write it."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from insurer.kernel.dates import next_month
from insurer.people.characters import FULL_WIDTH, squeezed

INVALID: Final = "month_invalid"

_NOTHING = frozenset({"", "长期", "/", "\\", "无", "-", "--", "—", "——", "不详", "未知", "空"})
_PARTS = re.compile(r"(\d{4}|\d{2})[-./年](\d{1,2})(?:[-./月](\d{1,2})日?|月)?(?:[T ]?0?0:00(?::00)?)?")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})?")
_AMBIGUOUS = re.compile(r"\d{4}\.1")
_SERIALS: Final = (18_264, 73_050)
"""Excel day numbers of 1950-01-01 and 2099-12-31: a bare number between them is a date without its format."""


@dataclass(frozen=True, slots=True)
class Start:
    """``day`` is the first of the month when ``precision`` is ``month``; ``code`` is the refusal or None."""

    day: date | None
    precision: str = ""
    code: str | None = None
    detail: str = ""
    repaired: bool = False


def read_start(cell: object, month: date, *, typed: bool = True, epoch_1904: bool = False) -> Start:
    """Read a start cell of the roster of ``month``.

    A number 2024.1 may have been January or October and is refused, as is the same text in a file without
    cell types (``typed`` false). Nothing may start later than the month after the roster's: approvals of a
    month often count from the next.
    """
    if isinstance(cell, datetime):
        return _bounded(cell.date(), "month" if cell.day == 1 else "day", month)
    if isinstance(cell, date):
        return _bounded(cell, "month" if cell.day == 1 else "day", month)
    if isinstance(cell, bool) or cell is None:
        return Start(None)
    if isinstance(cell, (int, float)):
        return _from_number(float(cell), month, epoch_1904)
    return _from_text(str(cell), month, typed)


def _from_number(number: float, month: date, epoch_1904: bool) -> Start:
    if number.is_integer():
        whole = int(number)
        if len(str(whole)) in (6, 8) and (found := _COMPACT.fullmatch(str(whole))):
            return _from_parts(found, month)
        serial = whole + (1462 if epoch_1904 else 0)
        if _SERIALS[0] <= serial <= _SERIALS[1]:
            found_day = _bounded(date(1899, 12, 30) + timedelta(days=serial), "day", month)
            return Start(found_day.day, found_day.precision, found_day.code, found_day.detail, repaired=True)
        return Start(None, code=INVALID)
    text = f"{number:.10g}"
    if _AMBIGUOUS.fullmatch(text):
        return Start(None, code=INVALID, detail="ambiguous")
    return _from_text(text, month, typed=True)


def _from_text(text: str, month: date, typed: bool) -> Start:
    bare = squeezed(text).translate(FULL_WIDTH).replace("。", ".").replace("至今", "").rstrip("-—~")
    if bare in _NOTHING or squeezed(text) in _NOTHING:
        return Start(None)
    if not typed and _AMBIGUOUS.fullmatch(bare):
        return Start(None, code=INVALID, detail="ambiguous")
    found = _PARTS.fullmatch(bare) or _COMPACT.fullmatch(bare)
    return _from_parts(found, month) if found else Start(None, code=INVALID)


def _from_parts(found: re.Match[str], month: date) -> Start:
    year = int(found.group(1))
    if year < 100:
        # Two digits: the past hundred years ending with the roster's year.
        year += month.year - month.year % 100
        if year > month.year + 1:
            year -= 100
    day = found.group(3)
    try:
        return _bounded(date(year, int(found.group(2)), int(day or 1)), "day" if day else "month", month)
    except ValueError:
        return Start(None, code=INVALID)


def _bounded(day: date, precision: str, month: date) -> Start:
    if day >= next_month(next_month(month)):
        return Start(None, code=INVALID, detail="future")
    if day.year < 1950:
        return Start(None, code=INVALID)
    return Start(day, precision)
