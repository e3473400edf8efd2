"""One case by its number, and the bar that stands above all its pages."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from insurer.accounts.permissions import holds
from insurer.accounts.tables import Staff
from insurer.claims.calendar import Calendar
from insurer.claims.lifecycle import CALCULABLE, REFUSING, WORDS, State
from insurer.claims.rules import VISIT_WORDS
from insurer.claims.tables import Claim, Paper
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import SHANGHAI
from insurer.kernel.errors import NotFound
from insurer.notices.tables import Notice
from insurer.people.tables import Person
from insurer.platform.audit import Actor, AuditEntry
from insurer.platform.db import UnitSession
from insurer.worklists.clocks import clock_of
from insurer.worklists.tables import CasePresence
from insurer.worklists.views.case import CaseBar, CaseTab, OpenedBy
from insurer.worklists.views.elements import Link
from insurer.worklists.views.paths import CASE_PARTS, PEOPLE, case_href

GENDERS: Final = {"1": "男", "2": "女", "M": "男", "F": "女", "男": "男", "女": "女"}

_OPEN_AMOUNT: Final = (State.RECEIVED, State.HELD, State.WAITING_UPSTREAM)


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case with the person it is about and what its tabs count."""

    claim: Claim
    person: Person
    owner: str
    papers: int
    notices: int
    events: int
    calendar: Calendar
    opened_by: OpenedBy | None = None


def find_case(session: UnitSession, number: str) -> OpenCase:
    """Return the case of a number in one statement; :class:`NotFound` when there is none."""
    papers = select(func.count()).where(Paper.claim_id == Claim.id).scalar_subquery()
    notices = select(func.count()).where(Notice.claim_id == Claim.id).scalar_subquery()
    events = select(func.count()).where(AuditEntry.claim_id == Claim.id).scalar_subquery()
    opener = aliased(Staff)
    row = session.execute(
        select(Claim, Person, Staff.name, papers, notices, events, CasePresence, opener.name)
        .join(Person, Person.id == Claim.person_id)
        .outerjoin(Staff, Staff.id == Claim.handler_id)
        .outerjoin(CasePresence, CasePresence.claim_id == Claim.id)
        .outerjoin(opener, and_(opener.id == CasePresence.staff_id, opener.active))
        .where(Claim.case_no == number[:40])
    ).one_or_none()
    if row is None:
        raise NotFound("没有这个案件。请核对案件号，或从搜索进入")
    claim, person, owner, papers_in, letters, happened = tuple(row)[:6]
    opened_by = _opened_by(row[6], row[7])
    calendar = calendar_in_force(session)
    return OpenCase(claim, person, owner or "", papers_in, letters, happened, calendar, opened_by)


def _opened_by(presence: CasePresence | None, who: str | None) -> OpenedBy | None:
    if presence is None or who is None:
        return None
    return OpenedBy(
        presence.staff_id, who, presence.state, presence.acted_at, presence.until_at, presence.reason
    )


def case_id(session: UnitSession, number: str) -> UUID:
    """Return the id of a case; :class:`NotFound` when there is none."""
    found = session.scalar(select(Claim.id).where(Claim.case_no == number[:40]))
    if found is None:
        raise NotFound("没有这个案件。请核对案件号，或从搜索进入")
    return found


def case_state(session: UnitSession, number: str) -> State:
    """Return where a case stands now; :class:`NotFound` when there is none."""
    found = session.scalar(select(Claim.state).where(Claim.case_no == number[:40]))
    if found is None:
        raise NotFound("没有这个案件。请核对案件号，或从搜索进入")
    return State(found)


def last_change(session: UnitSession, number: str) -> str:
    """Return who changed a case last and at what time (Asia/Shanghai); empty when nobody did."""
    entry = session.execute(
        select(AuditEntry.actor_name, AuditEntry.at)
        .join(Claim, Claim.id == AuditEntry.claim_id)
        .where(Claim.case_no == number[:40], AuditEntry.actor_kind == "staff")
        .order_by(AuditEntry.seq.desc())
        .limit(1)
    ).first()
    return f"{entry.actor_name} {entry.at.astimezone(SHANGHAI):%H:%M}" if entry else ""


