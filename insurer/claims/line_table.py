"""A pasted table of fee lines changed row by row: nothing that stands in it is lost, known column or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from insurer.claims.sheet_lines import COLUMNS, PLAIN_ORDER, columns_of, is_total

PLAIN_HEADS: Final = tuple(COLUMNS[name][0] for name in PLAIN_ORDER)


@dataclass(frozen=True, slots=True)
class LineTable:
    """The table as text: its heads, what each column is (empty where unknown), its rows.

    ``first`` is the number of the first row as messages count them: the head is row 1.
    """

    heads: tuple[str, ...]
    fields: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    first: int

    def cells(self, place: int) -> dict[str, str]:
        """Return the known cells of a row by the record's names."""
        pairs = zip(self.fields, self.rows[place], strict=False)
        return {name: cell for name, cell in pairs if name}

    def is_total(self, place: int) -> bool:
        """Tell whether a row adds up others; it is no fee line."""
        cells = self.cells(place)
        return is_total(cells.get("medins_list_name") or cells.get("hilist_name") or "")

    def put(self, place: int | None, cells: Mapping[str, str]) -> "LineTable":
        """Return the table with a row changed, or one more at its end; other cells of the row stay."""
        missing = [name for name in cells if name not in self.fields and cells[name]]
        heads = (*self.heads, *(COLUMNS[name][0] for name in missing))
        fields = (*self.fields, *missing)
        before = self.rows[place] if place is not None else ()
        row = [*before, *[""] * (len(fields) - len(before))]
        for at, name in enumerate(fields):
            if name in cells:
                row[at] = " ".join(cells[name].split())
        rows = list(self.rows)
        if place is None:
            rows.append(tuple(row))
        else:
            rows[place] = tuple(row)
        return LineTable(heads, fields, tuple(rows), 2)

    def without(self, place: int) -> "LineTable":
        """Return the table without a row."""
        return LineTable(self.heads, self.fields, self.rows[:place] + self.rows[place + 1 :], self.first)

    @property
    def text(self) -> str:
        """The table as it would be pasted, always with its heads; empty without rows."""
        if not self.rows:
            return ""
        return "\n".join("\t".join(row) for row in (self.heads, *self.rows))


def table_of(text: str) -> LineTable:
    """Read a pasted table for changing; without heads its columns are those of the plain order."""
    rows = [tuple(" ".join(cell.split()) for cell in line.split("\t")) for line in text.splitlines()]
    rows = [row for row in rows if any(row)]
    head = columns_of(rows[0]) if rows else []
    if head:
        return LineTable(rows[0], tuple(head), tuple(rows[1:]), 2)
    return LineTable(PLAIN_HEADS, PLAIN_ORDER, tuple(rows), 1)


def shown_cells(table: LineTable, place: int, names: Sequence[str]) -> tuple[str, ...]:
    """Return the cells of a row in this order of names."""
    cells = table.cells(place)
    return tuple(cells.get(name, "") for name in names)
