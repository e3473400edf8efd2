"""Which figures a result rests on that are not the purchaser's own: placeholders and assumed ones.

A walk back from the result through the values of one run. A part that came to nothing carries no figure with
it: a yearly limit does not stand behind a benefit without a cost that it could limit, but it does stand
behind a benefit of zero that it caused.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from insurer.schemes.packdata import UNSETTLED
from insurer.schemes.recording import Step
from insurer.schemes.running import Program
from insurer.schemes.trace_writing import TEXTS


def unsettled_figures(
    program: Program, values: Sequence[Any], result: str, overrides: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Return the unsettled figures behind a result: name, label, value, status and source, each once.

    Figures that the case itself gave are its own and are left out.
    """
    waiting = [program.sheet.results[result]]
    seen: set[int] = set()
    found: dict[str, dict[str, str]] = {}
    while waiting:
        step = waiting.pop()
        if step.number in seen:
            continue
        seen.add(step.number)
        if step.op == "at":
            table = step.static
            if table.name not in overrides:
                row = table.on(values[program.place[step.args[0].number]])
                if row.status in UNSETTLED:
                    found[table.name] = {
                        "name": table.name,
                        "label": table.label,
                        "value": TEXTS[table.unit](row.value),
                        "status": row.status,
                        "source": row.source,
                    }
            continue
        waiting += _behind(step, program, values)
    return [found[name] for name in sorted(found)]


def _behind(step: Step, program: Program, values: Sequence[Any]) -> Sequence[Step]:
    """Return the arguments that a value comes from."""
    place = program.place
    if step.op == "pick":
        for guard, value in zip(step.args[1::2], step.args[2::2], strict=True):
            if values[place[guard.number]]:
                return (value,)
        return step.args[:1]
    if step.unit not in ("fen", "points") or step.op in ("given", "constant"):
        return ()
    if values[place[step.number]] or step.op not in ("min", "max", "share", "prorata"):
        return step.args
    if step.op == "min":
        # Nothing came of it: one part that is nothing is the cause, what is more did not matter.
        return [arg for arg in step.args if values[place[arg.number]] <= 0][:1]
    return step.args if step.op == "max" else step.args[:1]
