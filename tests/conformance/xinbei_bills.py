"""The amounts of random Changzhou Xinbei bills: cost parts, fee lines, funds and later payers, in fen.

A bill asks only what the texts answer; each way of leaving a question out is said where it happens.
"""

from decimal import Decimal
from random import Random
from typing import Any

from tests.conformance.oracle_xinbei import Shares, excluded_lines, shares_left, take_later_payer
from tests.conformance.oracle_xinbei_gates import DEFAULTS, FUNDS

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


def left_by_funds(settlement: dict[str, Any]) -> int:
    """The cost that the funds and the hospital leave, in fen."""
    names = (*FUNDS, "hosp_part_amt")
    return fen_of(settlement, "medfee_sumamt") - sum(fen_of(settlement, name) for name in names)
