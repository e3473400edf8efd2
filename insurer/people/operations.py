"""What is done with people: making them known, and comparing, staging and applying the bureau's rosters."""

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from insurer.accounts.permissions import require
from insurer.kernel.errors import Conflict, NotFound
from insurer.people.applying import write_compared
from insurer.people.approval import CHANGE_LIMIT, refuse_same_person
from insurer.people.arriving import ArrivingFile, as_it_came, read_arriving
from insurer.people.cells_by_hand import applied_with_cells, cells_digest, cells_of, cells_staged
from insurer.people.comparing import (
    Compared,
    RosterOutcome,
    as_it_stands,
    compare_roster,
    counts_of,
    doubles_of,
    outcome_of,
    plan_for,
)
from insurer.people.covering import CoverPlan
from insurer.people.differences import known_people
from insurer.people.import_states import (
    applied_imports,
    end_refused,
    is_unread,
    lock_scheme,
    locked_import,
    not_staged,
)
from insurer.people.leaving import apply_leaving
from insurer.people.reading.result import RosterFile
from insurer.people.sender_columns import heads_of
from insurer.people.standing import DEATHS, MOVES
from insurer.people.supplements import Renewal
from insurer.people.tables import (
    RosterImport,
)
from insurer.people.writing import PersonRef, hashes_of, write_people
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
    "preview_roster",
    "request_apply",
    "stage_roster",
]

Progress = Callable[[str, int, int], None]
"""Told the words of a step, how much of it is done, and how much there is."""

MIME = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
}


def mime_of(filename: str) -> str:
    """Return as what a file is kept."""
    return MIME.get(filename.rsplit(".", 1)[-1].lower(), "text/csv")


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
    session: UnitSession, *, actor: Actor, arriving: ArrivingFile, content: bytes
) -> RosterOutcome:
    """Read a roster and compare it with what is known; writes nothing.

    Raises :class:`Invalid` or :class:`TooLarge` when the file is refused as a whole, :class:`Conflict` when a
    newer month is already applied (additions may go into an older one).
    """
    require(actor, "rosters.stage")
    scheme = arriving.scheme
    heads = heads_of(session, scheme=scheme, sender=arriving.sender)
    arriving = replace(arriving, cells=cells_staged(session, scheme, arriving.month, content))
    file = read_arriving(session, arriving, content, heads)
    found = compare_roster(session, scheme, file, arriving.kind)
    again = not arriving.cells and applied_with_cells(session, scheme, file.month, file.sha256)
    if found.difference.nothing_to_write(file, found.kind) and not again:
        return outcome_of(session, None, "unchanged", file, found, CoverPlan())
    plan = plan_for(session, scheme, file, found)
    doubles = doubles_of(session, scheme, file, found)
    return outcome_of(session, None, "staged", file, found, plan, doubles=doubles)


