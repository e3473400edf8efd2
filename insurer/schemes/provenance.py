"""Which figures a result rests on that are not the purchaser's own: placeholders and assumed ones.

A walk back from the result through the values of one run. A part that came to nothing carries no figure with
it: a yearly limit does not stand behind a benefit without a cost that it could limit, but it does stand
behind a benefit of nothing that it caused.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from insurer.schemes.packdata import UNSETTLED, Parameter
from insurer.schemes.recording import Step
from insurer.schemes.running import Program
from insurer.schemes.trace_writing import TEXTS


class _Node(NamedTuple):
    """A step of the walk: its operation, the places of its arguments, and its dated figure if it is one."""

    op: str
    args: tuple[int, ...]
    table: Parameter | None
    amount: bool


class Provenance:
    """Finds the unsettled figures behind one result of a program; the ways that lead to none are left out."""

    def __init__(self, program: Program, result: str) -> None:
        self._root = program.results[result]
        self._nodes: dict[int, _Node] = {}
        for place, step in enumerate(program.steps):
            args = tuple(program.place[arg.number] for arg in step.args)
            if _unsettled_ever(step) or any(arg in self._nodes for arg in args):
                table = step.static if step.op == "at" else None
                self._nodes[place] = _Node(step.op, args, table, step.unit in ("fen", "points"))

    def of(self, values: Sequence[Any], overrides: Mapping[str, Any]) -> list[dict[str, str]]:
        """Return the figures behind a run's result: name, label, value, status and source, each once.

        Figures that the case itself gave are its own and are left out.
        """
        nodes = self._nodes
        waiting = [self._root] if self._root in nodes else []
        seen: set[int] = set()
        found: dict[str, dict[str, str]] = {}
        while waiting:
            place = waiting.pop()
            if place in seen or place not in nodes:
                continue
            seen.add(place)
            node = nodes[place]
            if node.table is None:
                waiting += _behind(node, values[place], values)
                continue
            row = None if node.table.name in overrides else node.table.on(values[node.args[0]])
            if row is not None and row.status in UNSETTLED:
                found[node.table.name] = {
                    "name": node.table.name,
                    "label": node.table.label,
                    "value": TEXTS[node.table.unit](row.value),
                    "status": row.status,
                    "source": row.source,
                }
        return [found[name] for name in sorted(found)]


def _unsettled_ever(step: Step) -> bool:
    return step.op == "at" and any(row.status in UNSETTLED for row in step.static.rows)


def _behind(node: _Node, value: Any, values: Sequence[Any]) -> Sequence[int]:
    """Return the places of the arguments that a value comes from."""
    args = node.args
    if node.op == "pick":
        for guard, chosen in zip(args[1::2], args[2::2], strict=True):
            if values[guard]:
                return (chosen,)
        return args[:1]
    if not node.amount:
        return ()
    if value or node.op not in ("min", "max", "share", "prorata"):
        return args
    if node.op == "min":
        # Nothing came of it: one part that is nothing is the cause, what is more did not matter.
        return [place for place in args if values[place] <= 0][:1]
    return args if node.op == "max" else args[:1]
