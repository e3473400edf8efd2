"""What other parameters or readings would cost: cases in, totals by year, clause, reading and person out.

Each person's cases are calculated one after the other under every scenario, so that a yearly limit that is
used up earlier or later has its effect on the cases that follow. Amounts are fen.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from insurer.kernel.money import parse_yuan
from insurer.schemes.calculate import calculate
from insurer.schemes.changzhou_xinbei_claim import SCHEME as CHANGZHOU_XINBEI
from insurer.schemes.line_check import LineCheck
from insurer.schemes.nantong_claim import SCHEME as NANTONG
from insurer.schemes.pack_files import parameters, readings
from insurer.schemes.packdata import UNSETTLED

_NOT_ABOUT_CLAIMS = ("XB-四", "NT-(二)")
"""Readings of these clauses are about premiums: no case changes with them."""

_SHARED_READINGS = ("hospital_borne", "bill_date")
"""Readings of the first scheme that the second one asks as well."""


class SimCase(NamedTuple):
    """One case document of one person; cases of a person stand together, in the order of settlement."""

    person: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Answers and figures that replace those of today; amounts and rates as text."""

    name: str
    label: str
    readings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    def of(self, document: Mapping[str, Any], used: Mapping[str, Any]) -> dict[str, Any]:
        """Return the document as this scenario sees it, with these running totals before it."""
        return {
            **document,
            "used": used,
            "readings": {**(document.get("readings") or {}), **self.readings},
            "parameters": {**(document.get("parameters") or {}), **self.parameters},
        }


TODAY = Scenario("today", "现行")


class PersonYear(NamedTuple):
    """What a person gets in a year: today, and under the last scenario."""

    number: int
    year: str
    today: int
    changed: int


@dataclass(slots=True)
class Figures:
    """An amount and the number of settlements (or fee lines) that it comes from."""

    fen: int = 0
    count: int = 0

    def add(self, fen: int, count: int = 1) -> None:
        """Add what one settlement or line gives."""
        self.fen += fen
        self.count += count


@dataclass(slots=True)
class Tally:
    """What one scenario comes to; clauses are keyed by clause and Chinese name.

    ``unsettled`` is what was paid on figures that are placeholders or assumed, by name and Chinese words.
    """

    total: Figures = field(default_factory=Figures)
    years: dict[str, Figures] = field(default_factory=dict)
    clauses: dict[tuple[str, str], Figures] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    unsettled: dict[tuple[str, str], Figures] = field(default_factory=dict)


@dataclass(slots=True)
class Simulation:
    """The scenarios in their order (today first, the one to compare with last) and what they come to."""

    scenarios: Sequence[Scenario]
    tallies: list[Tally]
    cases: int = 0
    people: list[PersonYear] = field(default_factory=list)
    persons: int = 0

    @property
    def today(self) -> Tally:
        """The totals under the rules in force."""
        return self.tallies[0]

    @property
    def changed(self) -> Tally:
        """The totals of the scenario to compare with."""
        return self.tallies[-1]


class NotCalculable(ValueError):
    """A case cannot be calculated; ``place`` counts the cases from 1."""

    def __init__(self, place: int, field_path: str, message: str) -> None:
        super().__init__(f"第 {place} 件 {field_path}：{message}")
        self.place, self.field, self.message = place, field_path, message


def chosen_scenarios(scheme: str, answers: Mapping[str, str], figures: Mapping[str, str]) -> list[Scenario]:
    """Return today, each choice by itself, and all of them together."""
    known, tables = readings(), parameters(scheme)
    single = [
        Scenario(f"{name}={value}", f"{known[name].title}：{known[name].answer_label(value)}", {name: value})
        for name, value in answers.items()
    ]
    single += [
        Scenario(f"{name}={value}", f"{tables[name].label}：{value}", {}, {name: value})
        for name, value in figures.items()
    ]
    if len(single) < 2:
        return [TODAY, *single]
    return [TODAY, *single, Scenario("together", "以上合在一起", dict(answers), dict(figures))]


def every_reading(scheme: str) -> list[Scenario]:
    """Return today and, one by one, every other answer to every reading that the scheme's claims rest on."""
    prefix = "XB-" if scheme == CHANGZHOU_XINBEI else "NT-"
    found = [TODAY]
    for name, reading in readings().items():
        if reading.clause.startswith(_NOT_ABOUT_CLAIMS):
            continue
        mine = reading.clause.startswith((prefix, "control:") if prefix == "XB-" else prefix)
        if not mine and not (scheme == NANTONG and name in _SHARED_READINGS):
            continue
        options = reading.options or tuple(reading.free.split(".."))
        found += [
            Scenario(f"{name}={value}", f"{reading.title}：{reading.answer_label(value)}", {name: value})
            for value in options
            if value != reading.chosen
        ]
    return found


