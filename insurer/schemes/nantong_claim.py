"""Calculating a claim of the Nantong scheme: facts in, recorded steps run, result and trace out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from insurer.kernel.money import to_yuan
from insurer.schemes.case_reading import (
    CaseProblem,
    Settlement,
    mapping,
    read_known_invoices,
    read_parameters,
    read_readings,
    read_settlements,
)
from insurer.schemes.dating import dates_of, dating_by
from insurer.schemes.line_check import LineCheck
from insurer.schemes.line_verdicts import read_finding
from insurer.schemes.nantong import (
    CATEGORIES,
    FUNDS,
    record_excluded_line,
    record_identity,
    record_reversal,
    record_settlement,
)
from insurer.schemes.nantong_critical import counted_self_pay, critical_payment, only_assistance_refused
from insurer.schemes.nantong_facts import (
    AMOUNTS,
    BURDEN,
    REQUIRED,
    SELF_PAY,
    CriticalIllness,
    read_critical_illness,
    read_identities,
    read_used,
    settlement_facts,
)
from insurer.schemes.nantong_findings import Checks, Decision
from insurer.schemes.nantong_layers import (
    record_band,
    record_critical,
    record_critical_figures,
    record_self_pay,
    record_tilt_check,
)
from insurer.schemes.nantong_measures import record_subsidy, record_tilted, record_warning
from insurer.schemes.operations import POINTS
from insurer.schemes.packdata import NoParameter
from insurer.schemes.recording import Step
from insurer.schemes.scheme_pack import Pack, Recorder, RunnablePack
from insurer.schemes.settlement_order import Decided, in_order, is_duplicate, reversed_by
from insurer.schemes.too_early import too_early
from insurer.schemes.trace_writing import rate_text
from insurer.schemes.verdict import verdict

SCHEME = "nantong"
RECORDERS: Mapping[str, Recorder] = {
    "dating": dating_by("NT-(六)"),
    "identity": record_identity,
    "self_pay": record_self_pay,
    "band": record_band,
    "critical": record_critical,
    "critical_figures": record_critical_figures,
    "tilt_check": record_tilt_check,
    "warning": record_warning,
    "excluded_line": record_excluded_line,
    "settlement": record_settlement,
    "reversal": record_reversal,
    "subsidy": record_subsidy,
    "tilted": record_tilted,
}
"""The sheets of the scheme in the order in which they are recorded."""

LINES_MISSING = {"code": "lines_missing", "message": "没有费用行，请补齐费用清单"}
MOVED = ("benefit", "limit", "self_pay", "base", "burden")
"""The amounts that a decision moves and its reversal gives back."""
_POOLS = {"outpatient": "general_outpatient", "pharmacy": "general_outpatient"}


@lru_cache(maxsize=256)
def pack(overrides: tuple[tuple[str, str], ...] = ()) -> Pack:
    """Return the pack for the given answers (sorted pairs of reading and answer); it is recorded once."""
    return Pack(SCHEME, RECORDERS, overrides)


@dataclass(slots=True)
class _Case:
    pack: RunnablePack
    overrides: Mapping[str, Any]
    identities: Sequence[tuple[str, int, int]]
    critical: CriticalIllness | None
    used: dict[str, dict[str, int]]
    known_invoices: frozenset[tuple[str, str, str]]
    raw: Sequence[Mapping[str, Any]]
    decided: list[Decided] = field(default_factory=list)

    def used_of(self, year: str, pool: str) -> int:
        return self.used.get(year, {}).get(pool, 0)

    def use(self, year: str, pool: str, fen: int) -> None:
        if fen:
            row = self.used.setdefault(year, {})
            row[pool] = row.get(pool, 0) + fen


def calculate_claim(
    document: Mapping[str, Any], check_lines: LineCheck, rules: RunnablePack | None = None
) -> dict[str, Any]:
    """Calculate every settlement of a claim in the order of ``setl_time``; the result keeps the input order.

    What assistance covers is the policy scope, which is on the settlement: fee lines are added up, and a line
    leaves the base only by a reviewer's finding, never by the automatic check. A given pack of
    ``rules`` replaces the one of today: its steps, parameters and readings are used.
    Raises :class:`CaseProblem` naming the field that cannot be read.
    """
    del check_lines
    rules = rules or pack(tuple(sorted(read_readings(document).items())))
    settlements = read_settlements(document, AMOUNTS, REQUIRED, rules.codes["visit"])
    person = mapping(document.get("person"), "person")
    case = _Case(
        pack=rules,
        overrides=read_parameters(document, rules.parameters),
        identities=read_identities(person),
        critical=read_critical_illness(mapping(document.get("parameters"), "parameters")),
        used=read_used(document),
        known_invoices=read_known_invoices(document),
        raw=document["settlements"],
    )
    known = {settlement.setl_id for settlement in settlements}
    for settlement in in_order(settlements):
        case.decided.append(
            _reverse(case, settlement, known) if settlement.reverses else _decide_or_hold(case, settlement)
        )
    ordered = sorted(case.decided, key=lambda decision: decision.settlement.place)
    return {
        "total": to_yuan(sum(decision.moved["benefit"] for decision in ordered)),
        "settlements": [decision.result for decision in ordered],
        "balances": {
            year: {pool: to_yuan(fen) for pool, fen in sorted(row.items())}
            for year, row in sorted(case.used.items())
        },
        "pack": case.pack.hash,
    }


def _decide_or_hold(case: _Case, settlement: Settlement) -> Decided:
    try:
        return _decide(case, settlement)
    except NoParameter:
        result, year = too_early(case.pack, settlement, case.overrides, "NT-end")
        result |= {"base": "0.00", "rate": "0", "assistance": "0.00", "findings": [], "identities": []}
        return Decided(settlement, result, year, dict.fromkeys(MOVED, 0))


def _decide(case: _Case, settlement: Settlement) -> Decided:
    trace: list[dict[str, Any]] = []
    checks: list[dict[str, Any]] = []
    dated, _ = case.pack.run("dating", dates_of(settlement), case.overrides, trace, checks)
    bill_day: int = dated["bill_day"]
    bill_date = date.fromordinal(bill_day).isoformat()
    year, pool = bill_date[:4], _POOLS.get(settlement.visit, "shared")
    held = _held(case, settlement, trace, checks)
    critical = _critical_payment(case, settlement, year, bool(held), trace, checks)
    paid_critical = settlement.fen("hifmi_pay") if critical is None else critical
    excluded = _excluded_lines(settlement)
    before = case.used_of(year, pool)
    inputs = {
        "bill_day": bill_day,
        **{f"held_{category}": category in held for category in CATEGORIES},
        **settlement_facts(settlement, case.pack.answers, _is_duplicate(case, settlement)),
        "critical_illness": paid_critical,
        **_excluded_facts(case, settlement, [place for place, _ in excluded], paid_critical, trace, checks),
        "general_outpatient": pool == "general_outpatient",
        "limit_used": before,
    }
    out, fired, provisional = case.pack.settle(inputs, case.overrides, trace, checks)
    status, reasons = verdict(fired)
    self_pay = counted_self_pay(settlement, fired, computed=critical is not None, shared=pool == "shared")
    # What the counter has paid on this bill has used the limit too.
    base = out["base"] if status == "payable" else 0
    moved = {"benefit": out["benefit"], "limit": out["limit_taken"], "self_pay": self_pay, "base": base}
    shown, findings, moved["burden"] = _checked(case, settlement, bill_day, held, fired, out, critical)
    case.use(year, pool, moved["limit"])
    case.use(year, SELF_PAY, self_pay)
    case.use(year, BURDEN, moved["burden"])
    rate = rate_text((out["rate"], POINTS)).removesuffix("%") if status != "rejected" else "0"
    result = {
        "setl_id": settlement.setl_id,
        "status": status,
        "benefit": to_yuan(out["benefit"]),
        "base": to_yuan(max(0, out["base"])),
        "rate": rate,
        "assistance": to_yuan(out["benefit"]),
        **({} if critical is None else {"critical_illness": to_yuan(critical)}),
        **_control_line(case, settlement, status, out),
        **shown,
        "reasons": reasons,
        "warnings": [] if settlement.lines else [LINES_MISSING],
        "findings": findings,
        "lines": [_line(settlement, place, code) for place, code in excluded],
        "identities": sorted(held),
        "year": year,
        "bill_date": bill_date,
        "limit": {
            "pool": pool,
            "annual": to_yuan(out["limit"]),
            "used_before": to_yuan(before),
            "used_after": to_yuan(before + moved["limit"]),
            "left": to_yuan(max(0, out["limit"] - before - moved["limit"])),
        },
        "provisional": provisional,
        "trace": trace,
        "checks": checks,
    }
    return Decided(settlement, result, year, {**moved, f"pool:{pool}": 0})


def _checked(
    case: _Case,
    settlement: Settlement,
    bill_day: int,
    held: frozenset[str],
    fired: Sequence[Step],
    out: Mapping[str, Any],
    critical: int | None,
) -> tuple[dict[str, Any], list[dict[str, Any]], int]:
    """Return what is shown of the early warning, the findings, and what the year's burden grows by."""
    if not held or not only_assistance_refused(fired):
        return {}, [], 0
    year = date.fromordinal(bill_day).isoformat()[:4]
    made = Decision(
        settlement=settlement,
        bill_day=bill_day,
        year=year,
        assisted=bool(held),
        watched=bool(held & frozenset(case.pack.codes["category"].with_fact("warning", "yes"))),
        benefit=out["benefit"],
        base=out["base"],
        insurance=out["insurance"],
        self_pay_before=case.used_of(year, SELF_PAY),
        burden_before=case.used_of(year, BURDEN),
    )
    checks = Checks(case.pack, case.overrides, case.critical)
    warned = checks.warning(made)
    stated = critical is None and _POOLS.get(settlement.visit, "shared") == "shared"
    return warned.figures, [*(checks.tilt(made) if stated else []), *warned.findings], warned.burden


