"""待办: the queues, the most urgent cases, and what else has a date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, and_, case, cast, func, or_, select

from insurer.accounts.permissions import holds
from insurer.accounts.tables import Staff
from insurer.claims.lifecycle import OPEN_STATES, WORDS, State
from insurer.claims.tables import Claim
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import business_day
from insurer.people.tables import Person
from insurer.platform.audit import Actor
from insurer.platform.backlog import LATE_MINUTES, backlog
from insurer.platform.db import UnitSession
from insurer.worklists.case_bar import shown_amount
from insurer.worklists.clocks import clock_of, clock_runs, soon_until
from insurer.worklists.deadlines import load_deadlines
from insurer.worklists.home_side import draft_rows, list_matters
from insurer.worklists.people_tasks import count_open
from insurer.worklists.programmes import kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Link, SideRow
from insurer.worklists.views.home import AgeRow, HomePage, Queue, Task

TASKS: Final = 12

TODO: Final[dict[State, str]] = {
    State.RECEIVED: "受理：核对材料",
    State.WAITING_PAPERS: "等补件，到齐后接着办",
    State.IN_REVIEW: "核算并送复核",
    State.HELD: "查清原因，再接着办",
    State.WAITING_UPSTREAM: "问上游有没有结果",
    State.PROPOSED: "复核并决定",
    State.SENT_BACK: "按退回意见修改，再送复核",
    State.APPROVED: "等进付款批次",
    State.PARTLY_APPROVED: "等进付款批次",
    State.TO_NOTIFY: "送达拒付通知书，3 日内",
    State.IN_PAYMENT: "等银行回盘",
    State.BOUNCED: "改收款信息后重付",
    State.REOPENED: "重新核算，再送复核",
}
"""What to do next where the case itself has no better hint."""

WORKED: Final = tuple(
    state.value
    for state in (
        State.RECEIVED,
        State.IN_REVIEW,
        State.HELD,
        State.WAITING_UPSTREAM,
        State.PROPOSED,
        State.SENT_BACK,
        State.TO_NOTIFY,
        State.BOUNCED,
        State.REOPENED,
    )
)
"""States in which somebody at the desk has something to do now."""

NEEDED: Final[dict[State, str]] = {
    State.RECEIVED: "claims.accept",
    State.IN_REVIEW: "claims.review",
    State.HELD: "claims.review",
    State.WAITING_UPSTREAM: "claims.review",
    State.SENT_BACK: "claims.review",
    State.REOPENED: "claims.review",
    State.PROPOSED: "claims.approve",
    State.TO_NOTIFY: "notices.print",
    State.BOUNCED: "payments.batch",
}
"""The permission with which a state of ``WORKED`` is worked on."""

_AGED: Final = (State.RECEIVED, State.IN_REVIEW, State.PROPOSED, State.SENT_BACK, State.HELD)
AGES: Final = (
    ("0–3 天", 0, 3),
    ("4–7 天", 4, 7),
    ("8–14 天", 8, 14),
    ("15–30 天", 15, 30),
    ("30 天以上", 31, 0),
)
"""How long cases have lain: word, first day, last day (0: no last)."""


@dataclass(frozen=True, slots=True)
class _Count:
    total: int = 0
    mine: int = 0
    today: int = 0
    mine_to_check: int = 0

    def __add__(self, other: "_Count") -> "_Count":
        return _Count(
            self.total + other.total,
            self.mine + other.mine,
            self.today + other.today,
            self.mine_to_check + other.mine_to_check,
        )


def load_home(session: UnitSession, *, actor: Actor, scheme: str, mine: bool, now: datetime) -> HomePage:
    """Return the page; a constant number of statements, whatever the number of cases."""
    today = business_day(now)
    staff_id = actor.staff_id
    counts, soon, late, oldest = _counts(session, scheme, staff_id, mine, today)
    who = "me" if mine else ""
    total = sum(counts[state].total for state in map(State, WORKED) if state in counts)
    return HomePage(
        today=today,
        refreshed=now,
        mine_only=mine,
        may_act=any(holds(actor, needed) for needed in NEEDED.values()),
        queues=_queues(counts, soon, late, oldest, scheme, who, today, holds(actor, "claims.approve")),
        tasks=_tasks(session, scheme, actor, mine, today),
        tasks_total=total,
        tasks_href=_list(scheme, who, status="todo"),
        deadlines=load_deadlines(session, scheme=scheme, today=today),
        checks=_background(session),
        people=_people(session, actor, scheme, mine, today),
        lists=list_matters(session, actor=actor),
        drafts=draft_rows(session, actor=actor, scheme=scheme),
        age_heads=tuple(head for head, *_ in AGES),
        ages=_ages(session, scheme, staff_id if mine else None, today, who),
        scope_links=(
            Link("只看我的", paths.with_query(paths.HOME, scheme=kept(scheme), who="me")),
            Link("本组", paths.with_query(paths.HOME, scheme=kept(scheme))),
        ),
    )


def _background(session: UnitSession) -> tuple[SideRow, ...]:
    """Return how the background work stands: letters, results and imports wait there."""
    found = backlog(session)
    if found.stuck:
        words = f"{found.stuck} 件做不下去"
        return (SideRow("后台办理", words, second=("请告诉系统管理员",), shape="square", tone="red"),)
    if found.late:
        words = f"{found.late} 件等了 {LATE_MINUTES} 分钟以上"
        return (SideRow("后台办理", words, second=("请告诉系统管理员",), shape="triangle", tone="amber"),)
    words = f"{found.waiting} 件在排队" if found.waiting else "都已办完"
    return (SideRow("后台办理", words, shape="check", tone="green"),)


def _people(session: UnitSession, actor: Actor, scheme: str, mine: bool, today: date) -> tuple[SideRow, ...]:
    """Return how many people somebody must look into; the count is that of the list behind it."""
    if not holds(actor, "people.tasks"):
        return ()
    total, late = count_open(session, scheme=scheme, today=today, owner=actor.staff_id if mine else None)
    if not total:
        return ()
    href = paths.with_query(paths.PEOPLE_TASKS, scheme=kept(scheme), which="mine" if mine else "")
    second = (f"{late} 件超期",) if late else ()
    link = Link(f"{total} 件", href)
    return (SideRow("待核的人", link=link, second=second, shape="square" if late else ""),)


def _list(scheme: str, who: str, **conditions: str) -> str:
    return paths.with_query(paths.CASES, scheme=kept(scheme), **conditions, who=who)


def is_mine(staff_id: UUID | None) -> Any:
    """Return the condition that a case is one's own: in hand, or entered to review."""
    return or_(Claim.handler_id == staff_id, Claim.proposed_by == staff_id)


