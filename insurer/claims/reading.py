"""Reading a file of settlement records: JSON, JSONL or xlsx, always through text, never through floats."""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from insurer.claims.record_fields import VARIANTS
from insurer.claims.records import SettlementRecord, read_record
from insurer.kernel.errors import Invalid, Problem, TooLarge
from insurer.people.reading.gate import admit

MOST_RECORDS: Final = 20_000
"""Records in one delivery: what one transaction and one statement carry without strain."""
MOST_PROBLEMS: Final = 200
"""Problems told at once: nobody reads more, and a foreign file has one a row."""
UNREADABLE: Final = (ValueError, RecursionError)
"""What the parser raises for text that is no JSON, or JSON nested beyond all sense."""
MOST_DIGITS: Final = 10**15
"""From here on a number cell of a workbook has lost digits."""
NUMBERS: Final = frozenset(
    {"setl_id", "mdtrt_id", "bill_code", "bill_no", "check_code", "invono", "feedetl_sn", "init_feedetl_sn"}
    | {"reverses", *VARIANTS["reverses"]}
)
"""Columns that hold a number by which something is known; what we do not read may have lost digits."""
LENGTHS: Final = {"bill_code": 8, "bill_no": 10, "check_code": 6}
"""Digits of the numbers of an electronic invoice."""


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """One record of a file as it came, and what reading made of it: a record, or its problems.

    ``where`` is its place in the file, with the file's name. ``sheet_row`` tells rows of a workbook.
    """

    where: str
    raw: dict[str, Any]
    record: SettlementRecord | None
    problems: tuple[Problem, ...]
    sheet_row: bool


def read_settlements(content: bytes, filename: str) -> list[SettlementRecord]:
    """Read a file into records; :class:`Invalid` lists every problem with file, record and field."""
    reads = read_each(content, filename, most=MOST_RECORDS)
    problems = [problem for read in reads for problem in read.problems]
    if problems:
        told = tuple(problems[:MOST_PROBLEMS])
        raise Invalid(f"“{filename}”有 {len(problems)} 处要改，改好再传，这次没有写入", told)
    return [read.record for read in reads if read.record is not None]


def read_each(content: bytes, filename: str, *, most: int = MOST_RECORDS) -> list[ReadRecord]:
    """Read a file record by record, so that a bad one does not hide the others.

    :class:`Invalid` when the file as a whole cannot be read, :class:`TooLarge` beyond ``most`` records.
    """
    if not content.strip():
        raise Invalid(f"“{filename}”是空的，请重新选择文件")
    in_cells: dict[str, list[Problem]] = {}
    is_workbook = content[:2] == b"PK"
    if is_workbook:
        raws, in_cells = _from_workbook(content, filename)
    elif content[:4] == b"\xd0\xcf\x11\xe0":
        raise Invalid(f"“{filename}”是旧式或加密的工作簿，请另存为没有密码的 xlsx 再传")
    else:
        raws = _from_json(content, filename)
    if not raws:
        raise Invalid(f"“{filename}”里没有结算记录")
    if len(raws) > most:
        raise TooLarge(f"“{filename}”有 {len(raws)} 条结算记录，一次最多 {most} 条，请分几份再传")
    found = []
    for where, raw in raws:
        place = f"{filename} {where}"
        record, problems = read_record(raw, place)
        named = {problem.field for problem in in_cells.get(where, ())}
        problems = [*in_cells.get(where, ()), *(one for one in problems if one.field not in named)]
        found.append(ReadRecord(place, raw, None if problems else record, tuple(problems), is_workbook))
    return found


def _from_json(content: bytes, filename: str) -> list[tuple[str, dict[str, Any]]]:
    text = _decoded(content, filename)
    stripped = text.lstrip()
    if not stripped.startswith(("{", "[")):
        raise Invalid(f"“{filename}”不是 JSON、JSONL 或 xlsx 文件，请换一份再传")
    if stripped.startswith("["):
        return _array(stripped, filename)
    # not splitlines: that also cuts at the separators that a text inside a record may hold
    rows = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    found, problems = [], []
    for number, line in rows:
        try:
            found.append((f"第 {number} 行", _object(line)))
        except UNREADABLE:
            if number == rows[0][0] and (whole := _whole(stripped)) is not None:
                return [("第 1 条", whole)]  # one object written over many lines
            problems.append(Problem("", "不是完整的 JSON 对象，请改正", f"{filename} 第 {number} 行", "json"))
            if len(problems) == MOST_PROBLEMS:
                break
    if problems and not found:
        raise Invalid(f"“{filename}”不是完整的 JSON，请重新导出", tuple(problems[:1]))
    if problems:
        raise Invalid(f"“{filename}”有 {len(problems)} 行读不出来，改好再传，这次没有写入", tuple(problems))
    return found


def _decoded(content: bytes, filename: str) -> str:
    """Return the text of a file in UTF-8, or in the encoding of the older systems here."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(f"“{filename}”不是 JSON、JSONL 或 xlsx 文件，请换一份再传")


def _object(text: str) -> dict[str, Any]:
    """Parse one JSON object; numbers stay text so that no float ever stands for an amount."""
    value = json.loads(text, parse_float=str, parse_int=str)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _whole(text: str) -> dict[str, Any] | None:
    try:
        return _object(text)
    except UNREADABLE:
        return None


def _array(text: str, filename: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        values = json.loads(text, parse_float=str, parse_int=str)
    except UNREADABLE as error:
        raise Invalid(f"“{filename}”不是完整的 JSON，请重新导出") from error
    wrong = [number for number, value in enumerate(values, 1) if not isinstance(value, dict)]
    if wrong:
        problem = Problem("", "不是一条记录，请改正", f"{filename} 第 {wrong[0]} 条", "json")
        raise Invalid(f"“{filename}”里有读不懂的内容", (problem,))
    return [(f"第 {number} 条", value) for number, value in enumerate(values, 1)]


def _from_workbook(
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
