"""Calculating a claim of the Changzhou-Xinbei scheme: facts in, recorded steps run, result and trace out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from insurer.kernel.money import to_yuan
from insurer.schemes.case_reading import (
    Settlement,
    amount,
    mapping,
    read_known_invoices,
    read_parameters,
    read_readings,
    read_settlements,
)
from insurer.schemes.changzhou_xinbei import (
    ALL_LINES_EXCLUDED,
    FUNDS,
    record_excluded_line,
    record_reversal,
    record_settlement,
)
from insurer.schemes.changzhou_xinbei_facts import (
    AMOUNTS,
    REQUIRED,
    amount_facts,
    insurance_periods,
    later_facts,
    person_facts,
    scope_facts,
)
from insurer.schemes.changzhou_xinbei_results import borne, later_results, line_result, shares, warnings
from insurer.schemes.changzhou_xinbei_scope import record_insurance_period
from insurer.schemes.changzhou_xinbei_surplus import record_year
from insurer.schemes.dating import dates_of, dating_by
from insurer.schemes.line_check import LineCheck
from insurer.schemes.line_verdicts import Line, judge_lines
from insurer.schemes.packdata import NoParameter
from insurer.schemes.scheme_pack import Pack, Recorder, RunnablePack
from insurer.schemes.settlement_order import Decided, in_order, is_duplicate, reversed_by
from insurer.schemes.too_early import too_early
from insurer.schemes.verdict import verdict

SCHEME = "changzhou-xinbei"
PRICE_THRESHOLD = "unit_price_threshold"
MOVED = ("benefit", "in_catalogue", "other", "limit_taken", "excluded")
"""The amounts that a decision moves and its reversal gives back."""


RECORDERS: Mapping[str, Recorder] = {
    "dating": dating_by("XB-二(一)"),
    "insurance_period": record_insurance_period,
    "excluded_line": record_excluded_line,
    "settlement": record_settlement,
    "reversal": record_reversal,
    "year": record_year,
}
"""The sheets of the scheme in the order in which they are recorded."""


@lru_cache(maxsize=256)
def pack(overrides: tuple[tuple[str, str], ...] = ()) -> Pack:
    """Return the pack for the given answers (sorted pairs of reading and answer); it is recorded once."""
    return Pack(SCHEME, RECORDERS, overrides)


@dataclass(slots=True)
class _Case:
    person: Mapping[str, Any]
    pack: RunnablePack
    overrides: Mapping[str, Any]
    used: dict[str, int]
    known_invoices: frozenset[tuple[str, str, str]] = frozenset()
    decided: list[Decided] = field(default_factory=list)


def calculate_claim(
    document: Mapping[str, Any], check_lines: LineCheck, rules: RunnablePack | None = None
) -> dict[str, Any]:
    """Calculate every settlement of a claim in the order of ``setl_time``; the result keeps the input order.

    A given pack of ``rules`` replaces the one of today: its steps, parameters and readings are used.
    Raises :class:`~insurer.schemes.case_reading.CaseProblem` naming the field that cannot be read.
    """
    rules = rules or pack(tuple(sorted(read_readings(document).items())))
    overrides = read_parameters(document, rules.parameters)
    used = {
        year: _used(mapping(row, f"used.{year}"), year)
        for year, row in mapping(document.get("used"), "used").items()
    }
    person = mapping(document.get("person"), "person")
    case = _Case(
        person,
        rules,
        overrides,
        used,
        read_known_invoices(document),
    )
    settlements = read_settlements(document, AMOUNTS, REQUIRED, rules.codes["visit"])
    known = {settlement.setl_id for settlement in settlements}
    for settlement in in_order(settlements):
        if settlement.reverses:
            case.decided.append(_reverse(case, settlement, known))
        else:
            case.decided.append(_decide_or_hold(case, settlement, check_lines))
    ordered = sorted(case.decided, key=lambda decision: decision.settlement.place)
    return {
        "total": to_yuan(sum(decision.moved["benefit"] for decision in ordered)),
        "settlements": [decision.result for decision in ordered],
        "balances": {year: {"other_covered": to_yuan(fen)} for year, fen in sorted(case.used.items())},
        "pack": case.pack.hash,
    }


def _used(row: Mapping[str, Any], year: str) -> int:
    value = row.get("other_covered")
    return 0 if value is None else amount(value, f"used.{year}.other_covered")


def _decide_or_hold(case: _Case, settlement: Settlement, check_lines: LineCheck) -> Decided:
    try:
        return _decide(case, settlement, check_lines)
    except NoParameter:
        result, year = too_early(case.pack, settlement, case.overrides, "XB-0")
        result |= {"in_catalogue": "0.00", "other": "0.00", "excluded": "0.00"}
        return Decided(settlement, result, year, dict.fromkeys(MOVED, 0))


def _decide(case: _Case, settlement: Settlement, check_lines: LineCheck) -> Decided:
    trace: list[dict[str, Any]] = []
    checks: list[dict[str, Any]] = []
    dated, _ = case.pack.run("dating", dates_of(settlement), case.overrides, trace, checks)
    bill_day: int = dated["bill_day"]
    bill_date = date.fromordinal(bill_day).isoformat()
    year = bill_date[:4]

    lines = judge_lines(settlement, check_lines, case.pack.answers, _figures_of_lines(case, settlement))
    excluded = [line for line in lines if line.excluded]
    columns = _excluded_columns(case, settlement, excluded, trace, checks)
    inputs = {
        "bill_day": bill_day,
        **person_facts(case.person, year, settlement),
        **_insurance(case, settlement, trace, checks),
        **scope_facts(settlement, lines, _is_duplicate(case, settlement)),
        **amount_facts(settlement, excluded),
        **later_facts(settlement),
        **columns,
        "other_covered_used": case.used.get(year, 0),
    }
    out, fired, provisional = case.pack.settle(inputs, case.overrides, trace, checks)
    lines_told = [(line.code, line.clause) for line in excluded]
    status, reasons = verdict(fired, {ALL_LINES_EXCLUDED: lines_told})
    paid = {name: out[name] for name in ("benefit", "in_catalogue", "other", "limit_taken")}
    before = case.used.get(year, 0)
    case.used[year] = before + paid["limit_taken"]
    result = {
        "setl_id": settlement.setl_id,
        "status": status,
        "benefit": to_yuan(paid["benefit"]),
        "in_catalogue": to_yuan(paid["in_catalogue"]),
        "other": to_yuan(paid["other"]),
        "excluded": borne(out["excluded"]),
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
        "provisional": provisional,
        "trace": trace,
        "checks": checks,
    }
    return Decided(
        settlement, result, year, {**paid, "excluded": out["excluded"] if status == "payable" else 0}
    )


def _reverse(case: _Case, settlement: Settlement, known: set[str]) -> Decided:
    target = reversed_by(case.decided, settlement, known)
    trace: list[dict[str, Any]] = []
    checks: list[dict[str, Any]] = []
    names = ("in_catalogue", "other", "limit_taken", "benefit")
    given = {f"reversed_{name}": 0 if target.reversed else target.moved[name] for name in names}
    out, _ = case.pack.run("reversal", given, case.overrides, trace, checks)
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
        "excluded": to_yuan(0 if again else -target.moved["excluded"]),
        "reasons": [{"code": "duplicate", "clause": "XB-二(二)2"}] if again else [],
        "warnings": [],
        "lines": [],
        "year": target.year,
        "reverses": settlement.reverses,
        "limit": {"used_before": to_yuan(before), "used_after": to_yuan(case.used[target.year])},
        "trace": trace,
        "checks": checks,
    }
    return Decided(settlement, result, target.year, {**out, "excluded": 0}, reversed=True)


def _figures_of_lines(case: _Case, settlement: Settlement) -> dict[str, str]:
    """Return the dated figure on which fee lines are judged (二(二)4), as the case or the pack has it."""
    fen = case.overrides.get(PRICE_THRESHOLD)
    if fen is None:
        fen = case.pack.parameters[PRICE_THRESHOLD].on(settlement.settlement_day).value
    return {PRICE_THRESHOLD: to_yuan(fen)}


def _insurance(
    case: _Case, settlement: Settlement, trace: list[dict[str, Any]], checks: list[dict[str, Any]]
) -> dict[str, bool]:
    """Return whether a period of insurance makes a resident of the person, if the case gives periods."""
    periods = insurance_periods(case.person, settlement)
    found = [
        case.pack.run("insurance_period", facts, case.overrides, trace, checks, f"insurance {place}")[0]
        for place, facts in enumerate(periods, 1)
    ]
    return {
        "has_insurance_periods": bool(periods),
        "resident_at_service": any(one["service"] for one in found),
        "resident_at_settlement": any(one["settlement"] for one in found),
    }


def _is_duplicate(case: _Case, settlement: Settlement) -> bool:
    known = settlement.invoice is not None and settlement.invoice in case.known_invoices
    return known or is_duplicate(case.decided, settlement)


def _excluded_columns(
    case: _Case,
    settlement: Settlement,
    excluded: Sequence[Line],
    trace: list[dict[str, Any]],
    checks: list[dict[str, Any]],
) -> dict[str, list[int]]:
    columns: dict[str, list[int]] = {"excluded_in": [], "excluded_other_lines": []}
    for line in excluded:
        amounts = settlement.line_amounts[line.number]
        inputs: dict[str, Any] = {f"line_{name}": fen for name, fen in amounts.items()}
        inputs |= {name: settlement.fen(name) for name, _ in FUNDS}
        inputs["inscp_scp_amt"] = settlement.fen("inscp_scp_amt")
        inputs["line_in_catalogue"] = any(fen for name, fen in amounts.items() if name != "fulamt_ownpay_amt")
        out, _ = case.pack.run("excluded_line", inputs, case.overrides, trace, checks, line.sn)
        columns["excluded_in"].append(out["in_catalogue"])
        columns["excluded_other_lines"].append(out["other"])
    return columns
