"""A file of the bureau compared or taken in at once, as the command on the machine does it."""

from datetime import date, datetime

from insurer.accounts.permissions import require
from insurer.people.approval import CHANGE_LIMIT
from insurer.people.comparing import RosterOutcome
from insurer.people.import_states import lock_scheme
from insurer.people.leaving import compare_leaving, leaving_outcome
from insurer.people.operations import apply_roster, preview_roster, take_roster
from insurer.people.reading.reader import HiddenSheets
from insurer.people.receiving import stage_file
from insurer.people.standing import ROSTER_KINDS
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage


def preview_file(
    session: UnitSession,
    *,
    actor: Actor,
    scheme: str,
    month: date,
    content: bytes,
    filename: str,
    kind: str,
    use_hidden: HiddenSheets = False,
) -> RosterOutcome:
    """Read a file as a list of ``kind`` and compare it with what is known; writes nothing.

    Raises as :func:`insurer.people.operations.preview_roster`.
    """
    if kind in ROSTER_KINDS:
        return preview_roster(
            session,
            actor=actor,
            scheme=scheme,
            month=month,
            content=content,
            filename=filename,
            use_hidden=use_hidden,
            kind=kind,
        )
    require(actor, "rosters.stage")
    difference = compare_leaving(
        session,
        scheme=scheme,
        month=month,
        kind=kind,
        content=content,
        filename=filename,
        use_hidden=use_hidden,
        heads={},
    )
    state = "staged" if difference.new or difference.changed else "unchanged"
    return leaving_outcome(None, state, difference)


def take_file(
    session: UnitSession,
    *,
    actor: Actor,
    scheme: str,
    month: date,
    content: bytes,
    filename: str,
    storage: Storage,
    now: datetime,
    kind: str,
    use_hidden: HiddenSheets = False,
) -> RosterOutcome:
    """Stage and apply a file as a list of ``kind``, under the scheme's lock; nothing new writes nothing.

    Raises as :func:`insurer.people.operations.take_roster`.
    """
    if kind in ROSTER_KINDS:
        return take_roster(
            session,
            actor=actor,
            scheme=scheme,
            month=month,
            content=content,
            filename=filename,
            storage=storage,
            now=now,
            use_hidden=use_hidden,
            kind=kind,
        )
    require(actor, "rosters.apply")
    lock_scheme(session, scheme)
    outcome = preview_file(
        session,
        actor=actor,
        scheme=scheme,
        month=month,
        content=content,
        filename=filename,
        kind=kind,
        use_hidden=use_hidden,
    )
    if outcome.state == "unchanged":
        return outcome
    outcome = stage_file(
        session,
        actor=actor,
        scheme=scheme,
        month=month,
        content=content,
        filename=filename,
        storage=storage,
        now=now,
        kind=kind,
        sender="",
        use_hidden=use_hidden,
        change_limit=CHANGE_LIMIT,
    )
    if outcome.state != "staged" or outcome.import_id is None:
        return outcome
    return apply_roster(session, actor=actor, import_id=outcome.import_id, storage=storage, now=now)
