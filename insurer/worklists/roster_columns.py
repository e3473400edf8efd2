"""对列: how each column of a file is understood, to look at and to say otherwise."""

from collections.abc import Mapping
from uuid import UUID

from insurer.accounts.permissions import holds
from insurer.kernel.errors import NotFound
from insurer.people.import_states import is_unread
from insurer.people.reading.confined_books import heads_confined
from insurer.people.reading.heads import HeadColumn, SheetHeads
from insurer.people.receiving import READ_AT_ONCE, kind_of
from insurer.people.sender_columns import FIELD_WORDS, heads_of
from insurer.people.tables import RosterImport
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Choice, Trouble
from insurer.worklists.views.rosters import ColumnRow, ColumnSheet, ColumnsPage

NOT_USED = ("", "不用这一列")


def load_columns(
    session: UnitSession,
    *,
    actor: Actor,
    import_id: UUID,
    storage: Storage,
    chosen: Mapping[str, str] | None = None,
    troubles: tuple[Trouble, ...] = (),
) -> ColumnsPage:
    """Return the columns of an import's file; ``chosen`` is what a refused form held, by key of the words.

    A long file is not opened here: its sender's columns are chosen on a short one.
    """
    found = session.get(RosterImport, import_id)
    if found is None:
        raise NotFound("没有这次名册导入。请回到名册页看清单")
    content = storage.get(found.sha256)
    is_long = len(content) > READ_AT_ONCE
    heads = heads_of(session, scheme=found.scheme, sender=found.sender)
    sheets = (
        () if is_long else heads_confined(content, found.filename, heads, session.reading, kind_of(found))
    )
    open_ = found.state == "staged" or is_unread(found)
    href = f"{paths.ROSTERS}/{import_id}"
    return ColumnsPage(
        month=found.month,
        file=found.filename,
        sender=found.sender,
        href=href,
        action=f"{href}/columns" if open_ and holds(actor, "rosters.stage") and not is_long else "",
        sheets=_sheets(sheets, chosen),
        unread=str(found.report.get("unread") or ""),
        is_long=is_long,
        kept=len(heads),
        troubles=troubles,
    )


def _sheets(sheets: tuple[SheetHeads, ...], chosen: Mapping[str, str] | None) -> tuple[ColumnSheet, ...]:
    """Return the sheets; one whose columns are the same as an earlier one's is named beside it."""
    shown: dict[tuple[tuple[str, str], ...], ColumnSheet] = {}
    number = 0
    for sheet in sheets:
        like = tuple((column.key, column.field) for column in sheet.columns)
        if like in shown:
            known = shown[like]
            shown[like] = ColumnSheet((*known.names, sheet.name), known.row, known.found, known.columns)
            continue
        rows = []
        for column in sheet.columns:
            rows.append(_row(column, number, chosen))
            number += 1
        shown[like] = ColumnSheet((sheet.name,), sheet.row, sheet.found, tuple(rows))
    return tuple(shown.values())


def _row(column: HeadColumn, number: int, chosen: Mapping[str, str] | None) -> ColumnRow:
    field = chosen.get(column.key, column.field) if chosen is not None else column.field
    return ColumnRow(
        number=number,
        letters=column.letters,
        words=column.words,
        key=column.key,
        sample=column.sample,
        choices=tuple(
            Choice(value, words, value == field) for value, words in (NOT_USED, *FIELD_WORDS.items())
        ),
        used=bool(field),
    )
