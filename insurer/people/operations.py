"""What is done with people: making them known, and comparing, staging and applying the bureau's rosters."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from insurer.accounts.permissions import require
from insurer.kernel.dates import month_text
from insurer.kernel.errors import Conflict, NotFound
from insurer.people.arriving import read_arriving, refuse_older
from insurer.people.covering import CoverPlan, plan_cover, standings_before, write_cover
from insurer.people.differences import Difference, compare, known_people, listing
from insurer.people.reading.error_book import error_workbook
from insurer.people.reading.result import RosterFile
from insurer.people.tables import RosterImport
from insurer.people.writing import (
    PersonRef,
    hashes_of,
    update_people,
    write_accounts,
    write_facts,
    write_households,
    write_people,
)
from insurer.platform import jobs
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.outbox import Work, note_work
from insurer.platform.storage import Storage, keep_file

__all__ = [
    "PersonRef",
    "RosterOutcome",
    "apply_roster",
    "discard_roster",
    "ensure_people",
    "export_refused",
    "preview_roster",
    "request_apply",
    "stage_roster",
]

ROSTER_LOCK = 7_101
"""First key of the advisory lock under which one roster of a scheme is written at a time."""

_MIME = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
}


@dataclass(frozen=True, slots=True)
class RosterOutcome:
    """What became of a roster: ``import_id`` is None while nothing is stored, ``report`` is that of
    interface section 5, ``listing`` the first differences with masked values and the cover that follows
    (``cover``: persons newly covered by year, periods ended), ``state`` the import's state.
    """

    import_id: uuid.UUID | None
    state: str
    report: dict[str, Any]
    listing: dict[str, Any]


def ensure_people(
    session: UnitSession, *, scheme: str, people: Sequence[PersonRef], now: datetime
) -> list[uuid.UUID]:
    """Return the id of each person in order, making those that nobody knows yet; names of known ones stay.

    A fixed number of statements for any number of people; safe against others doing the same.
    """
    hashes = hashes_of(session.keyring, people)
    known = known_people(session, scheme, hashes)
    missing = {
        certno_hash: ref for certno_hash, ref in zip(hashes, people, strict=True) if certno_hash not in known
    }
    known |= write_people(session, scheme, missing, now)
    return [known[certno_hash] for certno_hash in hashes]


def preview_roster(
    session: UnitSession,
    *,
    actor: Actor,
    scheme: str,
    month: date,
    content: bytes,
    filename: str,
    use_hidden: bool = False,
) -> RosterOutcome:
    """Read a roster and compare it with what is known; writes nothing.

    Raises :class:`Invalid` or :class:`TooLarge` when the file is refused as a whole, :class:`Conflict` when a
    newer month is already applied.
    """
    require(actor, "rosters.stage")
    file = read_arriving(session, scheme, month, content, filename, use_hidden)
    refuse_older(session, scheme, file)
    difference = compare(session, scheme=scheme, file=file)
    if difference.nothing_to_write(month):
        return _outcome(session, None, "unchanged", file, difference, CoverPlan())
    return _outcome(
        session, None, "staged", file, difference, _plan(session, scheme, file, difference.people)
    )


def stage_roster(
    session: UnitSession,
    *,
    actor: Actor,
    scheme: str,
    month: date,
    content: bytes,
    filename: str,
    storage: Storage,
    now: datetime,
    use_hidden: bool = False,
) -> RosterOutcome:
    """Keep a roster as received with its report and differences; no person or fact is written yet.

    A file that changes nothing in a month already known is not staged: the outcome's state is ``unchanged``
    and its ``import_id`` the import that stands. The same file staged before is given back anew compared.
    Raises as :func:`preview_roster`.
    """
    require(actor, "rosters.stage")
    file = read_arriving(session, scheme, month, content, filename, use_hidden)
    refuse_older(session, scheme, file)
    difference = compare(session, scheme=scheme, file=file)
    if difference.nothing_to_write(month) and difference.base is not None:
        return _outcome(session, difference.base.id, "unchanged", file, difference, CoverPlan())
    mime = _MIME.get(filename.rsplit(".", 1)[-1].lower(), "text/csv")
    keep_file(session, storage, content, mime=mime, now=now)
    staged = session.scalars(
        select(RosterImport).where(
            RosterImport.scheme == scheme,
            RosterImport.month == month,
            RosterImport.sha256 == file.sha256,
            RosterImport.state == "staged",
        )
    ).first()
    plan = _plan(session, scheme, file, difference.people)
    outcome = _outcome(session, staged.id if staged else new_id(), "staged", file, difference, plan)
    stored = {**outcome.report, "listing": outcome.listing, "use_hidden": use_hidden}
    if staged is None:
        staged = RosterImport(
            id=outcome.import_id,
            scheme=scheme,
            month=month,
            filename=file.filename,
            sha256=file.sha256,
            state="staged",
            staged_by=actor.id,
            staged_by_name=actor.name,
            staged_at=now,
        )
        session.add(staged)
        note(
            session,
            actor,
            "people:roster:staged",
            ("roster_import", staged.id),
            now=now,
            data={"scheme": scheme, "month": month.isoformat(), **_counts(file, difference)},
        )
    staged.report = stored
    staged.counts = _counts(file, difference)
    session.flush()
    return outcome


def request_apply(session: UnitSession, *, actor: Actor, import_id: uuid.UUID, now: datetime) -> None:
    """Confirm a staged roster, to be applied in the background; it is out of the clerk's hands then."""
    require(actor, "rosters.apply")
    found = _locked_import(session, import_id)
    if found.state != "staged":
        raise Conflict(_not_staged(found.state))
    found.state = "applying"
    found.applied_by, found.applied_by_name = actor.id, actor.name
    note(session, actor, "people:roster:confirmed", ("roster_import", import_id), now=now)
    payload = {"import_id": str(import_id)}
    note_work(session, [Work(jobs.APPLY_ROSTER, payload, f"apply-roster:{import_id}")], now=now)


