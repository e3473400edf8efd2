"""A scheme made ready to run under one set of readings: its recorded sheets, their tracers and the hash."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from insurer.schemes.bounds import prove_bounds
from insurer.schemes.pack_files import readings_in_force, scheme_data
from insurer.schemes.packdata import BadPack, CodeTable, Parameter, Reading, SchemeData
from insurer.schemes.provenance import Provenance
from insurer.schemes.recording import Rules, Sheet
from insurer.schemes.running import Program, content_of, digest_of
from insurer.schemes.tracing import Tracer

Recorder = Callable[[Rules], Sheet]


class RunnablePack:
    """Sheets by name with parameters, code tables and answers; ``hash`` names the ``content``."""

    def __init__(
        self,
        content: Mapping[str, Any],
        sheets: Sequence[Sheet],
        parameters: Mapping[str, Parameter],
        codes: Mapping[str, CodeTable],
        readings: Mapping[str, Reading],
        answers: Mapping[str, str],
    ) -> None:
        self.content = dict(content)
        self.hash = digest_of(content)
        self.parameters, self.codes, self.answers = parameters, codes, answers
        self.programs = {sheet.name: Program(sheet) for sheet in sheets}
        self._provenance: Provenance | None = None
        self._tracers = {name: Tracer(program, readings, answers) for name, program in self.programs.items()}

    def tracer(self, sheet: str) -> Tracer:
        """Return what writes the trace of a sheet."""
        return self._tracers[sheet]

    def values(self, sheet: str, inputs: Mapping[str, Any], overrides: Mapping[str, Any]) -> list[Any]:
        """Return one value a step."""
        return self.programs[sheet].run(inputs, overrides)

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
        values = self.values(sheet, inputs, overrides)
        self._tracers[sheet].write(values, overrides, trace, checks, row)
        program = self.programs[sheet]
        return program.outcome(values), program.fired(values)

    def settle(
        self,
        inputs: Mapping[str, Any],
        overrides: Mapping[str, Any],
        trace: list[dict[str, Any]],
        checks: list[dict[str, Any]],
    ) -> tuple[dict[str, Any], list[Any], list[dict[str, str]]]:
        """Run the settlement sheet; also return the figures behind the benefit that are not settled."""
        values = self.values("settlement", inputs, overrides)
        self._tracers["settlement"].write(values, overrides, trace, checks)
        program = self.programs["settlement"]
        if self._provenance is None:
            self._provenance = Provenance(program, "benefit")
        behind = self._provenance.of(values, overrides)
        return program.outcome(values), program.fired(values), behind


class Pack(RunnablePack):
    """The rules of today, recorded under some answers; :class:`BadPack` when they are refused.

    ``data`` replaces the files of the package (for a check of other files before they are used).
    """

    def __init__(
        self,
        scheme: str,
        recorders: Mapping[str, Recorder],
        overrides: tuple[tuple[str, str], ...],
        data: SchemeData | None = None,
    ) -> None:
        data = data or scheme_data(scheme)
        answers = readings_in_force(dict(overrides), data.readings)
        sheets = [_recorded(name, record, data, answers) for name, record in recorders.items()]
        content = content_of(scheme, sheets, data, answers)
        super().__init__(content, sheets, data.parameters, data.codes, data.readings, answers)


def _recorded(name: str, record: Recorder, data: SchemeData, answers: Mapping[str, str]) -> Sheet:
    """Record a sheet and prove its bounds; what is refused is told with the file and line that wrote it."""
    rules = Rules(name, data.clauses, data.parameters, data.readings, answers)
    try:
        sheet = record(rules)
        prove_bounds(sheet)
    except (TypeError, ValueError, LookupError) as error:
        raise BadPack(f"{_where(error, record)}，规则表 {name}：{error}") from error
    return sheet


def _where(error: BaseException, record: Recorder) -> str:
    """Return the last line of the scheme's own files on the way to a refusal."""
    machinery = {"recording.py", "operations.py", "bounds.py", "scheme_pack.py"}
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).name not in machinery
    ]
    if frames:
        return f"{Path(frames[-1].filename).name} 第 {frames[-1].lineno} 行"
    return Path(record.__code__.co_filename).name
