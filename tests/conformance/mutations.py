"""Mutants of recorded steps, and the judges that should notice them.

A mutant changes one step of one sheet: other operands, a sibling operation, another constant or rate, an
exception dropped. A judge is a case document with something that tells whether its result is right: the
figures of a worked case, or a second implementation of the scheme.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from insurer.schemes.operations import CALENDAR, OPERATIONS, POINTS, calendar
from insurer.schemes.recording import Step
from insurer.schemes.running import Program
from insurer.schemes.tracing import Tracer

Work = Callable[..., Any]
SIBLINGS: Mapping[str, str] = {
    "add": "sub",
    "sub": "add",
    "min": "max",
    "max": "min",
    "at_least": "more_than",
    "more_than": "at_least",
    "all_of": "any_of",
    "any_of": "all_of",
}
SWAPPED = ("sub", "at_least", "more_than")


class Mutant(NamedTuple):
    """One change of one step: the work that replaces the operation's."""

    scheme: str
    sheet: str
    step: str
    change: str
    work: Work


class Run(NamedTuple):
    """One run of a sheet inside a case: the values of the steps by name."""

    program: Program
    values: list[Any]


@dataclass
class Judge:
    """A document, how it is judged, and what ran inside it."""

    name: str
    document: Mapping[str, Any]
    notices: Callable[[], bool]
    runs: list[Run] = field(default_factory=list)


def mutants_of(scheme: str, sheet: str, step: Step) -> Iterator[Mutant]:
    """Yield the changes of a step that its operation allows."""
    for change, work in _changes(step):
        yield Mutant(scheme, sheet, step.name, change, work)


def _changes(step: Step) -> Iterator[tuple[str, Work]]:
    op, count = step.op, len(step.args)
    if op == "given":
        return
    if op == "constant":
        yield "another value", lambda: _other(step.static, step.unit)
        return
    if op == "at":
        yield "another figure", lambda value: _other(value, step.unit)
        return
    scalar = OPERATIONS[op].scalar
    if step.stop is not None:
        yield "never stops", lambda *args: False
        return
    if op in SIBLINGS and count > 1:
        yield f"becomes {SIBLINGS[op]}", OPERATIONS[SIBLINGS[op]].scalar
    if op in SWAPPED:
        yield "operands swapped", lambda one, two, *rest: scalar(two, one, *rest)
    if op in ("add", "sub", "min", "max", "all_of", "any_of") and count > 1:
        for place in range(count):
            if op in ("add", "sub") and step.args[place].static == 0:
                continue  # adding or taking off zero is no change
            yield f"without {step.args[place].name}", _without(scalar, place)
    if op == "pick":
        for place in range(1, count, 2):
            yield f"without the exception of {step.args[place].name}", _without_pair(scalar, place)
    if op in ("share", "prorata"):
        yield "not taken", lambda fen, *rest: fen
        yield "one fen less", lambda *args: scalar(*args) - 1
    if op == "share":
        yield "rounded down", _floor
    if op == "prorata":
        yield "part and whole swapped", lambda fen, part, whole: scalar(fen, whole, part)
        yield "rounded down", lambda fen, part, whole: fen * part // whole if whole > 0 else 0
    if op in ("min", "max") and count == 1:
        yield "one more", lambda value: value + 1
    if op in ("total", "gap"):
        yield "one fen more", lambda *args: scalar(*args) + 1
    if op in ("same", "negate"):
        yield "the contrary", lambda *args: not scalar(*args)
    if op == "gap":
        yield "without its sign", lambda one, two: one - two
    if op == "calendar":
        own = step.args[1].static
        for which in (name for name in CALENDAR if name != own):
            yield f"becomes {which}", _named_day(which)


def _other(value: Any, unit: str) -> Any:
    if unit == "bool":
        return not value
    if unit == "code":
        return f"{value}?"
    if unit == "rate":
        return value[0] * 9, value[1] * 10
    return value - 1 if value else value + 1


def _without(scalar: Work, place: int) -> Work:
    def work(*args: Any) -> Any:
        left = [arg for index, arg in enumerate(args) if index != place]
        if place == 0 and scalar is OPERATIONS["sub"].scalar:
            return scalar(0, *left)
        return scalar(*left)

    return work


def _without_pair(scalar: Work, place: int) -> Work:
    return lambda *args: scalar(*args[:place], *args[place + 2 :])


def _floor(fen: int, rate: Any) -> int:
    numerator, denominator = rate if isinstance(rate, tuple) else (rate, POINTS)
    return int(fen * numerator // denominator)


def _named_day(which: str) -> Work:
    return lambda day, _which: calendar(day, which)


def interpret(program: Program, mutant: Mutant, given: Any, overrides: Any) -> list[Any]:
    """Return the values of a run in which one step is a mutant."""
    values: list[Any] = []
    place = program.place
    for step in program.steps:
        args = [values[place[arg.number]] for arg in step.args]
        if step.op == "given":
            value = given[step.name]
        elif step.op == "constant":
            value = step.static
        elif step.op == "at":
            found = overrides.get(step.static.name)
            value = step.static.on(args[0]).value if found is None else found
        else:
            value = mutant.work(*args) if step.name == mutant.step else OPERATIONS[step.op].scalar(*args)
        if step.name == mutant.step and step.op == "constant":
            value = mutant.work()
        elif step.name == mutant.step and step.op == "at":
            value = mutant.work(value)
        values.append(value)
    return values


def differs(run: Run, step: Step, mutant: Mutant) -> bool:
    """Tell whether the mutated step has another value in a run that is known."""
    place = run.program.place
    known = run.values[place[step.number]]
    if step.op == "constant":
        return bool(mutant.work() != known)
    if step.op == "at":
        return bool(mutant.work(known) != known)
    return bool(mutant.work(*(run.values[place[arg.number]] for arg in step.args)) != known)


class Laboratory:
    """Runs judges with all sheets watched, then again under a mutant; traces are left out."""

    def __init__(self) -> None:
        self.mutant: Mutant | None = None
        self.watching: list[Run] | None = None
        self._run, self._write = Program.run, Tracer.write

    def __enter__(self) -> "Laboratory":
        laboratory = self

        def run(program: Program, inputs: Any, overrides: Any) -> list[Any]:
            mutant = laboratory.mutant
            if mutant is not None and program.sheet.name == mutant.sheet:
                return interpret(program, mutant, inputs, overrides)
            values = laboratory._run(program, inputs, overrides)
            if laboratory.watching is not None:
                laboratory.watching.append(Run(program, values))
            return values

        Program.run = run  # type: ignore[method-assign]
        Tracer.write = lambda *_given, **_named: None  # type: ignore[method-assign, assignment]
        return self

    def __exit__(self, *_: object) -> None:
        Program.run, Tracer.write = self._run, self._write  # type: ignore[method-assign]

    def watch(self, judge: Judge) -> None:
        """Run a judge on the rules as they are; it must be content."""
        self.watching = judge.runs
        try:
            if judge.notices():
                raise AssertionError(f"{judge.name} does not agree with the rules as they are")
        finally:
            self.watching = None

    def noticed(self, mutant: Mutant, judge: Judge) -> bool:
        """Tell whether a judge notices a mutant; a calculation that breaks is noticed too."""
        self.mutant = mutant
        try:
            return judge.notices()
        except (AssertionError, ArithmeticError, LookupError, TypeError, ValueError):
            return True
        finally:
            self.mutant = None
