"""Changing the lists with two persons, and reporting wrong answers to them.

The package's files stay the base. A change is proposed by one person and approved by another, who has seen
its effect; it then holds from its first day on. Nothing is edited: a word in force is ended by retiring it.
"""

import uuid
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from insurer.accounts.permissions import require
from insurer.exclusions.changes import LISTS, Change, Kind, check_change
from insurer.exclusions.editions import EXCLUSIONS, Edition
from insurer.exclusions.queries import change_from, edition_in_force, open_reports_of
from insurer.exclusions.rules import Effect, check_preview, check_second_person, check_still_open
from insurer.exclusions.tables import ListChange, ListChangeStep, ListEdition, ListReport, ListReportStep
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem
from insurer.platform import jobs
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.numbers import take_numbers
from insurer.platform.outbox import Work, note_work

REMARK_LENGTH = 300
APPROVALS = "list-change/approved"


def propose_change(
    session: UnitSession,
    *,
    actor: Actor,
    list_id: str,
    kind: Kind,
    term: str,
    answer: str,
    meaning: str,
    basis: str,
    starts_on: date,
    ends_on: date | None,
    now: datetime,
    report_id: uuid.UUID | None = None,
) -> str:
    """Propose a change and return its number; it has no effect until somebody else approves it.

    ``report_id`` names the report that it answers. :class:`Invalid` names each field that cannot stand;
    :class:`Conflict` when the same word already waits for an approval.
    """
    require(actor, "lists.propose")
    change_id = new_id()
    adding = kind == "add"
    change = Change(
        id=str(change_id),
        list_id=list_id,
        kind=kind,
        term=term.strip(),
        answer=answer if adding else "",
        meaning=meaning.strip() if adding else "",
        basis=basis.strip(),
        starts_on=starts_on,
        ends_on=ends_on if adding else None,
    )
    if starts_on < business_day(now):
        raise Invalid(
            "这条修改还不能提交，请改好下面几处",
            (Problem("starts_on", "开始日期不能早于今天：已结算的单据按当时的清单办"),),
        )
    year = business_day(now).year
    # The series' row lock puts proposals one after another: two persons cannot propose the same word at once.
    number = f"QD{year}-{take_numbers(session, f'list-change/{year}')[0]:04d}"
    check_change(change, known=_known(edition_in_force(session), change))
    waiting = session.scalar(
        select(ListChange.number)
        .outerjoin(ListChangeStep, ListChangeStep.change_id == ListChange.id)
        .where(ListChange.list_id == list_id, ListChange.term == change.term, ListChangeStep.id.is_(None))
    )
    if waiting is not None:
        raise Conflict(f"“{change.term}”已经有一条修改在等批准：{waiting}。先办那一条")
    session.add(
        ListChange(
            id=change_id,
            number=number,
            list_id=change.list_id,
            kind=change.kind,
            term=change.term,
            answer=change.answer,
            meaning=change.meaning,
            basis=change.basis,
            starts_on=change.starts_on,
            ends_on=change.ends_on,
            proposed_by=actor.id,
            proposed_by_name=actor.name,
            proposed_at=now,
        )
    )
    session.flush()
    note(
        session,
        actor,
        "lists:change:proposed",
        ("list_change", change_id),
        now=now,
        reason=change.basis,
        data={"number": number, "list": list_id, "kind": kind, "starts_on": starts_on.isoformat()},
    )
    if report_id is not None:
        _end_report(session, actor, report_id, "proposed", f"提出修改 {number}", now, change_id=change_id)
    return number


def _known(edition: Edition, change: Change) -> bool:
    """Tell whether the list holds the term on the first day; a covering word counts in every word list."""
    key = change.key
    if change.list_id not in LISTS:
        return False
    if change.kind == "add" and change.answer == "covered" and change.list_id != "herbs":
        return any(edition.holds(one, key, change.starts_on) for one in EXCLUSIONS)
    return edition.holds(change.list_id, key, change.starts_on)


def approve_change(
    session: UnitSession,
    *,
    actor: Actor,
    number: str,
    opinion: str,
    previewed: str,
    effect: Effect,
    now: datetime,
) -> Change:
    """Put a proposal in force from its first day; cases that are not decided yet are calculated again.

    ``previewed`` is the hash of the lists on which ``effect`` was counted. :class:`NotAllowed` for the person
    who proposed; :class:`Conflict` when the proposal has ended or the lists changed since the preview;
    :class:`Invalid` when its first day has passed.
    """
    require(actor, "lists.approve")
    row = _lock(session, number)
    check_second_person(row.proposed_by, actor.id)
    change = change_from(row)
    take_numbers(session, APPROVALS)  # one approval after another, each on the lists that the last one left
    edition = edition_in_force(session)
    check_preview(previewed, edition.hash)
    if change.starts_on < business_day(now):
        raise Invalid("开始日期已经过了。请退回，由提出的人改一个今天或以后的日期")
    check_change(change, known=_known(edition, change))
    _end(session, actor, row, "approved", opinion, now, lists_hash=edition.hash, effect=effect)
    work = Work(jobs.CALCULATE_AFTER_LISTS, {"change_id": str(row.id)}, f"lists:{row.id}")
    note_work(session, [work], now=now)
    return change


