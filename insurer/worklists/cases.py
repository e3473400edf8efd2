"""案件: the list with its conditions, sorting, stable paging and sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import and_, func, or_, select

from insurer.accounts.tables import Staff
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.rules import VISIT_WORDS
from insurer.claims.tables import Claim
from insurer.kernel.dates import business_day
from insurer.people.tables import Person
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.case_bar import shown_amount
from insurer.worklists.case_conditions import GROUPS, Conditions, read_conditions, tags_of
from insurer.worklists.clocks import due_of
from insurer.worklists.views import paths
from insurer.worklists.views.cases import CaseFilter, CaseListPage, CaseRow
from insurer.worklists.views.elements import Choice, Column, Paging, ViewTab

SIZE: Final = 20

_SORTS: Final[dict[str, tuple[str, Any]]] = {
    "due": ("时限", Claim.due_on),
    "number": ("案件号", Claim.case_no),
    "settled": ("结算", Claim.settled_on),
    "total": ("总费用（元）", Claim.total_fen),
    "personal": ("个人负担（元）", Claim.burden_fen),
    "payable": ("应付暂算（元）", Claim.benefit_fen),
}
_VIEWS: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("全部", {}),
    ("要办的", {"status": "todo"}),
    ("待复核", {"status": "proposed"}),
    ("待付款", {"status": "approved"}),
    ("将超时", {"due": "soon"}),
    ("我的", {"who": "me"}),
)


@dataclass(frozen=True, slots=True)
class _Order:
    """The sort column, its direction, and the place from which the page starts.

    A place is the value of the column and the number of the case that the last page ended with, so that
    rows that come in meanwhile move nothing.
    """

    name: str
    descending: bool
    place: tuple[str, str] | None
    backwards: bool
    first: int

    @property
    def column(self) -> Any:
        return _SORTS[self.name][1]

    def text(self) -> str:
        """Return what the address carries; the default order is left out."""
        text = f"-{self.name}" if self.descending else self.name
        return "" if text == "due" else text


def load_cases(
    session: UnitSession, *, actor: Actor, arguments: Mapping[str, str], now: datetime, dense: bool = True
) -> CaseListPage:
    """Return the page that the address asks for: five statements."""
    today = business_day(now)
    conditions = read_conditions(arguments, actor=actor, today=today)
    order = _order(arguments)
    total, personal = _sums(session, conditions)
    found, more = _rows(session, conditions, order)
    rows = tuple(_row(claim, person, mask, owner, today) for claim, person, mask, owner in found)
    return CaseListPage(
        views=_views(session, conditions, actor, today),
        filter=_filter(conditions),
        tags=tags_of(conditions),
        clear_href=paths.with_query(paths.CASES, scheme=conditions.without()["scheme"]),
        columns=_columns(conditions, order),
        rows=rows,
        paging=_paging(conditions, order, [row[0] for row in found], more, total),
        matches_personal=personal,
        page_total=sum(row.total for row in rows),
        page_personal=sum(row.personal for row in rows),
        page_payable=sum(row.payable or 0 for row in rows),
        export_href=paths.with_query(f"{paths.CASES}/export", **conditions.without()) if total else "",
        one_year=len({row.settled_on.year for row in rows if row.settled_on}) <= 1,
        unsettled="；".join(problem.message for problem in conditions.problems),
    )


def _order(arguments: Mapping[str, str]) -> _Order:
    asked = arguments.get("sort", "due")
    name = asked.removeprefix("-")
    if name not in _SORTS:
        asked = name = "due"
    backwards = bool(arguments.get("before"))
    value, _, number = arguments.get("before" if backwards else "after", "").rpartition("_")
    first = arguments.get("from", "1")
    place = (value, number) if _readable(name, value) and number else None
    return _Order(
        name,
        asked.startswith("-"),
        place,
        backwards and place is not None,
        int(first) if first.isdigit() and len(first) < 9 and place else 1,
    )


def _readable(name: str, value: str) -> bool:
    try:
        _value(name, value)
    except ValueError:
        return False
    return True


def _value(name: str, text: str) -> Any:
    if name in ("due", "settled"):
        return date.fromisoformat(text)
    if name == "number":
        if not text:
            raise ValueError("no case number")
        return text
    return int(text)


def _place(order: _Order, claim: Claim) -> str:
    value = getattr(claim, order.column.key)
    return f"{value.isoformat() if isinstance(value, date) else value}_{claim.case_no}"


def _sums(session: UnitSession, conditions: Conditions) -> tuple[int, int]:
    statement = select(func.count(), func.coalesce(func.sum(Claim.burden_fen), 0)).where(*conditions.where)
    count, personal = session.execute(statement).one()
    return int(count), int(personal)


def _rows(
    session: UnitSession, conditions: Conditions, order: _Order
) -> tuple[list[tuple[Claim, str, str, str | None]], bool]:
    """Return one page of rows in reading order, and whether more follow in the direction of paging."""
    downwards = order.descending != order.backwards
    statement = (
        select(Claim, Person.name, Person.certno_mask, Staff.name)
        .join(Person, Person.id == Claim.person_id)
        .outerjoin(Staff, Staff.id == Claim.handler_id)
        .where(*conditions.where)
        .order_by(
            order.column.desc() if downwards else order.column,
            Claim.case_no.desc() if downwards else Claim.case_no,
        )
        .limit(SIZE + 1)
    )
    if order.place is not None:
        value, number = _value(order.name, order.place[0]), order.place[1]
        beyond = order.column < value if downwards else order.column > value
        same = Claim.case_no < number if downwards else Claim.case_no > number
        statement = statement.where(or_(beyond, and_(order.column == value, same)))
    found = [tuple(row) for row in session.execute(statement)]
    more = len(found) > SIZE
    found = found[:SIZE]
    if order.backwards:
        found.reverse()
    return found, more  # type: ignore[return-value]


def _row(claim: Claim, person: str, mask: str, owner: str | None, today: date) -> CaseRow:
    state = State(claim.state)
    return CaseRow(
        number=claim.case_no,
        person=person,
        tail=mask[-4:],
        hospital=claim.hospital,
        kind=VISIT_WORDS.get(claim.visit, claim.visit),
        settled_on=claim.settled_on,
        total=claim.total_fen,
        personal=claim.burden_fen,
        payable=shown_amount(state, claim.benefit_fen),
        status=WORDS[state].word,
        due=due_of(
            claim.state, claim.due_on, claim.legal_due_on, claim.clock_stopped_on, claim.stopped_days, today
        ),
        owner=owner or "",
        hint=_short(claim),
    )


def _short(claim: Claim) -> str:
    if claim.review_lines:
        return f"待核 {claim.review_lines} 行"
    words = claim.hint.split("，")[0]
    return "" if words.startswith("可直接审") else words[:14]


def _views(session: UnitSession, conditions: Conditions, actor: Actor, today: date) -> tuple[ViewTab, ...]:
    """Return the fixed views; those that the index of the queue can count carry their count."""
    active = dict(conditions.texts)
    scheme = conditions.without()["scheme"]
    by_state: dict[str, int] = {
        row[0]: row[1]
        for row in session.execute(
            select(Claim.state, func.count()).where(Claim.scheme == conditions.scheme).group_by(Claim.state)
        )
    }
    tabs = []
    for text, asked in _VIEWS:
        count: int | None = None
        if not asked:
            count = sum(by_state.values())
        elif "status" in asked:
            states = GROUPS[asked["status"]][1] if asked["status"] in GROUPS else (asked["status"],)
            count = sum(by_state.get(state, 0) for state in states)
        elif "due" in asked:
            where = read_conditions({"scheme": conditions.scheme, **asked}, actor=actor, today=today).where
            count = session.scalar(select(func.count()).where(*where)) or 0
        href = paths.with_query(paths.CASES, scheme=scheme, **asked)
        tabs.append(ViewTab(text, href, count, active == asked))
    return tuple(tabs)


def _filter(conditions: Conditions) -> CaseFilter:
    get = conditions.get
    states = [(state.value, word.word) for state, word in WORDS.items()]
    groups = [("todo", "要办的"), ("outside", "待查、上游待定"), ("again", "退件、重开")]
    hidden = [("scheme", conditions.without()["scheme"])]
    hidden += [(name, get(name)) for name in ("due", "who", "age")]
    return CaseFilter(
        statuses=_choices([("", "不限"), *groups, *states], get("status")),
        visits=_choices([("", "不限"), *VISIT_WORDS.items()], get("visit")),
        settled_from=get("settled_from"),
        settled_to=get("settled_to"),
        personal_from=get("personal_from"),
        personal_to=get("personal_to"),
        hospital=get("hospital"),
        kept=tuple((name, value) for name, value in hidden if value),
    )


def _choices(options: Sequence[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(value, text, value == chosen) for value, text in options)


def _columns(conditions: Conditions, order: _Order) -> tuple[Column, ...]:
    def sortable(name: str, numeric: bool = False) -> Column:
        here = order.name == name
        asked = f"-{name}" if here and not order.descending else name
        direction: Any = ("descending" if order.descending else "ascending") if here else ""
        return Column(
            _SORTS[name][0], conditions.href(sort="" if asked == "due" else asked), direction, numeric
        )

    return (
        sortable("due"),
        sortable("number"),
        Column("姓名、证号尾"),
        Column("医院"),
        Column("类别"),
        sortable("settled"),
        sortable("total", numeric=True),
        sortable("personal", numeric=True),
        sortable("payable", numeric=True),
        Column("状态"),
        Column("经办"),
        Column("提示"),
    )


def _paging(conditions: Conditions, order: _Order, claims: Sequence[Claim], more: bool, total: int) -> Paging:
    first = order.first if order.place else 1
    if not claims:
        return Paging(0, 0, total, SIZE)
    has_next = more if not order.backwards else True
    has_previous = more if order.backwards else order.place is not None
    sort = order.text()
    following = conditions.href(
        sort=sort, after=_place(order, claims[-1]), **{"from": str(first + len(claims))}
    )
    preceding = conditions.href(
        sort=sort, before=_place(order, claims[0]), **{"from": str(max(1, first - SIZE))}
    )
    if has_previous and first - SIZE <= 1:
        preceding = conditions.href(sort=sort)
    return Paging(
        first,
        first + len(claims) - 1,
        total,
        SIZE,
        previous=preceding if has_previous else "",
        next=following if has_next else "",
    )
