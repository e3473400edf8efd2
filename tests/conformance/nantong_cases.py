"""Random Nantong cases for the oracle: realistic bills and nasty ones, the same for the same seed.

Amounts are drawn in fen. A case asks only what the texts answer; each way of leaving a question out is said
where it happens.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

CATEGORIES = (
    "extremely_poor",
    "orphan",
    "de_facto_unattended_child",
    "disabled_soldier_1_10",
    "min_living_allowance",
    "other_child_in_difficulty",
    "other_entitled_group",
    "retrenched_1960s",
    "hardship_worker",
    "low_income_margin",
    "expenditure_poor_patient",
    "temporary_relief_patient",
    "other_special_hardship",
)
READINGS: dict[str, tuple[str, ...]] = {
    "identity_loss": ("month_end", "decision_date"),
    "stay_identity": ("best_of_stay", "at_admission"),
    "no_referral_cut_points": ("0", "1", "7", "13", "19", "20"),
    "critical_illness_tilt": ("later_bills", "none"),
    "control_line_numerator": ("all_personal", "in_scope_only"),
    "hospital_borne": ("pro_rata", "in_catalogue_first", "outside_first"),
    "no_referral_cut_kind": ("points", "percent_of_rate"),
    "charity_before_assistance": ("no", "yes"),
    "full_rate_limits": ("apply", "waived"),
    "assistance_limit_on": ("assistance", "cost"),
    "shared_limit_basis": ("published", "three_times_income"),
    "control_line_consequence": ("monitor", "hospital_bears", "fund_bears"),
    # Of the other scheme: accepted, without any effect here.
    "price_threshold_basis": ("unit", "line"),
    "unsplit_payment": ("pro_rata", "excluded_first"),
    "cover_start": ("month", "year"),
    "over_price_limit": ("other", "in_catalogue", "not_payable"),
    "annual_limit_on": ("other_benefit", "other_cost"),
}
INPATIENT = ("21", "22", "23", "24", "52", "2101", "2107", "5201")
OUTPATIENT = ("11", "12", "13", "19", "51", "53", "110104", "5301", "41", "4101")
CHRONIC = ("14", "1401", "140104")
BANDS = (
    [["50000.00", "0.60", "0.65"], ["100000.00", "0.65", "0.70"], [None, "0.70", "0.75"]],
    [["1000.00", "0.555", "0.605"], ["1000.01", "0.60", "0.65"], [None, "0.725", "0.775"]],
    [[None, "0.60", "0.65"]],
    [["30000.00", "0.60", "0.65"], [None, "1.00", "1.00"]],
)
FIRST_DAY = date(2023, 1, 1)
DAYS = 3 * 365


def _reading_set(number: int) -> dict[str, str]:
    random = Random(number)
    return {name: random.choice(values) for name, values in READINGS.items() if random.random() < 0.3}


# Steps are recorded anew for every set of readings: some dozens of sets keep thousands of cases fast.
READING_SETS = tuple(_reading_set(number) for number in range(60))


def money(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _fen(text: str) -> int:
    return int(text.replace(".", ""))


def _amount(random: Random, upper: int) -> int:
    """Often small or round, sometimes large, any fen."""
    if upper <= 0:
        return 0
    kind = random.random()
    if kind < 0.12:
        return 0
    if kind < 0.2:
        return min(upper, random.randint(1, 9))
    if kind < 0.3:
        return random.randint(0, max(1, upper // 10_000)) * 10_000 % (upper + 1)
    return random.randint(0, upper)


def _identities(random: Random, around: date) -> list[dict[str, Any]]:
    """None to three identities that begin and end near the bills: on their edges as often as inside."""
    identities = []
    for _ in range(random.choice((0, 1, 1, 1, 1, 1, 2, 2, 3))):
        if random.random() < 0.6:
            begins = date(2021, 1, 1) + timedelta(random.randint(0, 700))
        else:
            begins = around + timedelta(random.choice((-40, -20, -9, -1, 0, 1, 5, 30)))
        identity: dict[str, Any] = {
            "category": random.choice(CATEGORIES),
            "valid_from": begins.isoformat(),
        }
        ending = random.random()
        if ending < 0.3:
            lost = max(begins, around + timedelta(random.choice((-62, -31, -15, -6, -2, -1, 1, 2, 9, 45))))
            identity["lost_decided_on"] = lost.isoformat()
        elif ending < 0.5:
            identity["lost_decided_on"] = None
        identities.append(identity)
    return identities


def _time(random: Random, day: date, *, plain: bool) -> str:
    """The day in one of the forms of ISO 8601; an offset moves the text, never the moment meant."""
    kind = 1.0 if plain else random.random()
    if kind < 0.1:
        return f"{day.isoformat()}T{random.randint(0, 23):02d}:30:00"
    if kind < 0.2:
        return f"{day.isoformat()}T{random.randint(0, 23):02d}:15:00+08:00"
    if kind < 0.25:
        return f"{day.isoformat()} {random.randint(0, 23):02d}:45:10"
    if kind < 0.3:
        return f"{(day - timedelta(1)).isoformat()}T{random.randint(16, 23):02d}:20:00+00:00"
    return day.isoformat()


def _funds(random: Random, settlement: dict[str, Any], scope: int, *, computed: bool) -> int:
    """The payers of the policy scope; gives what they leave of it."""
    basic = min(scope, scope * random.randint(0, 100) // 100)
    settlement["hifp_pay"] = money(basic)
    left = scope - basic
    if computed:
        settlement["hifmi_pay"] = None
        return left
    large = _amount(random, left) if random.random() < 0.3 else 0
    settlement["hifmi_pay"] = money(large)
    left -= large
    for fund in ("hifob_pay", "hifes_pay", "cvlserv_pay", "hifdm_pay"):
        if random.random() < 0.12:
            part = _amount(random, left)
            settlement[fund] = money(part)
            left -= part
    return left


def _hospital(random: Random, settlement: dict[str, Any], left: int) -> None:
    """The hospital's part and the second identity of the sheet, right or wrong."""
    whole = _fen(settlement["medfee_sumamt"])
    funds = sum(
        _fen(settlement.get(fund) or "0.00")
        for fund in ("hifp_pay", "hifmi_pay", "hifob_pay", "hifes_pay", "cvlserv_pay", "hifdm_pay", "maf_pay")
    )
    borne = 0
    # With a computed critical-illness payment the texts do not say which of the two comes first.
    if settlement["hifmi_pay"] is not None and random.random() < 0.15:
        borne = min(_amount(random, whole // 5), max(0, whole - funds + random.choice((0, 0, 0, 1))))
        settlement["hosp_part_amt"] = money(borne)
    if settlement["hifmi_pay"] is not None and random.random() < 0.2:
        settlement["fund_pay_sumamt"] = money(funds)
        settlement["hosp_part_amt"] = money(borne)
        wrong = random.choice((1, -1, 100)) if random.random() < 0.1 else 0
        settlement["psn_part_amt"] = money(abs(whole - funds - borne + wrong))


def _lines(random: Random, settlement: dict[str, Any]) -> None:
    """Fee lines whose own expense adds up, or misses it by a little; the price rules are not Nantong's."""
    own = _fen(settlement["fulamt_ownpay_amt"])
    first = _amount(random, own)
    lines = []
    for number, part in enumerate((first, own - first), start=1):
        lines.append(
            {
                "feedetl_sn": str(number),
                "medins_list_name": random.choice(("目录外植入材料", "PET-CT全身显像", "目录外药品甲")),
                "list_type": "301",
                "med_chrgitm_type": "08",
                "chrgitm_lv": "03",
                "pric": money(part),
                "cnt": "1",
                "det_item_fee_sumamt": money(part),
                "fulamt_ownpay_amt": money(part),
            }
        )
    if random.random() < 0.1:
        lines[0]["fulamt_ownpay_amt"] = money(first + 1)
        lines[0]["det_item_fee_sumamt"] = money(first + 1)
    if "maf_pay" not in settlement and random.random() < 0.3:
        # A finding on a line in the catalogue: what becomes of assistance of the counter is not said.
        scope = _fen(settlement["inscp_scp_amt"])
        for line, part in zip(lines, (_amount(random, scope // 2), _amount(random, scope // 2)), strict=True):
            line["inscp_scp_amt"] = money(part)
            line["finding"] = random.choice(("unlawful", "not_on_invoice", "unrelated", "covered", None))
    settlement["feedetail"] = lines


def _trouble(random: Random, settlement: dict[str, Any]) -> None:
    """What stops a settlement, rarely enough that most still pay."""
    if random.random() < 0.025:
        wrong = _fen(settlement["medfee_sumamt"]) + random.choice((1, 100, 20_000))
        settlement["medfee_sumamt"] = money(wrong)
    if random.random() < 0.02:
        settlement["oth_pay"] = money(random.randint(1, 9_000))
    if random.random() < 0.02:
        settlement["upstream_pending"] = ["charity"]
    if random.random() < 0.02:
        settlement["med_type"] = random.choice(("31", "61", "99", "54"))
    if random.random() < 0.02:
        settlement["hifp_pay"] = money(_fen(settlement["inscp_scp_amt"]) + random.randint(1, 5_000))
    if random.random() < 0.05:
        settlement["third_party"] = random.choice(("settled", "unresolved"))
    place = settlement.setdefault("fixmedins", {"kind": "hospital", "designated": True, "region": "mainland"})
    if random.random() < 0.04:
        place["designated"] = False
    if random.random() < 0.015:
        place["region"] = "overseas"
    if random.random() < 0.1:
        place["in_county"] = random.random() < 0.5


def _settlement(random: Random, number: int, day: date, *, computed: bool, plain: bool) -> dict[str, Any]:
    """One bill of any kind, settled on the day."""
    kind = random.random()
    if kind < 0.5:
        med_type, leaves = random.choice(INPATIENT), day
        begins = day - timedelta(random.choice((0, 1, 6, 15, 35, 90)))
        if random.random() < 0.3:
            leaves = min(day, begins + timedelta(random.randint(0, 20)))
    else:
        med_type = random.choice(OUTPATIENT if kind < 0.75 else CHRONIC)
        # An outpatient bill settled later than treated: the texts do not say whose day counts.
        begins = leaves = day
    scope = random.choice((2_000, 90_000, 3_000_000, 25_000_000))
    parts = [_amount(random, scope), *(_amount(random, scope // 10) for _ in range(3))]
    if random.random() < 0.4:
        parts[random.randint(1, 3)] = 0
    settlement: dict[str, Any] = {
        "setl_id": f"b{number}",
        "med_type": med_type,
        "begndate": begins.isoformat(),
        "enddate": leaves.isoformat(),
        "setl_time": _time(random, day, plain=plain),
        "medfee_sumamt": money(sum(parts)),
    }
    names = ("inscp_scp_amt", "preselfpay_amt", "overlmt_selfpay", "fulamt_ownpay_amt")
    settlement.update(zip(names, map(money, parts), strict=True))
    left = _funds(random, settlement, parts[0], computed=computed)
    if not computed and random.random() < 0.06:
        settlement["maf_pay"] = money(_amount(random, left + left // 10))
    _hospital(random, settlement, left)
    if random.random() < 0.7:
        settlement["referral"] = random.choice(
            ("local",) * 4 + ("referred", "emergency", "missing", "missing_hardship_approved")
        )
    if random.random() < 0.4:
        settlement["invoice"] = {
            "bill_code": "32060122",
            "bill_no": f"{random.randint(0, 99_999):010d}",
            "check_code": "a1b2c3",
        }
    if random.random() < 0.15:
        _lines(random, settlement)
    if random.random() < 0.15:
        paid = {"in_catalogue": money(_amount(random, left)), "unsplit": money(_amount(random, left))}
        settlement["later_payers"] = [{"payer": random.choice(("charity", "inclusive", "private")), **paid}]
    _trouble(random, settlement)
    return settlement


def _again(random: Random, settlement: dict[str, Any], number: int) -> dict[str, Any]:
    """The same bill once more: under its id, with its invoice, or with an invoice that differs in a part."""
    again = {**settlement, "setl_id": f"b{number}"}
    if "invoice" not in settlement:
        return {**again, "setl_id": settlement["setl_id"]}
    if random.random() < 0.3:
        part = random.choice(("bill_code", "bill_no", "check_code"))
        again["invoice"] = {**settlement["invoice"], part: "other"}
    return again


def _parameters(random: Random, *, computed: bool) -> dict[str, Any]:
    """Limits of the pack, published ones, or small ones that bite."""
    parameters: dict[str, Any] = {}
    if random.random() < 0.6:
        parameters["general_outpatient_limit"] = random.choice(("10000.00", "500.00", "0.00", "12345.67"))
    if random.random() < 0.6:
        parameters["shared_limit"] = random.choice(("155559.00", "155559.00", "30000.00", "1000.01"))
    if computed:
        deductible = random.choice((2_000_000, 100_000, 1_500_001, 0))
        parameters["critical_illness"] = {
            "standard_deductible": money(deductible),
            "assisted_deductible": money((deductible + 1) // 2),
            "bands_above_deductible": random.choice(BANDS),
        }
    return parameters


def _used(random: Random, *, computed: bool) -> dict[str, dict[str, str]]:
    """What the years have used already, also more than their limit."""
    used: dict[str, dict[str, str]] = {}
    for year in random.sample(("2022", "2023", "2024", "2025"), random.randint(0, 3)):
        used[year] = {}
        if random.random() < 0.6:
            used[year]["general_outpatient"] = money(random.randint(0, 1_050_000))
        if random.random() < 0.6:
            used[year]["shared"] = money(random.randint(0, 16_000_000))
        if computed and random.random() < 0.6:
            used[year]["critical_illness_self_pay"] = money(random.randint(0, 4_000_000))
    return used


def claim_of(seed: int) -> dict[str, Any]:
    """A claim of one to seven settlements within three years."""
    random = Random(seed)
    around = FIRST_DAY + timedelta(random.randint(0, DAYS - 1))
    # A case computes critical illness for all its bills or for none: whether a bill whose payment is stated
    # counts in the year's self-pay of the others is not said.
    computed = random.random() < 0.3
    settlements: list[dict[str, Any]] = []
    # Times of one case are all days or all moments: where a day alone stands among moments is not said.
    plain = random.random() < 0.6
    for number in range(1, random.choice((1, 1, 2, 3, 4, 5)) + 1):
        spread = random.choice((0, 0, 3, 40, 200))
        day = max(FIRST_DAY, around + timedelta(random.randint(-spread, spread)))
        day = min(day, date(2025, 12, 31))
        settlements.append(_settlement(random, number, day, computed=computed, plain=plain))
    if random.random() < 0.15:
        settlements.append(_again(random, random.choice(settlements), len(settlements) + 1))
    if random.random() < 0.5:
        random.shuffle(settlements)
    for original in list(settlements):
        if random.random() < 0.08:
            day = date.fromisoformat(original["enddate"]) + timedelta(random.randint(1, 60))
            after = max(day, date.fromisoformat(original["setl_time"][:10]) + timedelta(2))
            back = {"setl_id": f"r{len(settlements)}", "reverses": original["setl_id"]}
            settlements.append({**back, "setl_time": after.isoformat()})
    return {
        "case_id": f"random-{seed}",
        "kind": "claim",
        "scheme": "nantong",
        "person": {"identities": _identities(random, around)},
        "parameters": _parameters(random, computed=computed),
        "readings": random.choice(({}, random.choice(READING_SETS))),
        "used": _used(random, computed=computed),
        "settlements": settlements,
    }


def subsidy_of(seed: int) -> dict[str, Any]:
    """A premium subsidy of a few people at any premium and lawful quota."""
    random = Random(seed)
    people = [
        {"id": f"p{number}", "category": random.choice(CATEGORIES)} for number in range(random.randint(0, 6))
    ]
    for person in people:
        if random.random() < 0.3:
            person["categories"] = random.sample(CATEGORIES, random.randint(1, 3))
    for person in people:
        if random.random() < 0.3:
            person["newly_recognised_uninsured"] = random.random() < 0.5
    return {
        "case_id": f"subsidy-{seed}",
        "kind": "premium_subsidy",
        "scheme": "nantong",
        "readings": random.choice(
            (
                {},
                {"quota_premium_share": f"{random.randint(80, 100) / 100:.2f}"},
                {"quota_premium_share": "0.85", "identity_benefits": "one_identity"},
            )
        ),
        "individual_premium": money(_amount(random, 90_000)),
        "people": people,
    }


def tilted_of(seed: int) -> dict[str, Any]:
    """A tilted assistance, mostly switched off as it is until a standard is published."""
    random = Random(seed)
    return {
        "case_id": f"tilted-{seed}",
        "kind": "tilted_assistance",
        "scheme": "nantong",
        "enabled": random.random() < 0.5,
        "in_scope_personal_after_three_layers": money(_amount(random, 9_000_000)),
        "demo_parameters": {
            "threshold": money(_amount(random, 3_000_000)),
            "rate": random.choice(("0.50", "0.333", "1.00", "0.00", "0.05")),
        },
    }
