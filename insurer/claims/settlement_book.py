"""The workbook of settlement records, opened with a real parser. Runs in a confined child only."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any, Final

import orjson
from python_calamine import CalamineError, CalamineWorkbook

from insurer.claims.record_fields import VARIANTS
from insurer.kernel.errors import Invalid, Problem
from insurer.people.reading.gate import admit
from insurer.platform.confined_orders import answer_order

MOST_PROBLEMS: Final = 200
"""Problems told at once: nobody reads more, and a foreign file has one a row."""
MOST_DIGITS: Final = 10**15
"""From here on a number cell of a workbook has lost digits."""
NUMBERS: Final = frozenset(
    {"setl_id", "mdtrt_id", "bill_code", "bill_no", "check_code", "invono", "feedetl_sn", "init_feedetl_sn"}
    | {"reverses", *VARIANTS["reverses"]}
)
"""Columns that hold a number by which something is known; what we do not read may have lost digits."""
LENGTHS: Final = {"bill_code": 8, "bill_no": 10, "check_code": 6}
"""Digits of the numbers of an electronic invoice."""


def answer(content: bytes, _argument: str) -> Iterator[bytes]:
    """Return the records of a workbook as JSON: each with its place, and what is wrong with its cells."""
    return answer_order(content, _act)


def _act(order: dict[str, Any], received: bytes) -> bytes:
    raws, cells = _records(received, order["filename"])
    wrong = {where: [asdict(one) for one in told] for where, told in cells.items() if told}
    return orjson.dumps({"raws": raws, "cells": wrong})


def _records(
    content: bytes, filename: str
) -> tuple[list[tuple[str, dict[str, Any]]], dict[str, list[Problem]]]:
    """Return the records of a workbook, and by record what is wrong with its cells."""
    admit(content, filename)
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        names = {name.strip().lower(): name for name in workbook.sheet_names}
        missing = [name for name in ("setlinfo", "feedetail") if name not in names]
        if missing:
            raise Invalid(f"“{filename}”里没有名为 {'、'.join(missing)} 的工作表，请按模板整理")
        rows = {
            name: _sheet(workbook, names[name], filename) if name in names else []
            for name in ("setlinfo", "feedetail", "setldetail")
        }
    except CalamineError as error:
        raise Invalid(f"“{filename}”打不开，可能没有传完或已损坏，请重新导出") from error
    heads = [(f"setlinfo 第 {row.number} 行", row) for row in rows["setlinfo"]]
    known = {row.values.get("setl_id", "") for row in rows["setlinfo"]}
    in_cells = {where: list(row.problems) for where, row in heads if row.problems}
    below = {}
    for name in ("feedetail", "setldetail"):
        below[name], wrong = _by_settlement(rows[name], name, known, filename)
        for where, head in heads:
            in_cells.setdefault(where, []).extend(wrong.get(head.values.get("setl_id", ""), ()))
    raws = [
        (
            where,
            {
                "setlinfo": row.values,
                **{name: found.get(row.values.get("setl_id", ""), []) for name, found in below.items()},
                **_beside(row.values),
            },
        )
        for where, row in heads
    ]
    return raws, in_cells


@dataclass(frozen=True, slots=True)
class _SheetRow:
    """One row of a sheet: its number, its filled cells as text, what is wrong with them."""

    number: int
    values: dict[str, Any]
    problems: tuple[Problem, ...]


def _by_settlement(
    rows: list[_SheetRow], sheet: str, known: set[str], filename: str
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[Problem]]]:
    """Return the rows of a lower sheet, and what is wrong with them, by settlement.

    Without a number they belong to the only one; :class:`Invalid` when some belong to none.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    wrong: dict[str, list[Problem]] = {}
    strays = []
    only = next(iter(known)) if len(known) == 1 else ""
    for row in rows:
        setl_id = row.values.get("setl_id", "") or only
        if setl_id not in known:
            where = f"{filename} {sheet} 第 {row.number} 行"
            message = "这一行的结算号在 setlinfo 里没有，请核对"
            strays.append(Problem("setl_id", message, where, "unknown"))
        found.setdefault(setl_id, []).append(row.values)
        wrong.setdefault(setl_id, []).extend(row.problems)
    if strays:
        told = tuple(strays[:MOST_PROBLEMS])
        raise Invalid(f"“{filename}”有 {len(strays)} 处要改，改好再传，这次没有写入", told)
    return found, wrong


def _sheet(workbook: CalamineWorkbook, name: str, filename: str) -> list[_SheetRow]:
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    if not rows:
        return []
    fields = [str(cell).strip().lower() for cell in rows[0]]
    found = []
    for number, row in enumerate(rows[1:], 2):
        cells = {field: cell for field, cell in zip(fields, row, strict=False) if field and cell != ""}
        where = f"{filename} {name} 第 {number} 行"
        message = "这一格是数字，后几位已经丢了，请把这一列改成文本格式再填"
        problems = tuple(
            Problem(field, message, where, "numeric_cell")
            for field, cell in cells.items()
            if _lost(field, cell)
        )
        values = {field: _cell(cell, LENGTHS.get(field, 0)) for field, cell in cells.items()}
        if values:
            found.append(_SheetRow(number, values, problems))
    return found


def _lost(field: str, cell: Any) -> bool:
    """Tell whether a cell holds a number whose last digits are gone, also when it still looks right."""
    number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return number and (field == "certno" or (field in NUMBERS and abs(cell) >= MOST_DIGITS))


def _cell(cell: Any, length: int) -> str:
    """Return a cell as text; a whole number that the sheet stores as a float loses its ``.0``.

    What has a fixed ``length`` gets back the zeros that a number cell cannot hold.
    """
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell).zfill(length)
    return str(cell).strip()


def _beside(row: dict[str, Any]) -> dict[str, Any]:
    """Return what the JSON form keeps beside ``setlinfo`` and a flat sheet keeps in columns."""
    beside: dict[str, Any] = {}
    if row.get("bill_no"):
        beside["invoice"] = {key: row.get(key, "") for key in ("bill_code", "bill_no", "check_code")}
    for payer in ("inclusive", "charity", "private"):
        if row.get(f"{payer}_unsplit"):
            beside.setdefault("later_payers", []).append({"payer": payer, "unsplit": row[f"{payer}_unsplit"]})
    stated = {
        part: row.get(f"fixmedins_{part}", "") for part in ("kind", "designated", "region", "in_county")
    }
    if any(stated.values()):
        beside["fixmedins"] = stated
    return beside
