"""人员: the search."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from insurer.accounts.permissions import holds
from insurer.claims.tables import Claim
from insurer.people.finding import search_people
from insurer.people.queries import (
    CoverView,
    cover_periods,
    roster_facts,
)
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.case_bar import GENDERS, age_of
from insurer.worklists.programmes import kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Link, Paging
from insurer.worklists.views.people import (
    PeoplePage,
    PersonRow,
)

MOST: Final = 50


def load_people(session: UnitSession, *, actor: Actor, scheme: str, asked: str, today: date) -> PeoplePage:
    """Return who was asked for, as :mod:`insurer.people.finding` finds them; nothing without a question."""
    more: tuple[Link, ...] = ()
    if holds(actor, "people.tasks"):
        more = (
            Link("待核的人", paths.with_query(paths.PEOPLE_TASKS, scheme=kept(scheme))),
            Link("参保告知", paths.with_query(paths.PEOPLE_TOLD, scheme=kept(scheme))),
        )
    if not asked.strip():
        return PeoplePage("", (), more=more)
    found = search_people(session, scheme=scheme, query=asked, limit=MOST + 1)
    shown = found[:MOST]
    ids = [person.id for person in shown]
    cases: dict[UUID, int] = {
        row[0]: row[1]
        for row in session.execute(
            select(Claim.person_id, func.count()).where(Claim.person_id.in_(ids)).group_by(Claim.person_id)
        )
    }
    covers: dict[UUID, list[CoverView]] = {}
    for cover in cover_periods(session, ids):
        covers.setdefault(cover.person_id, []).append(cover)
    newest = {fact.person_id: fact for fact in roster_facts(session, ids)}
    rows = tuple(
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
        )
        for person in shown
    )
    note = "没有找到。换首字母，或用完整的证件号、低保证号、手机号再找。" if not rows else ""
    if len(found) > MOST:
        note = f"找到的超过 {MOST} 人，只列出前 {MOST} 人，写得再全一点。"
    # what was typed may be a number: it is not given back, so that it stands nowhere but in the request
    echoed = "" if any(letter.isdecimal() for letter in asked) else asked.strip()
    paging = Paging(1, len(rows), len(rows), MOST, "人") if rows else None
    return PeoplePage(echoed, rows, paging, note, more)


def _covered(covers: Sequence[CoverView], today: date) -> str:
    for cover in covers:
        if cover.from_on <= today <= cover.until_on:
            return f"在保，到 {cover.until_on}"
    return f"{covers[-1].year}年度曾在保" if covers else "名册里没有"
