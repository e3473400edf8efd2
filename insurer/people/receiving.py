"""A file of the bureau on arrival: which list it is, read at once when small and by a worker when long."""

import hashlib
import io
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import IO, Final

from sqlalchemy import select

from insurer.accounts.permissions import require
from insurer.kernel.errors import Conflict, Invalid, TooLarge
from insurer.people.approval import CHANGE_LIMIT
from insurer.people.arriving import ArrivingFile, as_it_came
from insurer.people.cells_by_hand import applied_with_cells, cells_of
from insurer.people.comparing import AUTO, RosterOutcome, as_it_stands
from insurer.people.import_states import end_refused, is_unread, locked_import, not_staged
from insurer.people.leaving import compare_leaving, leaving_counts, leaving_outcome
from insurer.people.operations import Progress, mime_of, stage_roster
from insurer.people.reading.reader import HiddenSheets, hidden_sheets
from insurer.people.rules import SCHEMES, kind_by_name
from insurer.people.sender_columns import heads_of, remember_heads
from insurer.people.standing import DEATHS, FULL, MOVES, ROSTER_KINDS
from insurer.people.tables import RosterImport
from insurer.platform import jobs
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.outbox import Work, note_work
from insurer.platform.storage import Storage, keep_file, keep_stream

KINDS: Final = (AUTO, *ROSTER_KINDS, DEATHS, MOVES)
ONLY_HIDDEN: Final = "only_hidden"
"""Why a file is unread whose lists stand on hidden sheets alone."""
_FOR_SOMEBODY: Final = frozenset({"header_missing", "category_missing", ONLY_HIDDEN})
READ_AT_ONCE: Final = 2_000_000
"""Bytes up to which a file is read while the clerk waits: some 20 000 rows, two or three seconds."""


def receive_file(
    session: UnitSession,
    *,
    actor: Actor,
    arriving: ArrivingFile,
    content: bytes | IO[bytes],
    storage: Storage,
    now: datetime,
    change_limit: int = CHANGE_LIMIT,
    read_at_once: int = READ_AT_ONCE,
    keep_unread: bool = False,
) -> RosterOutcome:
    """Take a file in: compared at once, or kept as ``reading`` with the work noted for a worker.

    ``content`` may be a stream that can be read again from its start: a long file is never held whole.
    ``keep_unread`` also keeps a file whose columns are not understood, or whose lists are all hidden, for
    somebody to say how it is to be read.

    Raises as :func:`insurer.people.operations.stage_roster`; a long file that cannot be read ends as
    discarded with the reason in its report.
    """
    require(actor, "rosters.stage")
    _known(arriving.kind, arriving.scheme)
    unread: dict[str, object] = {}
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    size = stream.seek(0, io.SEEK_END)
    if size <= read_at_once:
        stream.seek(0)
        try:
            return stage_file(
                session,
                actor=actor,
                arriving=arriving,
                content=stream.read(),
                storage=storage,
                now=now,
                change_limit=change_limit,
            )
        except Invalid as refused:
            if not (keep_unread and needs_somebody(refused)):
                raise
            unread = _unread(refused)
    sha256 = keep_stream(session, storage, stream, mime=mime_of(arriving.filename), now=now)
    found = RosterImport(
        id=new_id(),
        scheme=arriving.scheme,
        month=arriving.month,
        filename=arriving.filename,
        sha256=sha256,
        state="reading",
        kind=FULL if arriving.kind == AUTO else arriving.kind,
        sender=arriving.sender,
        counts={},
        report={"asked": arriving.kind, "use_hidden": arriving.use_hidden, **unread},
        staged_by=actor.id,
        staged_by_name=actor.name,
        staged_at=now,
    )
    session.add(found)
    session.flush()
    data = {"scheme": found.scheme, "month": found.month.isoformat(), "bytes": size}
    note(session, actor, "people:roster:received", ("roster_import", found.id), now=now, data=data)
    if not unread:
        _ask_to_read(session, found, now)
    return as_it_stands(found)


def needs_somebody(refused: Invalid) -> bool:
    """Tell whether a file was refused only until somebody says which column is what, or what hidden is."""
    return any(problem.code in _FOR_SOMEBODY for problem in refused.problems)


def _unread(refused: Invalid) -> dict[str, object]:
    hidden = any(problem.code == ONLY_HIDDEN for problem in refused.problems)
    return {"unread": refused.message, **({ONLY_HIDDEN: True} if hidden else {})}


def read_received(
    session: UnitSession,
    *,
    actor: Actor,
    import_id: uuid.UUID,
    storage: Storage,
    now: datetime,
    change_limit: int = CHANGE_LIMIT,
    progress: Progress = lambda _words, _done, _total: None,
) -> RosterOutcome:
    """Read and compare a long file that was kept; done before, it gives its report again."""
    found = locked_import(session, import_id)
    if found.state != "reading":
        return as_it_stands(found)
    progress("正在读文件并比对", 0, 0)
    asked = str(found.report.get("asked") or found.kind)
    try:
        return stage_file(
            session,
            actor=actor,
            arriving=replace(as_it_came(session, found), kind=asked),
            content=storage.get(found.sha256),
            storage=storage,
            now=now,
            change_limit=change_limit,
            into=import_id,
        )
    except (Invalid, TooLarge, Conflict) as refusal:
        if isinstance(refusal, Invalid) and needs_somebody(refusal):
            found.report = {**found.report, **_unread(refusal)}
            return as_it_stands(found)
        end_refused(session, actor, found, refusal.message, now)
        return as_it_stands(found)


