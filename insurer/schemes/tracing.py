"""The trace of a calculation: every step with its clause, inputs and amount as text, and its replay.

Money steps make the ``trace``; yes/no and calendar steps (cover, checks) make the ``checks``, in the same
shape with ``value`` instead of ``amount``. Steps of a section that did not apply, and the support of a stop
that did not fire, are left out: they change nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from insurer.kernel.money import parse_yuan, to_yuan
from insurer.schemes.operations import NEVER, OPERATIONS, POINTS
from insurer.schemes.packdata import Parameter, Reading
from insurer.schemes.recording import Step
from insurer.schemes.running import Program


class ReplayDiffers(ValueError):
    """A stored step does not follow from its stored inputs."""


def rate_text(rate: tuple[int, int]) -> str:
    """Write an exact rate as a percentage when it is one (``50%``), else as a fraction."""
    percent = Fraction(rate[0] * 100, rate[1])
    if percent.denominator == 1:
        return f"{percent.numerator}%"
    for places in (1, 2, 3, 4):
        scaled = percent * 10**places
        if scaled.denominator == 1:
            whole, rest = divmod(abs(scaled.numerator), 10**places)
            return f"{'-' if scaled < 0 else ''}{whole}.{rest:0{places}d}%"
    return f"{rate[0]}/{rate[1]}"


def _rate_value(text: str) -> tuple[int, int]:
    rate = Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)
    return rate.numerator, rate.denominator


def _day_text(ordinal: int) -> str | None:
    return None if ordinal == NEVER else date.fromordinal(ordinal).isoformat()


def _column_text(column: Sequence[int]) -> list[str]:
    return [to_yuan(fen) for fen in column]


_TEXT: Mapping[str, Callable[[Any], Any]] = {
    "fen": to_yuan,
    "column": _column_text,
    "rate": rate_text,
    "points": lambda points: rate_text((points, POINTS)),
    "day": _day_text,
    "bool": bool,
    "code": str,
}


_PASSING = ("sub", "add", "pick")
"""Operations of a section that leave their first argument as it is when the section does not apply."""


class _Input(NamedTuple):
    """An argument: its name and label, and, when its section may not apply, what stands for it then."""

    name: str
    place: int
    label: str
    instead: tuple[tuple[int, int, str, str], ...] = ()


class _Entry(NamedTuple):
    place: int
    fixed: Mapping[str, Any]
    inputs: tuple[_Input, ...]
    moving: bool
    guards: tuple[int, ...]
    stops: tuple[int, ...]
    money: bool
    parameter: Parameter | None
    day: int


class Tracer:
    """Writes the trace of one program; everything that does not depend on the case is prepared once."""

    def __init__(self, program: Program, readings: Mapping[str, Reading], answers: Mapping[str, str]) -> None:
        self._texts = [_TEXT[step.unit] for step in program.steps]
        only_stops = _support_of_stops(program)
        self._entries: list[_Entry] = []
        for index, step in enumerate(program.steps):
            if (
                step.op in ("given", "constant")
                or step.unit == "rate"
                or (step.op == "at" and step.unit == "points")
            ):
                continue
            guards = [] if step.section is None else [program.place[step.section.number]]
            if step.stop or (step.args and all(arg.stop for arg in step.args)):
                guards.append(index)
            inputs = _named_inputs(step, program)
            dated = step.op == "at"
            self._entries.append(
                _Entry(
                    index,
                    _fixed(step, readings, answers),
                    inputs,
                    any(one.instead for one in inputs),
                    tuple(guards),
                    only_stops.get(step.number, ()),
                    step.unit in ("fen", "column"),
                    step.static if dated else None,
                    program.place[step.args[0].number] if dated else 0,
                )
            )

    def write(
        self,
        values: Sequence[Any],
        overrides: Mapping[str, Any],
        trace: list[dict[str, Any]],
        checks: list[dict[str, Any]],
        row: str = "",
    ) -> None:
        """Append the steps of one run to ``trace`` and ``checks``; ``row`` names their fee line."""
        texts = self._texts
        for place, fixed, inputs, moving, guards, stops, money, parameter, day in self._entries:
            if guards and not all(values[guard] for guard in guards):
                continue
            if stops and not any(values[stop] for stop in stops):
                continue
            entry = dict(fixed)
            if moving:
                named = [_standing(one, values) for one in inputs]
                entry["terms"] = [label for _, label in named]
                shown: dict[str, Any] = {}
                entry["inputs"] = shown
                for (name, _), one in zip(named, inputs, strict=True):
                    shown[_free(name, shown)] = texts[one.place](values[one.place])
            else:
                entry["inputs"] = {name: texts[at](values[at]) for name, at, _, _ in inputs}
            if row:
                entry["row"] = row
            if parameter is not None:
                entry["parameter"] = _origin(parameter, overrides, values[day])
            if money:
                entry["amount"] = texts[place](values[place])
                trace.append(entry)
            else:
                entry["value"] = texts[place](values[place])
                checks.append(entry)


def _standing(one: _Input, values: Sequence[Any]) -> tuple[str, str]:
    """Return the name and label of an argument: of what it equals when its section does not apply."""
    for guard, place, name, label in one.instead:
        if guard < 0 or values[guard]:
            return (name, label) if values[place] == values[one.place] else (one.name, one.label)
    return one.name, one.label


def _origin(parameter: Parameter, overrides: Mapping[str, Any], day: int) -> dict[str, str]:
    if parameter.name in overrides:
        return {"status": "case", "source": "case document"}
    found = parameter.on(day)
    return {"status": found.status, "source": found.source}


def _named_inputs(step: Step, program: Program) -> tuple[_Input, ...]:
    named: dict[str, _Input] = {}
    for arg in step.args:
        name = _free(arg.name, named)
        named[name] = _Input(name, program.place[arg.number], arg.label, _instead(arg, step, program))
    return tuple(named.values())


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """Return a name that no other input of the same step has: an argument may be used twice."""
    found, again = name, 2
    while found in taken:
        found, again = f"{name}#{again}", again + 1
    return found


def _instead(arg: Step, step: Step, program: Program) -> tuple[tuple[int, int, str, str], ...]:
    """Follow an argument through sections that may not apply to the step that it then equals."""
    chain = []
    while arg.section is not None and arg.section is not step.section and arg.op in _PASSING:
        chain.append((program.place[arg.section.number], program.place[arg.number], arg.name, arg.label))
        arg = arg.args[0]
    return (*chain, (-1, program.place[arg.number], arg.name, arg.label)) if chain else ()


def _fixed(step: Step, readings: Mapping[str, Reading], answers: Mapping[str, str]) -> dict[str, Any]:
    fixed: dict[str, Any] = {
        "clause": step.cite,
        "rule": step.name,
        "label": step.label,
        "op": step.op,
        "terms": [arg.label for arg in step.args],
    }
    if step.readings:
        fixed["readings"] = [
            {
                "name": name,
                "value": answers[name],
                "title": readings[name].title,
                "label": readings[name].answer_label(answers[name]),
                "input": step.args[place].name,
            }
            for place, name in step.readings
        ]
    if step.op in OPERATIONS and OPERATIONS[step.op].rounds:
        fixed["rounding"] = "half_up"
    if step.part:
        fixed["part"] = True
    if step.stop:
        fixed["stop"], fixed["code"] = step.stop
    return fixed


def _support_of_stops(program: Program) -> dict[int, tuple[int, ...]]:
    """Return, for every step on which only stops rest, the places of those stops."""
    reached: set[int] = set()
    waiting = list(program.sheet.results.values())
    while waiting:
        step = waiting.pop()
        if step.number not in reached and not step.stop:
            reached.add(step.number)
            waiting.extend(step.args)
    support: dict[int, tuple[int, ...]] = {}
    for place, stop in program.stops:
        waiting = list(stop.args)
        seen: set[int] = set()
        while waiting:
            step = waiting.pop()
            if step.number in seen or step.number in reached:
                continue
            seen.add(step.number)
            support[step.number] = (*support.get(step.number, ()), place)
            waiting.extend(step.args)
    return support


def _read(value: Any, op: str, position: int) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return [parse_yuan(text) for text in value]
    if op == "share" and position == 1:
        return _rate_value(value)
    return parse_yuan(value)


def replay(trace: Sequence[Mapping[str, Any]]) -> int:
    """Recompute every stored step from its stored inputs and return the last amount (the benefit) in fen.

    Also checks that an input named like an earlier step of the same row carries that step's amount.
    :class:`ReplayDiffers` names the first step that does not follow. An empty trace gives zero.
    """
    known: dict[tuple[str, str], Any] = {}
    last = 0
    for entry in trace:
        op, row = entry["op"], entry.get("row", "")
        for name, value in entry["inputs"].items():
            earlier = known.get((row, name), known.get(("", name), value))
            if earlier != value:
                raise ReplayDiffers(f"{entry['rule']}: {name} was {earlier}, used as {value}")
        last = parse_yuan(entry["amount"])
        if op != "at":
            inputs = [_read(value, op, place) for place, value in enumerate(entry["inputs"].values())]
            if OPERATIONS[op].scalar(*inputs) != last:
                raise ReplayDiffers(
                    f"{entry['rule']}: {entry['amount']} does not follow from {entry['inputs']}"
                )
        known[(row, entry["rule"])] = entry["amount"]
    return last
