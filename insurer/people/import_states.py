"""One import at a time: its row and the scheme's lock, and what can no longer be done with it."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import SessionTransaction

from insurer.kernel.errors import Conflict, NotFound
from insurer.people.tables import RosterImport
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession

ROSTER_LOCK = 7_101
"""First key of the advisory lock under which one file of a scheme is written at a time."""

_LOCKED = "roster_lock"


def lock_scheme(session: UnitSession, scheme: str) -> None:
    """Wait until no other file of the scheme is being written; :class:`Conflict` after five minutes."""
    try:
        session.execute(text("SET LOCAL lock_timeout = '300s'"))
        session.execute(
            text("SELECT pg_advisory_xact_lock(:key, hashtext(:scheme))"),
            {"key": ROSTER_LOCK, "scheme": scheme},
        )
        session.execute(text("SET LOCAL lock_timeout = '10s'"))
        session.info[_LOCKED] = scheme
    except OperationalError as error:
        raise Conflict("另一份名册正在写入，这一份还没有写。请等它写完再试") from error


def holds_lock(session: UnitSession, scheme: str) -> bool:
    """Tell whether this transaction holds the lock: nobody else changes the register until its end."""
    return bool(session.info.get(_LOCKED) == scheme)


@event.listens_for(UnitSession, "after_transaction_end")
def _unlocked(session: UnitSession, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_LOCKED, None)


def locked_import(session: UnitSession, import_id: uuid.UUID) -> RosterImport:
    """Return an import with its row locked; :class:`NotFound` for an unknown one."""
    found = session.scalars(
        select(RosterImport)
        .where(RosterImport.id == import_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("没有这次名册导入。请回到名册页重新上传")
    return found


def applied_imports(session: UnitSession, scheme: str, month: date) -> Sequence[RosterImport]:
    """Return every import applied to a month, also those replaced since."""
    return session.scalars(
        select(RosterImport).where(
            RosterImport.scheme == scheme, RosterImport.month == month, RosterImport.state == "applied"
        )
    ).all()


def is_unread(found: RosterImport) -> bool:
    """Tell whether a file was kept whose columns nobody understood yet."""
    return found.state == "reading" and bool(found.report.get("unread"))


def not_staged(state: str) -> str:
    """Say why an import in this state can be neither confirmed nor given up."""
    words = {
        "reading": "这份文件还在读，读完再看差异",
        "applying": "这份名册已经确认，正在写入。请稍后看结果",
        "applied": "这份名册已经写入，不用再办",
        "unchanged": "这份名册与已导入的完全相同，不用再办",
        "discarded": "这份名册已经放弃。要用它，请重新上传",
    }
    return words.get(state, "这份名册还没有预览，请先上传")


def end_refused(session: UnitSession, actor: Actor, found: RosterImport, reason: str, now: datetime) -> None:
    """End an import that nobody waits for, with the reason where the clerk looks."""
    found.state = "discarded"
    found.report = {**found.report, "refused": reason}
    note(session, actor, "people:roster:refused", ("roster_import", found.id), now=now, reason=reason)
    session.flush()
