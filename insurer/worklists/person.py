"""One person: cover with its rows, months on the register, identities, household, account, cases."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import holds
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.rules import VISIT_WORDS
from insurer.claims.tables import Claim, LimitAccount
from insurer.kernel.dates import parse_date
from insurer.kernel.errors import NotFound
from insurer.people.covered import Ground, cover_answer
from insurer.people.events import WITHDRAWN, newest_events
from insurer.people.queries import (
    AccountView,
    CoverView,
    FactView,
    cover_periods,
    current_accounts,
    roster_documents,
    roster_facts,
)
from insurer.people.rules import CERTIFYING_BODIES, NANTONG
from insurer.people.sharing import Sharing, household_of, sharing_of
from insurer.people.standing import effective_imports
from insurer.people.tables import Person, PersonContact, PersonTask
from insurer.people.tasks import KINDS
from insurer.people.telling import WAYS
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.schemes.pack_files import parameters
from insurer.worklists.case_bar import GENDERS, age_of
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Banner, Link, SideRow, Trouble
from insurer.worklists.views.people import (
    CoverFact,
    CoverSpan,
    DayAnswer,
    GroundRow,
    IdentityRow,
    PersonCase,
    PersonPage,
    RosterMonth,
)

MONTHS: Final = 24
ADULT: Final = 18
INSURANCE: Final = {"390": "居民医保", "310": "职工医保", "other": "外地医保", "none": "没有参保"}
CATEGORIES: Final = {
    "extremely_poor": "特困人员",
    "orphan": "孤儿",
    "de_facto_unattended_child": "事实无人抚养儿童",
    "other_child_in_difficulty": "其他困境儿童",
    "min_living_allowance": "最低生活保障对象",
    "retrenched_1960s": "60 年代精减退职职工",
    "low_income_margin": "低保边缘家庭成员",
    "expenditure_poor_patient": "支出型困难家庭大重病患者",
    "temporary_relief_patient": "临时救助大重病患者",
    "disabled_soldier_1_10": "1–10 级残疾军人",
    "other_entitled_group": "其他优抚对象",
    "hardship_worker": "特困职工",
    "other_special_hardship": "其他特殊困难人员",
    "former_registered_poor": "原建档立卡对象",
}
_REASONS: Final = {
    "december_roster": "上年 12 月在册",
    "approved_in_year": "当年批准",
    "first_listed": "当年新列入名册",
}


def load_person(
    session: UnitSession,
    *,
    actor: Actor,
    person_id: UUID,
    today: date,
    revealed: str = "",
    on: str = "",
    troubles: tuple[Trouble, ...] = (),
) -> PersonPage:
    """Return one person, and whether he was covered on the day ``on``; :class:`NotFound` for a stranger."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("没有这个人。请从人员或案件进入")
    covers = cover_periods(session, [person_id])
    facts = roster_facts(session, [person_id])
    account = current_accounts(session, [person_id]).get(person_id)
    newest = facts[-1] if facts else None
    age = age_of(person.born_on, today)
    sharing = sharing_of(session, [person_id]).get(person_id)
    tracks, ticks, spans = _timeline(covers, facts, today)
    day, trouble = _asked_day(on)
    return PersonPage(
        name=person.name,
        sex=GENDERS.get(person.gender, ""),
        age=age,
        masked_id=person.certno_mask,
        facts=_side(person, newest, account, sharing, age),
        tracks=tracks,
        ticks=ticks,
        spans=spans,
        cover=_covers(covers),
        cases=_cases(session, person_id) if holds(actor, "claims.view") else (),
        used=_used(session, person, today),
        reveal_action=f"{paths.PEOPLE}/{person_id}/reveal" if holds(actor, "people.reveal") else "",
        revealed=revealed,
        deceased=f"{person.died_on} 去世" if person.died_on else "",
        day=_answer(session, person, day) if day else None,
        asked_day=on or today.isoformat(),
        day_trouble=trouble,
        href=f"{paths.PEOPLE}/{person_id}",
        months=_months(session, person, facts),
        identities=_identities(session, person),
        family=tuple(
            Link(other.name, f"{paths.PEOPLE}/{other.id}") for other in household_of(session, person)
        ),
        flags=_flags(session, person, sharing),
        told=_told(session, person_id),
        reveal_troubles=troubles,
    )


def _asked_day(on: str) -> tuple[date | None, str]:
    try:
        return (parse_date(on), "") if on else (None, "")
    except ValueError as error:
        return None, str(error)


def _answer(session: UnitSession, person: Person, day: date) -> DayAnswer:
    found = cover_answer(session, person=person, day=day)
    return DayAnswer(day, found.covered, found.because, tuple(_ground(one) for one in found.grounds))


def _ground(ground: Ground) -> GroundRow:
    href = f"{paths.ROSTERS}/{ground.import_id}" if ground.import_id else ""
    return GroundRow(ground.says, _place(ground.file, ground.sheet, ground.row), href)


def _place(file: str, sheet: str, row: int | None) -> str:
    """Name a row of a file as a clerk looks it up."""
    if row is None:
        return file
    inside = f"“{sheet}”" if sheet and sheet not in file else ""
    return f"{file}{inside}第 {row} 行"


