"""The Chinese explanation of a calculation, read from the stored trace alone: nothing is computed here."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from insurer.kernel.money import display, parse_yuan

_ROUNDING = {"half_up": "四舍五入到分"}
_STATUS = {"placeholder": "暂定数", "assumed": "待确认", "case": "本案指定", "confirmed": "", "in force": ""}
_JOINTS = {"add": " + ", "sub": " − ", "total": " + "}


class ExplanationLine(NamedTuple):
    """One line for a person: label, formula with the figures filled in, amount, and what it rests on."""

    label: str
    formula: str
    amount: str
    clause: str
    rounding: str
    readings: tuple[str, ...]
    note: str
    row: str

    @property
    def text(self) -> str:
        """Return the line as one sentence: ``其他补偿 = 5,093.56 × 50% = 2,546.78（四舍五入到分）XB-三``."""
        formula = f" = {self.formula}" if self.formula and self.formula != self.amount else ""
        asides = "；".join(part for part in (self.rounding, *self.readings, self.note) if part)
        return f"{self.label}{formula} = {self.amount}{f'（{asides}）' if asides else ''} {self.clause}"


def explain(trace: Sequence[Mapping[str, Any]]) -> list[ExplanationLine]:
    """Return the explanation lines of a stored trace, in its order.

    Steps marked as part of another are written inside the formula that uses them; terms of 0.00 are dropped
    from sums, and steps in which everything is 0.00 are left out unless they are the last one (the benefit).
    """
    inside: dict[tuple[str, str], str] = {}
    rounded: set[tuple[str, str]] = set()
    lines: list[ExplanationLine] = []
    for number, entry in enumerate(trace):
        row = entry.get("row", "")
        formula = _formula(entry, row, inside)
        if entry.get("part"):
            bare = entry["op"] not in _JOINTS or not any(joint in formula for joint in _JOINTS.values())
            inside[row, entry["rule"]] = formula if bare else f"({formula})"
            if entry.get("rounding"):
                rounded.add((row, entry["rule"]))
            continue
        chosen = [name for name in entry["inputs"] if (row, name) in rounded]
        rounding = entry.get("rounding") or ("half_up" if chosen else "")
        if number < len(trace) - 1 and _all_zero(entry):
            continue
        lines.append(
            ExplanationLine(
                label=entry["label"],
                formula=formula,
                amount=display(parse_yuan(entry["amount"])),
                clause=entry["clause"],
                rounding=_ROUNDING.get(rounding, ""),
                readings=tuple(
                    f"{reading['title']}：{reading['label']}"
                    for reading in entry.get("readings", ())
                    if entry["inputs"].get(reading["input"]) != "0.00"
                ),
                note=_STATUS.get(entry.get("parameter", {}).get("status", ""), ""),
                row=row,
            )
        )
    return lines


def _all_zero(entry: Mapping[str, Any]) -> bool:
    figures = [value for value in entry["inputs"].values() if not isinstance(value, bool)]
    return entry["amount"] == "0.00" and all(value in ("0.00", ["0.00"], []) for value in figures)


def _formula(entry: Mapping[str, Any], row: str, inside: Mapping[tuple[str, str], str]) -> str:
    op = entry["op"]
    if op == "at":
        return ""
    shown: list[str] = []
    facts: list[bool] = []
    for name, value in entry["inputs"].items():
        if isinstance(value, bool):
            facts.append(value)
        elif isinstance(value, list):
            shown += [_figure(one) for one in value if one != "0.00"]
        elif op in _JOINTS and value == "0.00" and not (op == "sub" and not shown):
            continue
        else:
            shown.append(inside.get((row, name)) or inside.get(("", name)) or _figure(value))
    if op in _JOINTS:
        return _JOINTS[op].join(shown) or "0.00"
    if op == "pick":
        chosen = [figure for fact, figure in zip(facts, shown[1:], strict=True) if fact]
        return chosen[0] if chosen else shown[0]
    if op == "share":
        return f"{shown[0]} × {shown[1]}"
    if op == "prorata":
        return f"{shown[0]} × {shown[1]} ÷ {shown[2]}"
    if op == "gap":
        return f"{shown[0]} 与 {shown[1]} 相差"
    if op == "max" and shown[0] == "0.00" and len(shown) == 2:
        return f"{shown[1]}，不小于 0"
    word = "较小" if op == "min" else "较大"
    return f"{'、'.join(shown)} 取{word}"


def _figure(value: str) -> str:
    return value if value.endswith("%") or "/" in value else display(parse_yuan(value))