def _counts(
    session: UnitSession, scheme: str, staff_id: UUID | None, mine: bool, today: date
) -> tuple[Mapping[State, _Count], int, int, date | None]:
    own = is_mine(staff_id)
    running, until = clock_runs(), soon_until(today, calendar_in_force(session))
    not_mine = and_(Claim.proposed_by.is_distinct_from(staff_id), Claim.entered_by != str(staff_id))
    statement = (
        select(
            Claim.state,
            func.count().label("total"),
            func.count().filter(own).label("mine"),
            func.count().filter(running, Claim.due_on == today).label("today"),
            func.count().filter(running, Claim.due_on >= today, Claim.due_on <= until).label("soon"),
            func.count().filter(running, Claim.due_on < today).label("late"),
            func.min(Claim.due_on).filter(running).label("oldest"),
            func.count().filter(not_mine).label("to_check"),
        )
        .where(Claim.scheme == scheme, Claim.state.in_([state.value for state in OPEN_STATES]))
        .group_by(Claim.state)
    )
    if mine:
        statement = statement.where(own)
    counts: dict[State, _Count] = {}
    soon = late = 0
    oldest: date | None = None
    for row in session.execute(statement):
        counts[State(row.state)] = _Count(row.total, row.mine, row.today, row.to_check)
        soon, late = soon + row.soon, late + row.late
        if row.oldest is not None and (oldest is None or row.oldest < oldest):
            oldest = row.oldest
    return counts, soon, late, oldest