def _reverse(case: _Case, settlement: Settlement, known: set[str]) -> Decided:
    target = reversed_by(case.decided, settlement, known)
    trace: list[dict[str, Any]] = []
    given = {"reversed_benefit": 0 if target.reversed else target.moved["benefit"]}
    out, _ = case.pack.run("reversal", given, case.overrides, trace, [])
    again, target.reversed = target.reversed, True
    pool = _POOLS.get(target.settlement.visit, "shared")
    before = case.used_of(target.year, pool)
    returned = 0 if again else -target.moved["limit"]
    case.use(target.year, pool, returned)
    if not again:
        case.use(target.year, SELF_PAY, -target.moved["self_pay"])
        case.use(target.year, BURDEN, -target.moved["burden"])
    benefit = to_yuan(out["benefit"])
    result = {
        "setl_id": settlement.setl_id,
        "status": "rejected" if again else "payable",
        "benefit": benefit,
        "base": to_yuan(0 if again else -target.moved["base"]),
        "rate": target.result["rate"],
        "assistance": benefit,
        "reasons": [{"code": "duplicate", "clause": "NT-(八)"}] if again else [],
        "warnings": [],
        "findings": [],
        "lines": [],
        "year": target.year,
        "reverses": settlement.reverses,
        "limit": {
            "pool": pool,
            "used_before": to_yuan(before),
            "used_after": to_yuan(before + returned),
        },
        "trace": trace,
        "checks": [],
    }
    moved = {"benefit": out["benefit"], "limit": returned, "self_pay": 0, "base": 0, "burden": 0}
    return Decided(settlement, result, target.year, moved, reversed=True)


