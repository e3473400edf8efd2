"""How each column of a file is understood: for the clerk to look at, and to say otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from insurer.people.masking import mask_account, mask_name
from insurer.people.reading.columns import Field, Layout, find_layout, head_key, header_field, understood
from insurer.people.reading.leaving_days import KINDS, day_column
from insurer.people.reading.messages import column_letters
from insurer.people.reading.pages import text_of
from insurer.people.reading.sheets import Sheet
from insurer.people.reading.workbook import base_name, open_workbook

LOOKED_AT: Final = 120
"""Rows of a sheet that are looked at."""
_MOST_COLUMNS: Final = 60
_MASKED_FROM: Final = 6
_SHORT: Final = 4
_SAMPLE: Final = 24
_IMPERSONAL: Final = frozenset(
    field.value
    for field in (
        Field.TOWN,
        Field.CATEGORY,
        Field.START,
        Field.CHANGE,
        Field.INSURANCE,
        Field.RELATION,
        Field.HAPPENED,
    )
)
"""Fields that a row to be put right is shown with as they stand, so that it can be recognised."""


@dataclass(frozen=True, slots=True)
class HeadColumn:
    """One column: its letters, the words over it, under which key they are kept, the field it is taken for
    ("" for none), and what a cell looks like, masked.
    """

    letters: str
    words: str
    key: str
    field: str
    sample: str


@dataclass(frozen=True, slots=True)
class SheetHeads:
    """The columns of one sheet; ``row`` is where the header was found or supposed, counted from 1."""

    name: str
    row: int
    found: bool
    columns: tuple[HeadColumn, ...]


def describe_heads(
    content: bytes, filename: str, heads: Mapping[str, str], kind: str = ""
) -> tuple[SheetHeads, ...]:
    """Return the columns of every visible sheet as they are understood with a sender's ``heads``.

    On a list of ``kind`` deaths or moves one column is that of the day. A sheet whose header is not found is
    shown with the row that looks most like one. Raises as :func:`insurer.people.reading.roster.read_roster`
    for a file that cannot be opened.
    """
    book = open_workbook(content, base_name(filename))
    with understood(heads):
        described = [_describe(sheet, kind) for sheet in book.sheets if not sheet.hidden]
    return tuple(one for one in described if one.columns)


def automatic(key: str) -> str:
    """Return the field that words name by themselves, "" for none."""
    field = header_field(key)
    return field.value if field is not None else ""


def describe_row(
    content: bytes, filename: str, heads: Mapping[str, str], kind: str, name: str, number: int
) -> tuple[HeadColumn, ...]:
    """Return the columns of one sheet, each with what its cell in a row is like; none for a row not there.

    ``number`` counts from 1. Raises as :func:`describe_heads`.
    """
    book = open_workbook(content, base_name(filename))
    sheet = next((one for one in book.sheets if one.name == name), None)
    if sheet is None:
        return ()
    first: list[list[object]] = []
    wanted: list[object] | None = None
    for place, row in enumerate(islice(sheet.lines(), max(number, LOOKED_AT)), 1):
        if place <= LOOKED_AT:
            first.append(row)
        if place == number:
            wanted = row
    with understood(heads):
        return _described(sheet, first, kind, wanted).columns if wanted is not None else ()


def _describe(sheet: Sheet, kind: str) -> SheetHeads:
    return _described(sheet, list(islice(sheet.lines(), LOOKED_AT)), kind)


def _described(
    sheet: Sheet, rows: Sequence[Sequence[object]], kind: str, shown: Sequence[object] | None = None
) -> SheetHeads:
    """Describe the columns by the first cell that each has, or by those of the row ``shown``.

    Of the row, what tells nothing personal is shown as it stands.
    """
    merges = [one for one in sheet.merges() if one[0][0] < len(rows)]
    layout = find_layout(rows, merges)
    last = layout.last if layout is not None else _likely_header(rows)
    if last is None:
        return SheetHeads(sheet.name, 0, False, ())
    first = layout.first if layout is not None else last
    fields = _fields(layout)
    width = min(max((len(row) for row in rows[first : last + 1]), default=0), _MOST_COLUMNS)
    day = day_column(rows[first : last + 1], kind) if kind in KINDS else None
    columns = []
    for column in range(width):
        stack = [words for row in rows[first : last + 1] if (words := _cell(row, column))]
        if not stack:
            continue
        below = rows[last + 1 :] if shown is None else [shown]
        sample = next((value for row in below if (value := _cell(row, column))), "")
        field = fields.get(column, "")
        if layout is None:
            known = header_field(stack[-1])
            field = known.value if known is not None else ""
        if column == day:
            field = Field.HAPPENED.value
        columns.append(
            HeadColumn(
                column_letters(column),
                " ".join(dict.fromkeys(stack)),
                head_key(stack[-1]),
                field,
                sample[:_SAMPLE] if shown is not None and field in _IMPERSONAL else _masked(sample),
            )
        )
    return SheetHeads(sheet.name, last + 1, layout is not None, tuple(columns))


def _fields(layout: Layout | None) -> dict[int, str]:
    if layout is None:
        return {}
    found = {column: field.value for field, column in layout.columns.items()}
    for name, certno in layout.people:
        found[name], found[certno] = Field.NAME.value, Field.CERTNO.value
    return found


def _likely_header(rows: Sequence[Sequence[object]]) -> int | None:
    """Return the row with the most words and no digits in them: a header nobody has named yet."""
    best: tuple[int, int] | None = None
    for index, row in enumerate(rows[:20]):
        words = [cell for cell in row if isinstance(cell, str) and cell.strip()]
        plain = [word for word in words if not any(sign.isdigit() for sign in word)]
        if len(plain) >= 2 and (best is None or len(plain) > best[0]):
            best = (len(plain), index)
    return best[1] if best is not None else None


def _cell(row: Sequence[object], column: int) -> str:
    return text_of(row[column]) if column < len(row) else ""


def _masked(value: str) -> str:
    """Show what a cell is like without saying whose it is."""
    short = value[:_SAMPLE]
    if sum(sign.isdigit() for sign in short) >= _MASKED_FROM:
        return mask_account(short)
    return mask_name(short) if len(short) <= _SHORT and not any(sign.isdigit() for sign in short) else short
