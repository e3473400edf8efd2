"""Straight-line Python made from a recorded sheet: the same values as the interpreter, several times faster.

The interpreter of :mod:`insurer.schemes.running` stays the reference; tests compare every value of every
step. The text that is compiled holds step numbers and literals of the sheet only, never a word of a case.
"""

import linecache
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NoReturn

from insurer.schemes.operations import OPERATIONS
from insurer.schemes.operations import calendar as plain_calendar
from insurer.schemes.packdata import Parameter
from insurer.schemes.recording import Step

Compiled = Callable[[Mapping[str, Any], Mapping[str, Any]], list[Any]]

calendar = lru_cache(maxsize=8192)(plain_calendar)
"""Calendar steps by day: a few hundred days serve a whole portfolio."""


class Source:
    """Lines of a function being written, and the objects that they name."""

    def __init__(self, head: str) -> None:
        self.lines = [head]
        self.names: dict[str, Any] = {}

    def add(self, line: str, depth: int = 1) -> None:
        """Append one line, ``depth`` steps to the right."""
        self.lines.append("    " * depth + line)

    def keep(self, prefix: str, number: int, value: Any) -> str:
        """Give an object a name inside the function."""
        name = f"{prefix}{number}"
        self.names[name] = value
        return name

    def function(self, name: str, title: str) -> Callable[..., Any]:
        """Compile the lines and return the function; its text is shown in tracebacks under ``title``."""
        text = "\n".join(self.lines) + "\n"
        place = f"<{title}>"
        linecache.cache[place] = (len(text), None, text.splitlines(keepends=True), place)
        exec(compile(text, place, "exec"), self.names)  # noqa: S102 - numbers and literals of the sheet
        made: Callable[..., Any] = self.names[name]
        return made


def compile_values(steps: Sequence[Step], place: Mapping[int, int], title: str) -> Compiled:
    """Return a function of inputs and overrides that gives one value a step, in order.

    It raises what the interpreter raises: :class:`KeyError` for a missing input,
    :class:`~insurer.schemes.packdata.NoParameter`, :class:`~insurer.schemes.operations.RuleConflict`.
    """
    source = Source("def run(inputs, overrides):")
    source.names |= {"calendar": calendar, "missing": _missing}
    for index, step in enumerate(steps):
        args = [f"v{place[arg.number]}" for arg in step.args]
        source.add(f"v{index} = {_expression(source, index, step, args)}")
    source.add(f"return [{', '.join(f'v{index}' for index in range(len(steps)))}]")
    return source.function("run", title)


def _expression(source: Source, index: int, step: Step, args: Sequence[str]) -> str:
    if step.op == "given":
        return f"inputs[{step.name!r}]"
    if step.op == "constant":
        return repr(step.static)
    if step.op == "at":
        return _dated(source, index, step.static, args[0])
    if step.op == "calendar":
        return f"calendar({', '.join(args)})"
    if step.op in ("min", "max") and len(args) == 2:
        sign = "<=" if step.op == "min" else ">="
        return f"{args[0]} if {args[0]} {sign} {args[1]} else {args[1]}"
    if step.op == "pick" and len(args) == 3:
        return f"{args[2]} if {args[1]} else {args[0]}"
    inline = _INLINE.get(step.op)
    if inline is not None:
        return inline(args)
    function = source.keep(f"{step.op}_", index, OPERATIONS[step.op].scalar)
    return f"{function}({', '.join(args)})"


_INLINE: Mapping[str, Callable[[Sequence[str]], str]] = {
    "add": " + ".join,
    "sub": " - ".join,
    "gap": lambda args: f"abs({args[0]} - {args[1]})",
    "at_least": " >= ".join,
    "more_than": " > ".join,
    "same": " == ".join,
    "all_of": " and ".join,
    "any_of": " or ".join,
    "negate": lambda args: f"not {args[0]}",
}
"""Operations whose scalar form is one Python expression; any other is called."""


def _dated(source: Source, index: int, table: Parameter, day: str) -> str:
    found = f"missing({source.keep('table_', index, table)}, {day})"
    for row in reversed(table.rows):
        found = f"{row.value!r} if {row.since} <= {day} < {row.until} else {found}"
    return f"overrides[{table.name!r}] if {table.name!r} in overrides else {found}"


def _missing(table: Parameter, day: int) -> NoReturn:
    table.on(day)
    raise LookupError(table.label)  # pragma: no cover - the line above names the day