def discard_roster(session: UnitSession, *, actor: Actor, import_id: uuid.UUID, now: datetime) -> None:
    """Give a staged roster up; the file and its report stay on record."""
    require(actor, "rosters.stage")
    found = _locked_import(session, import_id)
    if found.state != "staged":
        raise Conflict(_not_staged(found.state))
    found.state = "discarded"
    note(session, actor, "people:roster:discarded", ("roster_import", import_id), now=now)


def export_refused(
    session: UnitSession, *, actor: Actor, import_id: uuid.UUID, storage: Storage, now: datetime
) -> tuple[str, bytes]:
    """Return name and bytes of the workbook with the rows that were refused, to send back to the bureau.

    It holds what the bureau wrote, person numbers and all: who takes it is logged.
    """
    require(actor, "rosters.stage")
    found = session.get(RosterImport, import_id)
    if found is None:
        raise NotFound("没有这次名册导入。请回到名册页重新上传")
    content = storage.get(found.sha256)
    use_hidden = bool(found.report.get("use_hidden"))
    file = read_arriving(session, found.scheme, found.month, content, found.filename, use_hidden)
    data = {"rows": len(file.rejected)}
    note(session, actor, "people:roster:refused_exported", ("roster_import", import_id), now=now, data=data)
    return f"{month_text(found.month)}名册退回.xlsx", error_workbook(content, file)


def apply_roster(
    session: UnitSession, *, actor: Actor, import_id: uuid.UUID, storage: Storage, now: datetime
) -> RosterOutcome:
    """Write a staged roster: persons, facts of the month, exits, cover, audit entry, the work that follows.

    One roster of a scheme at a time, under an advisory lock; the difference is computed again inside it, so
    that what is written is true even when another roster came in between. An import already applied gives its
    report again and writes nothing. Raises :class:`Conflict` when a newer month came first, another import
    holds the lock too long, or the import was discarded.
    """
    require(actor, "rosters.apply")
    scheme = session.scalar(select(RosterImport.scheme).where(RosterImport.id == import_id))
    if scheme is None:
        raise NotFound("没有这次名册导入。请回到名册页重新上传")
    _lock(session, scheme)
    found = _locked_import(session, import_id)
    if found.state in ("applied", "unchanged"):
        report = dict(found.report)
        listed = report.pop("listing", {})
        report.pop("use_hidden", None)
        return RosterOutcome(found.id, found.state, report, listed)
    if found.state not in ("staged", "applying"):
        raise Conflict(_not_staged(found.state))
    use_hidden = bool(found.report.get("use_hidden"))
    file = read_arriving(session, scheme, found.month, storage.get(found.sha256), found.filename, use_hidden)
    difference = compare(session, scheme=scheme, file=file)
    try:
        refuse_older(session, scheme, file)
        _refuse_corrected(session, scheme, file, difference)
    except Conflict as refusal:
        if found.state == "staged":
            raise
        # Nobody waits for a background job: it ends here, with the reason where the clerk looks.
        return _give_up(session, actor, found, refusal.message, now)
    plan = CoverPlan()
    if difference.nothing_to_write(found.month):
        found.state = "unchanged"
    else:
        plan = _write(session, found, file, difference, now)
        found.state = "applied"
        works = [Work(jobs.ENROL_NOTICES, {"import_id": str(import_id)}, f"enrol:{import_id}")]
        note_work(session, works if plan.begun else [], now=now)
    outcome = _outcome(session, import_id, found.state, file, difference, plan)
    if found.applied_by is None:
        found.applied_by, found.applied_by_name = actor.id, actor.name
    found.applied_at = now
    found.counts = _counts(file, difference)
    found.report = {**outcome.report, "listing": outcome.listing, "use_hidden": use_hidden}
    note(
        session,
        actor,
        f"people:roster:{found.state}",
        ("roster_import", import_id),
        now=now,
        data={"scheme": scheme, "month": found.month.isoformat(), "sha256": file.sha256, **found.counts},
    )
    session.flush()
    return outcome