def _queues(
    counts: Mapping[State, _Count],
    soon: int,
    late: int,
    oldest: date | None,
    scheme: str,
    who: str,
    today: date,
    may_approve: bool,
) -> tuple[Queue, ...]:
    def of(*states: State) -> _Count:
        return sum((counts.get(state, _Count()) for state in states), _Count())

    def own(count: _Count) -> tuple[str, ...]:
        return (f"我的 {count.mine}", f"今天到期 {count.today}")

    received, review, proposed = of(State.RECEIVED), of(State.IN_REVIEW), of(State.PROPOSED)
    held, upstream = of(State.HELD), of(State.WAITING_UPSTREAM)
    back, again = of(State.SENT_BACK), of(State.REOPENED)
    waiting = of(State.WAITING_PAPERS)
    longest = f"最久超 {(today - oldest).days} 天" if late and oldest else "没有超时的案件"
    return (
        Queue("待受理", _list(scheme, who, status="received"), received.total, own(received)),
        Queue("待审", _list(scheme, who, status="in_review"), review.total, own(review)),
        Queue(
            "待复核",
            _list(scheme, who, status="proposed"),
            proposed.total,
            (f"我可复核 {proposed.mine_to_check}", f"今天 {proposed.today}")
            if may_approve
            else (f"今天到期 {proposed.today}",),
        ),
        Queue("等补件", _list(scheme, who, status="waiting_papers"), waiting.total, ("送达后停表",), "bars"),
        Queue(
            "待查、上游",
            _list(scheme, who, status="outside"),
            held.total + upstream.total,
            (f"待查 {held.total}", f"上游 {upstream.total}"),
            "bars",
        ),
        Queue(
            "退件、重开",
            _list(scheme, who, status="again"),
            back.total + again.total,
            (f"退件 {back.total}", f"重开 {again.total}"),
        ),
        Queue("将超时", _list(scheme, who, due="soon"), soon, ("3 个工作日内",), "triangle", "amber"),
        Queue("已超时", _list(scheme, who, due="late"), late, (longest,), "square", "red"),
    )


def _for_me(actor: Actor) -> Any:
    """Return the condition that the reader may do the next step; who may do none sees what others do."""
    states = [state.value for state, needed in NEEDED.items() if holds(actor, needed)]
    if not states:
        return Claim.state.in_(WORKED)
    not_mine = and_(Claim.proposed_by.is_distinct_from(actor.staff_id), Claim.entered_by != actor.id)
    return and_(Claim.state.in_(states), or_(Claim.state != State.PROPOSED.value, not_mine))


def _tasks(session: UnitSession, scheme: str, actor: Actor, mine: bool, today: date) -> tuple[Task, ...]:
    statement = (
        select(Claim, Person.name.label("person"), Staff.name.label("owner"))
        .join(Person, Person.id == Claim.person_id)
        .outerjoin(Staff, Staff.id == Claim.handler_id)
        .where(Claim.scheme == scheme, _for_me(actor))
        .order_by(Claim.due_on, Claim.benefit_fen.desc(), Claim.case_no)
        .limit(TASKS)
    )
    if mine:
        statement = statement.where(is_mine(actor.staff_id))
    calendar = calendar_in_force(session)
    return tuple(
        Task(
            number=claim.case_no,
            person=person,
            todo=claim.hint or TODO.get(State(claim.state), ""),
            due=clock_of(claim, calendar, today),
            amount=shown_amount(State(claim.state), claim.benefit_fen),
            status=WORDS[State(claim.state)].word,
            owner=owner or "",
        )
        for claim, person, owner in session.execute(statement)
    )


def _ages(
    session: UnitSession, scheme: str, staff_id: UUID | None, today: date, who: str
) -> tuple[AgeRow, ...]:
    received = cast(func.timezone("Asia/Shanghai", Claim.received_at), Date)
    age = today - received - Claim.stopped_days
    bucket = case(
        *[(age <= until, place) for place, (_, _, until) in enumerate(AGES[:-1])], else_=len(AGES) - 1
    )
    statement = (
        select(Claim.state, bucket.label("bucket"), func.count().label("total"))
        .where(Claim.scheme == scheme, Claim.state.in_([state.value for state in _AGED]))
        .group_by(Claim.state, bucket)
    )
    if staff_id is not None:
        statement = statement.where(is_mine(staff_id))
    found: dict[tuple[str, int], int] = {
        (row.state, row.bucket): row.total for row in session.execute(statement)
    }
    rows = []
    for state in _AGED:
        counts = []
        for place, (_, since, until) in enumerate(AGES):
            count = found.get((state.value, place), 0)
            days = f"{since}-{until}" if until else f"{since}-"
            href = _list(scheme, who, status=state.value, age=days) if count else ""
            counts.append((count, href))
        total = sum(count for count, _ in counts)
        if total:
            rows.append(AgeRow(WORDS[state].word, tuple(counts), total))
    return tuple(rows)


def age_bounds(text: str, today: date) -> tuple[date | None, date | None]:
    """Read ``4-7`` (days since intake) as the first and last day of intake; open ends are ``None``."""
    low, _, high = text.partition("-")
    if not low.isdecimal() or (high and not high.isdecimal()) or len(text) > 9:
        return None, None
    first = today - timedelta(days=int(high)) if high else None
    return first, today - timedelta(days=int(low))
