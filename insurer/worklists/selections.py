"""Rows chosen from a list, frozen in the database: a step works on exactly these, whatever comes in."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select

from insurer.claims.tables import Claim
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Invalid, NotFound, TooLarge
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.worklists.case_columns import CASES
from insurer.worklists.case_conditions import read_conditions
from insurer.worklists.hospitals import find_hospitals
from insurer.worklists.listing import read_order, sort_rows
from insurer.worklists.tables import Selection
from insurer.worklists.views import paths
from insurer.worklists.views.lists import Picked

MOST: Final = 20_000
KEPT_FOR: Final = timedelta(days=2)
"""A selection is work of the moment; older ones go when the same person makes the next."""


def freeze_matches(
    session: UnitSession, *, actor: Actor, arguments: Mapping[str, str], now: datetime
) -> UUID:
    """Choose every case that the address asks for, in the order of the list; returns the selection.

    :class:`Invalid` when nothing matches, :class:`TooLarge` above 20,000.
    """
    conditions = read_conditions(
        arguments,
        actor=actor,
        today=business_day(now),
        calendar=calendar_in_force(session),
        hospitals=lambda scheme, words: find_hospitals(session, scheme, words),
    )
    order = read_order(CASES, arguments)
    statement = sort_rows(CASES, select(Claim.id).where(*conditions.where), order)
    members = list(session.scalars(statement.limit(MOST + 1)))
    if len(members) > MOST:
        raise TooLarge(f"一次最多选 {MOST:,} 件，现在的条件多于这个数。请加条件，分几次选")
    return keep_selection(
        session, actor=actor, list_name=CASES.name, members=members, conditions=conditions.without(), now=now
    )


def freeze_numbers(session: UnitSession, *, actor: Actor, numbers: Sequence[str], now: datetime) -> UUID:
    """Choose cases by their numbers; unknown numbers are left out."""
    found: dict[str, UUID] = {
        row[0]: row[1]
        for row in session.execute(select(Claim.case_no, Claim.id).where(Claim.case_no.in_(list(numbers))))
    }
    members = [found[number] for number in dict.fromkeys(numbers) if number in found]
    if not members:
        raise Invalid("没有选案件，请先勾选")
    return keep_selection(session, actor=actor, list_name=CASES.name, members=members, conditions={}, now=now)


def keep_selection(
    session: UnitSession,
    *,
    actor: Actor,
    list_name: str,
    members: Sequence[UUID],
    conditions: Mapping[str, str],
    now: datetime,
) -> UUID:
    """Keep chosen rows of a list in their order; returns the selection. :class:`Invalid` for none."""
    if not members:
        raise Invalid("没有选中的，请先勾选")
    staff_id = _staff(actor)
    old = (Selection.staff_id == staff_id, Selection.made_at < now - KEPT_FOR)
    session.execute(delete(Selection).where(*old))
    made = Selection(id=new_id(), staff_id=staff_id, list_name=list_name, made_at=now)
    made.conditions, made.members = dict(conditions), list(members)
    session.add(made)
    session.flush()
    return made.id


def members_of(
    session: UnitSession, *, actor: Actor, selection_id: UUID, list_name: str = CASES.name
) -> list[UUID]:
    """Return the ids of a selection of one's own; :class:`NotFound` for another's or one that is gone."""
    row = session.get(Selection, selection_id)
    if row is None or row.staff_id != actor.staff_id or row.list_name != list_name:
        raise NotFound("以前选中的已经放下了。请回到列表重选")
    return list(row.members)


def find_picked(session: UnitSession, *, actor: Actor, name: str, back: str) -> Picked | None:
    """Return the selection that an address names, with its sum; ``None`` for none or another's."""
    try:
        selection_id = UUID(name)
    except ValueError:
        return None
    chosen = select(
        Selection.made_at,
        func.cardinality(Selection.members),
        select(func.coalesce(func.sum(Claim.benefit_fen), 0))
        .where(Claim.id == func.any(Selection.members))
        .correlate(Selection)
        .scalar_subquery(),
    ).where(
        Selection.id == selection_id,
        Selection.staff_id == actor.staff_id,
        Selection.list_name == CASES.name,
    )
    row = session.execute(chosen).one_or_none()
    return None if row is None else Picked(str(selection_id), int(row[1]), int(row[2]), row[0], back)


def pick_of(session: UnitSession, *, actor: Actor, name: str, list_name: str, back: str) -> Picked | None:
    """Return the selection of a list that an address names; ``None`` for none or another's."""
    selection_id = selection_id_of(name)
    chosen = select(Selection.made_at, func.cardinality(Selection.members)).where(
        Selection.id == selection_id,
        Selection.staff_id == actor.staff_id,
        Selection.list_name == list_name,
    )
    row = session.execute(chosen).one_or_none() if selection_id else None
    return None if row is None else Picked(str(selection_id), int(row[1]), 0, row[0], back)


def selection_id_of(text: str) -> UUID | None:
    """Read the id of a selection from a form; ``None`` when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def list_with(back: str, selection_id: UUID, path: str = paths.CASES) -> str:
    """Return the list's address with a selection open above it; ``back`` is the list's own address."""
    base = back if back.partition("?")[0] == path else path
    return f"{base}{'&' if '?' in base else '?'}picked={selection_id}"


def _staff(actor: Actor) -> UUID:
    if actor.staff_id is None:
        raise Invalid("只有登录的职员能成批办理")
    return actor.staff_id
