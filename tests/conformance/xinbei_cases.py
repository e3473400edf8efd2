"""Random Changzhou Xinbei cases for the oracle: realistic bills and nasty ones, the same for the same seed.

A case asks only what the texts answer; each way of leaving a question out is said where it happens.
"""

from random import Random
from typing import Any

from tests.conformance.xinbei_bills import add_later_payers, fen_of, left_by_funds, money_fields, piece, yuan

READINGS = {
    "class_b_first_pay": ("in_catalogue", "other", "not_payable"),
    "over_price_limit": ("other", "in_catalogue", "not_payable"),
    "below_deductible": ("included", "excluded"),
    "price_threshold_basis": ("unit", "line"),
    "price_threshold_inclusive": ("true", "false"),
    "price_threshold_types": ("exam_test_treatment_material", "all_including_drugs"),
    "named_items": ("always", "at_threshold_only"),
    "unsplit_payment": ("pro_rata", "outside_first", "in_catalogue_first", "excluded_first"),
    "cover_start": ("month", "approval_date", "next_month", "year"),
    "cover_end": ("year", "month", "removal_date"),
    "bill_date": ("settlement", "admission", "discharge"),
    "referral_exclusion": ("both", "either"),
    "hospital_borne": ("pro_rata", "in_catalogue_first", "outside_first"),
    "private_insurance": ("ceiling", "ignore", "deduct"),
    "annual_limit_on": ("other_benefit", "other_cost"),
    "annual_limit_covers": ("other_part", "everything"),
    "unreferred_loss": ("covered", "withheld"),
    "scheme_status_date": ("service", "settlement", "person"),
}
DAYS = (
    "01-01",
    "01-31",
    "02-28",
    "03-01",
    "05-31",
    "06-01",
    "06-17",
    "06-30",
    "07-01",
    "11-30",
    "12-01",
    "12-31",
)


def circumstances(rng: Random) -> dict[str, Any]:
    """Kind of bill, institution, referral; mostly plain."""
    med_type = rng.choice(
        ("11", "12", "13", "14", "19", "51", "53", "21", "22", "23", "24", "52", "21", "2101")
    )
    fields: dict[str, Any] = {"med_type": med_type}
    if rng.random() < 0.06:
        fields.update(med_type="41", dual_channel=rng.random() < 0.6)
        fields["fixmedins"] = {"kind": "pharmacy", "designated": True, "region": "mainland"}
        return fields
    if rng.random() < 0.02:
        fields["med_type"] = rng.choice(("71", "9901", "31", "99"))
        return fields
    if rng.random() < 0.5:
        fields["fixmedins"] = {
            "kind": "hospital",
            "designated": rng.random() < 0.88,
            "region": "overseas" if rng.random() < 0.03 else "mainland",
        }
        fields["referral"] = rng.choice(
            ("local", "referred", "emergency", "missing", "missing_hardship_approved")
        )
        fields["third_party"] = rng.choice(("none", "none", "none", "settled", "unresolved"))
    return fields


def spoil(rng: Random, settlement: dict[str, Any]) -> None:
    """Break one thing for which a person must look."""
    kind = rng.choice(("total", "second_total", "lines", "other_fund", "pending", "later_payer", "fund"))
    if kind == "total":
        settlement["medfee_sumamt"] = "0.03"
    elif kind == "second_total" and "psn_part_amt" in settlement:
        settlement["psn_part_amt"] = "123456.78"
    elif kind == "lines" and "feedetail" in settlement:
        settlement["feedetail"][0]["fulamt_ownpay_amt"] = "77777.77"
    elif kind == "other_fund":
        settlement["oth_pay"] = "0.01"
    elif kind == "pending":
        settlement["upstream_pending"] = [rng.choice(("charity", "inclusive"))]
    elif kind == "later_payer":
        settlement["later_payers"] = [{"payer": "charity", "unsplit": yuan(left_by_funds(settlement) + 1)}]
    elif kind == "fund":
        settlement["maf_pay"] = yuan(fen_of(settlement, "maf_pay") + left_by_funds(settlement) + 1)


