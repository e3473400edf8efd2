"""The TOML files of the packs, read and checked: whatever is wrong names its file and row.

Refused when the data is loaded: floats, unknown units and statuses, a figure without a source, two values or
no value on a day, a category without a rate, a rate without a category.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Any, NamedTuple

from insurer.schemes.operations import NEVER
from insurer.schemes.packdata import (
    READING_STATUSES,
    STATUSES,
    BadPack,
    Clause,
    Code,
    CodeTable,
    Parameter,
    ParameterRow,
    Reading,
    SchemeData,
    parse_value,
)

RATE_OF = "rate_"
"""A parameter ``rate_<code>`` is the rate of a category; every category has exactly one on every day."""

_ROW_FIELDS = frozenset({"code", "label", "from", "until", "source", "status", "verified_through"})


class _Place(NamedTuple):
    """Where something stands: the file, the line of its heading, its name, and which row of it."""

    file: str
    line: int
    name: str
    row: int = 0

    def refuse(self, message: str) -> BadPack:
        row = f" 第 {self.row} 行取值" if self.row else ""
        return BadPack(f"{self.file} 第 {self.line} 行 {self.name}{row}：{message}")


class _File:
    """One TOML file: its content, and the lines of its headings for messages."""

    def __init__(self, place: Traversable) -> None:
        self.name = f"{place.parent.name}/{place.name}" if hasattr(place, "parent") else place.name
        text = place.read_text(encoding="utf-8")
        self._lines = text.splitlines()
        try:
            self.content: Mapping[str, Any] = tomllib.loads(text, parse_float=self._no_float)
        except tomllib.TOMLDecodeError as error:
            raise BadPack(f"{self.name}：不是 TOML，{error}") from None

    def _no_float(self, text: str) -> Any:
        bare = re.compile(rf'(?<!["\d.]){re.escape(text)}(?!["\d])')
        line = next((number for number, line in enumerate(self._lines, 1) if bare.search(line)), 1)
        raise BadPack(f'{self.name} 第 {line} 行：{text} 是小数，数字要写成文本，例如 "{text}"')

    def place(self, heading: str, number: int = 1, row: int = 0) -> _Place:
        """Return where the ``number``-th heading of this text stands."""
        lines = [place for place, line in enumerate(self._lines, 1) if line.strip() == heading]
        return _Place(self.name, lines[number - 1] if len(lines) >= number else 1, heading, row)


@cache
def scheme_data(scheme: str) -> SchemeData:
    """Return the data of a scheme of the package; :class:`BadPack` when a file is wrong."""
    return load_scheme(scheme, resources.files("insurer.schemes").joinpath("data"))


def load_scheme(scheme: str, folder: Traversable) -> SchemeData:
    """Read a scheme's files below ``folder`` and check them; :class:`BadPack` names file and row."""
    own = folder.joinpath(scheme.replace("-", "_"))
    figures = _File(own.joinpath("parameters.toml"))
    since = figures.content.get("since")
    if not isinstance(since, date):
        raise BadPack(f"{figures.name}：缺少 since，请写明方案从哪一天起有数")
    start = since.toordinal()
    parameters = {
        name: _parameter(name, raw, figures.place(f"[parameter.{name}]"), start)
        for name, raw in figures.content.get("parameter", {}).items()
    }
    codes: dict[str, CodeTable] = {}
    for place in (folder.joinpath("codes.toml"), own.joinpath("codes.toml")):
        if place.is_file():
            codes |= _code_tables(_File(place), start)
    _every_category_has_a_rate(codes.get("category"), parameters, figures)
    return SchemeData(
        scheme,
        start,
        _clauses(_File(own.joinpath("clauses.toml"))),
        parameters,
        codes,
        load_readings(folder.joinpath("readings.toml")),
    )


def _clauses(file: _File) -> dict[str, Clause]:
    found: dict[str, Clause] = {}
    for number, row in enumerate(file.content["clause"], 1):
        if row["id"] in found:
            raise file.place("[[clause]]", number).refuse(f"{row['id']} 出现两次")
        found[row["id"]] = Clause(row["id"], row["document"], row["gist"])
    return found


def _parameter(name: str, raw: Mapping[str, Any], place: _Place, start: int) -> Parameter:
    unit = raw.get("unit")
    if unit not in ("fen", "rate", "points"):
        raise place.refuse(f"单位“{unit}”不认识，只能是 fen、rate、points")
    rows = []
    for number, row in enumerate(raw.get("values", ()), 1):
        here = place._replace(row=number)
        since, until = _validity(row, here)
        try:
            value = parse_value(unit, row.get("value"))
        except ValueError as error:
            raise here.refuse(str(error)) from None
        through = str(row.get("verified_through", ""))
        rows.append(ParameterRow(value, since, until, row["source"], row["status"], through))
    _one_on_every_day([(row.since, row.until) for row in rows], place, start)
    return Parameter(name, raw["label"], unit, tuple(sorted(rows, key=lambda row: row.since)))


def _validity(row: Mapping[str, Any], place: _Place) -> tuple[int, int]:
    """Return the days of a row; its source and status must be known."""
    if row.get("status") not in STATUSES or not row.get("source"):
        raise place.refuse(f"要写明来源和状态，状态只能是 {'、'.join(STATUSES)}")
    since, until = row.get("from"), row.get("until")
    if not isinstance(since, date) or not isinstance(until, date | None):
        raise place.refuse("from 和 until 要写成日期，例如 2026-01-01")
    days = since.toordinal(), NEVER if until is None else until.toordinal()
    if days[0] >= days[1]:
        raise place.refuse(f"在 {since} 开始之前就结束了")
    return days


