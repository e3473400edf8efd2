"""Dates and months as arguments: no function here asks a clock."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The only zone in which a moment becomes a business day."""

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def business_day(moment: datetime) -> date:
    """Return the calendar day in Shanghai of an aware moment; a naive one is refused."""
    if moment.tzinfo is None:
        raise ValueError("moment needs a time zone")
    return moment.astimezone(SHANGHAI).date()


def parse_date(text: str) -> date:
    """Read ``YYYY-MM-DD`` strictly; :class:`ValueError` in Chinese otherwise."""
    if not isinstance(text, str) or not _DATE.fullmatch(text.strip()):
        raise ValueError(f"“{text}”不是日期，请写成 2026-01-31 这样")
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"日历上没有“{text}”这一天") from error


def parse_month(text: str) -> date:
    """Read ``YYYY-MM`` as the first day of that month; :class:`ValueError` in Chinese otherwise."""
    found = _MONTH.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"“{text}”不是月份，请写成 2026-01 这样")
    return date(int(found.group(1)), int(found.group(2)), 1)


def month_text(day: date) -> str:
    """Write the month of a day as ``YYYY-MM``."""
    return f"{day.year:04d}-{day.month:02d}"


def next_month(day: date) -> date:
    """Return the first day of the month after ``day``."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def chinese_date(day: date) -> str:
    """Write a date as letters do: 2026年1月5日, no padding."""
    return f"{day.year}年{day.month}月{day.day}日"
