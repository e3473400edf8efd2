"""``insurer calculate``: case documents in, results out, one JSON object a line, without a database."""

import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

import click
import orjson

if TYPE_CHECKING:
    from insurer.schemes.line_check import LineCheck


@click.command(short_help="计算案件的补偿金额（不用数据库）/ calculate case documents")
@click.argument("file", default="-", metavar="[FILE|-]")
def calculate(file: str) -> None:
    """计算案件文件：每行一个 JSON 对象，或整个文件一个对象；结果每行一个，次序不变。

    Reads case documents (JSON object or JSONL) from FILE or standard input and writes one result a line, in
    the same order. Exit status 2 when a case could not be read; all other lines are answered all the same,
    and standard error names file, line and field.
    """
    try:
        source = sys.stdin.buffer if file == "-" else open(file, "rb")  # noqa: SIM115 - stdin must stay open
    except OSError as error:
        click.echo(f"{file}：打不开文件，请检查路径和权限（{error.strerror}）", err=True)
        raise SystemExit(2) from None
    from insurer.exclusions.check import check_lines  # the rules are read only when there is something to do

    name = "<stdin>" if file == "-" else file
    wrong = False
    out = sys.stdout.buffer
    try:
        for place, text in _documents(source):
            result = _answer(place, text, check_lines)
            out.write(orjson.dumps(result, default=str))
            out.write(b"\n")
            if "error" in result:
                wrong = True
                error_of = result["error"]
                click.echo(f"{name} 第 {place} 行 {error_of['field']}：{error_of['message']}", err=True)
    except BrokenPipeError:
        raise SystemExit(2) from None
    except OSError as error:
        click.echo(f"{file}：读不出来，请检查文件（{error.strerror}）", err=True)
        raise SystemExit(2) from None
    finally:
        if source is not sys.stdin.buffer:
            source.close()
    out.flush()
    if wrong:
        raise SystemExit(2)


def _answer(place: int, text: bytes, check_lines: "LineCheck") -> dict[str, Any]:
    from insurer.schemes.calculate import calculate as calculate_case

    try:
        document = orjson.loads(text)
    except ValueError:
        return _refused(place, *_unreadable(text))
    if not isinstance(document, dict):
        return _refused(place, "不是一个案件对象，请每行写一个 JSON 对象", "must be a JSON object")
    return calculate_case(document, check_lines)


def _unreadable(text: bytes) -> tuple[str, str]:
    try:
        text.decode()
    except UnicodeDecodeError:
        return "不是 UTF-8 编码，请转存为 UTF-8 后再计算", "is not UTF-8"
    return "不是 JSON，请核对这一行", "is not JSON"


def _refused(place: int, chinese: str, english: str) -> dict[str, Any]:
    message = f"第 {place} 行{chinese} / line {place} {english}"
    return {"case_id": None, "error": {"field": "line", "message": message}}


def _documents(source: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield every document with the number of its first line.

    A first line that only opens an object may begin a document over several lines; when the whole is none
    either, every line is answered for itself.
    """
    lines = enumerate(map(_without_mark, source), start=1)
    for number, line in lines:
        if not line.strip():
            continue
        if _complete(line):
            yield number, line
            break
        rest = source.read()
        if _is_json(line + rest):
            yield number, line + rest
        else:
            yield number, line
            lines = enumerate(map(_without_mark, rest.splitlines()), start=number + 1)
        break
    for number, line in lines:
        if line.strip():
            yield number, line


def _without_mark(line: bytes) -> bytes:
    """Take off the byte order mark, which stands inside where files were put together."""
    return line.removeprefix(b"\xef\xbb\xbf")


def _complete(line: bytes) -> bool:
    """Tell whether a line is a document, good or bad, and not the opening of one over several lines."""
    return _is_json(line) or line.strip()[-1:] not in (b"{", b"[", b",", b":")


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True
