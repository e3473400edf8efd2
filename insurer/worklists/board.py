"""主管看板: the open cases by who has them, by due date and by age; every number opens the list it counts."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, case, cast, func, select

from insurer.accounts.queries import staff_names
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.tables import Claim
from insurer.claims.tracks.tables import AgencyFinding, Review, UpstreamInquiry
from insurer.claims.working_days import calendar_in_force
from insurer.platform.db import UnitSession
from insurer.worklists.calendar import calendar_warning
from insurer.worklists.case_conditions import NOBODY
from insurer.worklists.clocks import approval_is_late, clock_runs, soon_until
from insurer.worklists.home import AGES, WORKED
from insurer.worklists.programmes import kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Banner, Link, SideRow


@dataclass(frozen=True, slots=True)
class Count:
    """A number and the list behind it."""

    number: int
    href: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """What one person, or nobody, has in hand."""

    who: str
    counts: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class BoardPage:
    """The board: by person and due date, by state and age, and what else is late."""

    today: date
    due_heads: tuple[str, ...]
    people: tuple[BoardRow, ...]
    age_heads: tuple[str, ...]
    ages: tuple[BoardRow, ...]
    late: tuple[SideRow, ...]
    banner: Banner | None = None


def load_board(session: UnitSession, *, scheme: str, today: date) -> BoardPage:
    """Return the board: six statements. Rows stand by name, not by number: it is no ranking."""
    return BoardPage(
        today=today,
        due_heads=("要办的", "已超时", "将超时", "复核超时"),
        people=_people(session, scheme, today),
        age_heads=tuple(word for word, *_ in AGES),
        ages=_ages(session, scheme, today),
        late=_late(session, scheme, today),
        banner=calendar_warning(calendar_in_force(session), today),
    )


def _list(scheme: str, **conditions: str) -> str:
    return paths.with_query(paths.CASES, scheme=kept(scheme), **conditions)


def _people(session: UnitSession, scheme: str, today: date) -> tuple[BoardRow, ...]:
    until, running = soon_until(today, calendar_in_force(session)), clock_runs()
    statement = (
        select(
            Claim.handler_id,
            func.count().filter(Claim.state.in_(WORKED)).label("worked"),
            func.count().filter(running, Claim.due_on < today).label("late"),
            func.count().filter(running, Claim.due_on >= today, Claim.due_on <= until).label("soon"),
            func.count().filter(approval_is_late(today)).label("approval"),
        )
        .where(Claim.scheme == scheme)
        .group_by(Claim.handler_id)
    )
    found = session.execute(statement).all()
    names = staff_names(session, [row.handler_id for row in found if row.handler_id])
    rows = []
    for row in found:
        if not (row.worked or row.late or row.soon or row.approval):
            continue
        owner = str(row.handler_id) if row.handler_id else NOBODY
        rows.append(
            (
                names.get(row.handler_id, "") if row.handler_id else "",
                BoardRow(
                    names.get(row.handler_id, "某位同事") if row.handler_id else "没有分派",
                    (
                        Count(row.worked, _list(scheme, status="todo", owner=owner)),
                        Count(row.late, _list(scheme, due="late", owner=owner), "red"),
                        Count(row.soon, _list(scheme, due="soon", owner=owner), "amber"),
                        Count(row.approval, _list(scheme, approval="late", owner=owner), "red"),
                    ),
                ),
            )
        )
    return tuple(row for _, row in sorted(rows, key=lambda one: (not one[0], one[0])))


def _ages(session: UnitSession, scheme: str, today: date) -> tuple[BoardRow, ...]:
    received: Any = cast(func.timezone("Asia/Shanghai", Claim.received_at), Date)
    age = today - received - Claim.stopped_days
    bucket = case(
        *[(age <= until, place) for place, (_, _, until) in enumerate(AGES[:-1])], else_=len(AGES) - 1
    )
    rows = session.execute(
        select(Claim.state, bucket.label("bucket"), func.count().label("total"))
        .where(Claim.scheme == scheme, Claim.state.in_(WORKED))
        .group_by(Claim.state, bucket)
    )
    found = {(row.state, row.bucket): int(row.total) for row in rows}
    return tuple(
        BoardRow(
            WORDS[State(state)].word,
            tuple(
                Count(
                    found.get((state, place), 0),
                    _list(scheme, status=state, age=f"{since}-{until}" if until else f"{since}-"),
                )
                for place, (_, since, until) in enumerate(AGES)
            ),
        )
        for state in WORKED
        if any((state, place) in found for place in range(len(AGES)))
    )


def _late(session: UnitSession, scheme: str, today: date) -> tuple[SideRow, ...]:
    def count(statement: Any) -> Any:
        return statement.scalar_subquery()

    of_scheme = Claim.scheme == scheme
    row = session.execute(
        select(
            count(
                select(func.count()).where(
                    Review.scheme == scheme, Review.status == "open", Review.due_on < today
                )
            ).label("reviews"),
            count(
                select(func.count()).where(AgencyFinding.scheme == scheme, AgencyFinding.status == "open")
            ).label("findings"),
            count(
                select(func.count(func.distinct(UpstreamInquiry.claim_id)))
                .join(Claim, Claim.id == UpstreamInquiry.claim_id)
                .where(of_scheme, UpstreamInquiry.answered_on.is_(None), UpstreamInquiry.remind_on < today)
            ).label("inquiries"),
            count(
                select(func.count()).where(
                    of_scheme,
                    Claim.state.in_((State.HELD.value, State.WAITING_UPSTREAM.value)),
                    Claim.certain_due_on < today,
                )
            ).label("certain"),
        )
    ).one()
    held = _list(scheme, status="outside")
    return (
        SideRow("复核和投诉", link=Link(f"超时 {row.reviews} 件", paths.REVIEWS), second=("15 日内答复",)),
        SideRow("给经办机构的差异", link=Link(f"待发 {row.findings} 条", paths.FINDINGS)),
        SideRow("上游该再问的", f"{row.inquiries} 件", second=("问过，到了提醒的日子还没有结果",)),
        SideRow(
            "超过 60 日没有先付的", link=Link(f"{row.certain} 件", held), second=("能确定的部分可以提前给付",)
        ),
    )