def _refuse_corrected(session: UnitSession, scheme: str, file: RosterFile, difference: Difference) -> None:
    """Refuse a file that was applied to this month and corrected since: it would undo the correction."""
    if difference.nothing_to_write(file.month):
        return
    if any(known.sha256 == file.sha256 for known in _applied(session, scheme, file.month)):
        raise Conflict("这份文件这个月已经导入过，之后又有更正的名册。请核对要用哪一份，改存后重传")


def _give_up(
    session: UnitSession, actor: Actor, found: RosterImport, reason: str, now: datetime
) -> RosterOutcome:
    found.state = "discarded"
    found.report = {**found.report, "refused": reason}
    note(session, actor, "people:roster:refused", ("roster_import", found.id), now=now, reason=reason)
    session.flush()
    report = {key: value for key, value in found.report.items() if key not in ("listing", "use_hidden")}
    return RosterOutcome(found.id, found.state, report, dict(found.report.get("listing", {})))


def _write(
    session: UnitSession, found: RosterImport, file: RosterFile, difference: Difference, now: datetime
) -> CoverPlan:
    refs = {
        difference.hashes[index]: PersonRef(row.certno, row.name, row.tel)
        for index, row in enumerate(file.accepted)
        if index not in difference.person_of
    }
    made = write_people(session, found.scheme, refs, now)
    people = [
        difference.person_of[index] if index in difference.person_of else made[certno_hash]
        for index, certno_hash in enumerate(difference.hashes)
    ]
    # Persons known from elsewhere may carry the name of a claim; the register's spelling goes before it.
    renewed = [*difference.changed, *(index for index in difference.new if index in difference.person_of)]
    update_people(session, {people[index]: file.accepted[index] for index in renewed})
    plan = _plan(session, found.scheme, file, people)
    households = write_households(session, found.scheme, file.accepted, now)
    write_accounts(session, dict(zip(people, file.accepted, strict=True)), found.id, now)
    write_facts(session, found.scheme, found.id, file, difference, people, households)
    write_cover(session, found.scheme, found.id, file, people, plan, now)
    return plan


def _plan(
    session: UnitSession, scheme: str, file: RosterFile, people: Sequence[uuid.UUID | None]
) -> CoverPlan:
    before = standings_before(session, scheme, file.month)
    corrected = [known.id for known in _applied(session, scheme, file.month)]
    return plan_cover(session, scheme, file, people, before, corrected)


def _applied(session: UnitSession, scheme: str, month: date) -> Sequence[RosterImport]:
    return session.scalars(
        select(RosterImport).where(
            RosterImport.scheme == scheme, RosterImport.month == month, RosterImport.state == "applied"
        )
    ).all()


def _lock(session: UnitSession, scheme: str) -> None:
    try:
        session.execute(text("SET LOCAL lock_timeout = '300s'"))
        session.execute(
            text("SELECT pg_advisory_xact_lock(:key, hashtext(:scheme))"),
            {"key": ROSTER_LOCK, "scheme": scheme},
        )
        session.execute(text("SET LOCAL lock_timeout = '10s'"))
    except OperationalError as error:
        raise Conflict("另一份名册正在写入，这一份还没有写。请等它写完再试") from error


def _locked_import(session: UnitSession, import_id: uuid.UUID) -> RosterImport:
    found = session.scalars(
        select(RosterImport)
        .where(RosterImport.id == import_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("没有这次名册导入。请回到名册页重新上传")
    return found


def _not_staged(state: str) -> str:
    words = {
        "applying": "这份名册已经确认，正在写入。请稍后看结果",
        "applied": "这份名册已经写入，不用再办",
        "unchanged": "这份名册与已导入的完全相同，不用再办",
        "discarded": "这份名册已经放弃。要用它，请重新上传",
    }
    return words.get(state, "这份名册还没有预览，请先上传")


def _counts(file: RosterFile, difference: Difference) -> dict[str, Any]:
    return {
        "rows": file.rows,
        "accepted": len(file.accepted),
        "repaired": len(file.repaired),
        "rejected": len(file.rejected),
        "skipped": len(file.skipped),
        **difference.counts,
    }


def _outcome(
    session: UnitSession,
    import_id: uuid.UUID | None,
    state: str,
    file: RosterFile,
    difference: Difference,
    plan: CoverPlan,
) -> RosterOutcome:
    report = file.document(**difference.counts, applied=state == "applied")
    cover = {"begun": {str(year): plan.begun[year] for year in sorted(plan.begun)}, "ended": plan.ended}
    return RosterOutcome(import_id, state, report, {**listing(session, file, difference), "cover": cover})