def decline_change(session: UnitSession, *, actor: Actor, number: str, opinion: str, now: datetime) -> None:
    """Send a proposal back with a reason; somebody else than its proposer does it."""
    require(actor, "lists.approve")
    row = _lock(session, number)
    check_second_person(row.proposed_by, actor.id)
    if not opinion.strip():
        raise Invalid("退回要写理由", (Problem("opinion", "没有写理由，请写一句，提出的人要看"),))
    _end(session, actor, row, "declined", opinion, now)


def withdraw_change(session: UnitSession, *, actor: Actor, number: str, now: datetime) -> None:
    """Take back an own proposal that nobody has decided on."""
    require(actor, "lists.propose")
    row = _lock(session, number)
    if row.proposed_by != actor.id:
        raise Conflict(f"这条是{row.proposed_by_name}提出的，只能由本人撤回。您可以退回它")
    _end(session, actor, row, "withdrawn", "", now)


def _lock(session: UnitSession, number: str) -> ListChange:
    """Lock a proposal that has not ended."""
    row = session.scalar(select(ListChange).where(ListChange.number == number).with_for_update())
    if row is None:
        raise NotFound("没有这条修改，请从清单页进入")
    check_still_open(session.scalar(select(ListChangeStep.step).where(ListChangeStep.change_id == row.id)))
    return row


def _end(
    session: UnitSession,
    actor: Actor,
    row: ListChange,
    step: str,
    opinion: str,
    now: datetime,
    *,
    lists_hash: str = "",
    effect: Effect | None = None,
) -> None:
    kept = effect.content() if effect is not None else {}
    session.add(
        ListChangeStep(
            id=new_id(),
            change_id=row.id,
            step=step,
            opinion=opinion.strip(),
            lists_hash=lists_hash,
            effect=kept,
            by=actor.id,
            by_name=actor.name,
            at=now,
        )
    )
    session.flush()
    subject = ("list_change", row.id)
    data = {"number": row.number, "list": row.list_id, **kept}
    note(session, actor, f"lists:change:{step}", subject, now=now, reason=opinion.strip(), data=data)


def report_answer(
    session: UnitSession,
    *,
    actor: Actor,
    line_id: uuid.UUID,
    case_no: str,
    line_no: int,
    name: str,
    catalogue_name: str,
    catalogue_code: str,
    decision: str,
    code: str,
    matched: str,
    because: str,
    finding: str,
    remark: str,
    now: datetime,
) -> bool:
    """Put a wrong answer into the officer's queue; ``False`` when this line already waits there."""
    require(actor, "lists.report")
    if open_reports_of(session, [line_id]):
        return False
    report_id = new_id()
    session.add(
        ListReport(
            id=report_id,
            line_id=line_id,
            case_no=case_no,
            line_no=line_no,
            name=name,
            catalogue_name=catalogue_name,
            catalogue_code=catalogue_code,
            decision=decision,
            code=code,
            matched=matched,
            because=because,
            finding=finding,
            remark=remark.strip()[:REMARK_LENGTH],
            reported_by=actor.id,
            reported_by_name=actor.name,
            reported_at=now,
        )
    )
    session.flush()
    note(
        session,
        actor,
        "lists:report:made",
        ("list_report", report_id),
        now=now,
        reason=remark.strip()[:REMARK_LENGTH],
        data={"case_no": case_no, "line_no": line_no, "decision": decision},
    )
    return True


def decline_report(
    session: UnitSession, *, actor: Actor, report_id: uuid.UUID, reason: str, now: datetime
) -> None:
    """Close a report with a reason and without a change of the lists."""
    require(actor, "lists.propose")
    if not reason.strip():
        raise Invalid("不改清单也要写理由", (Problem("reason", "没有写理由，请写一句，报告的人要看"),))
    _end_report(session, actor, report_id, "declined", reason.strip(), now)


def _end_report(
    session: UnitSession,
    actor: Actor,
    report_id: uuid.UUID,
    step: str,
    reason: str,
    now: datetime,
    *,
    change_id: uuid.UUID | None = None,
) -> None:
    found = session.scalar(select(ListReport).where(ListReport.id == report_id).with_for_update())
    if found is None:
        raise NotFound("没有这条报告，请刷新后再试")
    if session.scalar(select(ListReportStep.id).where(ListReportStep.report_id == report_id)) is not None:
        raise Conflict("这条报告刚刚有人办过了，请刷新看结果")
    session.add(
        ListReportStep(
            id=new_id(),
            report_id=report_id,
            step=step,
            reason=reason,
            change_id=change_id,
            by=actor.id,
            by_name=actor.name,
            at=now,
        )
    )
    session.flush()
    subject = ("list_report", report_id)
    note(session, actor, f"lists:report:{step}", subject, now=now, reason=reason, data={})


def keep_edition(session: UnitSession, edition: Edition, *, now: datetime) -> str:
    """Keep the content of the lists that a calculation uses; returns their hash."""
    if session.scalar(select(ListEdition.hash).where(ListEdition.hash == edition.hash)) is None:
        row = {"hash": edition.hash, "content": edition.content(), "first_used_at": now}
        session.execute(insert(ListEdition).values(row).on_conflict_do_nothing())
    return edition.hash
