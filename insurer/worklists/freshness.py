"""Which rows of a list that lies open were changed since it was drawn.

Each row carries a mark of its standing; an open page sends the marks it shows and learns which are old.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from insurer.claims.tables import Claim
from insurer.notices.tables import Notice
from insurer.payments.tables import PaymentBatch, PaymentInstruction
from insurer.people.tables import RosterImport
from insurer.platform.db import UnitSession

MOST_ROWS: Final = 60


def case_mark(version: int, handler_id: UUID | None) -> str:
    """Return the mark of a case: its version and who has it in hand, which is no new version."""
    return f"{version}-{handler_id.hex[-6:] if handler_id else ''}"


def batch_mark(state: str, results: int) -> str:
    """Return the mark of a batch: its state and how many results it has."""
    return f"{state}-{results}"


def _cases(session: UnitSession, keys: Sequence[str]) -> dict[str, str]:
    rows = select(Claim.case_no, Claim.version, Claim.handler_id).where(Claim.case_no.in_(keys))
    return {number: case_mark(version, handler) for number, version, handler in session.execute(rows)}


def _batches(session: UnitSession, keys: Sequence[str]) -> dict[str, str]:
    # as the list counts them: a returned payment that was made anew is void, and was returned all the same
    ended = or_(
        PaymentInstruction.state.in_(("paid", "returned")),
        and_(PaymentInstruction.state == "void", func.jsonb_typeof(PaymentInstruction.result) == "object"),
    )
    rows = (
        select(PaymentBatch.number, PaymentBatch.state, func.count().filter(ended))
        .outerjoin(PaymentInstruction, PaymentInstruction.batch_id == PaymentBatch.id)
        .where(PaymentBatch.number.in_(keys))
        .group_by(PaymentBatch.number, PaymentBatch.state)
    )
    return {number: batch_mark(state, results) for number, state, results in session.execute(rows)}


def _letters(session: UnitSession, keys: Sequence[str]) -> dict[str, str]:
    return _states(session, Notice, keys)


def _rosters(session: UnitSession, keys: Sequence[str]) -> dict[str, str]:
    return _states(session, RosterImport, keys)


def _states(session: UnitSession, table: Any, keys: Sequence[str]) -> dict[str, str]:
    rows = session.execute(select(table.id, table.state).where(table.id.in_(list(_ids(keys)))))
    return {str(one): state for one, state in rows}


def _ids(keys: Iterable[str]) -> Iterable[UUID]:
    for key in keys:
        try:
            yield UUID(key)
        except ValueError:
            continue


_MARKS: Final[Mapping[str, Callable[[UnitSession, Sequence[str]], dict[str, str]]]] = {
    "cases": _cases,
    "notices": _letters,
    "batches": _batches,
    "rosters": _rosters,
}
"""Name of a list to what gives the marks of its rows by the id that a row carries: one statement each."""


def changed_rows(session: UnitSession, name: str, shown: Sequence[str]) -> list[str]:
    """Return the ids of the rows whose mark is another now; ``shown`` has each as ``id~mark``."""
    marks = dict(one.split("~", 1) for one in shown[:MOST_ROWS] if "~" in one)
    if name not in _MARKS or not marks:
        return []
    now = _MARKS[name](session, list(marks))
    return [key for key, mark in marks.items() if now.get(key) != mark]
