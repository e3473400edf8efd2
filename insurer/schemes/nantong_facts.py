"""What a Nantong case says of the person and of critical-illness insurance, read into plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from insurer.kernel.money import MAX_FEN
from insurer.schemes.case_reading import (
    CaseProblem,
    Settlement,
    amount,
    day,
    mapping,
    one_of,
    required,
    sequence,
)
from insurer.schemes.nantong import CATEGORIES, FUNDS
from insurer.schemes.nantong_scope import COST_PARTS
from insurer.schemes.operations import NEVER, POINTS
from insurer.schemes.packdata import parse_rate

REQUIRED = ("medfee_sumamt", *(name for name, _ in COST_PARTS), "hifp_pay")
AMOUNTS = (
    *REQUIRED,
    *(name for name, _ in FUNDS if name not in REQUIRED),
    "hifmi_pay",
    "maf_pay",
    "oth_pay",
    "othfund_pay",
    "hosp_part_amt",
    "fund_pay_sumamt",
    "psn_part_amt",
)
_NOT_NEGATIVE = tuple(name for name in AMOUNTS if name not in ("oth_pay", "othfund_pay"))

SELF_PAY = "critical_illness_self_pay"
"""The running total of in-scope self-pay that critical-illness insurance looks at."""

BURDEN = "personal_burden"
"""The running total of what the person bears in a year: NT-(九)."""


@dataclass(frozen=True, slots=True)
class CriticalIllness:
    """Deductibles in fen and the bands above them: lower, upper (fen), rate, rate when tilted (points)."""

    standard: int
    assisted: int
    bands: Sequence[tuple[int, int, int, int]]


def read_identities(person: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Return the identities of the person: category, first day, day of the decision of loss."""
    found = []
    for place, raw in enumerate(sequence(person.get("identities"), "person.identities")):
        path = f"person.identities[{place}]"
        row = mapping(raw, path)
        category = one_of(required(row, "category", f"{path}."), tuple(CATEGORIES), f"{path}.category", "")
        valid_from = day(required(row, "valid_from", f"{path}."), f"{path}.valid_from")
        lost = row.get("lost_decided_on")
        found.append((category, valid_from, NEVER if lost is None else day(lost, f"{path}.lost_decided_on")))
    return found


def read_critical_illness(raw: Mapping[str, Any]) -> CriticalIllness | None:
    """Return the critical-illness figures of the case, if it carries any."""
    if raw.get("critical_illness") is None:
        return None
    path = "parameters.critical_illness"
    row = mapping(raw["critical_illness"], path)
    bands: list[tuple[int, int, int, int]] = []
    lower = 0
    for place, band in enumerate(
        sequence(row.get("bands_above_deductible"), f"{path}.bands_above_deductible")
    ):
        at = f"{path}.bands_above_deductible[{place}]"
        if not isinstance(band, list) or len(band) != 3:
            raise CaseProblem(at, "每段要写上限、比例、倾斜比例三项", "must be [upper, rate, assisted_rate]")
        upper = MAX_FEN if band[0] is None else amount(band[0], f"{at}[0]")
        if upper <= lower:
            raise CaseProblem(f"{at}[0]", "各段上限要依次增大", "upper bounds must increase")
        bands.append((lower, upper, _points(band[1], f"{at}[1]"), _points(band[2], f"{at}[2]")))
        lower = upper
    if not bands:
        raise CaseProblem(f"{path}.bands_above_deductible", "缺少分段，请补上", "required field is missing")
    standard, assisted = (_deductible(row, name, path) for name in ("standard", "assisted"))
    return CriticalIllness(standard, assisted, bands)


def _deductible(row: Mapping[str, Any], which: str, path: str) -> int:
    name = f"{which}_deductible"
    fen = amount(required(row, name, f"{path}."), f"{path}.{name}")
    if fen < 0:
        raise CaseProblem(f"{path}.{name}", "不能小于零", "must not be negative")
    return fen


def _points(value: Any, path: str) -> int:
    try:
        points = Fraction(*parse_rate(value)) * POINTS
    except ValueError as error:
        raise CaseProblem(path, str(error), "not a rate such as 0.60") from None
    if points.denominator != 1 or not 0 <= points <= POINTS:
        raise CaseProblem(path, "比例要在 0 到 1 之间，最多四位小数", "must be between 0 and 1")
    return points.numerator


def read_used(document: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return what was used before, by year and pool, in fen."""
    found: dict[str, dict[str, int]] = {}
    for year, raw in mapping(document.get("used"), "used").items():
        row = mapping(raw, f"used.{year}")
        found[year] = {
            pool: amount(row[pool], f"used.{year}.{pool}")
            for pool in ("general_outpatient", "shared", SELF_PAY, BURDEN)
            if row.get(pool) is not None
        }
    return found


def settlement_facts(settlement: Settlement, answers: Mapping[str, str], duplicate: bool) -> dict[str, Any]:
    """Return what the settlement sheet is given of a settlement: amounts in fen and facts."""
    amounts, rows = settlement.amounts, settlement.line_amounts
    inpatient = settlement.visit == "inpatient"
    return {
        **{name: settlement.fen(name) for name in AMOUNTS},
        "negative_amount": any(settlement.fen(name) < 0 for name in _NOT_NEGATIVE),
        "paid_side_given": amounts["fund_pay_sumamt"] is not None and amounts["psn_part_amt"] is not None,
        "has_lines": bool(rows),
        "lines_own": [row["fulamt_ownpay_amt"] for row in rows],
        "has_hospital_part": bool(settlement.fen("hosp_part_amt")),
        "inpatient": inpatient,
        "known_kind": bool(settlement.visit),
        "designated": settlement.designated,
        "referred": settlement.referral == "referred",
        "emergency": settlement.referral == "emergency",
        "referral_missing": settlement.referral == "missing",
        "hardship_approved": settlement.referral == "missing_hardship_approved",
        "no_referral_cut": int(Fraction(answers["no_referral_cut_points"]) * 100),
        "overseas": settlement.region == "overseas",
        "not_on_invoice": settlement.finding == "not_on_invoice",
        "unlawful": settlement.finding == "unlawful",
        "duplicate": duplicate,
        "third_party_unresolved": settlement.third_party == "unresolved",
        "upstream_pending": bool(settlement.upstream_pending),
        "other_fund": bool(settlement.fen("oth_pay") or settlement.fen("othfund_pay")),
        "control_line_applies": inpatient and settlement.in_county,
        **_later(settlement),
    }


def _later(settlement: Settlement) -> dict[str, Any]:
    """Return what 惠民保 and charity paid: it counts before assistance under a reading only."""
    paid = [one for one in settlement.later if one.payer != "private"]
    return {
        "has_later_payers": bool(paid),
        "later_unsplit": sum(one.unsplit for one in paid),
        "later_in_catalogue": sum(one.in_catalogue for one in paid),
    }
