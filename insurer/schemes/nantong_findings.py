"""What a Nantong case shows beside its amounts: for the agency (三) and for the early-warning list (九).

Findings change no benefit. Each carries its clause, its amount, the state of the figures behind it, and
steps of its own.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from insurer.kernel.money import display, to_yuan
from insurer.schemes.case_reading import Settlement
from insurer.schemes.nantong_critical import Run, critical_payment
from insurer.schemes.nantong_facts import CriticalIllness
from insurer.schemes.nantong_layers import BANDS
from insurer.schemes.packdata import UNSETTLED, Parameter

_CRITICAL = ("critical_deductible", *(f"critical_band{band}_rate" for band in range(1, BANDS + 1)))
_MISSING = {
    "untilted": "付的数和没有倾斜时一样，起付线没有降低，比例也没有提高",
    "deductible_not_cut": "付的数和起付线没有降低时一样",
    "rate_not_raised": "付的数和比例没有提高时一样",
}
_TOP = 10**15


class Decision(NamedTuple):
    """What the checks need to know of a settlement that was decided."""

    settlement: Settlement
    bill_day: int
    year: str
    assisted: bool
    watched: bool
    benefit: int
    base: int
    insurance: int
    self_pay_before: int
    burden_before: int


class Warned(NamedTuple):
    """The early warning: what a settlement adds to the year, the figures, a finding above the line."""

    burden: int
    figures: dict[str, Any]
    findings: list[dict[str, Any]]


class Checks:
    """Runs the checks of one case: with its parameters, each check with steps of its own."""

    def __init__(self, pack: Any, overrides: Mapping[str, Any], critical: CriticalIllness | None) -> None:
        self._pack, self._overrides, self._critical = pack, overrides, critical

    def tilt(self, made: Decision) -> list[dict[str, Any]]:
        """Compare the stated critical-illness payment with the tilted one; empty when they agree."""
        steps: list[dict[str, Any]] = []
        run = self._runner(steps)
        figures = self._critical or self._dated(made.bill_day, run)
        settlement, before = made.settlement, made.self_pay_before
        self_pay = settlement.fen("inscp_scp_amt") - settlement.fen("hifp_pay")
        if not settlement.fen("hifmi_pay") and before + self_pay <= min(figures.standard, figures.assisted):
            return []  # nothing was due and nothing was paid
        expected = critical_payment(figures, settlement, before, True, run)
        paid = settlement.fen("hifmi_pay")
        if expected == paid:
            return []
        aside = self._runner([])
        others = {
            key: critical_payment(
                figures, settlement, before, by_rate, aside, tilted_deductible=by_deductible
            )
            for key, by_deductible, by_rate in (
                ("untilted", False, False),
                ("deductible_not_cut", False, True),
                ("rate_not_raised", True, False),
            )
        }
        out = run(
            "tilt_check",
            {
                "bill_day": made.bill_day,
                "hifmi_pay": paid,
                "critical_expected": expected,
                **{f"critical_{key}": fen for key, fen in others.items()},
            },
            "",
        )
        if not out["differs"]:
            return []
        missing = next((key for key in _MISSING if out["short"] and out[key]), "")
        origin = (
            {"status": "case", "source": "case document"} if self._critical else self._origin(made.bill_day)
        )
        finding = {
            "code": "critical_illness_tilt",
            "clause": "NT-(三)",
            "amount": to_yuan(out["short"] - out["over"]),
            "paid": to_yuan(paid),
            "expected": to_yuan(expected),
            "missing": missing,
            "message": _tilt_message(paid, expected, out, missing),
            "parameter": origin,
            "steps": steps,
        }
        return [finding]

    def warning(self, made: Decision) -> Warned:
        """Add the burden of a settlement to the year and compare it with the line of (九)."""
        steps: list[dict[str, Any]] = []
        settlement = made.settlement
        facts = {
            "bill_day": made.bill_day,
            "assistance": made.benefit,
            "maf_pay": settlement.fen("maf_pay"),
            "medfee_sumamt": settlement.fen("medfee_sumamt"),
            "insurance_paid": made.insurance,
            "hosp_part_amt": settlement.fen("hosp_part_amt"),
            "base": made.base,
            "burden_before": made.burden_before,
            "watched_category": made.watched,
            "assisted": made.assisted,
        }
        out = self._runner(steps)("warning", facts, "")
        if not out["watched"]:
            return Warned(out["now"], {}, [])
        figures = {
            "burden": to_yuan(out["burden"]),
            "threshold": to_yuan(out["threshold"]),
            "above_by": to_yuan(out["above"] if out["alert"] else 0),
            "alert": out["alert"],
        }
        if not out["alert"]:
            return Warned(out["now"], {"early_warning": figures}, [])
        burden, line, above = (display(out[name]) for name in ("burden", "threshold", "above"))
        finding = {
            "code": "early_warning",
            "clause": "NT-(九)",
            "amount": to_yuan(out["above"]),
            "year": made.year,
            "burden": figures["burden"],
            "threshold": figures["threshold"],
            "message": f"{made.year} 年个人负担 {burden} 元，比监测标准 {line} 元多 {above} 元。请报送预警",
            "parameter": self._status(("warning_threshold",), made.bill_day),
            "steps": steps,
        }
        return Warned(out["now"], {"early_warning": figures}, [finding])

    def _runner(self, steps: list[dict[str, Any]]) -> Run:
        def run(sheet: str, facts: Mapping[str, Any], row: str) -> dict[str, Any]:
            found: dict[str, Any] = self._pack.run(sheet, facts, self._overrides, steps, [], row)[0]
            return found

        return run

    def _dated(self, day: int, run: Run) -> CriticalIllness:
        out = run("critical_figures", {"bill_day": day}, "critical illness")
        uppers = [*(out[f"upper{band}"] for band in range(1, BANDS)), _TOP]
        lowers = [0, *uppers]
        bands = [
            (lowers[band], uppers[band], out[f"rate{band + 1}"], out[f"raised{band + 1}"])
            for band in range(BANDS)
        ]
        return CriticalIllness(out["standard"], out["assisted"], bands)

    def _origin(self, day: int) -> dict[str, str]:
        return self._status(_CRITICAL, day)

    def _status(self, names: tuple[str, ...], day: int) -> dict[str, str]:
        """Return the least settled state among figures, with its source."""
        tables: Mapping[str, Parameter] = self._pack.parameters
        rows = [tables[name].on(day) for name in names if name not in self._overrides]
        for state in UNSETTLED:
            for row in rows:
                if row.status == state:
                    return {"status": state, "source": row.source}
        if not rows:
            return {"status": "case", "source": "case document"}
        return {"status": rows[0].status, "source": rows[0].source}


def _tilt_message(paid: int, expected: int, out: Mapping[str, Any], missing: str) -> str:
    given, due = display(paid), display(expected)
    told = f"大病保险付了 {given} 元，按起付线降低 50%、比例提高 5 个百分点应付 {due} 元"
    if out["over"]:
        return f"{told}，多付 {display(out['over'])} 元。请经办机构核对，本年以前的费用可能没有全部在这里"
    why = f"；{_MISSING[missing]}" if missing else ""
    return f"{told}，少付 {display(out['short'])} 元{why}。请经办机构核对"
