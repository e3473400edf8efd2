"""Running recorded sheets on one settlement: plain Python integers, one value a step."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from insurer.schemes.operations import NEVER, OPERATIONS, VOCABULARY_VERSION
from insurer.schemes.packdata import Parameter, Reading
from insurer.schemes.recording import Sheet, Step


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

    def run(self, inputs: Mapping[str, Any], overrides: Mapping[str, Any]) -> list[Any]:
        """Return one value a step, in order.

        ``overrides`` are the case's own parameters. :class:`KeyError` for an input that is missing,
        :class:`~insurer.schemes.packdata.NoParameter` for a day without a parameter.
        """
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
        return {name: values[index] for name, index in self.results.items()}

    def fired(self, values: Sequence[Any]) -> list[Step]:
        """Return the stops whose condition holds, in the order of the sheet."""
        return [step for index, step in self.stops if values[index]]


def content_of(
    scheme: str,
    sheets: Sequence[Sheet],
    parameters: Mapping[str, Parameter],
    readings: Mapping[str, Reading],
    answers: Mapping[str, str],
) -> dict[str, Any]:
    """Return everything that decides an amount as plain values: steps, parameters, readings in force."""
    return {
        "scheme": scheme,
        "vocabulary": VOCABULARY_VERSION,
        "sheets": {sheet.name: sheet.canonical() for sheet in sheets},
        "parameters": {
            name: [
                [
                    list(row.value) if isinstance(row.value, tuple) else row.value,
                    date.fromordinal(row.since).isoformat(),
                    None if row.until == NEVER else date.fromordinal(row.until).isoformat(),
                    row.source,
                    row.status,
                ]
                for row in parameter.rows
            ]
            for name, parameter in parameters.items()
        },
        "readings": {name: [answers[name], reading.status] for name, reading in readings.items()},
    }


def digest_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a pack's content in canonical JSON (sorted keys, no spaces, UTF-8)."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
