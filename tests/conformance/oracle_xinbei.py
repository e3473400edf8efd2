"""The benefit of a Changzhou Xinbei case by plain decimal arithmetic, one step after the other.

A second implementation, written from the texts alone: it shares no code, no number type and no structure
with the product. Steps: in-catalogue share, other share, excluded share, hospital's part, later payers,
half of the other share within the yearly limit, private ceiling.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.conformance.oracle_xinbei_gates import (
    DEFAULTS,
    FUNDS,
    INPATIENT,
    ZERO,
    bill_day,
    holds,
    identity_keys,
    line_excluded,
    money,
    rejections,
)

FEN = Decimal("0.01")
# Whatever else is true, a settlement that fails one of these is held.
HARD_GATES = {"amounts_mismatch", "lines_mismatch"}


@dataclass
class Shares:
    """What is left to the person, in yuan."""

    in_catalogue: Decimal
    other: Decimal
    excluded: Decimal

    def whole(self) -> Decimal:
        return self.in_catalogue + self.other + self.excluded


@dataclass
class Answer:
    """The oracle's answer for one settlement; `status` may name two where the texts leave it open."""

    setl_id: str
    status: str
    benefit: Decimal = ZERO
    in_catalogue: Decimal = ZERO
    other: Decimal = ZERO
    excluded: Decimal = ZERO
    reasons: set[str] = field(default_factory=set)
    year: str = ""
    limit_used: Decimal = ZERO


def half_up(amount: Decimal) -> Decimal:
    """Round half up to the fen."""
    return amount.quantize(FEN, rounding=ROUND_HALF_UP)


def in_catalogue_part(record: dict[str, Any], over: str, readings: dict[str, str]) -> Decimal:
    """C1, C3: the part of a settlement or line that belongs to the 100 % share."""
    amount = money(record, "inscp_scp_amt")
    if readings["class_b_first_pay"] == "in_catalogue":
        amount += money(record, "preselfpay_amt")
    if readings["over_price_limit"] == "in_catalogue":
        amount += money(record, over)
    return amount


def other_part(record: dict[str, Any], over: str, readings: dict[str, str]) -> Decimal:
    """C1, C3: the part of a settlement or line that belongs to the 50 % share."""
    amount = money(record, "fulamt_ownpay_amt")
    if readings["class_b_first_pay"] == "other":
        amount += money(record, "preselfpay_amt")
    if readings["over_price_limit"] == "other":
        amount += money(record, over)
    return amount


def not_payable_part(record: dict[str, Any], over: str, readings: dict[str, str]) -> Decimal:
    """C1, C3: the part that a reading leaves to the person altogether."""
    amount = ZERO
    if readings["class_b_first_pay"] == "not_payable":
        amount += money(record, "preselfpay_amt")
    if readings["over_price_limit"] == "not_payable":
        amount += money(record, over)
    return amount


def fund_total(settlement: dict[str, Any]) -> Decimal:
    """Every named fund of the settlement sheet."""
    return sum((money(settlement, fund) for fund in FUNDS), ZERO)


def funds_of_line(line: dict[str, Any], settlement: dict[str, Any]) -> Decimal:
    """The part of each payer's money that an excluded line inside the catalogue takes with it."""
    scope = money(settlement, "inscp_scp_amt")
    if scope == ZERO:
        return ZERO
    own = money(line, "inscp_scp_amt")
    return sum((half_up(money(settlement, fund) * own / scope) for fund in FUNDS), ZERO)


def excluded_lines(settlement: dict[str, Any], readings: dict[str, str]) -> list[dict[str, Any]]:
    """The lines that are not paid."""
    return [line for line in settlement.get("feedetail") or () if line_excluded(line, settlement, readings)]


def shares_after_funds(settlement: dict[str, Any], readings: dict[str, str]) -> Shares:
    """XB-二(二), XB-三: the personal shares after the funds, with the excluded lines taken out."""
    in_catalogue = in_catalogue_part(settlement, "overlmt_selfpay", readings) - fund_total(settlement)
    other = other_part(settlement, "overlmt_selfpay", readings)
    from_in = from_other = ZERO
    for line in excluded_lines(settlement, readings):
        from_in += in_catalogue_part(line, "overlmt_amt", readings) - funds_of_line(line, settlement)
        from_other += other_part(line, "overlmt_amt", readings)
    # Rounding each payer's part of each line may leave a fen too many or too few: no share below nothing.
    from_in = min(max(ZERO, from_in), max(ZERO, in_catalogue))
    not_payable = not_payable_part(settlement, "overlmt_selfpay", readings)
    return Shares(in_catalogue - from_in, other - from_other, from_in + from_other + not_payable)


