"""``insurer calculate``: case documents in, results out, one JSON object a line, without a database."""

import sys
from collections.abc import Iterator
from typing import IO, Any

import click
import orjson

from insurer.exclusions.check import check_lines
from insurer.schemes.calculate import calculate as calculate_case


@click.command(short_help="计算案件的补偿金额（不用数据库）/ calculate case documents")
@click.argument("file", default="-", metavar="[FILE|-]")
def calculate(file: str) -> None:
    """计算案件文件：每行一个 JSON 对象，或整个文件一个对象；结果每行一个，次序不变。

    Reads case documents (JSON object or JSONL) from FILE or standard input and writes one result a line, in
    the same order. Exit status 2 when a case could not be read; all other lines are answered all the same.
    """
    try:
        source = sys.stdin.buffer if file == "-" else open(file, "rb")  # noqa: SIM115 - stdin must stay open
    except OSError as error:
        click.echo(f"{file}：打不开文件，请检查路径和权限（{error.strerror}）", err=True)
        raise SystemExit(2) from None
    wrong = False
    out = sys.stdout.buffer
    try:
        for place, text in _documents(source):
            result = _answer(place, text)
            wrong = wrong or "error" in result
            out.write(orjson.dumps(result, default=str))
            out.write(b"\n")
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


def _answer(place: int, text: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(text)
    except ValueError:
        message = f"第 {place} 行不是 JSON，请核对这一行 / line {place} is not JSON"
        return {"case_id": None, "error": {"field": "", "message": message}}
    return calculate_case(document, check_lines)


def _documents(source: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield every document with the number of its first line; an object over several lines is one."""
    first = b""
    number = 0
    for line in source:
        number += 1
        if number == 1 and line.startswith(b"\xef\xbb\xbf"):
            line = line[3:]
        if line.strip():
            first = line
            break
    if not first:
        return
    if _complete(first):
        yield number, first
        for line in source:
            number += 1
            if line.strip():
                yield number, line
    else:
        yield number, first + source.read()


def _complete(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except ValueError:
        # A first line that only opens an object belongs to a document over several lines.
        return line.strip()[-1:] not in (b"{", b"[", b",", b":")
    return True
