"""What ``insurer simulate`` is given: choices on the command line, cases and years of claims."""

import csv
import io
import os
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from insurer.cli.options import refused
from insurer.kernel.errors import Invalid, Problem
from insurer.kernel.money import parse_yuan
from insurer.schemes.case_reading import CaseProblem, read_parameters
from insurer.schemes.pack_files import parameters, readings
from insurer.schemes.packdata import option_texts
from insurer.schemes.simulation import SimCase

if TYPE_CHECKING:
    from insurer.platform.db import UnitSession
    from insurer.schemes.bidding import YearOfClaims

_SHOWN = 20
_YEAR_COLUMNS = {"year": "year", "年度": "year", "person": "person", "人员": "person", "人员编号": "person",
                 "amount": "amount", "金额": "amount", "理赔金额": "amount"}  # fmt: skip


def writable(option: str, path: Path | None) -> None:
    """Refuse a file that could not be written, before anything is calculated."""
    if path is None:
        return
    if path.is_dir():
        raise refused(option, f"{path} 是文件夹，请写成文件名")
    folder = path.absolute().parent
    if not folder.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise refused(option, f"{path} 写不进去，请换一个已有的、可以写的文件夹")


def read_answers(given: Sequence[str]) -> dict[str, str]:
    """Read ``--reading name=value``; :class:`Invalid` names the option and what is allowed."""

    def check(name: str, value: str) -> None:
        reading = readings().get(name)
        if reading is None:
            raise refused("--reading", f"没有读法“{name}”，可用的有 {option_texts(tuple(readings()))}")
        if not reading.accepts(value):
            allowed = reading.free.replace("..", " 到 ") or option_texts(reading.options)
            raise refused("--reading", f"{name} 只能是 {allowed}")

    return _pairs("--reading", given, "class_b_first_pay=other", check)


def read_figures(scheme: str, given: Sequence[str]) -> dict[str, str]:
    """Read ``--parameter name=value``; :class:`Invalid` names the option and what is allowed."""
    known = parameters(scheme)

    def check(name: str, value: str) -> None:
        if name not in known:
            raise refused("--parameter", f"没有参数“{name}”，可用的有 {option_texts(tuple(known))}")
        try:
            read_parameters({"parameters": {name: value}}, known)
        except CaseProblem as problem:
            words = problem.message.partition(" / ")[0]
            raise refused("--parameter", f"{name}（{known[name].label}）{words}") from None

    return _pairs("--parameter", given, "other_covered_annual_limit=30000.00", check)


