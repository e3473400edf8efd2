"""The letters we send: stored name, title, number series and template version of each."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class NoticeKind(StrEnum):
    """Kinds of letter, stored by value; titles and series stand in :data:`CATALOGUE`."""

    ENROLMENT = "enrolment"
    RECEIPT = "receipt"
    MISSING_PAPERS = "missing_papers"
    DECISION = "decision"
    REFUSAL = "refusal"
    REVIEW_RESULT = "review_result"
    ADVANCE = "advance"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is fixed for one kind; ``mark`` is the character of its number series."""

    kind: NoticeKind
    title: str
    mark: str
    version: str = "v1"

    @property
    def template(self) -> str:
        """Path of the template below ``templates/letters``."""
        return f"{self.kind.value}/{self.version}/letter.html"

    @property
    def stylesheet(self) -> str:
        """Path of the letter's own style sheet below ``templates/letters``."""
        return f"{self.kind.value}/{self.version}/letter.css"


CATALOGUE: dict[NoticeKind, Entry] = {
    entry.kind: entry
    for entry in (
        Entry(NoticeKind.ENROLMENT, "参保告知书", "告"),
        Entry(NoticeKind.RECEIPT, "受理通知书", "受"),
        Entry(NoticeKind.MISSING_PAPERS, "补充资料通知书", "补"),
        Entry(NoticeKind.DECISION, "理赔决定通知书", "决", version="v3"),
        Entry(NoticeKind.REFUSAL, "拒赔通知书", "拒", version="v2"),
        Entry(NoticeKind.REVIEW_RESULT, "复核结果通知书", "复"),
        Entry(NoticeKind.ADVANCE, "预付通知书", "预"),
        Entry(NoticeKind.RECOVERY, "追回通知书", "追"),
    )
}

SERIES = {"changzhou-xinbei": "新北大病理赔", "nantong": "南通医疗救助"}
"""Scheme to the words that open its letter numbers."""

STATE_WORDS = {
    "queued": "还没有生成",
    "rendered": "已生成",
    "printed": "已打印",
    "delivered": "已送达",
    "void": "已作废",
}
"""Stored state of a letter to the word that screens show."""

DELIVERY_WAYS = {"hand": "当面", "post": "邮寄", "sms": "短信链接"}
"""How a letter reached its reader; the boxes of the receipt strip."""

_NUMBER = re.compile(r"\S+〔\d{4}〕[告受补决拒复预追]字[1-9]\d*号")


def letter_number(scheme: str, kind: NoticeKind, year: int, sequence: int) -> str:
    """Write a letter number: 新北大病理赔〔2026〕决字1283号, six-cornered brackets, no leading zeros."""
    if sequence < 1:
        raise ValueError("letter numbers begin at 1")
    return f"{SERIES[scheme]}〔{year:04d}〕{CATALOGUE[kind].mark}字{sequence}号"


def is_letter_number(text: str) -> bool:
    """Say whether a text is a well-formed letter number."""
    return _NUMBER.fullmatch(text) is not None


def short_number(number: str) -> str:
    """Return the part of a number that fits on the receipt strip (决字1283号)."""
    return number.partition("〕")[2] or number


def day_in_sentence(day: date, *, beside: date) -> str:
    """Write a date, leaving out the year when it is that of ``beside`` (11月27日)."""
    month_and_day = f"{day.month}月{day.day}日"
    return month_and_day if day.year == beside.year else f"{day.year}年{month_and_day}"
