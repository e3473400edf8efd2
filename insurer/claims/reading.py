"""Reading a file of settlement records: JSON, JSONL or xlsx, always through text, never through floats."""

import json
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from insurer.claims.records import SettlementRecord, read_record
from insurer.kernel.errors import Invalid, Problem
from insurer.people.reading.gate import admit


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
    records, problems = [], []
    for where, raw in raws:
        record, found = read_record(raw, f"{filename} {where}")
        problems.extend(found)
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
    rows = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    found, problems = [], []
    for number, line in rows:
        try:
            found.append((f"第 {number} 行", _object(line)))
        except ValueError:
            if number == rows[0][0]:  # one object written over many lines
                return [("第 1 条", _whole(stripped, filename))]
            problems.append(Problem("", "不是完整的 JSON 对象，请改正", f"{filename} 第 {number} 行", "json"))
    if problems:
        raise Invalid(f"“{filename}”有 {len(problems)} 行读不出来，改好再传，这次没有写入", tuple(problems))
    return found


def _object(text: str) -> dict[str, Any]:
    """Parse one JSON object; numbers stay text so that no float ever stands for an amount."""
    value = json.loads(text, parse_float=str, parse_int=str)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _whole(text: str, filename: str) -> dict[str, Any]:
    try:
        return _object(text)
    except ValueError as error:
        raise Invalid(f"“{filename}”不是完整的 JSON，请重新导出") from error


def _array(text: str, filename: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        values = json.loads(text, parse_float=str, parse_int=str)
    except ValueError as error:
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
        headers = _sheet(workbook, "setlinfo")
        lines = _sheet(workbook, "feedetail")
    except CalamineError as error:
        raise Invalid(f"“{filename}”打不开，可能没有传完或已损坏，请重新导出") from error
    by_settlement: dict[str, list[dict[str, Any]]] = {}
    for _, line in lines:
        by_settlement.setdefault(line.get("setl_id", ""), []).append(line)
    return [
        (
            f"setlinfo 第 {number} 行",
            {"setlinfo": row, "feedetail": by_settlement.get(row.get("setl_id", ""), []), **_beside(row)},
        )
        for number, row in headers
    ]


def _sheet(workbook: CalamineWorkbook, name: str) -> list[tuple[int, dict[str, Any]]]:
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    if not rows:
        return []
    fields = [str(cell).strip() for cell in rows[0]]
    found = []
    for number, row in enumerate(rows[1:], 2):
        values = {
            field: _cell(cell) for field, cell in zip(fields, row, strict=False) if field and cell != ""
        }
        if values:
            found.append((number, values))
    return found


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
    if row.get("fixmedins_name") or row.get("fixmedins_code"):
        beside["fixmedins"] = {
            "kind": "pharmacy" if row.get("fixmedins_code", "").startswith("P") else "hospital",
            "designated": row.get("fixmedins_designated", "1") not in ("0", "false"),
            "region": row.get("fixmedins_region") or "mainland",
            "name": row.get("fixmedins_name", ""),
            "code": row.get("fixmedins_code", ""),
        }
    return beside
