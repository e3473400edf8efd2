"""The trace of a calculation: every step with its clause, inputs and amount as text, and its replay.

Money steps make the ``trace``; yes/no and calendar steps (cover, checks) make the ``checks``, in the same
shape with ``value`` instead of ``amount``. Steps of a section that did not apply, and the support of a stop
that did not fire, are left out: they change nothing.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from insurer.kernel.money import parse_yuan
from insurer.schemes.operations import OPERATIONS
from insurer.schemes.packdata import Reading
from insurer.schemes.recording import Step
from insurer.schemes.running import COMPILE_AFTER, Program
from insurer.schemes.trace_writing import TEXTS, Entry, Input, Writer, compile_writer, free_name, origin_of


class ReplayDiffers(ValueError):
    """A stored step does not follow from its stored inputs."""


def _rate_value(text: str) -> tuple[int, int]:
    rate = Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)
    return rate.numerator, rate.denominator


_PASSING = ("sub", "add", "pick")
"""Operations of a section that leave their first argument as it is when the section does not apply."""


class Tracer:
    """Writes the trace of one program; everything that does not depend on the case is prepared once."""

    def __init__(self, program: Program, readings: Mapping[str, Reading], answers: Mapping[str, str]) -> None:
        self._name = program.sheet.name
        self._units = [step.unit for step in program.steps]
        self._writers: dict[bool, Writer] = {}
        self._runs = 0
        self._texts = [TEXTS[step.unit] for step in program.steps]
        only_stops = _support_of_stops(program)
        self._entries: list[Entry] = []
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
            dated = _dated(step)
            self._entries.append(
                Entry(
                    index,
                    _fixed(step, readings, answers),
                    inputs,
                    any(one.instead for one in inputs),
                    tuple(guards),
                    only_stops.get(step.number, ()),
                    step.unit in ("fen", "column"),
                    None if dated is None else dated.static,
                    0 if dated is None else program.place[dated.args[0].number],
                )
            )

    def writer(self, *, with_row: bool) -> Writer:
        """Return the straight-line form for a sheet run on its own or on one of many rows; made once."""
        made = self._writers.get(with_row)
        if made is None:
            title = f"trace of {self._name}"
            made = compile_writer(self._entries, self._units, title, with_row=with_row)
            self._writers[with_row] = made
        return made

    def write(
        self,
        values: Sequence[Any],
        overrides: Mapping[str, Any],
        trace: list[dict[str, Any]],
        checks: list[dict[str, Any]],
        row: str = "",
    ) -> None:
        """Append the steps of one run to ``trace`` and ``checks``; ``row`` names their fee line."""
        self._runs += 1
        if self._runs > COMPILE_AFTER:
            self.writer(with_row=bool(row))(values, overrides, trace, checks, row)
        else:
            self.interpret(values, overrides, trace, checks, row)

    def interpret(
        self,
        values: Sequence[Any],
        overrides: Mapping[str, Any],
        trace: list[dict[str, Any]],
        checks: list[dict[str, Any]],
        row: str = "",
    ) -> None:
        """Do what :meth:`write` does entry by entry: the reference for the compiled form."""
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
                    shown[free_name(name, shown)] = texts[one.place](values[one.place])
            else:
                entry["inputs"] = {name: texts[at](values[at]) for name, at, _, _ in inputs}
            if row:
                entry["row"] = row
            if parameter is not None:
                entry["parameter"] = origin_of(parameter, overrides, values[day])
            if money:
                entry["amount"] = texts[place](values[place])
                trace.append(entry)
            else:
                entry["value"] = texts[place](values[place])
                checks.append(entry)


def _dated(step: Step) -> Step | None:
    """Return the dated figure that an entry tells the origin of: its own, or the rate of a share."""
    rates = (arg for arg in step.args[1:] if step.op == "share" and arg.op == "at")
    return step if step.op == "at" else next(rates, None)


def _standing(one: Input, values: Sequence[Any]) -> tuple[str, str]:
    """Return the name and label of an argument: of what it equals when its section does not apply."""
    for guard, place, name, label in one.instead:
        if guard < 0 or values[guard]:
            return (name, label) if values[place] == values[one.place] else (one.name, one.label)
    return one.name, one.label


def _named_inputs(step: Step, program: Program) -> tuple[Input, ...]:
    named: dict[str, Input] = {}
    for arg in step.args:
        name = free_name(arg.name, named)
        named[name] = Input(name, program.place[arg.number], arg.label, _instead(arg, step, program))
    return tuple(named.values())


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
