"""People as lists and searches show them: cover, place and cases of each, numbers masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from insurer.claims.tables import Claim
from insurer.kernel.dates import business_day
from insurer.people.finding import search_people
from insurer.people.queries import CoverView, PersonView, cover_periods, roster_facts
from insurer.people.tables import Person, PersonTask
from insurer.platform.db import UnitSession
from insurer.worklists.case_bar import GENDERS, age_of
from insurer.worklists.views import paths
from insurer.worklists.views.people import PersonRow

MOST: Final = 50
NOBODY: Final = "没有找到。换首字母，或用完整的证件号、低保证号、手机号再找。"


@dataclass(frozen=True, slots=True)
class Found:
    """What a search at the counter found; ``asked`` is what may be shown again of the words."""

    asked: str
    rows: tuple[PersonRow, ...]
    note: str = ""


def look_for(session: UnitSession, *, scheme: str, asked: str, today: date) -> Found:
    """Return who was asked for, as :mod:`insurer.people.finding` finds them; nothing without a question."""
    if not asked.strip():
        return Found("", ())
    found = search_people(session, scheme=scheme, query=asked, limit=MOST + 1)
    rows = person_rows(session, found[:MOST], today)
    note = NOBODY if not rows else ""
    if len(found) > MOST:
        note = f"找到的超过 {MOST} 人，只列出前 {MOST} 人，写得再全一点。"
    return Found(echo_of(asked), rows, note)


def echo_of(asked: str) -> str:
    """Return what may be shown again: a number is not given back, it stands nowhere but in the request."""
    return "" if any(letter.isdecimal() for letter in asked) else asked.strip()


def person_rows(session: UnitSession, people: Sequence[PersonView], today: date) -> tuple[PersonRow, ...]:
    """Return the rows of these people in their order: five statements, however many they are."""
    ids = [person.id for person in people]
    cases = _counts(session, Claim.person_id, ids)
    tasks = _counts(session, PersonTask.person_id, ids, PersonTask.done_at.is_(None))
    covers: dict[UUID, list[CoverView]] = {}
    for cover in cover_periods(session, ids):
        covers.setdefault(cover.person_id, []).append(cover)
    newest = {fact.person_id: fact for fact in roster_facts(session, ids)}
    moments = session.execute(select(Person.id, Person.created_at).where(Person.id.in_(ids)))
    known = {row[0]: row[1] for row in moments}
    return tuple(
        PersonRow(
            href=f"{paths.PEOPLE}/{person.id}",
            name=person.name,
            sex=GENDERS.get(person.gender, ""),
            age=age_of(person.born_on, today),
            masked_id=person.certno_mask,
            town=newest[person.id].town if person.id in newest else "",
            category=newest[person.id].category_word if person.id in newest else "",
            cover=_covered(covers.get(person.id, []), today),
            cases=cases.get(person.id, 0),
            tasks=tasks.get(person.id, 0),
            village=newest[person.id].village if person.id in newest else "",
            known_on=business_day(known[person.id]),
        )
        for person in people
    )


def _counts(session: UnitSession, column: Any, ids: Sequence[UUID], *where: Any) -> dict[UUID, int]:
    rows = session.execute(select(column, func.count()).where(column.in_(ids), *where).group_by(column))
    return {row[0]: int(row[1]) for row in rows}


def _covered(covers: Sequence[CoverView], today: date) -> str:
    for cover in covers:
        if cover.from_on <= today <= cover.until_on:
            return f"在保，到 {cover.until_on}"
    return f"{covers[-1].year}年度曾在保" if covers else "没有保障"