def _held(
    case: _Case, settlement: Settlement, trace: list[dict[str, Any]], checks: list[dict[str, Any]]
) -> frozenset[str]:
    """Return the categories that count for a visit or stay."""
    found = set()
    discharged = max(settlement.admission_day, settlement.discharge_day)
    for place, (category, valid_from, lost_on) in enumerate(case.identities):
        facts = {
            "valid_from": valid_from,
            "lost_decided_on": lost_on,
            "admission_day": settlement.admission_day,
            "discharge_day": discharged,
            "inpatient": settlement.visit == "inpatient",
        }
        out, _ = case.pack.run("identity", facts, case.overrides, trace, checks, f"identity {place + 1}")
        if out["counts"]:
            found.add(category)
    return frozenset(found)


def _critical_payment(
    case: _Case,
    settlement: Settlement,
    year: str,
    assisted: bool,
    trace: list[dict[str, Any]],
    checks: list[dict[str, Any]],
) -> int | None:
    """Compute the critical-illness payment when ``hifmi_pay`` is null; ``None`` when it was given."""
    path = f"settlements[{settlement.place}].hifmi_pay"
    if settlement.amounts["hifmi_pay"] is not None:
        return None
    if "hifmi_pay" not in case.raw[settlement.place]:
        raise CaseProblem(path, "缺少这一项，请补上", "required field is missing")
    if case.critical is None:
        raise CaseProblem(
            "parameters.critical_illness", "缺少大病保险参数，请补上", "required field is missing"
        )

    def run(sheet: str, facts: Mapping[str, Any], row: str) -> dict[str, Any]:
        return case.pack.run(sheet, facts, case.overrides, trace, checks, row)[0]

    return critical_payment(case.critical, settlement, case.used_of(year, SELF_PAY), assisted, run)