def bar_of(found: OpenCase, *, part: str, actor: Actor, today: date) -> CaseBar:
    """Return the bar for one part of a case (the words of ``CASE_PARTS``)."""
    claim, person = found.claim, found.person
    state = State(claim.state)
    return CaseBar(
        number=claim.case_no,
        name=person.name,
        sex=GENDERS.get(person.gender, ""),
        age=age_of(person.born_on, today),
        masked_id=person.certno_mask,
        stay=_stay(claim),
        status=WORDS[state].word,
        due=clock_of(claim, found.calendar, today),
        amount=shown_amount(state, claim.benefit_fen),
        amount_word=amount_word(state),
        tabs=_tabs(found, part),
        person_href=f"{PEOPLE}/{person.id}",
        reveal_href=f"{PEOPLE}/{person.id}#reveal" if holds(actor, "people.reveal") else "",
        locked_by=f"经办：{found.owner}" if found.owner else "",
        deceased=f"{person.died_on.year}年{person.died_on.month}月去世" if person.died_on else "",
        actions=_actions(claim, state, part, actor),
        version=claim.version,
        state=claim.state,
        opened_by=found.opened_by,
    )


def shown_amount(state: State, fen: int) -> int | None:
    """Return the amount of a case in fen, ``None`` where it has none: withdrawn, or not yet calculable.

    0.00 stands only where nothing to pay is a known fact.
    """
    return None if state is State.WITHDRAWN or (state in _OPEN_AMOUNT and not fen) else fen


def amount_word(state: State) -> str:
    """Return the adjective of the amount: still provisional, to be paid, paid."""
    if state in CALCULABLE:
        return "应付（暂算）"
    if state in (State.PAID, State.CLOSED):
        return "已付"
    return "给付" if state in (*REFUSING, State.WITHDRAWN) else "拟付"


def age_of(born_on: date | None, today: date) -> int | None:
    """Return the age in full years on a day."""
    if born_on is None:
        return None
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def _stay(claim: Claim) -> tuple[str, ...]:
    visit = VISIT_WORDS.get(claim.visit, "")
    begin, end = claim.begin_on or claim.settled_on, claim.end_on
    days = f"{begin.month}月{begin.day}日"
    if end is not None and end != begin:
        days += f"至{end.month}月{end.day}日"
    return (f"{visit} {days}", claim.hospital)


def _tabs(found: OpenCase, part: str) -> tuple[CaseTab, ...]:
    claim = found.claim
    blocks = bool(claim.review_lines or claim.hold_codes) and State(claim.state) in CALCULABLE
    badges = {
        "材料": str(found.papers or ""),
        "核算": (f"{claim.review_lines} 待核" if claim.review_lines else "要查") if blocks else "",
        "通知书": str(found.notices or ""),
        "时间线": str(found.events or ""),
    }
    return tuple(
        CaseTab(word, case_href(claim.case_no, path), badges.get(word, ""), word == "核算", word == part)
        for word, path in CASE_PARTS
    )


def _actions(claim: Claim, state: State, part: str, actor: Actor) -> tuple[Link, ...]:
    found = []
    may_ask = state in (State.RECEIVED, State.IN_REVIEW, State.HELD) and holds(actor, "claims.accept")
    if may_ask:
        found.append(Link("退补件", case_href(claim.case_no, "ask")))
    if part:
        found.append(Link("相关事项", case_href(claim.case_no, "matters")))
    if part == "核算":
        found.append(Link("打印核算单", "#print"))
    elif part == "决定":
        found.append(Link("看核算单", case_href(claim.case_no, "calculation")))
    proposable = state in (State.IN_REVIEW, State.SENT_BACK, State.REOPENED)
    if part == "核算" and proposable and holds(actor, "claims.propose"):
        left = claim.review_lines + len(claim.hold_codes)
        words = f"送复核：还差 {left} 项" if left else "送复核"
        target = "#group-review" if claim.review_lines else case_href(claim.case_no, "decision")
        found.append(Link(words, target))
    if state is State.PROPOSED and part != "决定" and holds(actor, "claims.approve"):
        found.append(Link("复核并决定", case_href(claim.case_no, "decision")))
    return tuple(found)
