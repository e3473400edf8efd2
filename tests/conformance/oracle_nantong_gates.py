"""What stops a Nantong settlement before any money is calculated, written a second time for the oracle.

Nothing here is shared with the product. Amounts are ``Decimal`` yuan. Each function gives the reason codes
that apply; where a settlement is both to be refused and to be looked at, no text says which comes first.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Settlement = dict[str, Any]
FEN = Decimal("0.01")
ZERO = Decimal("0.00")
OUTPATIENT = ("11", "12", "13", "19", "51", "53")
CHRONIC = ("14",)
INPATIENT = ("21", "22", "23", "24", "52")
PHARMACY = ("41",)
PARTS = ("inscp_scp_amt", "preselfpay_amt", "overlmt_selfpay", "fulamt_ownpay_amt")
INSURANCE_FUNDS = ("hifp_pay", "hifmi_pay", "hifob_pay", "hifes_pay", "cvlserv_pay", "hifdm_pay")


def half_up(amount: Decimal) -> Decimal:
    """The amount to the fen, halves away from zero."""
    return amount.quantize(FEN, ROUND_HALF_UP)


def yuan(settlement: Settlement, name: str) -> Decimal:
    """An amount of the settlement; one that is missing is 0.00."""
    return Decimal(settlement.get(name) or "0.00")


def is_inpatient(settlement: Settlement) -> bool:
    return settlement["med_type"][:2] in INPATIENT


def kind_reasons(settlement: Settlement) -> set[str]:
    """A kind of treatment that is in no list is for a person."""
    known = OUTPATIENT + CHRONIC + INPATIENT + PHARMACY
    return set() if settlement["med_type"][:2] in known else {"unknown_kind"}


def sum_reasons(settlement: Settlement) -> set[str]:
    """The two identities of the settlement sheet."""
    total = yuan(settlement, "medfee_sumamt")
    wrong = total != sum(yuan(settlement, part) for part in PARTS)
    bearers = ("fund_pay_sumamt", "hosp_part_amt", "psn_part_amt")
    if all(settlement.get(name) is not None for name in bearers):
        wrong = wrong or total != sum(yuan(settlement, name) for name in bearers)
    return {"amounts_mismatch"} if wrong else set()


def line_reasons(settlement: Settlement) -> set[str]:
    """Own expense by lines against own expense of the settlement, when there are lines."""
    lines = settlement.get("feedetail")
    if not lines:
        return set()
    by_lines = sum((yuan(line, "fulamt_ownpay_amt") for line in lines), ZERO)
    return set() if by_lines == yuan(settlement, "fulamt_ownpay_amt") else {"lines_mismatch"}


def payer_reasons(settlement: Settlement) -> set[str]:
    """The named funds may not bear more than the policy scope, nor all together more than the cost."""
    insured = sum(yuan(settlement, fund) for fund in INSURANCE_FUNDS)
    funds = insured + yuan(settlement, "maf_pay")
    everybody = funds + yuan(settlement, "hosp_part_amt")
    cost = min(yuan(settlement, "medfee_sumamt"), sum(yuan(settlement, part) for part in PARTS))
    too_much = funds > yuan(settlement, "inscp_scp_amt") or everybody > cost
    return {"payers_exceed_cost"} if too_much else set()


def waiting_reasons(settlement: Settlement) -> set[str]:
    """What somebody else has to settle first."""
    reasons = set()
    if settlement.get("third_party", "none") == "unresolved":
        reasons.add("third_party_unresolved")
    if settlement.get("upstream_pending"):
        reasons.add("upstream_pending")
    if yuan(settlement, "oth_pay") != 0:
        reasons.add("other_fund")
    return reasons


def institution_reasons(settlement: Settlement) -> tuple[set[str], set[str]]:
    """(held, rejected): overseas, and institutions that are not designated."""
    place = settlement.get("fixmedins", {})
    rejected = {"overseas"} if place.get("region", "mainland") == "overseas" else set()
    if place.get("designated", True):
        return set(), rejected
    referral = settlement.get("referral", "local")
    if is_inpatient(settlement) and referral == "referred":
        return set(), rejected
    if is_inpatient(settlement) and referral == "emergency":
        return {"not_designated"}, rejected
    return set(), rejected | {"not_designated"}


def held_and_rejected(settlement: Settlement) -> tuple[set[str], set[str]]:
    """All reasons that do not depend on the person or on other settlements."""
    held, rejected = institution_reasons(settlement)
    held = held | kind_reasons(settlement) | sum_reasons(settlement) | line_reasons(settlement)
    return held | payer_reasons(settlement) | waiting_reasons(settlement), rejected


def invoice_key(settlement: Settlement) -> tuple[str, str, str] | None:
    """Code, number and check code of the invoice, when it has all three."""
    invoice = settlement.get("invoice") or {}
    parts = tuple(invoice.get(name) for name in ("bill_code", "bill_no", "check_code"))
    return None if None in parts else (parts[0], parts[1], parts[2])
