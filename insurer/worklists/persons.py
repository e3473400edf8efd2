"""人员: the search and one person with cover, identities and cases."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from insurer.accounts.permissions import holds
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.rules import VISIT_WORDS
from insurer.claims.tables import Claim, LimitAccount
from insurer.kernel.errors import NotFound
from insurer.people.finding import search_people
from insurer.people.queries import (
    CoverView,
    FactView,
    cover_periods,
    current_accounts,
    roster_facts,
)
from insurer.people.tables import Person
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.schemes.pack_files import parameters
from insurer.worklists.case_bar import GENDERS, age_of
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Paging, SideRow
from insurer.worklists.views.people import (
    CoverFact,
    CoverSpan,
    PeoplePage,
    PersonCase,
    PersonPage,
    PersonRow,
)

MOST: Final = 50
_REASONS: Final = {
    "december_roster": "上年 12 月在册",
    "approved_in_year": "当年批准",
    "first_listed": "当年新列入名册",
}


def load_people(session: UnitSession, *, scheme: str, asked: str, today: date) -> PeoplePage:
    """Return who was asked for: by name, initials, full number or telephone; nothing without a question."""
    if not asked.strip():
        return PeoplePage("", ())
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
    note = "没有找到。换首字母，或用完整的证件号再找。" if not rows else ""
    if len(found) > MOST:
        note = f"找到的超过 {MOST} 人，只列出前 {MOST} 人，写得再全一点。"
    # what was typed may be a number: it is not given back, so that it stands nowhere but in the request
    echoed = "" if any(letter.isdigit() for letter in asked) else asked.strip()
    paging = Paging(1, len(rows), len(rows), MOST, "人") if rows else None
    return PeoplePage(echoed, rows, paging, note)


def _covered(covers: Sequence[CoverView], today: date) -> str:
    for cover in covers:
        if cover.from_on <= today <= cover.until_on:
            return f"在保，到 {cover.until_on}"
    return f"{covers[-1].year}年度曾在保" if covers else "名册里没有"


def load_person(
    session: UnitSession, *, actor: Actor, person_id: UUID, today: date, revealed: str = ""
) -> PersonPage:
    """Return one person; :class:`NotFound` for a stranger."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("没有这个人。请从人员或案件进入")
    covers = cover_periods(session, [person_id])
    facts = roster_facts(session, [person_id])
    account = current_accounts(session, [person_id]).get(person_id)
    newest = facts[-1] if facts else None
    side = [
        SideRow("镇、街道", newest.town or "—") if newest else SideRow("名册", "没有在名册里"),
        SideRow("电话", person.phone_mask or "没有登记"),
        SideRow("收款账户", f"{account.bank} *{account.tail}" if account else "没有"),
    ]
    if newest:
        side.insert(1, SideRow("户主", f"{newest.householder or '—'}（{newest.relation or '本人'}）"))
        side.insert(1, SideRow("类别", newest.category_word or newest.category))
    tracks, ticks, spans = _timeline(covers, facts, today)
    return PersonPage(
        name=person.name,
        sex=GENDERS.get(person.gender, ""),
        age=age_of(person.born_on, today),
        masked_id=person.certno_mask,
        facts=tuple(side),
        tracks=tracks,
        ticks=ticks,
        spans=spans,
        cover=_facts(covers, facts),
        cases=_cases(session, person_id),
        used=_used(session, person, today),
        reveal_action=f"{paths.PEOPLE}/{person_id}/reveal" if holds(actor, "people.reveal") else "",
        revealed=revealed,
        deceased=f"{person.died_on} 去世" if person.died_on else "",
    )


def _timeline(
    covers: Sequence[CoverView], facts: Sequence[FactView], today: date
) -> tuple[tuple[str, ...], tuple[tuple[int, str], ...], tuple[CoverSpan, ...]]:
    if not covers and not facts:
        return (), (), ()
    days = [cover.from_on for cover in covers] + [fact.month for fact in facts]
    ends = [cover.until_on for cover in covers] + [fact.month for fact in facts] + [today]
    start, end = date(min(days).year, 1, 1), date(max(ends).year + 1, 1, 1)
    whole = (end - start).days

    def at(day: date) -> int:
        return max(0, min(1000, (day - start).days * 1000 // whole))

    spans = [
        CoverSpan(
            0,
            at(cover.from_on),
            max(2, at(cover.until_on) - at(cover.from_on)),
            f"在保 {cover.from_on} 至 {cover.until_on}",
        )
        for cover in covers
    ]
    months = sorted({fact.month for fact in facts})
    spans += [
        CoverSpan(1, at(month), max(2, 1000 * 28 // whole), f"{month.year}年{month.month}月在册", "roster")
        for month in months
    ]
    ticks = tuple((at(date(year, 1, 1)), str(year)) for year in range(start.year, end.year + 1))
    return ("保障", "在册"), ticks, tuple(spans)


def _facts(covers: Sequence[CoverView], facts: Sequence[FactView]) -> tuple[CoverFact, ...]:
    rows = [
        CoverFact(
            f"{cover.year}年度在保",
            cover.from_on,
            cover.until_on,
            f"{_REASONS.get(cover.reason, cover.reason)}，{cover.filename} 第 {cover.row_no} 行",
            None,
        )
        for cover in reversed(covers)
    ]
    rows += [
        CoverFact(
            f"{fact.month.year}年{fact.month.month}月在册",
            fact.month,
            fact.month,
            f"{fact.filename} 第 {fact.row_no} 行",
            None,
            "，".join(part for part in (fact.category_word, fact.town, fact.change_word) if part),
        )
        for fact in reversed(facts[-12:])
    ]
    return tuple(rows)


def _cases(session: UnitSession, person_id: UUID) -> tuple[PersonCase, ...]:
    statement = (
        select(Claim)
        .where(Claim.person_id == person_id)
        .order_by(Claim.settled_on.desc(), Claim.case_no.desc())
    )
    return tuple(
        PersonCase(
            claim.case_no,
            VISIT_WORDS.get(claim.visit, claim.visit),
            claim.hospital,
            claim.settled_on,
            None if claim.state == State.RECEIVED.value else claim.benefit_fen,
            WORDS[State(claim.state)].word,
        )
        for claim in session.scalars(statement.limit(200))
    )


def _used(session: UnitSession, person: Person, today: date) -> tuple[tuple[int, int, int], ...]:
    rows = session.scalars(
        select(LimitAccount)
        .where(LimitAccount.scheme == person.scheme, LimitAccount.person_id == person.id)
        .order_by(LimitAccount.year.desc())
    ).all()
    if not rows:
        return ()
    limit = parameters(person.scheme)["other_covered_annual_limit"]
    return tuple((row.year, limit.on(date(row.year, 12, 31).toordinal()).value, row.used_fen) for row in rows)
