"""The conditions of the case list as its address carries them: read, applied, shown as tags."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Integer, cast, func, literal

from insurer.claims.calendar import Calendar
from insurer.claims.lifecycle import AGREED, WORDS, State
from insurer.claims.rules import VISIT_WORDS
from insurer.claims.tables import Claim
from insurer.kernel.dates import SHANGHAI, parse_date
from insurer.kernel.errors import Problem
from insurer.kernel.money import display, parse_yuan
from insurer.platform.audit import Actor
from insurer.worklists.clocks import approval_is_late, clock_runs, soon_until
from insurer.worklists.home import WORKED, age_bounds, is_mine
from insurer.worklists.programmes import chosen, kept
from insurer.worklists.towns import lives_in
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Tag

GROUPS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "todo": ("要办的", WORKED),
    "outside": ("待查、上游待定", (State.HELD.value, State.WAITING_UPSTREAM.value)),
    "payable": ("待付款", tuple(sorted(AGREED))),
    "again": ("退件、重开", (State.SENT_BACK.value, State.REOPENED.value)),
}
"""Names in an address that stand for several states."""

DUE_WORDS: Final = {"soon": "将超时", "late": "已超时"}
CHANNEL_WORDS: Final = {"counter": "窗口", "file": "文件导入", "api": "系统对接", "web": "网页上传"}
NOBODY: Final = "none"
"""The owner of a case that nobody has in hand, as an address names him."""

_RANGES: Final = (
    ("结算日期", "settled", ""),
    ("收到日期", "received", ""),
    ("到期日", "due_on", ""),
    ("个人负担", "personal", " 元"),
    ("应付暂算", "payable", " 元"),
)
TEXTS: Final = (
    "status",
    "due",
    "who",
    "owner",
    "age",
    "visit",
    *(f"{name}_{end}" for _, name, _ in _RANGES for end in ("from", "to")),
    "hospital",
    "town",
    "channel",
    "review",
    "approval",
)
"""Names of the conditions, in the order of their tags."""

_LONGEST: Final = 120
_DAYS: Final = {"settled": Claim.settled_on, "due_on": Claim.due_on}
_SUMS: Final = {"personal": Claim.burden_fen, "payable": Claim.benefit_fen}


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the address asks for, as typed; unreadable values are kept for the form and reported.

    ``view`` is the saved view that the conditions come from, if they do.
    """

    scheme: str
    texts: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    where: tuple[ColumnElement[bool], ...] = ()
    base: str = ""

    def get(self, name: str) -> str:
        """Return a condition as typed."""
        return self.texts.get(name, "")

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of a condition that may have several."""
        return tuple(dict.fromkeys(part for part in self.get(name).split(",") if part))

    def without(self, *names: str) -> dict[str, str]:
        """Return the address's values without some conditions."""
        left = {name: text for name, text in self.texts.items() if name not in names}
        return {"scheme": kept(self.scheme), **left}

    def href(self, *without: str, **more: str) -> str:
        """Return the list's address under these conditions."""
        return paths.with_query(paths.CASES, **{**self.without(*without), "base": self.base, **more})


def read_conditions(
    arguments: Mapping[str, str],
    *,
    actor: Actor,
    today: date,
    calendar: Calendar | None = None,
    hospitals: Callable[[str, str], Sequence[str] | None] | None = None,
) -> Conditions:
    """Read the address; an unreadable amount or date becomes a problem and no condition.

    ``hospitals`` finds the names meant by what was typed (scheme, words): part of a name or initials;
    without it, or when it returns ``None``, the words are looked for in the name itself.
    """
    texts = {name: arguments.get(name, "").strip()[:_LONGEST] for name in TEXTS}
    texts = {name: text for name, text in texts.items() if text}
    found = Conditions(chosen(arguments.get("scheme")), texts, base=arguments.get("base", "")[:36])
    where: list[ColumnElement[bool]] = [Claim.scheme == found.scheme]
    problems: list[Problem] = []
    for name, text in texts.items():
        try:
            if name == "hospital":
                where += _hospital(text, hospitals(found.scheme, text) if hospitals else None)
            elif name == "town":
                where.append(lives_in(Claim.person_id, found.scheme, text))
            else:
                where += _condition(name, text, actor, today, calendar)
        except ValueError as error:
            problems.append(Problem(name, str(error)))
    return replace(found, problems=tuple(problems), where=tuple(where))


