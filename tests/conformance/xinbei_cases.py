"""Random Changzhou Xinbei cases for the oracle: realistic bills and nasty ones, the same for the same seed.

Amounts are drawn in fen. A case asks only what the texts answer; each way of leaving a question out is said
where it happens.
"""

from decimal import Decimal
from random import Random
from typing import Any

from tests.conformance.oracle_xinbei import Shares, excluded_lines, shares_left, take_later_payer
from tests.conformance.oracle_xinbei_gates import DEFAULTS, FUNDS

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
    "cover_end": ("year", "month"),
    "bill_date": ("settlement", "admission"),
    "referral_exclusion": ("both", "either"),
    "hospital_borne": ("pro_rata", "in_catalogue_first", "outside_first"),
    "private_insurance": ("ceiling", "ignore"),
    "annual_limit_on": ("other_benefit", "other_cost"),
}
# name, list_type, med_chrgitm_type
OUTSIDE = (
    ("目录外材料甲", "301", "08"),
    ("目录外材料乙", "301", "06"),
    ("目录外检查项目", "201", "03"),
    ("目录外化验项目", "201", "04"),
    ("目录外治疗项目", "201", "05"),
    ("目录外药品（药典收载）", "101", "09"),
    ("目录外其他服务", "201", "14"),
    ("PET-CT全身显像", "201", "03"),
    ("胶囊内镜检查", "201", "03"),
)
INSIDE = (
    ("目录内治疗项目", "201", "05"),
    ("目录内药品甲", "101", "09"),
    ("目录内材料甲", "301", "08"),
    ("PET-CT全身显像", "201", "03"),
)
FINDINGS = (
    "transplant_source",
    "new_expensive",
    "special_service",
    "unrelated",
    "nonpayable_herb",
    "non_pharmacopoeia_drug",
    "not_on_invoice",
    "unlawful",
)
PRICES = (
    "4999.99",
    "5000.00",
    "5000.01",
    "4999.999999",
    "5000.000001",
    "2500.00",
    "1250.00",
    "625.00",
    "0.01",
)
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


def in_fen(amount: Decimal) -> int:
    """An amount in yuan as fen."""
    return int(amount * 100)


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def fen_of(record: dict[str, Any], name: str) -> int:
    """An amount of a record in fen."""
    return int(record.get(name, "0.00").replace(".", ""))


def amount(rng: Random, most: int = 10_000_000) -> int:
    """An amount in fen: nothing, one fen, a few, or anything up to `most`."""
    kind = rng.random()
    if kind < 0.18:
        return 0
    if kind < 0.30:
        return min(most, rng.choice((1, 1, 2, 3, 5, 7, 10, 49, 50, 51, 99, 100, 101)))
    if kind < 0.55:
        return rng.randint(0, min(most, 100_000))
    return rng.randint(0, most)


def piece(rng: Random, whole: int) -> int:
    """A part of an amount: nothing, all, all but a fen, or anything between."""
    kind = rng.random()
    if kind < 0.2:
        return 0
    if kind < 0.35:
        return whole
    if kind < 0.42:
        return max(0, whole - 1)
    return rng.randint(0, whole)


