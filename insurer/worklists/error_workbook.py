"""错误工作簿: the sender's own workbook with one more column that says what is wrong with each row."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from insurer.accounts.permissions import require
from insurer.kernel.errors import Invalid, NotFound, TooLarge
from insurer.people.queries import roster_report
from insurer.people.returning import export_refused
from insurer.people.standing import ROSTER_KINDS
from insurer.platform.audit import Actor, note
from insurer.platform.confined import GaveUp
from insurer.platform.confined_orders import ask_confined
from insurer.platform.db import UnitSession
from insurer.platform.settings import ReadingLimits
from insurer.platform.storage import Storage

MARKED_BYTES: Final = 5_000_000
"""Up to this size a workbook is given back whole."""

MOST_SECONDS: Final = 60
"""So long may marking take; after that the refused rows alone are given back."""
_CHILD: Final = "insurer.worklists.marked_book"


def error_workbook(
    session: UnitSession, *, actor: Actor, import_id: UUID, storage: Storage, now: datetime
) -> tuple[str, bytes]:
    """Return file name and workbook for the sender; an xlsx keeps its own sheets, columns and row numbers.

    Other kinds of files, long ones, and those that cannot be opened again within the limits give only the
    refused rows as they came, with their header. It
    carries what the sender sent, so each download is recorded. :class:`NotFound` when no row was refused.
    """
    require(actor, "rosters.stage")
    view, report, _listing = roster_report(session, import_id)
    rejected = list(report.get("rejected") or ())
    if not rejected:
        raise NotFound("这份名册没有拒绝的行，不用错误工作簿")
    content = storage.get(view.sha256)
    if not content.startswith(b"PK") or len(content) > MARKED_BYTES or view.kind not in ROSTER_KINDS:
        return export_refused(session, actor=actor, import_id=import_id, storage=storage, now=now)
    made = _marked(content, view.filename, rejected, session.reading)
    if made is None:
        return export_refused(session, actor=actor, import_id=import_id, storage=storage, now=now)
    data = {"rows": len(rejected)}
    note(session, actor, "people:roster:errors_taken", ("roster_import", import_id), now=now, data=data)
    return f"错误-{view.filename.rpartition('.')[0]}.xlsx", made


def _marked(
    content: bytes, filename: str, rejected: Sequence[Mapping[str, Any]], limits: ReadingLimits
) -> bytes | None:
    """Return the workbook marked in a limited child; ``None`` when it cannot be opened again as it is."""
    rows = [
        {"sheet": str(one["sheet"]), "row": int(one["row"]), "message": str(one["message"])}
        for one in rejected
    ]
    order = {"filename": filename, "rejected": rows}
    seconds = min(limits.seconds, MOST_SECONDS)
    try:
        return ask_confined(_CHILD, order, content, seconds=seconds, megabytes=limits.memory_mb)
    except (GaveUp, Invalid, TooLarge):
        return None
