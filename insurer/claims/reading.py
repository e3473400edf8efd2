"""Reading a file of settlement records: JSON, JSONL or xlsx, always through text, never through floats."""

import json
from io import BytesIO
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

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


def read_settlements(content: bytes, filename: str) -> list[SettlementRecord]:
    """Read a file into records; :class:`Invalid` lists every problem with file, record and field."""
    if not content.strip():
        raise Invalid(f"“{filename}”是空的，请重新选择文件")
    if content[:2] == b"PK":
        raws = _from_workbook(content, filename)
    elif content[:4] == b"\xd0\xcf\x11\xe0":
        raise Invalid(f"“{filename}”是旧式或加密的工作簿，请另存为没有密码的 xlsx 再传")
    else:
        raws = _from_json(content, filename)
    if not raws:
        raise Invalid(f"“{filename}”里没有结算记录")
    if len(raws) > MOST_RECORDS:
        raise TooLarge(f"“{filename}”有 {len(raws)} 条结算记录，一次最多 {MOST_RECORDS} 条，请分几份再传")
    records, problems = [], []
    for where, raw in raws:
        record, found = read_record(raw, f"{filename} {where}")
        problems.extend(found)
        if len(problems) >= MOST_PROBLEMS:
            break
        if record is not None:
            records.append(record)
    if problems:
        raise Invalid(f"“{filename}”有 {len(problems)} 处要改，改好再传，这次没有写入", tuple(problems))
    return records


def _from_json(content: bytes, filename: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"“{filename}”不是 JSON、JSONL 或 xlsx 文件，请换一份再传") from error
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


def _from_workbook(content: bytes, filename: str) -> list[tuple[str, dict[str, Any]]]:
    admit(content, filename)
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        names = workbook.sheet_names
        missing = [name for name in ("setlinfo", "feedetail") if name not in names]
        if missing:
            raise Invalid(f"“{filename}”里没有名为 {'、'.join(missing)} 的工作表，请按模板整理")
        problems: list[Problem] = []
        headers = _sheet(workbook, "setlinfo", filename, problems)
        lines = _sheet(workbook, "feedetail", filename, problems)
    except CalamineError as error:
        raise Invalid(f"“{filename}”打不开，可能没有传完或已损坏，请重新导出") from error
    known = {row.get("setl_id", "") for _, row in headers}
    by_settlement: dict[str, list[dict[str, Any]]] = {}
    for number, line in lines:
        setl_id = line.get("setl_id", "")
        if setl_id not in known:
            where = f"{filename} feedetail 第 {number} 行"
            message = "这一行的结算号在 setlinfo 里没有，请核对"
            problems.append(Problem("setl_id", message, where, "unknown"))
        by_settlement.setdefault(setl_id, []).append(line)
    if problems:
        told = tuple(problems[:MOST_PROBLEMS])
        raise Invalid(f"“{filename}”有 {len(problems)} 处要改，改好再传，这次没有写入", told)
    return [
        (
            f"setlinfo 第 {number} 行",
            {"setlinfo": row, "feedetail": by_settlement.get(row.get("setl_id", ""), []), **_beside(row)},
        )
        for number, row in headers
    ]


def _sheet(
    workbook: CalamineWorkbook, name: str, filename: str, problems: list[Problem]
) -> list[tuple[int, dict[str, Any]]]:
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    if not rows:
        return []
    fields = [str(cell).strip() for cell in rows[0]]
    found = []
    for number, row in enumerate(rows[1:], 2):
        cells = {field: cell for field, cell in zip(fields, row, strict=False) if field and cell != ""}
        for field, cell in cells.items():
            if _lost(field, cell):
                message = "这一格是数字，后几位已经丢了，请把这一列改成文本格式再填"
                where = f"{filename} {name} 第 {number} 行"
                problems.append(Problem(field, message, where, "numeric_cell"))
        values = {field: _cell(cell) for field, cell in cells.items()}
        if values:
            found.append((number, values))
    return found


def _lost(field: str, cell: Any) -> bool:
    """Tell whether a cell holds a number whose last digits are gone, also when it still looks right."""
    number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return number and (field == "certno" or abs(cell) >= MOST_DIGITS)


def _cell(cell: Any) -> str:
    """Return a cell as text; a whole number that the sheet stores as a float loses its ``.0``."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _beside(row: dict[str, Any]) -> dict[str, Any]:
    """Return what the JSON form keeps beside ``setlinfo`` and a flat sheet keeps in columns."""
    beside: dict[str, Any] = {}
    if row.get("bill_no"):
        beside["invoice"] = {key: row.get(key, "") for key in ("bill_code", "bill_no", "check_code")}
    for payer in ("inclusive", "charity", "private"):
        if row.get(f"{payer}_unsplit"):
            beside.setdefault("later_payers", []).append({"payer": payer, "unsplit": row[f"{payer}_unsplit"]})
    if row.get("fixmedins_designated") or row.get("fixmedins_region"):
        beside["fixmedins"] = {
            "designated": row.get("fixmedins_designated", ""),
            "region": row.get("fixmedins_region", ""),
        }
    return beside
