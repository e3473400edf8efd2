"""A scheme made ready to run under one set of readings: its recorded sheets, their tracers and the hash."""

from collections.abc import Callable, Mapping
from typing import Any

from insurer.schemes.bounds import prove_bounds
from insurer.schemes.packdata import clauses, parameters, readings, readings_in_force
from insurer.schemes.recording import Rules, Sheet
from insurer.schemes.running import Program, content_of, digest_of
from insurer.schemes.tracing import Tracer

Recorder = Callable[[Rules], Sheet]


class Pack:
    """The sheets of a scheme by name; ``hash`` is the SHA-256 of ``content`` in canonical JSON."""

    def __init__(
        self, scheme: str, recorders: Mapping[str, Recorder], overrides: tuple[tuple[str, str], ...]
    ) -> None:
        self.answers = readings_in_force(dict(overrides))
        self.parameters = parameters(scheme)
        sheets: list[Sheet] = []
        for name, record in recorders.items():
            rules = Rules(name, clauses(scheme), self.parameters, readings(), self.answers)
            sheets.append(record(rules))
        for sheet in sheets:
            prove_bounds(sheet)
        self.programs = {sheet.name: Program(sheet) for sheet in sheets}
        self._tracers = {
            name: Tracer(program, readings(), self.answers) for name, program in self.programs.items()
        }
        self.content = content_of(scheme, sheets, self.parameters, readings(), self.answers)
        self.hash = digest_of(self.content)

    def tracer(self, sheet: str) -> Tracer:
        """Return what writes the trace of a sheet."""
        return self._tracers[sheet]

    def run(
        self,
        sheet: str,
        inputs: Mapping[str, Any],
        overrides: Mapping[str, Any],
        trace: list[dict[str, Any]],
        checks: list[dict[str, Any]],
        row: str = "",
    ) -> tuple[dict[str, Any], list[Any]]:
        """Run a sheet, append its steps to the trace and return its results and the stops that fired.

        :class:`~insurer.schemes.packdata.NoParameter` when a day has no parameter.
        """
        program = self.programs[sheet]
        values = program.run(inputs, overrides)
        self._tracers[sheet].write(values, overrides, trace, checks, row)
        return program.outcome(values), program.fired(values)
