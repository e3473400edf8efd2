"""The conditions of the case list as its address carries them: read, applied, shown as tags."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, cast, func

from insurer.claims.lifecycle import WORDS, State
from insurer.claims.rules import VISIT_WORDS
from insurer.claims.tables import Claim
from insurer.kernel.dates import parse_date
from insurer.kernel.errors import Problem
from insurer.kernel.money import display, parse_yuan
from insurer.platform.audit import Actor
from insurer.worklists.clocks import clock_runs, soon_until
from insurer.worklists.home import WORKED, age_bounds, is_mine
from insurer.worklists.programmes import chosen, kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Tag

GROUPS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "todo": ("要办的", WORKED),
    "outside": ("待查、上游待定", (State.HELD.value, State.WAITING_UPSTREAM.value)),
    "again": ("退件、重开", (State.SENT_BACK.value, State.REOPENED.value)),
}
"""Names in an address that stand for several states."""

DUE_WORDS: Final = {"soon": "将超时", "late": "已超时"}
TEXTS: Final = (
    "status",
    "due",
    "who",
    "age",
    "visit",
    "settled_from",
    "settled_to",
    "personal_from",
    "personal_to",
    "hospital",
    "person",
)
"""Names of the conditions, in the order of their tags."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the address asks for, as typed; unreadable values are kept for the form and reported."""

    scheme: str
    texts: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    where: tuple[ColumnElement[bool], ...] = ()

    def get(self, name: str) -> str:
        """Return a condition as typed."""
        return self.texts.get(name, "")

    def without(self, *names: str) -> dict[str, str]:
        """Return the address's values without some conditions."""
        left = {name: text for name, text in self.texts.items() if name not in names}
        return {"scheme": kept(self.scheme), **left}

    def href(self, *without: str, **more: str) -> str:
        """Return the list's address under these conditions."""
        return paths.with_query(paths.CASES, **{**self.without(*without), **more})


def read_conditions(arguments: Mapping[str, str], *, actor: Actor, today: date) -> Conditions:
    """Read the address; an unreadable amount or date becomes a problem and no condition."""
    texts = {name: arguments.get(name, "").strip()[:60] for name in TEXTS}
    texts = {name: text for name, text in texts.items() if text}
    found = Conditions(chosen(arguments.get("scheme")), texts)
    where: list[ColumnElement[bool]] = [Claim.scheme == found.scheme]
    problems: list[Problem] = []
    for name, text in texts.items():
        try:
            where += _condition(name, text, actor, today)
        except ValueError as error:
            problems.append(Problem(name, str(error)))
    return replace(found, problems=tuple(problems), where=tuple(where))


def _condition(name: str, text: str, actor: Actor, today: date) -> list[ColumnElement[bool]]:
    match name:
        case "status":
            if text in GROUPS:
                return [Claim.state.in_(GROUPS[text][1])]
            return [Claim.state == State(text).value] if text in set(State) else []
        case "due":
            if text == "soon":
                return [clock_runs(), Claim.due_on >= today, Claim.due_on <= soon_until(today)]
            return [clock_runs(), Claim.due_on < today] if text == "late" else []
        case "who":
            return [is_mine(actor.staff_id)] if text == "me" else []
        case "age":
            return _age(text, today)
        case "visit":
            return [Claim.visit == text] if text in VISIT_WORDS else []
        case "settled_from":
            return [Claim.settled_on >= parse_date(text)]
        case "settled_to":
            return [Claim.settled_on <= parse_date(text)]
        case "personal_from":
            return [Claim.burden_fen >= parse_yuan(text.replace(",", ""))]
        case "personal_to":
            return [Claim.burden_fen <= parse_yuan(text.replace(",", ""))]
        case "hospital":
            return [Claim.hospital.contains(text, autoescape=True)]
        case _:
            return []


def _age(text: str, today: date) -> list[ColumnElement[bool]]:
    first, last = age_bounds(text, today)
    received: Any = cast(func.timezone("Asia/Shanghai", Claim.received_at), Date) + Claim.stopped_days
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(received >= first)
    if last is not None:
        found.append(received <= last)
    return found


def tags_of(conditions: Conditions) -> tuple[Tag, ...]:
    """Return the tag of each condition; a range is one tag."""
    tags = []
    get = conditions.get
    if get("status"):
        word = GROUPS[get("status")][0] if get("status") in GROUPS else _state_word(get("status"))
        tags.append(Tag("状态", word, conditions.href("status")))
    if get("due"):
        tags.append(Tag("时限", DUE_WORDS.get(get("due"), get("due")), conditions.href("due")))
    if get("who"):
        tags.append(Tag("范围", "我的", conditions.href("who")))
    if get("age"):
        tags.append(Tag("案龄", f"{get('age').rstrip('-')} 天", conditions.href("age")))
    if get("visit"):
        tags.append(Tag("类别", VISIT_WORDS.get(get("visit"), get("visit")), conditions.href("visit")))
    for label, low, high, unit in (
        ("结算日期", "settled_from", "settled_to", ""),
        ("个人负担", "personal_from", "personal_to", " 元"),
    ):
        if get(low) or get(high):
            tags.append(Tag(label, _range(get(low), get(high), unit), conditions.href(low, high)))
    if get("hospital"):
        tags.append(Tag("医院", get("hospital"), conditions.href("hospital")))
    return tuple(tags)


def _state_word(state: str) -> str:
    return WORDS[State(state)].word if state in set(State) else state


def _range(low: str, high: str, unit: str) -> str:
    if unit:
        low, high = _amount(low), _amount(high)
        if low and high:
            return f"{low} 至 {high}{unit}"
        return f"不少于 {low}{unit}" if low else f"不多于 {high}{unit}"
    if low and high:
        return f"{low} 至 {high}"
    return f"{low} 起" if low else f"到 {high}"


def _amount(text: str) -> str:
    try:
        return display(parse_yuan(text.replace(",", ""))) if text else ""
    except ValueError:
        return text
