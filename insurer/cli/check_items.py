"""``insurer check-items``: the exclusion check of fee lines, one JSON object a line in and out.

Lines are answered as they come, in order; nothing is stored and no database is needed. Prices and counts are
read as text, so that a JSON number keeps the digits it was written with.
"""

import gc
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, BinaryIO

import click
import orjson

from insurer.exclusions.check import check_item
from insurer.schemes.line_check import BillFacts

_HOSPITAL = BillFacts()


class _Refused(Exception):
    """One input line that cannot be judged: the field at fault and a Chinese sentence."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def _refuse_constant(text: str) -> Any:
    raise ValueError(text)


_DECODER = json.JSONDecoder(parse_float=str, parse_constant=_refuse_constant)


def _object(raw: bytes) -> dict[str, Any]:
    """Read one line; a number with decimals keeps the digits it was written with."""
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _exact_object(raw)
    if not isinstance(found, dict) or any(type(value) is float for value in found.values()):
        return _exact_object(raw)
    return found


def _exact_object(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise _Refused("line", "这一行不是 UTF-8 编码，请转存为 UTF-8 后再检查") from None
    try:
        found = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise _Refused("line", "这一行不是 JSON，请每行写一个 JSON 对象") from None
    if not isinstance(found, dict):
        raise _Refused("line", '这一行不是 JSON 对象，请写成 {"medins_list_name": …} 这样')
    return found


def _bill(line: Mapping[str, Any]) -> BillFacts:
    """Take the facts of the bill that a line may carry itself: visit kind, pharmacy, dual channel."""
    place = line.get("fixmedins")
    kind = place.get("kind") if isinstance(place, Mapping) else None
    if not line.get("med_type") and kind != "pharmacy":
        return _HOSPITAL
    return BillFacts(
        med_type=str(line.get("med_type") or ""),
        institution_kind="pharmacy" if kind == "pharmacy" else "hospital",
        dual_channel=line.get("dual_channel") is True,
    )


def _answer(line: Mapping[str, Any]) -> dict[str, Any]:
    name = line.get("medins_list_name")
    if name is None:
        raise _Refused("medins_list_name", "缺少项目名称，请补上 medins_list_name")
    if not isinstance(name, str) or not name.strip():
        raise _Refused("medins_list_name", "项目名称要写成文字，请补上 medins_list_name")
    verdict = check_item(line, _bill(line))
    return {
        "id": line.get("id"),
        "decision": verdict.decision,
        "code": verdict.code,
        "clause": verdict.clause,
        "matched": verdict.matched,
        "because": verdict.because,
    }


def _written(answer: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # half a character, or an id with a number beyond 64 bits, given back as it came
        return json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def answer_all(stream: Iterable[bytes], out: BinaryIO, complain: Callable[[int, str, str], None]) -> bool:
    """Answer every line that has content, in order; tell whether all could be read.

    A line that cannot be judged answers with ``error``; ``complain`` gets its number, field and sentence.
    """
    read_all = True
    for number, raw in enumerate(stream, start=1):
        if not raw.strip():
            continue
        line: dict[str, Any] = {}
        try:
            line = _object(raw)
            answer = _answer(line)
        except _Refused as refused:
            read_all = False
            answer = {"id": line.get("id"), "error": {"field": refused.field, "message": refused.message}}
            complain(number, refused.field, refused.message)
        out.write(_written(answer))
    return read_all


@click.command("check-items")
@click.argument("file", type=click.File("rb"), default="-", metavar="[FILE|-]")
def check_items(file: BinaryIO) -> None:
    """逐行检查费用明细是否属于除外项目（JSONL 进、JSONL 出）.

    Check fee lines against the exclusions of the policy: one JSON object a line in, one answer a line out.
    Exit status 2 when a line could not be read; all other lines are answered all the same.
    """
    name = getattr(file, "name", "-")

    def complain(number: int, field: str, message: str) -> None:
        click.echo(f"{name} 第 {number} 行 {field}：{message}", err=True)

    gc.set_threshold(100_000, 50, 100)  # answers come and go without cycles: look for garbage rarely
    read_all = answer_all(file, sys.stdout.buffer, complain)
    sys.stdout.buffer.flush()
    if not read_all:
        click.get_current_context().exit(2)
