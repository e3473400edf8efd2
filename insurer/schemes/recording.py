"""Recording a scheme: a rule is written once, top to bottom, as cited steps; nothing is computed here.

A :class:`Rules` sheet hands out :class:`Step` values for what is given, for dated parameters and for every
operation. Recording refuses a step without a known citation, floats, plain numbers, wrong units and any
``if`` on a step. A finished sheet keeps only the steps that lead to a result or a stop: the branches of
readings that were not chosen leave no trace.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from insurer.schemes.operations import CALENDAR, OPERATIONS, Unit
from insurer.schemes.packdata import Clause, Parameter, Reading

StopStatus = Literal["rejected", "held"]
_SCALARS: frozenset[str] = frozenset({"fen", "rate", "day", "code", "bool"})


class Step:
    """One recorded value of a rule sheet; it can be an argument of further steps and nothing else."""

    __slots__ = (
        "args",
        "cite",
        "label",
        "name",
        "number",
        "op",
        "part",
        "readings",
        "section",
        "static",
        "stop",
        "unit",
    )

    def __init__(
        self,
        number: int,
        op: str,
        name: str,
        label: str,
        cite: str,
        args: tuple["Step", ...],
        unit: Unit,
        *,
        readings: tuple[tuple[int, str], ...] = (),
        section: "Step | None" = None,
        static: Any = None,
        part: bool = False,
        stop: tuple[StopStatus, str] | None = None,
    ) -> None:
        self.number, self.op, self.name, self.label, self.cite = number, op, name, label, cite
        self.args, self.unit, self.readings, self.section = args, unit, readings, section
        self.static, self.part, self.stop = static, part, stop

    def __bool__(self) -> bool:
        raise TypeError(f"{self.name}: a rule has no `if` on a step, use pick")

    def __eq__(self, other: object) -> bool:
        raise TypeError(f"{self.name}: compare steps with same, at_least or more_than")

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"<{self.op} {self.name}>"


@dataclass(frozen=True, slots=True, eq=False)
class ByReading:
    """A step chosen by a reading; whoever uses it rests on that reading."""

    step: Step
    reading: str

    def __bool__(self) -> bool:
        raise TypeError(f"{self.step.name}: a rule has no `if` on a step, use pick")


Argument: TypeAlias = Step | ByReading


@dataclass(frozen=True, slots=True)
class Sheet:
    """A finished rule sheet: its steps in order, the results by name, the stops in order."""

    name: str
    steps: tuple[Step, ...]
    results: Mapping[str, Step]
    stops: tuple[Step, ...]

    def canonical(self) -> list[list[Any]]:
        """Return the steps as plain values for the hash of the pack."""
        return [
            [
                step.number,
                step.op,
                step.name,
                step.label,
                step.cite,
                [arg.number for arg in step.args],
                step.unit,
                [list(one) for one in step.readings],
                None if step.section is None else step.section.number,
                step.static.name if isinstance(step.static, Parameter) else step.static,
                step.part,
                list(step.stop) if step.stop else None,
            ]
            for step in self.steps
        ]


class Rules:
    """The sheet being written. Every operation wants a name, a Chinese label and a citation."""

    def __init__(
        self,
        name: str,
        clauses: Mapping[str, Clause],
        parameters: Mapping[str, Parameter],
        readings: Mapping[str, Reading],
        answers: Mapping[str, str],
    ) -> None:
        self.name = name
        self._clauses, self._parameters = clauses, parameters
        self._readings, self._answers = readings, answers
        self._steps: list[Step] = []
        self._names: set[str] = set()
        self._given: dict[str, Step] = {}
        self._section: Step | None = None

    # what comes in ----------------------------------------------------------------------------------------
    def given(self, name: str, label: str, unit: Unit = "fen") -> Step:
        """Record a value that the case document or an earlier sheet gives; the same name is the same step."""
        known = self._given.get(name)
        if known is not None and known.unit == unit:
            return known
        section, self._section = self._section, None
        self._given[name] = step = self._record("given", name, label, "", (), unit)
        self._section = section
        return step

    def constant(self, name: str, label: str, value: int | str | bool, unit: Unit = "fen") -> Step:
        """Record a fixed value (zero, a code); a float is refused with :class:`TypeError`."""
        wanted = {"fen": int, "points": int, "code": str, "bool": bool}.get(unit)
        if wanted is None or type(value) is not wanted:
            raise TypeError(f"{name}: a constant of the unit {unit} cannot be {value!r}")
        return self._record("constant", name, label, "", (), unit, static=value)

    def parameter(self, name: str, cite: str, on: Argument) -> Step:
        """Record a dated parameter as it is in force on a day (the only way a figure enters a rule)."""
        table = self._parameters[name]
        if _bare(on).unit != "day":
            raise TypeError(f"{name}: a parameter is read on a day")
        return self._record("at", name, table.label, self._cited(name, cite), (on,), table.unit, static=table)

    def reading(self, name: str, **answers: Argument) -> ByReading:
        """Choose among recorded steps by an ambiguous clause's reading; every answer must be provided."""
        reading = self._readings[name]
        if set(answers) != set(reading.options):
            raise ValueError(f"{name}: answers {sorted(answers)} are not {sorted(reading.options)}")
        return ByReading(_bare(answers[self._answers[name]]), name)

    def under(self, reading: str, answer: str) -> bool:
        """Tell whether this answer is in use: for steps that exist under it alone, marked with :meth:`by`."""
        if answer not in self._readings[reading].options:
            raise ValueError(f"{reading}: {answer} is not an answer")
        return self._answers[reading] == answer

    def by(self, step: Argument, reading: str) -> ByReading:
        """Mark that whoever uses this step rests on a reading."""
        return ByReading(_bare(step), self._readings[reading].name)

    # amounts ----------------------------------------------------------------------------------------------
    def add(self, name: str, label: str, cite: str, *args: Argument, part: bool = False) -> Step:
        """Add amounts."""
        return self.put("add", name, label, cite, *args, part=part)

    def sub(self, name: str, label: str, cite: str, *args: Argument, part: bool = False) -> Step:
        """Take the later amounts off the first."""
        return self.put("sub", name, label, cite, *args, part=part)

    def total(self, name: str, label: str, cite: str, column: Argument) -> Step:
        """Add the amounts of a column of rows."""
        return self.put("total", name, label, cite, column)

    def smaller(self, name: str, label: str, cite: str, *args: Argument, part: bool = False) -> Step:
        """Take the smallest amount or the earliest day."""
        return self.put("min", name, label, cite, *args, part=part)

    def larger(self, name: str, label: str, cite: str, *args: Argument, part: bool = False) -> Step:
        """Take the largest amount or the latest day."""
        return self.put("max", name, label, cite, *args, part=part)

    def gap(self, name: str, label: str, cite: str, one: Argument, other: Argument) -> Step:
        """Take the distance between two amounts."""
        return self.put("gap", name, label, cite, one, other)

    def share(self, name: str, label: str, cite: str, amount: Argument, rate: Argument) -> Step:
        """Take an amount at a rate, rounded half up: the only product with a rate."""
        return self.put("share", name, label, cite, amount, rate)

    def prorata(
        self,
        name: str,
        label: str,
        cite: str,
        amount: Argument,
        weight: Argument,
        whole: Argument,
        part: bool = False,
    ) -> Step:
        """Take the part of an amount that belongs to ``weight`` out of ``whole``, rounded half up."""
        return self.put("prorata", name, label, cite, amount, weight, whole, part=part)

    def pick(
        self, name: str, label: str, cite: str, base: Argument, *exceptions: tuple[Argument, Argument]
    ) -> Step:
        """Take the base unless a condition holds; exceptions that disagree stop the calculation."""
        return self.put("pick", name, label, cite, base, *(value for pair in exceptions for value in pair))

    # yes and no, days -------------------------------------------------------------------------------------
    def at_least(self, name: str, label: str, cite: str, one: Argument, other: Argument) -> Step:
        """Tell whether the first amount or day is not below the second."""
        return self.put("at_least", name, label, cite, one, other)

    def more_than(self, name: str, label: str, cite: str, one: Argument, other: Argument) -> Step:
        """Tell whether the first amount or day is above the second."""
        return self.put("more_than", name, label, cite, one, other)

    def same(self, name: str, label: str, cite: str, one: Argument, other: Argument) -> Step:
        """Tell whether two amounts, days or codes are equal."""
        return self.put("same", name, label, cite, one, other)

    def all_of(self, name: str, label: str, cite: str, *facts: Argument) -> Step:
        """Tell whether every fact holds."""
        return self.put("all_of", name, label, cite, *facts)

    def any_of(self, name: str, label: str, cite: str, *facts: Argument) -> Step:
        """Tell whether one of the facts holds."""
        return self.put("any_of", name, label, cite, *facts)

    def negate(self, name: str, label: str, cite: str, fact: Argument) -> Step:
        """Tell whether a fact does not hold."""
        return self.put("negate", name, label, cite, fact)

    def calendar(self, name: str, label: str, cite: str, day: Argument, which: str) -> Step:
        """Take the first or last day of the month or year of a day."""
        if which not in CALENDAR:
            raise ValueError(f"{which}: unknown step of the calendar")
        code = self.constant(f"{name}:{which}", which, which, "code")
        return self.put("calendar", name, label, cite, day, code)

    # stops and sections -----------------------------------------------------------------------------------
    def stop(self, status: StopStatus, code: str, label: str, cite: str, when: Argument) -> Step:
        """Reject or hold the settlement with a reason code when a fact holds."""
        bare = _bare(when)
        if bare.unit != "bool":
            raise TypeError(f"{code}: a stop wants a yes/no value")
        name = f"stop:{status}:{code}:{bare.name}"
        return self._record(
            "any_of", name, label, self._cited(code, cite), (when,), "bool", stop=(status, code)
        )

    @contextmanager
    def only_when(self, applies: Argument) -> Iterator[None]:
        """Mark steps that change nothing unless a fact holds; the trace leaves them out otherwise."""
        before, self._section = self._section, _bare(applies)
        yield
        self._section = before

    # the recorder -----------------------------------------------------------------------------------------
    def put(self, op: str, name: str, label: str, cite: str, *args: Argument, part: bool = False) -> Step:
        """Record one operation; :class:`TypeError` or :class:`ValueError` when it is not allowed."""
        for arg in args:
            if not isinstance(arg, Step | ByReading):
                raise TypeError(f"{name}: {arg!r} is not a recorded step")
        try:
            unit = OPERATIONS[op].check([_bare(arg).unit for arg in args])
        except TypeError as error:
            raise TypeError(f"{name}: {op} {error}") from None
        return self._record(op, name, label, self._cited(name, cite), args, unit, part=part)

    def finish(self, results: Mapping[str, Argument]) -> Sheet:
        """Close the sheet; steps that no result and no stop rests on are dropped."""
        bare = {name: _bare(step) for name, step in results.items()}
        stops = tuple(step for step in self._steps if step.stop)
        wanted: set[int] = set()
        _mark([*bare.values(), *stops], wanted)
        return Sheet(self.name, tuple(step for step in self._steps if step.number in wanted), bare, stops)

    def _cited(self, name: str, cite: str) -> str:
        known = cite in self._clauses or (cite.startswith("reading:") and cite[8:] in self._readings)
        if not known:
            raise ValueError(f"{name}: the citation {cite!r} is not a clause, control or reading")
        return cite

    def _record(
        self, op: str, name: str, label: str, cite: str, args: Sequence[Argument], unit: Unit, **more: Any
    ) -> Step:
        if name in self._names:
            raise ValueError(f"{name}: recorded twice")
        if not label:
            raise ValueError(f"{name}: a step needs a label")
        self._names.add(name)
        rests_on = tuple((place, arg.reading) for place, arg in enumerate(args) if isinstance(arg, ByReading))
        step = Step(
            len(self._steps),
            op,
            name,
            label,
            cite,
            tuple(_bare(arg) for arg in args),
            unit,
            readings=rests_on,
            section=self._section,
            **more,
        )
        self._steps.append(step)
        return step


def _bare(argument: Argument) -> Step:
    return argument.step if isinstance(argument, ByReading) else argument


def _mark(roots: Iterable[Step], seen: set[int]) -> None:
    waiting = list(roots)
    while waiting:
        step = waiting.pop()
        if step.number in seen:
            continue
        seen.add(step.number)
        waiting.extend(step.args)
        if step.section is not None:
            waiting.append(step.section)