def outside_line(rng: Random, sn: int, readings: dict[str, str]) -> tuple[dict[str, Any], int]:
    """An own-expense line and its amount. Other services stay low where drugs count: it is not written."""
    name, list_type, charge = rng.choice(OUTSIDE)
    if rng.random() < 0.6:
        price = rng.choice(PRICES)
    else:
        price = yuan(amount(rng, 900_000))
    count = rng.choice((1, 1, 1, 2, 4, 8, 20))
    if charge == "14" and readings.get("price_threshold_types") == "all_including_drugs":
        price, count = "12.50", min(count, 4)
    whole, _, decimals = price.partition(".")
    millionths = int(whole) * 1_000_000 + int(decimals.ljust(6, "0"))
    fen = (millionths * count + 5_000) // 10_000
    line: dict[str, Any] = {
        "feedetl_sn": str(sn),
        "medins_list_name": name,
        "list_type": list_type,
        "med_chrgitm_type": charge,
        "chrgitm_lv": "03",
        "pric": price,
        "cnt": str(count),
        "det_item_fee_sumamt": yuan(fen),
        "fulamt_ownpay_amt": yuan(fen),
    }
    blank = {"301": "med_chrgitm_type", "201": "list_type"}.get(list_type)
    if blank and charge != "14" and rng.random() < 0.1:
        del line[blank]
    elif name.startswith("目录外") and rng.random() < 0.05:
        line["chrgitm_lv"] = None
    if rng.random() < 0.25:
        line["finding"] = rng.choice((*FINDINGS, "covered", None))
    return line, fen


def inside_line(rng: Random, sn: int) -> tuple[dict[str, Any], int, int, int]:
    """A line inside the catalogue and its policy-scope, first-payment and over-limit amounts."""
    name, list_type, charge = rng.choice(INSIDE)
    scope, first, over = amount(rng, 3_000_000), amount(rng, 300_000), 0
    if rng.random() < 0.3:
        over = amount(rng, 100_000)
    line: dict[str, Any] = {
        "feedetl_sn": str(sn),
        "medins_list_name": name,
        "list_type": list_type,
        "med_chrgitm_type": charge,
        "chrgitm_lv": rng.choice(("01", "02")),
        "pric": yuan(scope + first + over),
        "cnt": "1",
        "det_item_fee_sumamt": yuan(scope + first + over),
        "fulamt_ownpay_amt": "0.00",
        "overlmt_amt": yuan(over),
        "preselfpay_amt": yuan(first),
        "inscp_scp_amt": yuan(scope),
    }
    if rng.random() < 0.2:
        line["finding"] = rng.choice((*FINDINGS, "covered"))
    return line, scope, first, over


def lined(rng: Random, readings: dict[str, str]) -> tuple[list[dict[str, Any]], list[int]]:
    """Fee lines and the four cost parts that they add up to."""
    lines: list[dict[str, Any]] = []
    parts = [0, 0, 0, 0]
    for sn in range(1, rng.choice((1, 2, 3, 3, 5, 8)) + 1):
        if rng.random() < 0.5:
            line, own = outside_line(rng, sn, readings)
            parts[3] += own
        else:
            line, scope, first, over = inside_line(rng, sn)
            parts[0], parts[1], parts[2] = parts[0] + scope, parts[1] + first, parts[2] + over
        lines.append(line)
    if rng.random() < 0.2:
        again = dict(rng.choice(lines), feedetl_sn=str(len(lines) + 1))
        if rng.random() < 0.5:
            again["finding"] = rng.choice((*FINDINGS, "covered", None))
        lines.append(again)
        for place, name in enumerate(("inscp_scp_amt", "preselfpay_amt", "overlmt_amt", "fulamt_ownpay_amt")):
            parts[place] += fen_of(again, name)
    return lines, parts


def funds(rng: Random, most: int) -> dict[str, int]:
    """What the funds paid, together at most `most`."""
    given = {"hifp_pay": 0, "hifmi_pay": 0}
    for fund, chance in (
        ("hifp_pay", 0.9),
        ("hifmi_pay", 0.4),
        ("maf_pay", 0.7),
        ("hifob_pay", 0.08),
        ("hifes_pay", 0.08),
        ("cvlserv_pay", 0.08),
        ("hifdm_pay", 0.08),
    ):
        if rng.random() < chance:
            given[fund] = piece(rng, most)
            most -= given[fund]
    return given