def leave_out_deductible(shares: Shares, settlement: dict[str, Any], readings: dict[str, str]) -> None:
    """C2: under one reading the cost below the deductible stays with the person."""
    if readings["below_deductible"] == "excluded":
        left_out = max(ZERO, min(money(settlement, "act_pay_dedc"), shares.in_catalogue))
        shares.in_catalogue -= left_out
        shares.excluded += left_out


def spread(amount: Decimal, shares: Shares, way: str) -> bool:
    """C4: take an amount without a stated split from the shares; False when it is more than is left."""
    if amount > shares.whole():
        return False
    if amount == ZERO:
        return True
    if way == "pro_rata":
        whole = shares.whole()
        from_in = half_up(amount * shares.in_catalogue / whole)
        if shares.excluded == ZERO:
            from_other = amount - from_in
        else:
            from_other = half_up(amount * shares.other / whole)
        from_excluded = amount - from_in - from_other
    elif way == "in_catalogue_first":
        from_in = min(amount, shares.in_catalogue)
        from_other = min(amount - from_in, shares.other)
        from_excluded = amount - from_in - from_other
    elif way == "outside_first":
        from_other = min(amount, shares.other)
        from_excluded = min(amount - from_other, shares.excluded)
        from_in = amount - from_other - from_excluded
    else:
        from_excluded = min(amount, shares.excluded)
        from_other = min(amount - from_excluded, shares.other)
        from_in = amount - from_excluded - from_other
    shares.in_catalogue -= from_in
    shares.other -= from_other
    shares.excluded -= from_excluded
    return True


def later_payments(settlement: dict[str, Any], payer: str) -> list[dict[str, Any]]:
    """The entries of one later payer."""
    return [entry for entry in settlement.get("later_payers") or () if entry["payer"] == payer]


def take_later_payer(entry: dict[str, Any], shares: Shares, readings: dict[str, str]) -> bool:
    """XB-二(二): the stated split, else the reading; False when the payer paid more than is left."""
    if "unsplit" in entry:
        return spread(money(entry, "unsplit"), shares, readings["unsplit_payment"])
    shares.in_catalogue -= money(entry, "in_catalogue")
    shares.other -= money(entry, "outside_catalogue")
    shares.excluded -= money(entry, "excluded")
    return min(shares.in_catalogue, shares.other, shares.excluded) >= ZERO


def private_total(settlement: dict[str, Any]) -> Decimal:
    """All that private policies outside the five payers gave."""
    fields = ("unsplit", "in_catalogue", "outside_catalogue", "excluded")
    return sum(
        (money(entry, name) for entry in later_payments(settlement, "private") for name in fields), ZERO
    )


def lost_a_referral(settlement: dict[str, Any]) -> bool:
    """B1: a stay at a designated institution without the referral that was required."""
    return (
        settlement["med_type"][:2] in INPATIENT
        and settlement.get("fixmedins", {}).get("designated", True)
        and settlement.get("referral") in ("missing", "missing_hardship_approved")
    )


def leave_out_unreferred_loss(shares: Shares, settlement: dict[str, Any], readings: dict[str, str]) -> None:
    """B1: under "withheld" what the missing referral lost upstream is not covered."""
    if readings["unreferred_loss"] == "withheld" and lost_a_referral(settlement):
        lost = min(money(settlement, "referral_loss_amt"), shares.in_catalogue)
        shares.in_catalogue -= lost
        shares.excluded += lost


def covered_shares(settlement: dict[str, Any], readings: dict[str, str]) -> Shares:
    """The shares before the later payers and the hospital's part."""
    shares = shares_after_funds(settlement, readings)
    leave_out_deductible(shares, settlement, readings)
    leave_out_unreferred_loss(shares, settlement, readings)
    return shares


def shares_left(settlement: dict[str, Any], readings: dict[str, str]) -> tuple[Shares, Decimal] | None:
    """The shares after all payers, and the excluded cost before them; None when payers exceed cost."""
    shares = covered_shares(settlement, readings)
    excluded = shares.excluded
    if min(shares.in_catalogue, shares.other, excluded) < ZERO:
        return None
    if not spread(money(settlement, "hosp_part_amt"), shares, readings["hospital_borne"]):
        return None
    for payer in ("inclusive", "charity"):
        for entry in later_payments(settlement, payer):
            if not take_later_payer(entry, shares, readings):
                return None
    return shares, excluded


