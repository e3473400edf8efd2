"""Calculating a claim of the Changzhou-Xinbei scheme: facts in, recorded steps run, result and trace out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from insurer.kernel.money import to_yuan
from insurer.schemes.case_reading import (
    CaseProblem,
    Settlement,
    amount,
    mapping,
    read_known_invoices,
    read_parameters,
    read_readings,
    read_settlements,
)
from insurer.schemes.changzhou_xinbei import (
    FUNDS,
    record_dating,
    record_excluded_line,
    record_reversal,
    record_settlement,
)
from insurer.schemes.changzhou_xinbei_facts import (
    AMOUNTS,
    REQUIRED,
    amount_facts,
    later_facts,
    person_facts,
    scope_facts,
)
from insurer.schemes.changzhou_xinbei_results import later_results, line_result, shares, verdict, warnings
from insurer.schemes.changzhou_xinbei_surplus import record_year
from insurer.schemes.line_check import LineCheck
from insurer.schemes.line_verdicts import Line, judge_lines
from insurer.schemes.packdata import NoParameter, clauses, parameters, readings, readings_in_force
from insurer.schemes.recording import Rules
from insurer.schemes.running import Program, content_of, digest_of
from insurer.schemes.tracing import Tracer

SCHEME = "changzhou-xinbei"


class Pack:
    """The sheets of the scheme under one set of readings, ready to run, and their hash."""

    def __init__(self, overrides: tuple[tuple[str, str], ...]) -> None:
        self.answers = readings_in_force(dict(overrides))
        sheets = {}
        for name, record in (
            ("dating", record_dating),
            ("excluded_line", record_excluded_line),
            ("settlement", record_settlement),
            ("reversal", record_reversal),
            ("year", record_year),
        ):
            rules = Rules(name, clauses(SCHEME), parameters(SCHEME), readings(), self.answers)
            sheets[name] = record(rules)
        self.programs = {name: Program(sheet) for name, sheet in sheets.items()}
        self.tracers = {
            name: Tracer(program, readings(), self.answers) for name, program in self.programs.items()
        }
        self.content = content_of(SCHEME, list(sheets.values()), parameters(SCHEME), readings(), self.answers)
        self.hash = digest_of(self.content)


@lru_cache(maxsize=256)
def pack(overrides: tuple[tuple[str, str], ...] = ()) -> Pack:
    """Return the pack for the given answers (sorted pairs of reading and answer); it is recorded once."""
    return Pack(overrides)


@dataclass(slots=True)
class _Decision:
    """What the decisions so far leave behind for the next settlement."""

    settlement: Settlement
    result: dict[str, Any]
    year: str
    paid: Mapping[str, int]
    reversed: bool = False


@dataclass(slots=True)
class _Case:
    person: Mapping[str, Any]
    pack: Pack
    overrides: Mapping[str, Any]
    parameters: Mapping[str, Any]
    used: dict[str, int]
    known_invoices: frozenset[tuple[str, str, str]] = frozenset()
    decided: list[_Decision] = field(default_factory=list)


def calculate_claim(document: Mapping[str, Any], check_lines: LineCheck) -> dict[str, Any]:
    """Calculate every settlement of a claim in the order of ``setl_time``; the result keeps the input order.

    Raises :class:`CaseProblem` naming the field that cannot be read.
    """
    answers = read_readings(document)
    overrides = read_parameters(document, parameters(SCHEME))
    used = {
        year: _used(mapping(row, f"used.{year}"), year)
        for year, row in mapping(document.get("used"), "used").items()
    }
    person = mapping(document.get("person"), "person")
    case = _Case(
        person,
        pack(tuple(sorted(answers.items()))),
        overrides,
        mapping(document.get("parameters"), "parameters"),
        used,
        read_known_invoices(document),
    )
    settlements = read_settlements(document, AMOUNTS, REQUIRED)
    known = {settlement.setl_id for settlement in settlements}
    for settlement in _in_order(settlements):
        if settlement.reverses:
            case.decided.append(_reverse(case, settlement, known))
        else:
            case.decided.append(_decide(case, settlement, check_lines))
    ordered = sorted(case.decided, key=lambda decision: decision.settlement.place)
    return {
        "total": to_yuan(sum(decision.paid["benefit"] for decision in ordered)),
        "settlements": [decision.result for decision in ordered],
        "balances": {year: {"other_covered": to_yuan(fen)} for year, fen in sorted(case.used.items())},
        "pack": case.pack.hash,
    }


def _in_order(settlements: Sequence[Settlement]) -> list[Settlement]:
    """Sort by time, equal times as given; a reversal dated by its day follows what it cancels."""
    ordered = sorted(settlements, key=lambda one: one.time)
    for reversal in [one for one in ordered if one.reverses]:
        later = [
            one
            for one in ordered[ordered.index(reversal) + 1 :]
            if one.setl_id == reversal.reverses and one.settlement_day == reversal.settlement_day
        ]
        earlier = any(one.setl_id == reversal.reverses for one in ordered[: ordered.index(reversal)])
        if later and not earlier:
            ordered.remove(reversal)
            ordered.insert(ordered.index(later[0]) + 1, reversal)
    return ordered


def _used(row: Mapping[str, Any], year: str) -> int:
    value = row.get("other_covered")
    return 0 if value is None else amount(value, f"used.{year}.other_covered")


def _decide(case: _Case, settlement: Settlement, check_lines: LineCheck) -> _Decision:
    pack_, overrides = case.pack, case.overrides
    trace: list[dict[str, Any]] = []
    checks: list[dict[str, Any]] = []
    dating, tracers = pack_.programs["dating"], pack_.tracers
    dates = {"settlement_day": settlement.settlement_day, "admission_day": settlement.admission_day}
    values = dating.run(dates, overrides)
    tracers["dating"].write(values, overrides, trace, checks)
    bill_day: int = dating.outcome(values)["bill_day"]
    bill_date = date.fromordinal(bill_day).isoformat()
    year = bill_date[:4]

    lines = judge_lines(settlement, check_lines, pack_.answers, case.parameters)
    excluded = [line for line in lines if line.excluded]
    columns = _excluded_columns(case, settlement, excluded, trace, checks)
    inputs = {
        "bill_day": bill_day,
        **person_facts(case.person, year, settlement),
        **scope_facts(settlement, lines, _is_duplicate(case, settlement)),
        **amount_facts(settlement, excluded),
        **later_facts(settlement),
        **columns,
        "other_covered_used": case.used.get(year, 0),
    }
    program = pack_.programs["settlement"]
    try:
        values = program.run(inputs, overrides)
        tracers["settlement"].write(values, overrides, trace, checks)
    except NoParameter as error:
        raise CaseProblem(
            f"settlements[{settlement.place}].setl_time", str(error), "no parameter on that day"
        ) from None
    out = program.outcome(values)
    status, reasons = verdict(program.fired(values), excluded)
    paid = {name: out[name] for name in ("benefit", "in_catalogue", "other", "limit_taken")}
    before = case.used.get(year, 0)
    case.used[year] = before + paid["limit_taken"]
    result = {
        "setl_id": settlement.setl_id,
        "status": status,
        "benefit": to_yuan(paid["benefit"]),
        "in_catalogue": to_yuan(paid["in_catalogue"]),
        "other": to_yuan(paid["other"]),
        "excluded": to_yuan(out["excluded"]),
        "reasons": reasons,
        "warnings": warnings(settlement, lines),
        "lines": [line_result(line) for line in excluded],
        "year": year,
        "bill_date": bill_date,
        "shares": shares(out),
        "later_payers": later_results(settlement, out),
        "limit": {
            "annual": to_yuan(out["limit"]),
            "used_before": to_yuan(before),
            "used_after": to_yuan(case.used[year]),
            "left": to_yuan(max(0, out["limit"] - case.used[year])),
        },
        "trace": trace,
        "checks": checks,
    }
    return _Decision(settlement, result, year, paid)


def _reverse(case: _Case, settlement: Settlement, known: set[str]) -> _Decision:
    path = f"settlements[{settlement.place}].reverses"
    if settlement.reverses not in known or settlement.reverses == settlement.setl_id:
        raise CaseProblem(
            path, "案件里没有要冲销的结算，请一并提供", "the settlement it cancels is not in the case"
        )
    targets = [one for one in case.decided if one.settlement.setl_id == settlement.reverses]
    if not targets:
        raise CaseProblem(path, "要冲销的结算时间在它之后，请核对", "the settlement it cancels comes later")
    target = targets[0]
    trace: list[dict[str, Any]] = []
    checks: list[dict[str, Any]] = []
    names = ("in_catalogue", "other", "limit_taken", "benefit")
    given = {f"reversed_{name}": 0 if target.reversed else target.paid[name] for name in names}
    program = case.pack.programs["reversal"]
    values = program.run(given, case.overrides)
    case.pack.tracers["reversal"].write(values, case.overrides, trace, checks)
    out = program.outcome(values)
    again = target.reversed
    target.reversed = True
    before = case.used.get(target.year, 0)
    case.used[target.year] = before + out["limit_taken"]
    result = {
        "setl_id": settlement.setl_id,
        "status": "rejected" if again else "payable",
        "benefit": to_yuan(out["benefit"]),
        "in_catalogue": to_yuan(out["in_catalogue"]),
        "other": to_yuan(out["other"]),
        "excluded": to_yuan(0),
        "reasons": [{"code": "duplicate", "clause": "XB-二(二)2"}] if again else [],
        "warnings": [],
        "lines": [],
        "year": target.year,
        "reverses": settlement.reverses,
        "limit": {"used_before": to_yuan(before), "used_after": to_yuan(case.used[target.year])},
        "trace": trace,
        "checks": checks,
    }
    return _Decision(settlement, result, target.year, out, reversed=True)


def _is_duplicate(case: _Case, settlement: Settlement) -> bool:
    if settlement.invoice is not None and settlement.invoice in case.known_invoices:
        return True
    return any(
        not earlier.reversed
        and not earlier.settlement.reverses
        and (
            earlier.settlement.setl_id == settlement.setl_id
            or (settlement.invoice is not None and earlier.settlement.invoice == settlement.invoice)
        )
        for earlier in case.decided
    )


def _excluded_columns(
    case: _Case,
    settlement: Settlement,
    excluded: Sequence[Line],
    trace: list[dict[str, Any]],
    checks: list[dict[str, Any]],
) -> dict[str, list[int]]:
    columns: dict[str, list[int]] = {"excluded_in": [], "excluded_other_lines": []}
    program, tracer = case.pack.programs["excluded_line"], case.pack.tracers["excluded_line"]
    for line in excluded:
        amounts = settlement.line_amounts[line.number]
        inputs: dict[str, Any] = {f"line_{name}": fen for name, fen in amounts.items()}
        inputs |= {name: settlement.fen(name) for name, _ in FUNDS}
        inputs["inscp_scp_amt"] = settlement.fen("inscp_scp_amt")
        inputs["line_in_catalogue"] = any(fen for name, fen in amounts.items() if name != "fulamt_ownpay_amt")
        values = program.run(inputs, case.overrides)
        tracer.write(values, case.overrides, trace, checks, row=line.sn)
        out = program.outcome(values)
        columns["excluded_in"].append(out["in_catalogue"])
        columns["excluded_other_lines"].append(out["other"])
    return columns