def dated(rng: Random, year: int) -> tuple[str, str]:
    """An admission and a settlement day, sometimes across a year's end."""
    month_day = (
        rng.choice(DAYS) if rng.random() < 0.6 else f"{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    )
    settled = f"{year}-{month_day}"
    if rng.random() < 0.5:
        return settled, settled
    if rng.random() < 0.3:
        return f"{year - 1}-12-{rng.choice((20, 31))}", settled
    return f"{year}-01-01" if rng.random() < 0.3 else f"{year}-{month_day[:2]}-01", settled


def settlement_of(rng: Random, number: int, readings: dict[str, str]) -> dict[str, Any]:
    """One settlement."""
    begun, settled = dated(rng, rng.choice((2022, 2022, 2022, 2023)))
    time = f"{settled}T{rng.choice(('00:00:00', '09:30:00', '23:59:59'))}"
    settlement: dict[str, Any] = {
        "setl_id": f"b{number}",
        "begndate": begun,
        "enddate": settled,
        "setl_time": time,
        **circumstances(rng),
        **money_fields(rng, readings),
    }
    if readings.get("bill_date") == "discharge" and rng.random() < 0.5:
        settlement["enddate"] = begun
    if readings.get("unreferred_loss") == "withheld" and rng.random() < 0.7:
        settlement["referral"] = rng.choice(("missing", "missing_hardship_approved", "missing", "referred"))
        if rng.random() < 0.8:
            settlement["referral_loss_amt"] = yuan(piece(rng, left_by_funds(settlement)))
    if rng.random() < 0.3:
        settlement["invoice"] = {"bill_code": "32060122", "bill_no": f"{number:010d}", "check_code": "a1b2c3"}
    if readings.get("referral_exclusion") == "either" and settlement.get("referral") not in (None, "missing"):
        # Emergencies and approved hardship under "either" are not written.
        settlement["referral"] = "referred"
    if settlement["med_type"] == "41":
        # Whether a confirmed "covered" frees a line from the pharmacy rule is not written.
        for line in settlement.get("feedetail", ()):
            if line.get("finding") == "covered":
                line["finding"] = None
    add_later_payers(rng, settlement, readings)
    if rng.random() < 0.06:
        spoil(rng, settlement)
    return settlement


def reversal_of(settlement: dict[str, Any], number: int, day: str) -> dict[str, Any]:
    """A record that cancels another: the same fields, all amounts negative, no lines and no invoice."""
    reversal = {
        "setl_id": f"r{number}",
        "reverses": settlement["setl_id"],
        "med_type": settlement["med_type"],
    }
    reversal.update(
        begndate=settlement["begndate"], enddate=settlement["enddate"], setl_time=f"{day}T23:59:59"
    )
    for name, value in settlement.items():
        if name.endswith(("_amt", "_pay", "_selfpay", "_sumamt")) and isinstance(value, str):
            reversal[name] = value if value.strip("0.") == "" else "-" + value
    return reversal


def add_echoes(rng: Random, settlements: list[dict[str, Any]]) -> None:
    """Add reversals and second filings. One echo each at most: what follows two is not written."""
    for number, settlement in enumerate(list(settlements), 1):
        kind = rng.random()
        later = rng.choice(
            (settlement["setl_time"][:10], "2022-06-30", "2023-01-01", "2023-03-01", "2024-01-02")
        )
        if kind < 0.10:
            settlements.append(reversal_of(settlement, number, later))
            if settlements[-1]["setl_time"] <= settlement["setl_time"]:
                settlements[-1]["setl_time"] = "2024-01-03T00:00:00"
            if rng.random() < 0.5:
                again = {**settlement, "setl_id": f"n{number}", "maf_pay": "0.00"}
                for name in ("invoice", "fund_pay_sumamt"):
                    again.pop(name, None)
                settlements.append(again)
        elif kind < 0.15:
            copy = {**settlement, "setl_time": settlement["setl_time"]}
            if "invoice" in settlement and rng.random() < 0.6:
                copy["setl_id"] = f"c{number}"
            settlements.append(copy)


def roster_of(rng: Random, listed: float) -> dict[str, Any]:
    """Two years of listing. Most are listed in December; a removal never comes before the approval."""
    roster: dict[str, Any] = {}
    for year in ("2021", "2022", "2023"):
        kind = rng.random()
        if kind < listed:
            roster[year] = {"on_previous_december": True}
            if rng.random() < 0.3:
                roster[year]["removed_on"] = f"{year}-{rng.choice(DAYS)}"
        elif kind < 0.94:
            month = rng.choice((1, 2, 3, 5, 6, 7, 11, 12))
            roster[year] = {
                "on_previous_december": False,
                "approved_on": f"{year}-{month:02d}-{rng.choice((1, 17, 28)):02d}",
            }
            if rng.random() < 0.3:
                roster[year]["removed_on"] = f"{year}-{rng.randint(month, 12):02d}-28"
        elif kind < 0.97:
            roster[year] = {"on_previous_december": False, "approved_on": None, "removed_on": None}
    return roster


def insurances_of(rng: Random, given: float) -> dict[str, Any]:
    """Periods of insurance: the resident scheme, then the employees' one from some day on."""
    if rng.random() >= given:
        return {}
    changed = f"2022-{rng.choice(DAYS)}"
    resident = {"insutype": "390", "psn_insu_date": "2019-01-01", "paus_insu_date": changed}
    employee = {"insutype": "310", "psn_insu_date": changed, "paus_insu_date": None}
    if rng.random() < 0.5:
        return {"insuinfo": [{**resident, "paus_insu_date": None}]}
    return {"insuinfo": [resident, employee]}


def limit_to_the_fen(rng: Random, settlements: list[dict[str, Any]]) -> int:
    """A yearly limit: usual, nothing, or just around half of what the other cost may be."""
    kind = rng.random()
    if kind < 0.4:
        return 2_000_000
    if kind < 0.5:
        return 0
    own = sum(int(one["fulamt_ownpay_amt"].replace(".", "")) for one in settlements[: rng.randint(1, 3)])
    return max(0, rng.choice((own, own // 2, own // 4)) + rng.choice((-1, 0, 0, 1)))


def case_of(seed: int) -> dict[str, Any]:
    """The case of a seed."""
    rng = Random(seed)
    readings: dict[str, str] = {}
    if rng.random() < 0.65:
        for name in rng.sample(sorted(READINGS), rng.randint(1, 6)):
            readings[name] = rng.choice(READINGS[name])
    settlements = [
        settlement_of(rng, number, readings) for number in range(1, rng.choice((1, 1, 2, 3, 4, 6)) + 1)
    ]
    limit = limit_to_the_fen(rng, settlements)
    add_echoes(rng, settlements)
    if rng.random() < 0.5:
        settlements.sort(key=lambda one: str(one["setl_time"]))
    case: dict[str, Any] = {
        "case_id": f"random-{seed}",
        "kind": "claim",
        "scheme": "changzhou-xinbei",
        "person": {
            "insutype": rng.choice(("390",) * 15 + ("310",)),
            "roster": roster_of(rng, 0.3 if "cover_start" in readings else 0.75),
            **insurances_of(rng, 0.6 if "scheme_status_date" in readings else 0.05),
        },
        "parameters": {"other_covered_annual_limit": yuan(limit)},
        "settlements": settlements,
    }
    if readings:
        case["readings"] = readings
    if rng.random() < 0.3:
        case["used"] = {"2022": {"other_covered": yuan(piece(rng, limit))}}
        if rng.random() < 0.5:
            case["used"]["2023"] = {"other_covered": yuan(piece(rng, limit) + rng.choice((0, 0, 1)))}
    return case
