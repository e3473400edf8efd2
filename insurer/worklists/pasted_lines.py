"""The pasted fee lines of a sheet as rows that can be changed one by one."""

from collections.abc import Mapping
from typing import Final

from insurer.claims.line_table import LineTable, shown_cells, table_of
from insurer.claims.record_fields import fen_from_text
from insurer.claims.sheet_lines import CHARGES, LEVELS, PLAIN_ORDER
from insurer.kernel.money import display
from insurer.worklists.views import intake as views

AT: Final = "line_at"
"""The field that names the row being changed: its place, or :data:`NEW`."""
NEW: Final = "new"
PAGE: Final = "lines_page"
COLUMNS: Final = (*PLAIN_ORDER, "med_chrgitm_type")
HEADS: Final = ("项目名称", "单价", "数量", "金额", "甲乙丙", "自费", "费用类别")
FIELDS: Final = tuple(f"edit_{name}" for name in COLUMNS)
"""The fields of the row being changed."""
AT_ONCE: Final = 20
_WORDS: Final = {
    "chrgitm_lv": {code: word for word, code in reversed(LEVELS.items())},
    "med_chrgitm_type": {code: word for word, code in reversed(CHARGES.items())},
}


def stepped(values: Mapping[str, str], then: str) -> dict[str, str] | None:
    """Return the values after one step on the rows; ``None`` when ``then`` is no such step.

    ``edit:3`` opens a row, ``add`` a new one, ``put`` keeps what was typed, ``unedit`` does not, ``drop:3``
    takes a row away, ``page:2`` turns the page. A row that is gone meanwhile changes nothing.
    """
    step, _, text = then.partition(":")
    if step not in ("edit", "add", "put", "unedit", "drop", "page"):
        return None
    changed = kept(values) if step == "put" else closed(values)
    table = table_of(changed.get("lines_text", ""))
    place = int(text) if text.isdecimal() else -1
    if step == "page":
        changed[PAGE] = str(place)
    elif step == "add":
        changed[AT] = NEW
    elif step == "edit" and 0 <= place < len(table.rows):
        changed[AT] = str(place)
    elif step == "drop" and 0 <= place < len(table.rows):
        changed["lines_text"] = table.without(place).text
    return changed


def kept(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values with the row being changed put into the table; an empty new row is none."""
    at, changed = values.get(AT, ""), closed(values)
    cells = {name: values.get(field, "").strip() for name, field in zip(COLUMNS, FIELDS, strict=True)}
    table = table_of(values.get("lines_text", ""))
    if at == NEW and any(cells.values()):
        changed["lines_text"] = table.put(None, cells).text
        changed[PAGE] = str(len(table.rows) // AT_ONCE + 1)
    elif at.isdecimal() and int(at) < len(table.rows):
        changed["lines_text"] = table.put(int(at), cells).text
    return changed


def closed(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values without the row being changed."""
    return {name: value for name, value in values.items() if name != AT and name not in FIELDS}


def load_pasted(values: Mapping[str, str]) -> views.PastedLines:
    """Return the page of rows that is open, with the row being changed as fields."""
    table = table_of(values.get("lines_text", ""))
    count, at = len(table.rows), values.get(AT, "")
    pages = max(1, -(-count // AT_ONCE))
    asked = values.get(PAGE, "")
    number = min(max(int(asked), 1), pages) if asked.isdecimal() else 1
    if at.isdecimal() and int(at) < count:
        number = int(at) // AT_ONCE + 1
    places = range((number - 1) * AT_ONCE, min(number * AT_ONCE, count))
    rows = tuple(_row(table, place, values if at == str(place) else None) for place in places)
    return views.PastedLines(
        heads=HEADS,
        fields=FIELDS,
        rows=rows,
        new=_typed(values, ("",) * len(COLUMNS)) if at == NEW else (),
        at=at if at == NEW or any(row.editing for row in rows) else "",
        summary=_summary(table),
        page=number,
        pages=pages,
    )


def _row(table: LineTable, place: int, values: Mapping[str, str] | None) -> views.PastedRow:
    cells = shown_cells(table, place, COLUMNS)
    words = tuple(_WORDS.get(name, {}).get(cell, cell) for name, cell in zip(COLUMNS, cells, strict=True))
    return views.PastedRow(
        place=place,
        number=place + table.first,
        cells=_typed(values, words) if values is not None else words,
        note=_note(table, place),
        editing=values is not None,
    )


def _typed(values: Mapping[str, str], cells: tuple[str, ...]) -> tuple[str, ...]:
    """Return what was typed into the open row; before anything was, what the table holds."""
    if not any(field in values for field in FIELDS):
        return cells
    return tuple(values.get(field, "") for field in FIELDS)


def _note(table: LineTable, place: int) -> str:
    if table.is_total(place):
        return "合计行，不算"
    cells = table.cells(place)
    if not (cells.get("medins_list_name") or cells.get("hilist_name")):
        return "没有项目名称"
    return "" if cells.get("det_item_fee_sumamt") else "没有金额"


def _summary(table: LineTable) -> str:
    """Say how many lines there are and what they add up to, as far as their amounts can be read."""
    lines = [table.cells(place) for place in range(len(table.rows)) if not table.is_total(place)]
    if not lines:
        return ""
    try:
        fen = sum(fen_from_text(cells.get("det_item_fee_sumamt") or "0") for cells in lines)
    except ValueError:
        return f"{len(lines)} 行，有的金额读不出来"
    return f"{len(lines)} 行，金额合计 {display(fen)} 元"
