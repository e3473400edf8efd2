"""Reading a file of settlement records: JSON, JSONL or xlsx, always through text, never through floats."""

import json
from dataclasses import dataclass
from typing import Any, Final

import orjson

from insurer.claims.records import SettlementRecord, read_record
from insurer.kernel.errors import Invalid, Problem, TooLarge
from insurer.platform.confined import GaveUp
from insurer.platform.confined_orders import ask_confined
from insurer.platform.settings import USUAL_READING, ReadingLimits

MOST_RECORDS: Final = 20_000
"""Records in one delivery: what one transaction and one statement carry without strain."""
MOST_PROBLEMS: Final = 200
"""Problems told at once: nobody reads more, and a foreign file has one a row."""
UNREADABLE: Final = (ValueError, RecursionError)
"""What the parser raises for text that is no JSON, or JSON nested beyond all sense."""
MOST_SECONDS: Final = 60
"""So long may reading a workbook take; 20,000 records are read in a few seconds."""
_CHILD: Final = "insurer.claims.settlement_book"


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


def read_settlements(
    content: bytes, filename: str, limits: ReadingLimits = USUAL_READING
) -> list[SettlementRecord]:
    """Read a file into records; :class:`Invalid` lists every problem with file, record and field."""
    reads = read_each(content, filename, limits)
    problems = [problem for read in reads for problem in read.problems]
    if problems:
        told = tuple(problems[:MOST_PROBLEMS])
        raise Invalid(f"“{filename}”有 {len(problems)} 处要改，改好再传，这次没有写入", told)
    return [read.record for read in reads if read.record is not None]


def read_each(
    content: bytes, filename: str, limits: ReadingLimits = USUAL_READING, *, most: int = MOST_RECORDS
) -> list[ReadRecord]:
    """Read a file record by record, so that a bad one does not hide the others.

    :class:`Invalid` when the file as a whole cannot be read, :class:`TooLarge` beyond ``most`` records.
    """
    if not content.strip():
        raise Invalid(f"“{filename}”是空的，请重新选择文件")
    in_cells: dict[str, list[Problem]] = {}
    is_workbook = content[:2] == b"PK"
    if is_workbook:
        raws, in_cells = _from_workbook(content, filename, limits)
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
    content: bytes, filename: str, limits: ReadingLimits
) -> tuple[list[tuple[str, dict[str, Any]]], dict[str, list[Problem]]]:
    """Return the records of a workbook, read in a limited child; by record what its cells lack."""
    try:
        answer = ask_confined(
            _CHILD,
            {"filename": filename},
            content,
            seconds=min(limits.seconds, MOST_SECONDS),
            megabytes=limits.memory_mb,
        )
    except GaveUp as error:
        raise TooLarge(
            f"“{filename}”读的时候用完了允许的内存或时间，没有收下。请分成几份，另存为 xlsx 后再传"
        ) from error
    found = orjson.loads(answer)
    wrong = {where: [Problem(**one) for one in told] for where, told in found["cells"].items()}
    return [(where, raw) for where, raw in found["raws"]], wrong