def stage_roster(
    session: UnitSession,
    *,
    actor: Actor,
    arriving: ArrivingFile,
    content: bytes,
    storage: Storage,
    now: datetime,
    change_limit: int = CHANGE_LIMIT,
    into: uuid.UUID | None = None,
) -> RosterOutcome:
    """Keep a roster as received with its report and differences; no person or fact is written yet.

    Above ``change_limit`` percent of changed people somebody else than the uploader must confirm. ``into`` is
    an import kept before that is compared (again).

    A file that changes nothing in a month already known is not staged: the outcome's state is ``unchanged``
    and its ``import_id`` the import that stands. Not so when cells of that file were put right by hand then,
    nor of another file with refused rows: they can be put right.
    The same file staged before is given back anew compared.
    Raises as :func:`preview_roster`.
    """
    require(actor, "rosters.stage")
    scheme = arriving.scheme
    heads = heads_of(session, scheme=scheme, sender=arriving.sender)
    staged = locked_import(session, into) if into else _staged_before(session, arriving, content)
    if staged is not None and into is None:
        arriving = replace(arriving, cells=cells_of(session, staged.id))
    file = read_arriving(session, arriving, content, heads)
    found = compare_roster(session, scheme, file, arriving.kind)
    again = not arriving.cells and applied_with_cells(session, scheme, file.month, file.sha256)
    base = found.difference.base
    nothing = found.difference.nothing_to_write(file, found.kind)
    known = {one.sha256 for one in applied_imports(session, scheme, file.month)}
    correctable = bool(file.rejected) and file.sha256 not in known
    if into is None and base is not None and nothing and not again and not correctable:
        return outcome_of(session, base.id, "unchanged", file, found, CoverPlan())
    keep_file(session, storage, content, mime=mime_of(arriving.filename), now=now)
    plan = plan_for(session, scheme, file, found)
    state = "unchanged" if nothing and staged is not None and staged.state == "reading" else "staged"
    doubles = doubles_of(session, scheme, file, found)
    import_to = staged.id if staged else new_id()
    outcome = outcome_of(session, import_to, state, file, found, plan, doubles=doubles)
    counts = {**counts_of(file, found, change_limit), "again": int(again)}
    if staged is None:
        staged = RosterImport(
            id=outcome.import_id,
            scheme=scheme,
            month=arriving.month,
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
            data={"scheme": scheme, "month": file.month.isoformat(), "kind": found.kind, **counts},
        )
    staged.state = state
    staged.kind, staged.sender = found.kind, arriving.sender or staged.sender or ""
    staged.report = {
        **outcome.report,
        "listing": outcome.listing,
        "use_hidden": arriving.use_hidden,
        "heads": heads,
    }
    staged.counts = counts
    session.flush()
    return outcome


def _staged_before(session: UnitSession, arriving: ArrivingFile, content: bytes) -> RosterImport | None:
    return session.scalars(
        select(RosterImport).where(
            RosterImport.scheme == arriving.scheme,
            RosterImport.month == arriving.month,
            RosterImport.sha256 == hashlib.sha256(content).hexdigest(),
            RosterImport.state == "staged",
        )
    ).first()


def request_apply(session: UnitSession, *, actor: Actor, import_id: uuid.UUID, now: datetime) -> None:
    """Confirm a staged roster, to be applied in the background; it is out of the clerk's hands then.

    :class:`Conflict` when somebody else than the uploader must do it, naming who can.
    """
    require(actor, "rosters.apply")
    found = locked_import(session, import_id)
    if found.state != "staged":
        raise Conflict(not_staged(found.state))
    refuse_same_person(session, found, actor.id)
    found.state = "applying"
    found.applied_by, found.applied_by_name = actor.id, actor.name
    note(session, actor, "people:roster:confirmed", ("roster_import", import_id), now=now)
    payload = {"import_id": str(import_id)}
    note_work(session, [Work(jobs.APPLY_ROSTER, payload, f"apply-roster:{import_id}")], now=now)


def discard_roster(session: UnitSession, *, actor: Actor, import_id: uuid.UUID, now: datetime) -> None:
    """Give a staged roster up; the file and its report stay on record."""
    require(actor, "rosters.stage")
    found = locked_import(session, import_id)
    if found.state != "staged" and not is_unread(found):
        raise Conflict(not_staged(found.state))
    found.state = "discarded"
    note(session, actor, "people:roster:discarded", ("roster_import", import_id), now=now)


