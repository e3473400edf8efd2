"""错误工作簿: the sender's own workbook with one more column that says what is wrong with each row."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final
from uuid import UUID

import openpyxl
from openpyxl.styles import PatternFill

from insurer.accounts.permissions import require
from insurer.kernel.errors import NotFound
from insurer.people.queries import roster_report
from insurer.people.returning import export_refused
from insurer.people.standing import ROSTER_KINDS
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage

HEAD: Final = "错误原因"
MARKED_BYTES: Final = 5_000_000
"""Up to this size a workbook is given back whole."""

_RED: Final = PatternFill("solid", fgColor="FBEEEC")


def error_workbook(
    session: UnitSession, *, actor: Actor, import_id: UUID, storage: Storage, now: datetime
) -> tuple[str, bytes]:
    """Return file name and workbook for the sender; an xlsx keeps its own sheets, columns and row numbers.

    Other kinds of files, and long ones, give only the refused rows as they came, with their header. It
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
    made = _marked(content, rejected)
    data = {"rows": len(rejected)}
    note(session, actor, "people:roster:errors_taken", ("roster_import", import_id), now=now, data=data)
    return f"错误-{view.filename.rpartition('.')[0]}.xlsx", made


def _marked(content: bytes, rejected: Sequence[Mapping[str, Any]]) -> bytes:
    book = openpyxl.load_workbook(BytesIO(content))
    by_sheet: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rejected:
        by_sheet[str(row["sheet"])][int(row["row"])].append(str(row["message"]))
    for name, rows in by_sheet.items():
        if name not in book.sheetnames:
            continue
        sheet = book[name]
        column = sheet.max_column + 1
        first = min(rows)
        sheet.cell(max(1, first - 1), column).value = HEAD
        for number, messages in rows.items():
            # a reason never begins like a formula
            sheet.cell(number, column).value = "；".join(messages).lstrip("=+-@")
            for place in range(1, column + 1):
                sheet.cell(number, place).fill = _RED
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()
