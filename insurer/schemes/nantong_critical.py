"""Critical-illness insurance before assistance, NT-(三): the payment of a bill, the self-pay of a year."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from insurer.kernel.money import half_up
from insurer.schemes.case_reading import Settlement
from insurer.schemes.nantong_facts import CriticalIllness
from insurer.schemes.operations import POINTS
from insurer.schemes.recording import Step

Run = Callable[[str, Mapping[str, Any], str], Mapping[str, Any]]
"""Runs a sheet (name, inputs, row of the trace) and gives its results."""

_ONLY_ASSISTANCE = frozenset({"not_insured", "no_referral"})


def critical_payment(
    pack: CriticalIllness,
    settlement: Settlement,
    before: int,
    assisted: bool,
    run: Run,
    *,
    tilted_deductible: bool | None = None,
) -> int:
    """Return what critical-illness insurance pays on a bill after ``before`` of self-pay in the year (fen).

    ``tilted_deductible`` parts the deductible from the rates, to see which of the two was not tilted.

    The bands make up one amount of one payer, so it is rounded once: the bands are shown each to the fen and
    the difference that this leaves is a line of its own.
    """
    facts = {
        "inscp_scp_amt": settlement.fen("inscp_scp_amt"),
        "hifp_pay": settlement.fen("hifp_pay"),
        "standard_deductible": pack.standard,
        "assisted_deductible": pack.assisted,
        "self_pay_before": before,
        "assisted": assisted if tilted_deductible is None else tilted_deductible,
    }
    above = run("self_pay", facts, "critical illness")
    paid: list[int] = []
    exact = 0
    for place, (lower, upper, plain, raised) in enumerate(pack.bands):
        band = {
            "band_lower": lower,
            "band_upper": upper,
            "band_rate": plain,
            "band_assisted_rate": raised,
            "critical_from": above["from"],
            "critical_to": above["to"],
            "assisted": assisted,
        }
        out = run("band", band, f"band {place + 1}")
        paid.append(out["paid"])
        exact += out["amount"] * out["rate"]
    tail = half_up(exact, POINTS) - sum(paid)
    critical: int = run("critical", {"bands_column": paid, "rounding_tail": tail}, "critical illness")["paid"]
    return critical


def counted_self_pay(settlement: Settlement, fired: Sequence[Step], *, computed: bool, shared: bool) -> int:
    """Return what a settlement adds to the year's in-scope self-pay (fen).

    Critical-illness insurance looks at the year whether or not the person had an identity: a bill that only
    this scheme refuses was settled upstream and counts. General outpatient bills count where their payment
    is computed.
    """
    if not only_assistance_refused(fired) or not (computed or shared):
        return 0
    return settlement.fen("inscp_scp_amt") - settlement.fen("hifp_pay")


def only_assistance_refused(fired: Sequence[Step]) -> bool:
    """Tell whether only what this scheme alone refuses stopped a settlement: upstream it is settled."""
    return all(step.stop is not None and step.stop[1] in _ONLY_ASSISTANCE for step in fired)
