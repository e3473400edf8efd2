"""Packs of an earlier day: recorded steps, parameters and readings brought back from their stored content.

The content of a pack is what its hash is made of. It names every step with its arguments, so that it can be
run without the rules of today; operations and the code around the steps are named by their versions.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from insurer.schemes.operations import NEVER, OPERATIONS, SURROUNDINGS_VERSION, VOCABULARY_VERSION
from insurer.schemes.packdata import Code, CodeTable, Parameter, ParameterRow, Reading
from insurer.schemes.recording import Sheet, Step
from insurer.schemes.running import digest_of
from insurer.schemes.scheme_pack import RunnablePack


class NotReproducible(ValueError):
    """A stored pack cannot be run; the message says why, in Chinese."""


class StoredPack(RunnablePack):
    """A pack rebuilt from its content; it is interpreted step by step and knows its own parameters."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        sheets = [_sheet(name, content) for name in content["sheets"]]
        # Figures that no step reads (the price threshold of fee lines) have no label or unit of their own.
        read = {
            name: _parameter(name, name, _unit(rows), content) for name, rows in content["parameters"].items()
        }
        read |= {step.static.name: step.static for sheet in sheets for step in sheet.steps if step.op == "at"}
        answers = {name: row[0] for name, row in content["readings"].items()}
        told = {name: _reading(name, row) for name, row in content["readings"].items()}
        codes = {name: _codes(name, rows) for name, rows in content["codes"].items()}
        super().__init__(content, sheets, read, codes, told, answers)

    def values(self, sheet: str, inputs: Mapping[str, Any], overrides: Mapping[str, Any]) -> list[Any]:
        """Return one value a step, from the interpreter: what runs once needs no compiling."""
        return self.programs[sheet].interpret(inputs, overrides)


def load_pack(content: Mapping[str, Any], digest: str) -> StoredPack:
    """Rebuild a pack from its stored content, which must have the hash ``digest``.

    :class:`NotReproducible` when the content is not what the hash was made of, or when it was recorded for
    operations or surrounding code that this program does not have.
    """
    if digest_of(content) != digest:
        raise NotReproducible("存下的规则内容和它的编号对不上，内容被改过")
    for name, word, ours in (
        ("vocabulary", "运算", VOCABULARY_VERSION),
        ("surroundings", "外围程序", SURROUNDINGS_VERSION),
    ):
        if content.get(name) != ours:
            theirs = content.get(name, "未写明")
            raise NotReproducible(f"这份规则的{word}版本是 {theirs}，本程序是 {ours}，请用当时的程序重算")
    try:
        return StoredPack(content)
    except NotReproducible:
        raise
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise NotReproducible("存下的规则内容不完整，读不出全部步骤") from error


def _sheet(name: str, content: Mapping[str, Any]) -> Sheet:
    steps: dict[int, Step] = {}
    for row in content["sheets"][name]:
        number, op, step_name, label, cite, args, unit, readings, section, static, part, stop = row
        if op not in OPERATIONS and op not in ("given", "constant", "at"):
            raise NotReproducible(f"这份规则用了本程序没有的运算“{op}”")
        steps[number] = Step(
            number,
            op,
            step_name,
            label,
            cite,
            tuple(steps[arg] for arg in args),
            unit,
            readings=tuple((place, reading) for place, reading in readings),
            section=None if section is None else steps[section],
            static=_parameter(static, label, unit, content) if op == "at" else static,
            part=part,
            stop=None if stop is None else (stop[0], stop[1]),
        )
    results = {result: steps[number] for result, number in content["results"][name]}
    every = tuple(steps.values())
    return Sheet(name, every, results, tuple(step for step in every if step.stop))


def _parameter(name: str, label: str, unit: Any, content: Mapping[str, Any]) -> Parameter:
    rows = [
        ParameterRow(
            value=tuple(value) if isinstance(value, list) else value,
            since=_day(since),
            until=_day(until),
            source=source,
            status=status,
            verified_through="",
        )
        for value, since, until, source, status in content["parameters"][name]
    ]
    return Parameter(name, label, unit, tuple(rows))


def _unit(rows: list[list[Any]]) -> str:
    return "rate" if any(isinstance(value, list) for value, *_ in rows) else "fen"


def _codes(name: str, rows: list[list[Any]]) -> CodeTable:
    found = (
        Code(code, label, _day(since), _day(until), source, status, facts)
        for code, label, since, until, source, status, facts in rows
    )
    return CodeTable(name, tuple(found))


def _day(text: str | None) -> int:
    return NEVER if text is None else date.fromisoformat(text).toordinal()


def _reading(name: str, row: list[str]) -> Reading:
    answer, status, title, label = row
    return Reading(
        name=name,
        title=title,
        clause="",
        question="",
        options=(answer,),
        option_labels=(label,),
        chosen=answer,
        basis="",
        status=status,
    )