def states_of(text: str) -> tuple[str, ...]:
    """Return the states that a status condition names: states and groups, parted by commas."""
    found: list[str] = []
    for part in text.split(","):
        if part in GROUPS:
            found += GROUPS[part][1]
        elif part in set(State):
            found.append(part)
    return tuple(dict.fromkeys(found))


def _condition(
    name: str, text: str, actor: Actor, today: date, calendar: Calendar | None
) -> list[ColumnElement[bool]]:
    match name:
        case "status":
            states = states_of(text)
            return [Claim.state.in_(states)] if states else []
        case "due":
            if text == "soon":
                return [clock_runs(), Claim.due_on >= today, Claim.due_on <= soon_until(today, calendar)]
            return [clock_runs(), Claim.due_on < today] if text == "late" else []
        case "who":
            return [is_mine(actor.staff_id)] if text == "me" else []
        case "owner":
            return [Claim.handler_id.is_(None) if text == NOBODY else Claim.handler_id == _staff(text)]
        case "age":
            return _age(text, today)
        case "visit":
            return [Claim.visit == text] if text in VISIT_WORDS else []
        case "channel":
            return [Claim.channel == text] if text in CHANNEL_WORDS else []
        case "review":
            return [Claim.review_lines > 0] if text == "1" else []
        case "approval":
            return [approval_is_late(today)] if text == "late" else []
        case _:
            what, _, end = name.rpartition("_")
            return [_bound(what, end, text)]


def _staff(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise ValueError("没有这位经办人，请重选") from error


def _bound(name: str, end: str, text: str) -> ColumnElement[bool]:
    if name == "received":
        day = parse_date(text) + timedelta(days=end == "to")
        moment = datetime.combine(day, time(), SHANGHAI)
        return Claim.received_at >= moment if end == "from" else Claim.received_at < moment
    column: Any
    value: Any
    if name in _DAYS:
        column, value = _DAYS[name], parse_date(text)
    else:
        column, value = _SUMS[name], parse_yuan(text.replace(",", "").replace("，", ""))
    bound: ColumnElement[bool] = column >= value if end == "from" else column <= value
    return bound


def _hospital(text: str, names: Sequence[str] | None) -> list[ColumnElement[bool]]:
    if names is None:
        return [Claim.hospital.contains(text, autoescape=True)]
    return [Claim.hospital.in_(names) if names else literal(False)]


def _age(text: str, today: date) -> list[ColumnElement[bool]]:
    first, last = age_bounds(text, today)
    received: Any = cast(func.timezone("Asia/Shanghai", Claim.received_at), Date) + cast(
        Claim.stopped_days, Integer
    )
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(received >= first)
    if last is not None:
        found.append(received <= last)
    return found


def tags_of(conditions: Conditions, owners: Mapping[str, str] | None = None) -> tuple[Tag, ...]:
    """Return the tag of each condition; a range is one tag. ``owners`` names staff by id."""
    get, href = conditions.get, conditions.href
    plain = (
        ("status", "状态", "、".join(_state_word(one) for one in conditions.values("status"))),
        ("due", "时限", DUE_WORDS.get(get("due"), get("due"))),
        ("who", "范围", "我的"),
        (
            "owner",
            "经办",
            "没有人" if get("owner") == NOBODY else (owners or {}).get(get("owner"), "某位同事"),
        ),
        ("age", "案龄", f"{get('age').rstrip('-')} 天"),
        ("visit", "类别", VISIT_WORDS.get(get("visit"), get("visit"))),
    )
    tags = [Tag(label, value, href(name)) for name, label, value in plain if get(name)]
    for label, name, unit in _RANGES:
        low, high = f"{name}_from", f"{name}_to"
        if get(low) or get(high):
            tags.append(Tag(label, _range(get(low), get(high), unit), href(low, high)))
    others = (
        ("hospital", "医院", get("hospital")),
        ("town", "镇、街道", get("town")),
        ("channel", "来源", CHANNEL_WORDS.get(get("channel"), get("channel"))),
        ("review", "费用", "有待核的"),
        ("approval", "复核", "已超时"),
    )
    tags += [Tag(label, value, href(name)) for name, label, value in others if get(name)]
    return tuple(tags)


def _state_word(state: str) -> str:
    if state in GROUPS:
        return GROUPS[state][0]
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
