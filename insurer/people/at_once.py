"""A file of the bureau compared or taken in at once, as the command on the machine does it."""

from dataclasses import replace
from datetime import datetime

from insurer.accounts.permissions import require
from insurer.people.arriving import ArrivingFile
from insurer.people.cells_by_hand import cells_staged
from insurer.people.comparing import RosterOutcome
from insurer.people.import_states import lock_scheme
from insurer.people.leaving import compare_leaving, leaving_outcome
from insurer.people.operations import apply_roster, preview_roster
from insurer.people.receiving import stage_file
from insurer.people.sender_columns import heads_of
from insurer.people.standing import ROSTER_KINDS
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage


def preview_file(
    session: UnitSession, *, actor: Actor, arriving: ArrivingFile, content: bytes
) -> RosterOutcome:
    """Read a file as the list it is said to be and compare it with what is known; writes nothing.

    Raises as :func:`insurer.people.operations.preview_roster`.
    """
    if arriving.kind in ROSTER_KINDS:
        return preview_roster(session, actor=actor, arriving=arriving, content=content)
    require(actor, "rosters.stage")
    heads = heads_of(session, scheme=arriving.scheme, sender=arriving.sender)
    cells = cells_staged(session, arriving.scheme, arriving.month, content)
    arriving = replace(arriving, cells=cells)
    difference = compare_leaving(session, arriving, content, heads)
    state = "staged" if difference.new or difference.changed else "unchanged"
    return leaving_outcome(None, state, difference)


def take_file(
    session: UnitSession,
    *,
    actor: Actor,
    arriving: ArrivingFile,
    content: bytes,
    storage: Storage,
    now: datetime,
) -> RosterOutcome:
    """Stage and apply a file at once, under the scheme's lock, read once; nothing new writes nothing.

    Raises as :func:`insurer.people.operations.stage_roster` and
    :func:`insurer.people.operations.apply_roster`.
    """
    require(actor, "rosters.apply")
    lock_scheme(session, arriving.scheme)
    if arriving.kind not in ROSTER_KINDS:
        outcome = preview_file(session, actor=actor, arriving=arriving, content=content)
        if outcome.state == "unchanged":
            return outcome
    outcome = stage_file(session, actor=actor, arriving=arriving, content=content, storage=storage, now=now)
    if outcome.state != "staged" or outcome.import_id is None:
        return outcome
    return apply_roster(session, actor=actor, import_id=outcome.import_id, storage=storage, now=now)