def _side(
    person: Person,
    newest: FactView | None,
    account: AccountView | None,
    sharing: Sharing | None,
    age: int | None,
) -> tuple[SideRow, ...]:
    rows = []
    if newest is None:
        rows.append(SideRow("名册", "没有在名册里"))
    else:
        rows += [
            SideRow("镇、村", f"{newest.town}{newest.village}" or "—"),
            SideRow("类别", newest.category_word or newest.category),
            SideRow("户主", f"{newest.householder or '—'}（{newest.relation or '本人'}）"),
        ]
        if age is not None and age < ADULT:
            rows.append(
                SideRow("监护人", newest.householder or "名册没有写", second=("名册不写监护人，按户主",))
            )
        rows.append(SideRow("医保", INSURANCE.get(newest.insutype, "名册没有写")))
    rows.append(SideRow("电话", person.phone_mask or "没有登记"))
    if account is None:
        rows.append(SideRow("收款账户", "没有"))
    else:
        second = [f"户名 {account.holder}"]
        if account.holder != person.name:
            second.append("不是本人")
        if sharing is not None and sharing.people > 1:
            second.append(f"{sharing.people} 人、{sharing.families} 户共用")
        tone: Any = "amber" if sharing is not None and sharing.many else ""
        words = f"{account.bank} *{account.tail}".strip()
        rows.append(SideRow("收款账户", words, second=tuple(second), tone=tone))
    return tuple(rows)


def _flags(session: UnitSession, person: Person, sharing: Sharing | None) -> tuple[Banner, ...]:
    flags = []
    for kind, event in sorted(
        (kind, newest_events(session, [person.id], kind).get(person.id)) for kind in ("died", "moved_out")
    ):
        if event is not None and event.precision != WITHDRAWN:
            word = "名单上已去世" if kind == "died" else "名单上已迁出"
            when = f"{event.happened_on}" if event.happened_on else "没有写日期"
            flags.append(Banner("warn", word, f"{when}，见名单第 {event.row_no} 行。"))
    tasks = session.scalars(
        select(PersonTask)
        .where(PersonTask.person_id == person.id, PersonTask.done_at.is_(None))
        .order_by(PersonTask.due_on)
    ).all()
    for task in tasks[:2]:
        link = Link("去核对", f"{paths.PEOPLE_TASKS}/{task.id}")
        flags.append(Banner("warn", f"待核：{KINDS[task.kind]}", f"{task.due_on} 以前办。", link))
    if sharing is not None and sharing.many and not any(task.kind == "shared_account" for task in tasks):
        flags.append(Banner("warn", f"{sharing.families} 户共用一个收款账户", "付款以前先问清。"))
    return tuple(flags)


def _told(session: UnitSession, person_id: UUID) -> tuple[SideRow, ...]:
    rows = session.scalars(
        select(PersonContact)
        .where(PersonContact.person_id == person_id)
        .order_by(PersonContact.told_on.desc(), PersonContact.id.desc())
        .limit(5)
    )
    return tuple(
        SideRow(f"{row.year}年度", f"{row.told_on} {WAYS[row.way]}", second=(row.noted_by_name, row.note))
        for row in rows
    )


def _months(session: UnitSession, person: Person, facts: Sequence[FactView]) -> tuple[RosterMonth, ...]:
    """Return the months on the register, newest first; rows that a later file replaced are marked."""
    effective = {one.id for one in effective_imports(session, person.scheme)}
    last = {fact.month: fact for fact in facts if fact.import_id in effective}
    return tuple(
        RosterMonth(
            month=fact.month,
            category=fact.category_word or "、".join(CATEGORIES.get(c, c) for c in fact.category.split(",")),
            insurance=INSURANCE.get(fact.insutype, "没有写"),
            place=f"{fact.town}{fact.village}",
            family=f"{fact.householder or '—'}（{fact.relation or '本人'}）",
            approved=fact.approved_on.isoformat() if fact.approved_on else "—",
            change=fact.change_word,
            source=_place(fact.filename, fact.sheet, fact.row_no),
            href=f"{paths.ROSTERS}/{fact.import_id}",
            counts=last.get(fact.month) == fact,
        )
        for fact in reversed(facts[-MONTHS:])
    )


def _identities(session: UnitSession, person: Person) -> tuple[IdentityRow, ...]:
    if person.scheme != NANTONG:
        return ()
    document = roster_documents(session, scheme=person.scheme, person_ids=[person.id])[person.id]
    return tuple(
        IdentityRow(
            CATEGORIES.get(one["category"], one["category"]),
            one["valid_from"],
            one["lost_decided_on"] or "",
            CERTIFYING_BODIES.get(one["category"], "—"),
        )
        for one in document["identities"]
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


def _covers(covers: Sequence[CoverView]) -> tuple[CoverFact, ...]:
    return tuple(
        CoverFact(
            f"{cover.year}年度在保",
            cover.from_on,
            cover.until_on,
            f"{_REASONS.get(cover.reason, cover.reason)}，"
            + _place(cover.filename, cover.sheet, cover.row_no),
            None,
        )
        for cover in reversed(covers)
    )


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
