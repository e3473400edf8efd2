"""The rows that were refused, as they came, to be put right by the sender."""

import uuid
from datetime import datetime

from insurer.accounts.permissions import require
from insurer.kernel.dates import month_text
from insurer.kernel.errors import NotFound
from insurer.people.arriving import as_it_came, read_arriving
from insurer.people.leaving import compare_leaving
from insurer.people.reading.confined_books import errors_confined
from insurer.people.standing import ROSTER_KINDS
from insurer.people.tables import RosterImport
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage


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
    arriving, heads = as_it_came(session, found), dict(found.report.get("heads") or {})
    if found.kind in ROSTER_KINDS:
        file = read_arriving(session, arriving, content, heads)
    else:
        file = compare_leaving(session, arriving, content, heads).file
    data = {"rows": len(file.rejected)}
    note(session, actor, "people:roster:refused_exported", ("roster_import", import_id), now=now, data=data)
    return f"{month_text(found.month)}名册退回.xlsx", errors_confined(
        content, found.filename, found.month, file.rejected, session.reading
    )
