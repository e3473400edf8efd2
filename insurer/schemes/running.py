"""Running recorded sheets on one settlement: plain Python integers, one value a step."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from operator import itemgetter
from typing import Any

from insurer.schemes.compiling import Compiled, compile_values
from insurer.schemes.operations import NEVER, OPERATIONS, SURROUNDINGS_VERSION, VOCABULARY_VERSION
from insurer.schemes.packdata import Parameter, SchemeData
from insurer.schemes.recording import Sheet, Step

COMPILE_AFTER = 12
"""Runs after which a sheet is compiled: readings tried once are cheaper to interpret."""


def _look_up(table: Parameter, overrides: Mapping[str, Any], day: int) -> Any:
    if table.name in overrides:
        return overrides[table.name]
    return table.on(day).value


class Program:
    """A sheet made ready to run: values live in a list, one place a step."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.steps: Sequence[Step] = sheet.steps
        place = {step.number: index for index, step in enumerate(sheet.steps)}
        self.place = place
        self._given = [(place[step.number], step.name) for step in sheet.steps if step.op == "given"]
        self._start: list[Any] = [step.static if step.op == "constant" else None for step in sheet.steps]
        self._work: list[tuple[int, Callable[..., Any], tuple[int, ...], bool]] = []
        for index, step in enumerate(sheet.steps):
            args = tuple(place[arg.number] for arg in step.args)
            if step.op == "at":
                self._work.append((index, partial(_look_up, step.static), args, True))
            elif step.op not in ("given", "constant"):
                self._work.append((index, OPERATIONS[step.op].scalar, args, False))
        self.results = {name: place[step.number] for name, step in sheet.results.items()}
        self.stops = [(place[step.number], step) for step in sheet.stops]
        self.inputs = tuple(name for _, name in self._given)
        self._result_values = _values_at(tuple(self.results.values()))
        self._stop_values = _values_at(tuple(index for index, _ in self.stops))
        self._compiled: Compiled | None = None
        self._runs = 0

    def compiled(self) -> Compiled:
        """Return the straight-line form of the sheet; it is made once."""
        if self._compiled is None:
            self._compiled = compile_values(self.steps, self.place, f"sheet {self.sheet.name}")
        return self._compiled

    def run(self, inputs: Mapping[str, Any], overrides: Mapping[str, Any]) -> list[Any]:
        """Return one value a step, in order.

        ``overrides`` are the case's own parameters. :class:`KeyError` for an input that is missing,
        :class:`~insurer.schemes.packdata.NoParameter` for a day without a parameter.
        """
        if self._compiled is not None:
            return self._compiled(inputs, overrides)
        self._runs += 1
        if self._runs > COMPILE_AFTER:
            return self.compiled()(inputs, overrides)
        return self.interpret(inputs, overrides)

    def interpret(self, inputs: Mapping[str, Any], overrides: Mapping[str, Any]) -> list[Any]:
        """Return what :meth:`run` returns, step by step: the reference for the compiled form."""
        values = list(self._start)
        for index, name in self._given:
            values[index] = inputs[name]
        for index, function, args, dated in self._work:
            if dated:
                values[index] = function(overrides, values[args[0]])
            elif len(args) == 2:
                values[index] = function(values[args[0]], values[args[1]])
            else:
                values[index] = function(*[values[arg] for arg in args])
        return values

    def outcome(self, values: Sequence[Any]) -> dict[str, Any]:
        """Return the results of a run by name."""
        return dict(zip(self.results, self._result_values(values), strict=True))

    def fired(self, values: Sequence[Any]) -> list[Step]:
        """Return the stops whose condition holds, in the order of the sheet."""
        if not any(self._stop_values(values)):
            return []
        return [step for index, step in self.stops if values[index]]


def _values_at(places: tuple[int, ...]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Return what picks the values at some places, always as a sequence."""
    if len(places) < 2:
        return lambda values: [values[place] for place in places]
    return itemgetter(*places)


def content_of(
    scheme: str, sheets: Sequence[Sheet], data: SchemeData, answers: Mapping[str, str]
) -> dict[str, Any]:
    """Return everything that decides an amount as plain values: steps, figures, codes, readings in force.

    It is enough to run the sheets again: :func:`insurer.schemes.stored_packs.load_pack`.
    """
    return {
        "scheme": scheme,
        "vocabulary": VOCABULARY_VERSION,
        "surroundings": SURROUNDINGS_VERSION,
        "sheets": {sheet.name: sheet.canonical() for sheet in sheets},
        "results": {
            sheet.name: [[name, step.number] for name, step in sheet.results.items()] for sheet in sheets
        },
        "parameters": {
            name: [
                [
                    list(row.value) if isinstance(row.value, tuple) else row.value,
                    *_validity(row.since, row.until),
                    row.source,
                    row.status,
                ]
                for row in parameter.rows
            ]
            for name, parameter in data.parameters.items()
        },
        "codes": {
            name: [
                [
                    row.code,
                    row.label,
                    *_validity(row.since, row.until),
                    row.source,
                    row.status,
                    dict(row.facts),
                ]
                for row in table.rows
            ]
            for name, table in data.codes.items()
        },
        "readings": {
            name: [answers[name], reading.status, reading.title, reading.answer_label(answers[name])]
            for name, reading in data.readings.items()
        },
    }


def _validity(since: int, until: int) -> tuple[str, str | None]:
    return date.fromordinal(since).isoformat(), (
        None if until == NEVER else date.fromordinal(until).isoformat()
    )


def digest_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a pack's content in canonical JSON (sorted keys, no spaces, UTF-8)."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