def _pairs(
    option: str, given: Sequence[str], example: str, check: Callable[[str, str], None]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, joint, value = (part.strip() for part in text.partition("="))
        if not joint or not name or not value:
            raise refused(option, f"“{text}”要写成 名称=取值，例如 {example}")
        if name in found:
            raise refused(option, f"{name} 写了两次，请只留一个取值")
        check(name, value)
        found[name] = value
    return found


def stored_cases(
    session: "UnitSession", scheme: str, first: int | None, last: int | None
) -> Iterator[SimCase]:
    """Yield the stored cases of these years, a person's together."""
    from insurer.claims.stored_cases import stored_documents

    for person, document in stored_documents(session, scheme=scheme, first=first, last=last):
        yield SimCase(person, document)


def generated_cases(count: int, seed: int, years: Sequence[int]) -> Iterator[SimCase]:
    """Yield ``count`` invented bills of every year, a person's together; the seed decides them."""
    from insurer.claims.records import read_record
    from insurer.samples.settlements import iter_settlements

    for year in years:
        made = iter_settlements(count, seed=seed, year=year)
        for certno, bills in groupby(made, key=lambda raw: raw["setlinfo"]["certno"]):
            records = [record for raw in bills if (record := read_record(raw, "")[0]) is not None]
            for record in sorted(records, key=lambda one: one.settled_on):
                facts = {key: value for key, value in record.facts.items() if key != "insutype"}
                document = {
                    "case_id": record.setl_id,
                    "kind": "claim",
                    "scheme": "changzhou-xinbei",
                    "person": {"insutype": "390", "roster": {str(year): {"on_previous_december": True}}},
                    "settlements": [{**facts, "feedetail": [line.facts for line in record.lines]}],
                }
                yield SimCase(f"{year}/{certno}", document)


def cases_of_file(path: Path, scheme: str) -> Iterator[SimCase]:
    """Yield the case documents of a JSONL file; those with the same ``person_id`` are one person's."""
    with path.open("rb") as source:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            where = f"{path.name} 第 {number} 行"
            try:
                document = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
            except ValueError:
                raise _wrong(where, "", "不是 JSON，请核对这一行") from None
            if not isinstance(document, dict):
                raise _wrong(where, "", "每一行要写成一个案件对象")
            if document.get("kind") != "claim":
                raise _wrong(where, "kind", "试算只用 claim 一种案件")
            if document.get("scheme") != scheme:
                raise _wrong(where, "scheme", f"和 --scheme 不同，请只放 {scheme} 的案件")
            person = document.get("person_id")
            yield SimCase(f"person {person}" if person else f"line {number}", document)


def _wrong(where: str, field: str, message: str) -> Invalid:
    problem = Problem(field, message, where)
    return Invalid(str(problem), (problem,))


def years_of_file(path: Path) -> "list[YearOfClaims]":
    """Read ``year, person, amount`` from a CSV (with its header) or JSONL file; problems name their row."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _wrong(path.name, "", "不是 UTF-8 文本，请另存为 UTF-8 再试") from None
    rows = _json_rows(text, path) if text.lstrip().startswith("{") else _csv_rows(text, path)
    problems: list[Problem] = []
    paid: dict[int, dict[str, int]] = {}
    for where, row in rows:
        found = _year_row(row, where, problems)
        if found is not None:
            year, person, fen = found
            people = paid.setdefault(year, {})
            people[person] = people.get(person, 0) + fen
    if problems:
        more = len(problems) - _SHOWN
        head = f"{path.name} 有 {len(problems)} 处要改" + (f"，先列出 {_SHOWN} 处" if more > 0 else "")
        raise Invalid(head, tuple(problems[:_SHOWN]))
    return _as_years({year: list(people.values()) for year, people in paid.items()}, path.name)


def stored_years(
    session: "UnitSession", scheme: str, first: int | None, last: int | None
) -> "list[YearOfClaims]":
    """Return the approved money of stored years: those chosen, or the last three that have any."""
    from insurer.claims.stored_cases import approved_amounts

    found = approved_amounts(session, scheme=scheme, first=first, last=last)
    chosen = sorted(found) if first is not None or last is not None else sorted(found)[-3:]
    return _as_years({year: found[year] for year in chosen}, "本系统")


def _as_years(paid: dict[int, list[int]], where: str) -> "list[YearOfClaims]":
    from insurer.schemes.bidding import YearOfClaims

    years = [
        YearOfClaims(year, tuple(fen for fen in amounts if fen > 0)) for year, amounts in sorted(paid.items())
    ]
    years = [year for year in years if year.amounts]
    if not years:
        raise _wrong(where, "--years", "没有已经补偿的年度，无法测算")
    return years


def _json_rows(text: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            where = f"{path.name} 第 {number} 行"
            try:
                row = orjson.loads(line)
            except ValueError:
                raise _wrong(where, "", "不是 JSON，请核对这一行") from None
            yield where, row if isinstance(row, dict) else {}


def _csv_rows(text: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    reader = csv.reader(io.StringIO(text))
    header = [_YEAR_COLUMNS.get(cell.strip(), "") for cell in next(reader, [])]
    missing = [name for name in ("year", "person", "amount") if name not in header]
    if missing:
        raise _wrong(
            f"{path.name} 第 1 行",
            missing[0],
            "缺少这一列，表头要有 year、person、amount（年度、人员、金额）",
        )
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield f"{path.name} 第 {reader.line_num} 行", dict(zip(header, cells, strict=False))


def _year_row(row: dict[str, Any], where: str, problems: list[Problem]) -> tuple[int, str, int] | None:
    before = len(problems)
    year, person = str(row.get("year", "")).strip(), str(row.get("person", "")).strip()
    if not (year.isascii() and year.isdigit() and 1990 <= int(year) <= 9998):
        problems.append(Problem("year", "年度要写成 2025 这样", where))
    if not person:
        problems.append(Problem("person", "缺少这一项，请补上（可以用序号代替姓名）", where))
    fen = 0
    try:
        fen = parse_yuan(str(row.get("amount", "")).strip())
    except ValueError as error:
        problems.append(Problem("amount", str(error), where))
    else:
        if fen < 0:
            problems.append(Problem("amount", "不能小于零", where))
    return None if len(problems) > before else (int(year), person, fen)