def simulate(
    cases: Iterable[SimCase],
    scenarios: Sequence[Scenario],
    check_lines: LineCheck,
    keep_people: bool = True,
) -> Simulation:
    """Calculate every case under every scenario; the running totals of a person follow each scenario.

    The ``used`` of a person's first case is what was used before it; later ones take what the earlier leave.
    :class:`NotCalculable` names the first case that cannot be read, :class:`ValueError` a person whose cases
    do not stand together. Only totals, and two amounts for every person and year, are kept.
    """
    done = Simulation(scenarios, [Tally() for _ in scenarios])
    seen: set[str] = set()
    for person, group in groupby(cases, key=lambda case: case.person):
        documents = [case.document for case in group]
        if person in seen:
            raise ValueError(f"“{person}”的案件没有放在一起")
        seen.add(person)
        done.persons += 1
        by_year: dict[str, list[int]] = {}
        for place, scenario in enumerate(scenarios):
            for year, fen in _one_person(documents, scenario, check_lines, done, place):
                row = by_year.setdefault(year, [0, 0])
                row[0] += fen if place == 0 else 0
                row[1] += fen if place == len(scenarios) - 1 else 0
        done.cases += len(documents)
        if keep_people:
            rows = sorted(by_year.items())
            done.people += [PersonYear(done.persons, year, before, after) for year, (before, after) in rows]
    return done


def _one_person(
    documents: Sequence[Mapping[str, Any]],
    scenario: Scenario,
    check_lines: LineCheck,
    done: Simulation,
    place: int,
) -> Iterator[tuple[str, int]]:
    used: Mapping[str, Any] = documents[0].get("used") or {}
    tally = done.tallies[place]
    for number, document in enumerate(documents, 1):
        result = calculate(scenario.of(document, used), check_lines)
        if "error" in result:
            error = result["error"]
            raise NotCalculable(done.cases + number, error["field"], error["message"])
        used = result["balances"]
        tell = _CLAUSES[str(result["scheme"])]
        for one in result["settlements"]:
            fen = parse_yuan(one["benefit"])
            tally.total.add(fen)
            tally.years.setdefault(one["year"], Figures()).add(fen)
            tally.states[one["status"]] = tally.states.get(one["status"], 0) + 1
            for figure in one.get("provisional", ()):
                words = f"{figure['label']} {figure['value']}（{UNSETTLED[figure['status']]}）"
                tally.unsettled.setdefault((figure["name"], words), Figures()).add(fen)
            for clause, label, part in (*tell(one), *_stopped(one)):
                tally.clauses.setdefault((clause, label), Figures()).add(part)
            yield one["year"], fen


def _steps(one: Mapping[str, Any], *names: str) -> list[int]:
    """Return the amounts of named steps of a settlement, zero where a step did not apply."""
    found = {entry["rule"]: entry["amount"] for entry in one["trace"] if not entry.get("row")}
    return [parse_yuan(found.get(name, "0.00")) for name in names]


def _changzhou_xinbei(one: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    yield "XB-三", "目录内补偿", parse_yuan(one["in_catalogue"])
    yield "XB-三", "其他自付补偿", parse_yuan(one["other"])
    if one["status"] != "payable":
        return
    at_rate, within, cut = _steps(one, "other_at_rate", "other_within_limit", "cut")
    if at_rate > within:
        yield "XB-三", "超过年度限额，没有补偿", at_rate - within
    if cut:
        yield "control:indemnity", "其他商业保险，扣减", cut
    clauses = {line["feedetl_sn"]: line["exclusion"]["clause"] for line in one["lines"]}
    parts = dict.fromkeys(clauses, 0)
    for entry in one["trace"]:
        if entry["rule"] in ("line_in_catalogue_share", "line_other_share") and entry["row"] in parts:
            parts[entry["row"]] += parse_yuan(entry["amount"])
    for row, fen in parts.items():
        yield clauses[row], "不予补偿的费用行，个人部分", fen


def _nantong(one: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    yield "NT-(六)", "医疗救助", parse_yuan(one["assistance"])
    if one["status"] == "payable" and not one.get("reverses"):
        names = ("assistance_at_rate", "assistance_within_limit", "assistance", "excluded")
        at_rate, within, left, excluded = _steps(one, *names)
        if any(entry["rule"] == "assistance_limit_waived" for entry in one["trace"]):
            within, left = _steps(one, "assistance_limit_waived", "assistance_without_limit")
        for clause, label, fen in (
            ("NT-(六)", "超过年度限额，没有救助", at_rate - within),
            ("NT-(八)", "一站式已经救助，不重复", within - left),
            ("NT-(五)", "不予救助的费用行", excluded),
        ):
            if fen:
                yield clause, label, fen


_CLAUSES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[tuple[str, str, int]]]] = {
    CHANGZHOU_XINBEI: _changzhou_xinbei,
    NANTONG: _nantong,
}


def _stopped(one: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Yield each reason of a settlement that is not paid, with what the person bears of it."""
    if one["status"] == "payable" or one.get("reverses"):
        return
    shares = one.get("shares", {}).get("before_later_payers", {})
    borne = [parse_yuan(amount) for amount in shares.values()]
    fen = sum(borne) if borne else parse_yuan(one.get("base") or "0.00")
    word = "整笔不予支付" if one["status"] == "rejected" else "整笔暂缓"
    for clause in dict.fromkeys(reason["clause"] for reason in one["reasons"]):
        yield clause, f"{word}，个人部分", fen