def nothing_covered(settlement: dict[str, Any], readings: dict[str, str]) -> bool:
    """Lines are excluded and no covered share is left. Whether that is already a rejection is not written."""
    shares = covered_shares(settlement, readings)
    return bool(excluded_lines(settlement, readings)) and max(shares.in_catalogue, shares.other) <= ZERO


def pay(answer: Answer, shares: Shares, left: Decimal, private: Decimal, readings: dict[str, str]) -> None:
    """XB-三: 100 % and 50 %, the yearly limit, then the private ceiling, which takes `other` first."""
    left = max(ZERO, left)
    answer.in_catalogue = shares.in_catalogue
    if readings["annual_limit_covers"] == "everything":
        answer.in_catalogue = min(shares.in_catalogue, left)
        left -= answer.in_catalogue
    if readings["annual_limit_on"] == "other_cost":
        cost = min(shares.other, left)
        answer.other = half_up(cost / 2)
        answer.limit_used = cost
    else:
        answer.other = min(half_up(shares.other / 2), left)
        answer.limit_used = answer.other
    if readings["private_insurance"] != "ignore":
        ceiling = max(ZERO, shares.whole() - private)
        cut = max(ZERO, answer.in_catalogue + answer.other - ceiling)
        if readings["private_insurance"] == "deduct":
            cut = min(private, answer.in_catalogue + answer.other)
        from_other = min(cut, answer.other)
        answer.other -= from_other
        answer.in_catalogue -= cut - from_other
        if from_other > ZERO:
            paid_twice = answer.other * 2 if readings["annual_limit_on"] == "other_cost" else answer.other
            answer.limit_used = paid_twice
    if readings["annual_limit_covers"] == "everything":
        answer.limit_used += answer.in_catalogue
    answer.benefit = answer.in_catalogue + answer.other


def take_back(settlement: dict[str, Any], before: list[Answer]) -> Answer:
    """C8: the amounts of the named settlement come back and its part of the limit is given back."""
    first = next(answer for answer in before if answer.setl_id == settlement["reverses"])
    return Answer(
        settlement["setl_id"],
        "payable" if first.status == "payable" else "any",
        -first.benefit,
        -first.in_catalogue,
        -first.other,
        -first.excluded,
        set(),
        first.year,
        -first.limit_used,
    )


def calculate_one(
    settlement: dict[str, Any],
    case: dict[str, Any],
    readings: dict[str, str],
    used: dict[str, Decimal],
    again: bool,
) -> Answer:
    """One settlement that is not a reversal; `again` tells that it was filed before."""
    refused = rejections(settlement, case["person"], readings)
    if again:
        refused.add("duplicate")
    held = holds(settlement, readings)
    if readings["unreferred_loss"] == "withheld" and lost_a_referral(settlement):
        held |= set() if "referral_loss_amt" in settlement else {"upstream_pending"}
    left = shares_left(settlement, readings)
    if left is None:
        held.add("payers_exceed_cost")
    year = str(bill_day(settlement, readings).year)
    if refused or held or left is None:
        status = "held" if held & HARD_GATES or not refused else "rejected"
        if status == "held" and not held & HARD_GATES and nothing_covered(settlement, readings):
            status = "held rejected"
        return Answer(settlement["setl_id"], status, reasons=refused | held, year=year)
    shares, excluded = left
    answer = Answer(settlement["setl_id"], "payable", excluded=excluded, year=year)
    limit = Decimal(case["parameters"]["other_covered_annual_limit"])
    pay(answer, shares, limit - used.get(year, ZERO), private_total(settlement), readings)
    if answer.benefit == ZERO and excluded_lines(settlement, readings):
        answer.status = "payable rejected"
    return answer


def calculate_case(case: dict[str, Any]) -> list[Answer]:
    """All settlements of a case in the order of their settlement time, equal times in input order."""
    readings = {**DEFAULTS, **case.get("readings", {})}
    used = {year: Decimal(row["other_covered"]) for year, row in case.get("used", {}).items()}
    answers: list[Answer] = []
    seen: set[tuple[str, ...]] = set()
    for settlement in sorted(case["settlements"], key=lambda one: str(one["setl_time"])):
        if settlement.get("reverses"):
            answer = take_back(settlement, answers)
        else:
            keys = identity_keys(settlement)
            answer = calculate_one(settlement, case, readings, used, bool(keys & seen))
            seen |= keys
        used[answer.year] = used.get(answer.year, ZERO) + answer.limit_used
        answers.append(answer)
    return answers


def total(answers: list[Answer]) -> Decimal:
    """The sum of the benefits of a case."""
    return sum((answer.benefit for answer in answers), ZERO)