def compare_again(
    session: UnitSession,
    *,
    actor: Actor,
    import_id: uuid.UUID,
    storage: Storage,
    now: datetime,
    kind: str | None = None,
    use_hidden: HiddenSheets | None = None,
    chosen: Mapping[str, str] | None = None,
    change_limit: int = CHANGE_LIMIT,
    read_at_once: int = READ_AT_ONCE,
) -> None:
    """Read a staged file once more: as another kind of list, with hidden sheets, or by other columns.

    ``chosen`` says what the words over its columns mean; that is remembered of its sender. ``use_hidden`` are
    the hidden sheets to be read from now on.

    :class:`Conflict` when it is no longer staged, or when as a full list it would be too old.
    """
    require(actor, "rosters.stage")
    found = locked_import(session, import_id)
    if found.state != "staged" and not is_unread(found):
        raise Conflict(not_staged(found.state))
    if chosen is not None:
        remember_heads(
            session,
            actor=actor,
            scheme=found.scheme,
            sender=found.sender,
            chosen=chosen,
            now=now,
            kind=kind_of(found),
        )
    wanted = kind or str(found.report.get("asked") or found.kind)
    _known(wanted, found.scheme)
    hidden = hidden_sheets(found.report.get("use_hidden")) if use_hidden is None else use_hidden
    if use_hidden is not None:
        data = {"hidden_sheets": use_hidden if isinstance(use_hidden, bool) else len(use_hidden)}
        note(session, actor, "people:roster:hidden_chosen", ("roster_import", import_id), now=now, data=data)
    content = storage.get(found.sha256)
    if len(content) > read_at_once:
        found.state = "reading"
        found.report = {"asked": wanted, "use_hidden": hidden}
        _ask_to_read(session, found, now)
        return
    stage_file(
        session,
        actor=actor,
        arriving=replace(as_it_came(session, found), kind=wanted, use_hidden=hidden),
        content=content,
        storage=storage,
        now=now,
        change_limit=change_limit,
        into=import_id,
    )


def stage_file(
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
    """Read and compare a file as the list it is; nothing but the file and its report is kept."""
    if arriving.kind == AUTO:
        arriving = replace(arriving, kind=kind_by_name(arriving.filename) or AUTO)
    stage: Callable[..., RosterOutcome] = _stage_leaving if arriving.kind in (DEATHS, MOVES) else stage_roster
    return stage(
        session,
        actor=actor,
        arriving=arriving,
        content=content,
        storage=storage,
        now=now,
        change_limit=change_limit,
        into=into,
    )


def _stage_leaving(
    session: UnitSession,
    *,
    actor: Actor,
    arriving: ArrivingFile,
    content: bytes,
    storage: Storage,
    now: datetime,
    change_limit: int,
    into: uuid.UUID | None,
) -> RosterOutcome:
    scheme, kind = arriving.scheme, arriving.kind
    heads = heads_of(session, scheme=scheme, sender=arriving.sender)
    sha256 = hashlib.sha256(content).hexdigest()
    found = locked_import(session, into) if into else _same_list(session, scheme, kind, sha256, "staged")
    if found is not None and into is None:
        arriving = replace(arriving, cells=cells_of(session, found.id))
    difference = compare_leaving(session, arriving, content, heads)
    file = difference.file
    if into is None:
        standing = _same_list(session, scheme, kind, sha256)
        again = not arriving.cells and applied_with_cells(session, scheme, arriving.month, sha256)
        if standing is not None and not (difference.new or difference.changed) and not again:
            return leaving_outcome(standing.id, "unchanged", difference)
    keep_file(session, storage, content, mime=mime_of(arriving.filename), now=now)
    counts = leaving_counts(session, scheme, difference, change_limit)
    if found is None:
        found = RosterImport(
            id=new_id(),
            scheme=scheme,
            month=arriving.month,
            filename=file.filename,
            sha256=file.sha256,
            staged_by=actor.id,
            staged_by_name=actor.name,
            staged_at=now,
        )
        session.add(found)
        data = {"scheme": scheme, "month": file.month.isoformat(), "kind": kind, **difference.counts}
        note(session, actor, "people:roster:staged", ("roster_import", found.id), now=now, data=data)
    outcome = leaving_outcome(found.id, "staged", difference)
    found.state, found.kind, found.sender = "staged", kind, arriving.sender or found.sender or ""
    found.counts = counts
    found.report = {
        **outcome.report,
        "listing": outcome.listing,
        "use_hidden": arriving.use_hidden,
        "heads": heads,
    }
    session.flush()
    return outcome


def _same_list(
    session: UnitSession, scheme: str, kind: str, sha256: str, state: str = "applied"
) -> RosterImport | None:
    return session.scalars(
        select(RosterImport).where(
            RosterImport.scheme == scheme,
            RosterImport.kind == kind,
            RosterImport.sha256 == sha256,
            RosterImport.state == state,
        )
    ).first()


def _ask_to_read(session: UnitSession, found: RosterImport, now: datetime) -> None:
    payload = {"import_id": str(found.id)}
    note_work(
        session, [Work(jobs.READ_ROSTER, payload, f"read-roster:{found.id}:{now.isoformat()}")], now=now
    )


def kind_of(found: RosterImport) -> str:
    """Return which kind of list a file is read as; ``full`` for one whose columns nobody understood yet."""
    asked = str(found.report.get("asked") or found.kind) if found.state == "reading" else found.kind
    return (kind_by_name(found.filename) or found.kind) if asked == AUTO else asked


def _known(kind: str, scheme: str) -> None:
    if kind not in KINDS:
        raise Invalid("请选这份文件是哪种名单")
    if scheme not in SCHEMES:
        raise Invalid(f"没有“{scheme}”这个项目")
