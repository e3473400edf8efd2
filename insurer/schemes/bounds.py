"""The proof that a recorded sheet cannot leave 64 bits on arrays, made from worst values when it is loaded.

Python integers do not overflow; numpy's do, without a word. Amounts that enter the array form are at most
:data:`ARRAY_LIMIT`; what ``total`` and ``prorata`` give is checked against the same limit on every run. From
there the largest possible size of every other step follows, and a sheet in which one could pass 64 bits is
refused.
"""

from insurer.schemes.operations import POINTS
from insurer.schemes.packdata import Parameter
from insurer.schemes.recording import Sheet, Step

ARRAY_LIMIT = 10**12
"""Largest amount of one settlement in the array form: ten thousand million yuan, in fen."""

SAFE = 2**62


class Unbounded(ValueError):
    """A step of a sheet could pass 64 bits on arrays."""


def prove_bounds(sheet: Sheet) -> dict[str, int]:
    """Return the largest size of every money step by name; :class:`Unbounded` names a step without one."""
    sizes: dict[int, int] = {}
    for step in sheet.steps:
        if step.unit in ("fen", "points"):
            sizes[step.number] = size = _size(step, sizes)
            if size >= SAFE:
                raise Unbounded(f"{sheet.name}.{step.name}: could reach {size}, beyond 64 bits")
    return {step.name: sizes[step.number] for step in sheet.steps if step.number in sizes}


def _size(step: Step, sizes: dict[int, int]) -> int:
    if step.op == "constant":
        return abs(int(step.static))
    if step.unit == "points":
        known = [sizes[arg.number] for arg in step.args if arg.number in sizes]
        if step.op == "share":
            return known[0] * known[1] // POINTS + 1
        return sum(known) if step.op in ("add", "sub") else max(known, default=POINTS)
    if step.op in ("given", "at", "total", "prorata"):
        return ARRAY_LIMIT  # refused beyond it when the arrays are run
    amounts = [sizes[arg.number] for arg in step.args if arg.unit == "fen"]
    if step.op == "share":
        return _share_size(step, amounts[0], sizes)
    return sum(amounts) if step.op in ("add", "sub", "gap") else max(amounts)


def _share_size(step: Step, amount: int, sizes: dict[int, int]) -> int:
    """Bound a share with the doubled product that rounding half up needs; a rate is at most the whole."""
    rate = step.args[1]
    if rate.unit == "points":
        pairs = [(sizes[rate.number], POINTS)]
    elif isinstance(rate.static, Parameter):
        pairs = [row.value for row in rate.static.rows]
    else:
        pairs = [(POINTS, POINTS)]
    if any(2 * amount * numerator + denominator >= SAFE for numerator, denominator in pairs):
        raise Unbounded(f"{step.name}: the product of the share could pass 64 bits")
    return max(amount * numerator // denominator + 1 for numerator, denominator in pairs)
