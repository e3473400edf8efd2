"""How values read on a page: money, dates, due clocks and status words, as template filters.

Values reach a template as fen, dates and aware moments; everything a person reads is made here.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from jinja2 import Environment

from insurer.kernel.dates import SHANGHAI, chinese_date
from insurer.kernel.money import display, in_words
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Due

EMPTY = "—"

STATUS: dict[str, tuple[str, str]] = {
    "待受理": ("hollow", "waiting"),
    "待复核": ("hollow", "waiting"),
    "待付款": ("hollow", "waiting"),
    "部分给付": ("hollow", "waiting"),
    "退件": ("hollow", "waiting"),
    "待审": ("half", "working"),
    "付款中": ("half", "working"),
    "等补件": ("bars", "outside"),
    "上游待定": ("bars", "outside"),
    "待查": ("bars", "outside"),
    "待通知": ("triangle", "soon"),
    "重开": ("triangle", "soon"),
    "退汇": ("square", "alarm"),
    "已付款": ("check", "done"),
    "已结案": ("check", "done"),
    "已拒付": ("cross", "ended"),
    "已撤销": ("cross", "ended"),
}
"""Status word to its shape and kind; the word is the first signal, the shape the second."""

_MORE_STATUS: dict[str, tuple[str, str]] = {
    "待确认": ("hollow", "waiting"),
    "等批准": ("hollow", "waiting"),
    "已批准": ("check", "done"),
    "已退回": ("cross", "ended"),
    "已撤回": ("cross", "ended"),
    "待放行": ("hollow", "waiting"),
    "待打印": ("hollow", "waiting"),
    "待制作": ("hollow", "waiting"),
    "待付": ("hollow", "waiting"),
    "等回盘": ("half", "working"),
    "已打印": ("half", "working"),
    "已制作": ("half", "working"),
    "已寄出": ("half", "working"),
    "已送达": ("check", "done"),
    "已付": ("check", "done"),
    "已导入": ("check", "done"),
    "已完成": ("check", "done"),
    "已放弃": ("cross", "ended"),
    "已作废": ("cross", "ended"),
    "未送达": ("square", "alarm"),
}


def yuan(fen: int | None) -> str:
    """Write fen for a table cell; nothing known is a dash, zero only when zero is a fact."""
    return EMPTY if fen is None else display(fen)


def yen(fen: int | None) -> str:
    """Write fen with its sign for amounts that stand alone, totals and buttons."""
    return EMPTY if fen is None else f"￥{display(fen)}"


def words(fen: int) -> str:
    """Write fen in capital Chinese numerals."""
    return in_words(fen)


def thousands(number: int | None) -> str:
    """Write a count with separators; a count that could not be made is an ellipsis."""
    return "…" if number is None else f"{number:,}"


def iso(day: date | None) -> str:
    """Write a date as ``2026-11-18``."""
    return day.isoformat() if day else EMPTY


def month_day(day: date | None) -> str:
    """Write a date of this year's lists as ``11-18``."""
    return f"{day.month:02d}-{day.day:02d}" if day else EMPTY


def spoken_day(day: date | None) -> str:
    """Write a date inside a sentence, without the year: 11月18日."""
    return f"{day.month}月{day.day}日" if day else EMPTY


def spoken_date(day: date | None) -> str:
    """Write a full date inside a sentence: 2026年11月18日."""
    return chinese_date(day) if day else EMPTY


def spoken_month(day: date | None) -> str:
    """Write a month inside a sentence: 2026年11月."""
    return f"{day.year}年{day.month}月" if day else EMPTY


def weekday(day: date) -> str:
    """Write the day of the week."""
    return "星期" + "一二三四五六日"[day.weekday()]


def clock(moment: datetime | None) -> str:
    """Write the time of day in Shanghai: 09:42."""
    return moment.astimezone(SHANGHAI).strftime("%H:%M") if moment else EMPTY


def day_clock(moment: datetime | None) -> str:
    """Write day and time in Shanghai: 11-18 09:42."""
    return moment.astimezone(SHANGHAI).strftime("%m-%d %H:%M") if moment else EMPTY


def full_clock(moment: datetime | None) -> str:
    """Write date and time in Shanghai: 2026-11-18 09:42."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else EMPTY


def masked_tail(tail: str) -> str:
    """Write the last digits of a number that is otherwise hidden."""
    return f"*{tail}" if tail else ""


def due_words(due: Due) -> str:
    """Write a due clock in words; colour and shape only repeat it."""
    if due.state == "overdue":
        return f"超时 {due.days} 天"
    if due.state == "today":
        return "今天到期"
    if due.state == "tomorrow":
        return "明天到期"
    if due.state == "paused":
        return f"停表 {due.days} 天"
    return f"剩 {due.days} 个工作日" if due.state == "left" else EMPTY


def due_mark(due: Due) -> tuple[str, str]:
    """Return shape and kind of a due clock."""
    return {
        "overdue": ("square", "overdue"),
        "today": ("triangle", "soon"),
        "tomorrow": ("triangle", "soon"),
        "left": ("hollow", "left"),
        "paused": ("bars", "paused"),
    }.get(due.state, ("", "none"))


def due_title(due: Due) -> str:
    """Write both dates of a due clock and how they were counted, for the title text."""
    parts: Iterable[str] = (
        f"内部期限 {iso(due.internal)}" if due.internal else "",
        f"法定期限 {iso(due.legal)}" if due.legal else "",
        due.how,
    )
    return "；".join(part for part in parts if part)


def status_mark(word: str) -> tuple[str, str]:
    """Return shape and kind of a status word; an unknown word has no shape."""
    return STATUS.get(word) or _MORE_STATUS.get(word) or ("", "plain")


def register(environment: Environment, asset: Callable[[str], str]) -> None:
    """Give an environment every filter of this module and the addresses that templates use."""
    environment.filters.update(
        yuan=yuan,
        yen=yen,
        in_words=words,
        thousands=thousands,
        iso=iso,
        month_day=month_day,
        spoken_day=spoken_day,
        spoken_date=spoken_date,
        spoken_month=spoken_month,
        weekday=weekday,
        clock=clock,
        day_clock=day_clock,
        full_clock=full_clock,
        masked_tail=masked_tail,
        due_words=due_words,
        due_mark=due_mark,
        due_title=due_title,
        status_mark=status_mark,
    )
    environment.globals.update(
        asset=asset,
        case_href=paths.case_href,
        batch_href=paths.batch_href,
        paths=paths,
    )