def _one_on_every_day(days: Sequence[tuple[int, int]], place: _Place, start: int) -> None:
    """Refuse two values on a day, and a day without one from the scheme's first day on."""
    if not days:
        raise place.refuse("没有取值")
    ordered = sorted(enumerate(days, 1), key=lambda item: item[1])
    number, (first, _) = ordered[0]
    if first > start:
        raise place._replace(row=number).refuse(f"{_day(start)} 至 {_day(first - 1)} 没有取值")
    for (_, (_, until)), (number, (since, _)) in pairwise(ordered):
        if until > since:
            raise place._replace(row=number).refuse(f"{_day(since)} 有两个取值")
        if until < since:
            raise place._replace(row=number).refuse(f"{_day(until)} 至 {_day(since - 1)} 没有取值")
    number, (_, until) = ordered[-1]
    if until < NEVER:
        raise place._replace(row=number).refuse(f"{_day(until)} 起没有取值")


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


def _code_tables(file: _File, start: int) -> dict[str, CodeTable]:
    found: dict[str, CodeTable] = {}
    for name, rows in file.content.items():
        codes = []
        days: dict[str, list[tuple[int, int]]] = {}
        places: dict[str, _Place] = {}
        for number, row in enumerate(rows, 1):
            place = file.place(f"[[{name}]]", number)._replace(name=f"[[{name}]] {row.get('code')}")
            if not row.get("code") or not row.get("label"):
                raise place.refuse("要写明 code 和 label")
            since, until = _validity(row, place)
            facts = {
                key: str(value) for key, value in row.items() if key not in _ROW_FIELDS | {"code", "label"}
            }
            codes.append(Code(row["code"], row["label"], since, until, row["source"], row["status"], facts))
            days.setdefault(row["code"], []).append((since, until))
            places.setdefault(row["code"], place)
        for code, spans in days.items():
            _one_on_every_day(spans, places[code], max(start, min(since for since, _ in spans)))
        found[name] = CodeTable(name, tuple(codes))
    return found


def _every_category_has_a_rate(
    table: CodeTable | None, parameters: Mapping[str, Parameter], file: _File
) -> None:
    categories = tuple(table.labels) if table else ()
    for code in categories:
        if RATE_OF + code not in parameters:
            raise BadPack(f"{file.name}：人员类别“{code}”没有比例，请补上 [parameter.{RATE_OF}{code}]")
    for name in parameters:
        if name.startswith(RATE_OF) and name.removeprefix(RATE_OF) not in categories:
            raise file.place(f"[parameter.{name}]").refuse("人员类别表里没有这一类")


def load_readings(place: Traversable) -> dict[str, Reading]:
    """Read the readings; :class:`BadPack` names the one that is wrong."""
    file = _File(place)
    return {
        name: _reading(name, raw, file.place(f"[reading.{name}]"))
        for name, raw in file.content["reading"].items()
    }


def _reading(name: str, raw: Mapping[str, Any], place: _Place) -> Reading:
    missing = [
        key for key in ("title", "clause", "question", "chosen", "basis", "status") if not raw.get(key)
    ]
    if missing:
        raise place.refuse(f"缺少 {'、'.join(missing)}")
    options = raw.get("options", {})
    found = Reading(
        name=name,
        title=raw["title"],
        clause=raw["clause"],
        question=raw["question"],
        options=tuple(options),
        option_labels=tuple(options.values()),
        chosen=raw["chosen"],
        basis=raw["basis"],
        status=raw["status"],
        free=raw.get("range", ""),
    )
    if found.status not in READING_STATUSES:
        raise place.refuse(f"状态只能是 {'、'.join(READING_STATUSES)}")
    if not found.accepts(found.chosen):
        raise place.refuse(f"采用的取值“{found.chosen}”不在可选的取值里")
    return found


def clauses(scheme: str) -> Mapping[str, Clause]:
    """Return the clauses and controls of a scheme by id."""
    return scheme_data(scheme).clauses


def parameters(scheme: str) -> Mapping[str, Parameter]:
    """Return the dated parameters of a scheme by name."""
    return scheme_data(scheme).parameters


def code_table(scheme: str, name: str) -> CodeTable:
    """Return a code table of a scheme."""
    return scheme_data(scheme).codes[name]


@cache
def readings() -> Mapping[str, Reading]:
    """Return every known reading by name; all kinds of case accept all of them."""
    return load_readings(resources.files("insurer.schemes").joinpath("data", "readings.toml"))


class AmbiguousPlace(NamedTuple):
    """A place of the register: its readings, or where it lives when no amount depends on it."""

    number: str
    question: str
    readings: tuple[str, ...]
    lives: str


def register() -> list[AmbiguousPlace]:
    """Return the register of ambiguous places; :class:`BadPack` names one that nothing answers."""
    file = _File(resources.files("insurer.schemes").joinpath("data", "register.toml"))
    found = []
    for number, row in enumerate(file.content["place"], 1):
        place = AmbiguousPlace(row["number"], row["question"], tuple(row["readings"]), row["lives"])
        unknown = [name for name in place.readings if name not in readings()]
        if unknown or not (place.readings or place.lives):
            raise file.place("[[place]]", number).refuse(f"没有这样的读法，也没有写明在哪里：{unknown}")
        found.append(place)
    return found


def readings_in_force(
    overrides: Mapping[str, str], known: Mapping[str, Reading] | None = None
) -> dict[str, str]:
    """Return the answer of every reading: the default unless overridden (already checked)."""
    every = readings() if known is None else known
    return {name: overrides.get(name, reading.chosen) for name, reading in every.items()}