def apply_roster(
    session: UnitSession,
    *,
    actor: Actor,
    import_id: uuid.UUID,
    storage: Storage,
    now: datetime,
    change_limit: int = CHANGE_LIMIT,
    progress: Progress = lambda _words, _done, _total: None,
) -> RosterOutcome:
    """Write a staged roster: persons, facts of the month, exits, cover, tasks, audit entry, what follows.

    One roster of a scheme at a time, under an advisory lock; the difference is computed again inside it, so
    that what is written is true even when another roster came in between. An import already applied gives its
    report again and writes nothing. Raises :class:`Conflict` when a newer month came first, another import
    holds the lock too long, a second person is needed, or the import was discarded. ``progress`` must not use
    this transaction.
    """
    require(actor, "rosters.apply")
    scheme = session.scalar(select(RosterImport.scheme).where(RosterImport.id == import_id))
    if scheme is None:
        raise NotFound("没有这次名册导入。请回到名册页重新上传")
    lock_scheme(session, scheme)
    found = locked_import(session, import_id)
    if found.state in ("applied", "unchanged"):
        return as_it_stands(found)
    if found.state not in ("staged", "applying"):
        raise Conflict(not_staged(found.state))
    if found.kind in (DEATHS, MOVES):
        return _apply_list(session, actor, found, storage, now, change_limit)
    arriving = as_it_came(session, found)
    rows = int(found.counts.get("rows", 0))
    progress("正在读文件", 0, rows)
    heads = dict(found.report.get("heads") or {})
    content = storage.get(found.sha256)
    file = read_arriving(session, arriving, content, heads)
    progress("正在比对", 0, file.rows)
    confirmer = found.applied_by or actor.id
    try:
        compared = compare_roster(session, scheme, file, found.kind)
        found.cells_digest = cells_digest(session.keyring, arriving.cells)
        _refuse_corrected(session, found, file, compared)
        found.counts = counts_of(file, compared, change_limit)
        refuse_same_person(session, found, confirmer)
    except Conflict as refusal:
        if found.state == "staged":
            raise
        # Nobody waits for a background job: it ends here, with the reason where the clerk looks.
        end_refused(session, actor, found, refusal.message, now)
        return as_it_stands(found)
    plan: CoverPlan | Renewal = CoverPlan()
    doubles = doubles_of(session, scheme, file, compared)
    if compared.difference.nothing_to_write(file, found.kind):
        found.state = "unchanged"
    else:
        progress("正在写入", 0, file.rows)
        plan = write_compared(session, found, file, compared, doubles, confirmer, now)
        found.state = "applied"
    outcome = outcome_of(session, import_id, found.state, file, compared, plan, doubles=doubles)
    if found.applied_by is None:
        found.applied_by, found.applied_by_name = actor.id, actor.name
    found.applied_at = now
    found.report = {
        **outcome.report,
        "listing": outcome.listing,
        "use_hidden": arriving.use_hidden,
        "heads": heads,
    }
    note(
        session,
        actor,
        f"people:roster:{found.state}",
        ("roster_import", import_id),
        now=now,
        data={
            "scheme": scheme,
            "month": found.month.isoformat(),
            "kind": found.kind,
            "sha256": file.sha256,
            **found.counts,
        },
    )
    session.flush()
    progress("正在收尾", file.rows, file.rows)
    return outcome


def _apply_list(
    session: UnitSession,
    actor: Actor,
    found: RosterImport,
    storage: Storage,
    now: datetime,
    change_limit: int,
) -> RosterOutcome:
    content = storage.get(found.sha256)
    try:
        return apply_leaving(
            session, actor=actor, found=found, content=content, now=now, change_limit=change_limit
        )
    except Conflict as refusal:
        if found.state == "staged":
            raise
        end_refused(session, actor, found, refusal.message, now)
        return as_it_stands(found)


def _refuse_corrected(
    session: UnitSession, found: RosterImport, file: RosterFile, compared: Compared
) -> None:
    """Refuse a file that was applied to this month and corrected since: it would undo the correction.

    With other cells put right by hand it is another file.
    """
    applied = applied_imports(session, found.scheme, file.month)
    same = [known for known in applied if known.sha256 == file.sha256]
    if not found.cells_digest and any(known.cells_digest for known in same):
        raise Conflict(
            "这份文件导入过，当时手工改了几格，名册以改过的为准，所以没有再写。要更正，请把有关的行另存一份上传"
        )
    if compared.difference.nothing_to_write(file, compared.kind):
        return
    if any(known.cells_digest == found.cells_digest or not found.cells_digest for known in same):
        raise Conflict("这份文件这个月已经导入过，之后又有更正的名册。请核对要用哪一份，改存后重传")
