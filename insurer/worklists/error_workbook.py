"""错误工作簿: the sender's own workbook with one more column that says what is wrong with each row."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final
from uuid import UUID

import openpyxl
import xlsxwriter
from openpyxl.styles import PatternFill

from insurer.accounts.permissions import require
from insurer.kernel.errors import NotFound
from insurer.people.queries import roster_report
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage

HEAD: Final = "错误原因"
_RED: Final = PatternFill("solid", fgColor="FBEEEC")


def error_workbook(
    session: UnitSession, *, actor: Actor, import_id: UUID, storage: Storage, now: datetime
) -> tuple[str, bytes]:
    """Return file name and workbook for the sender; an xlsx keeps its own sheets, columns and row numbers.

    Other kinds of files give a plain list of rows and reasons. It carries what the sender sent, so each
    download is recorded. :class:`NotFound` when no row was refused.
    """
    require(actor, "rosters.stage")
    view, report, _listing = roster_report(session, import_id)
    rejected = list(report.get("rejected") or ())
    if not rejected:
        raise NotFound("这份名册没有拒绝的行，不用错误工作簿")
    content = storage.get(view.sha256)
    if view.filename.lower().endswith(".xlsx"):
        made = _marked(content, rejected)
    else:
        made = _listed(rejected)
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


def _listed(rejected: Sequence[Mapping[str, Any]]) -> bytes:
    buffer = BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("错误")
    sheet.write_row(0, 0, ("工作表", "行", "栏目", HEAD), book.add_format({"bold": True}))
    for at, row in enumerate(rejected, 1):
        sheet.write_string(at, 0, str(row.get("sheet") or ""))
        sheet.write_number(at, 1, int(row["row"]))
        sheet.write_string(at, 2, str(row.get("field") or ""))
        sheet.write_string(at, 3, str(row["message"]))
    sheet.set_column(3, 3, 60)
    book.close()
    return buffer.getvalue()