def split_payment(rng: Random, payer: str, shares: Shares, inside: bool) -> dict[str, Any]:
    """A stated split within the shares, which it takes down."""
    parts = {
        "in_catalogue": piece(rng, in_fen(shares.in_catalogue)) if inside else 0,
        "outside_catalogue": piece(rng, in_fen(shares.other)),
        "excluded": piece(rng, in_fen(shares.excluded)) if rng.random() < 0.5 else 0,
    }
    entry = {name: yuan(fen) for name, fen in parts.items() if fen or rng.random() < 0.5}
    if not entry:
        entry = {"in_catalogue": "0.00"}
    return {"payer": payer, **entry}


def add_later_payers(rng: Random, settlement: dict[str, Any], readings: dict[str, str]) -> None:
    """Later payers within the shares that the oracle leaves, each payer once.

    Whether an excluded line takes its part of a stated in-catalogue payment is not written.
    """
    full = {**DEFAULTS, **readings}
    left = shares_left(settlement, full)
    if left is None:
        return
    shares = left[0]
    inside = not any(line.get("inscp_scp_amt") for line in excluded_lines(settlement, full))
    entries: list[dict[str, Any]] = []
    for payer in ("inclusive", "charity"):
        if rng.random() < 0.3:
            if rng.random() < 0.5:
                entry = split_payment(rng, payer, shares, inside)
            else:
                entry = {"payer": payer, "unsplit": yuan(piece(rng, in_fen(shares.whole())))}
            take_later_payer(entry, shares, full)
            entries.append(entry)
    # Which cost a benefit cut by the private ceiling has used of a limit on cost is not written to the fen.
    if rng.random() < 0.15 and (full["annual_limit_on"], full["private_insurance"]) != (
        "other_cost",
        "ceiling",
    ):
        most = in_fen(shares.whole()) + rng.choice((0, 1, 100_000))
        entries.append({"payer": "private", "unsplit": yuan(piece(rng, most))})
    rng.shuffle(entries)
    if entries:
        settlement["later_payers"] = entries


def money_fields(rng: Random, readings: dict[str, str]) -> dict[str, Any]:
    """The amounts of a settlement, with lines or without."""
    lines: list[dict[str, Any]] = []
    if rng.random() < 0.55:
        lines, parts = lined(rng, readings)
    else:
        parts = [amount(rng), amount(rng, 1_000_000), amount(rng, 300_000), amount(rng, 5_000_000)]
    scope, first, over, own = parts
    # Funds above the policy-scope cost only without lines: the part of a line is told by that cost.
    with_first = not lines and readings.get("class_b_first_pay", "in_catalogue") == "in_catalogue"
    given = funds(rng, scope + first if with_first and rng.random() < 0.3 else scope)
    paid = sum(given.values())
    left = sum(parts) - paid
    hospital = piece(rng, left // 3) if rng.random() < 0.12 else 0
    fields: dict[str, Any] = {
        "medfee_sumamt": yuan(sum(parts)),
        "inscp_scp_amt": yuan(scope),
        "preselfpay_amt": yuan(first),
        "overlmt_selfpay": yuan(over),
        "fulamt_ownpay_amt": yuan(own),
        **{fund: yuan(fen) for fund, fen in given.items()},
    }
    if hospital or rng.random() < 0.2:
        fields["hosp_part_amt"] = yuan(hospital)
    if rng.random() < 0.4:
        fields["fund_pay_sumamt"] = yuan(paid)
        fields["psn_part_amt"] = yuan(left - hospital)
        fields["acct_pay"] = yuan(piece(rng, left - hospital))
    # With the deductible excluded the field is always there: what a bill without it means is open.
    if rng.random() < 0.4 or readings.get("below_deductible") == "excluded":
        fields["act_pay_dedc"] = yuan(piece(rng, max(0, min(scope - paid, 150_000))))
    if lines:
        fields["feedetail"] = lines
    return fields


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


def left_by_funds(settlement: dict[str, Any]) -> int:
    """The cost that the funds and the hospital leave, in fen."""
    names = (*FUNDS, "hosp_part_amt")
    return fen_of(settlement, "medfee_sumamt") - sum(fen_of(settlement, name) for name in names)


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