def _excluded_lines(settlement: Settlement) -> list[tuple[int, str]]:
    """Return the lines that a reviewer found not payable, with the code of the finding."""
    found = []
    for place, line in enumerate(settlement.lines):
        finding = read_finding(line, f"settlements[{settlement.place}].feedetail[{place}].finding")
        if finding and finding != "covered":
            found.append((place, finding))
    return found


def _excluded_facts(
    case: _Case,
    settlement: Settlement,
    places: Sequence[int],
    critical: int,
    trace: list[dict[str, Any]],
    checks: list[dict[str, Any]],
) -> dict[str, Any]:
    column = []
    whole = settlement.fen("inscp_scp_amt")
    scopes = [settlement.line_amounts[place]["inscp_scp_amt"] for place in places]
    for place, scope in zip(places, scopes, strict=True):
        facts = {name: settlement.fen(name) for name, _ in FUNDS}
        facts |= {"line_inscp_scp_amt": scope, "inscp_scp_amt": whole, "critical_illness": critical}
        row = _serial(settlement, place)
        out, _ = case.pack.run("excluded_line", facts, case.overrides, trace, checks, row)
        column.append(out["left"])
    return {
        "has_excluded_lines": bool(places),
        "excluded_column": column,
        "line_parts_beyond": not 0 <= sum(scopes) <= whole,
    }


def _is_duplicate(case: _Case, settlement: Settlement) -> bool:
    known = settlement.invoice is not None and settlement.invoice in case.known_invoices
    return known or is_duplicate(case.decided, settlement)


def _serial(settlement: Settlement, place: int) -> str:
    return str(settlement.lines[place].get("feedetl_sn") or place + 1)


def _line(settlement: Settlement, place: int, code: str) -> dict[str, Any]:
    exclusion = {"code": code, "clause": "NT-(五)"}
    return {"feedetl_sn": _serial(settlement, place), "exclusion": exclusion, "by": "finding"}


def _control_line(case: _Case, settlement: Settlement, status: str, out: Mapping[str, Any]) -> dict[str, Any]:
    if settlement.visit != "inpatient" or not settlement.in_county or status != "payable":
        return {}
    line: dict[str, Any] = {
        "limit": to_yuan(out["control_limit"]),
        "personal": to_yuan(out["control_personal"]),
        "above_by": to_yuan(out["control_above"]),
        "alert": out["control_above"] > 0,
    }
    consequence = case.pack.answers["control_line_consequence"]
    if consequence != "monitor":
        line |= {"borne_by": consequence.removesuffix("_bears"), "borne": to_yuan(out["control_borne"])}
    return {"control_line": line}
