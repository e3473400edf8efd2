"""A second implementation of the Nantong calculation, straight from the texts, to test the product with.

Nothing of the product is imported. Amounts are ``Decimal`` yuan, one function a step, in the order of the
clauses: identities ((一), (六), (八)), referral ((十五)), critical illness ((三)), base ((五)),
limits ((六)), control line ((七)). Where the texts are silent the choice is said at the function; an answer
with status ``open`` says that from there on the texts decide nothing.
"""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from tests.conformance.oracle_nantong_gates import (
    CHRONIC,
    INPATIENT,
    ZERO,
    Settlement,
    half_up,
    held_and_rejected,
    invoice_key,
    is_inpatient,
    yuan,
)

SHANGHAI = timezone(timedelta(hours=8))
RATES = {
    "extremely_poor": 100,
    "orphan": 100,
    "de_facto_unattended_child": 100,
    "disabled_soldier_1_10": 100,
    "min_living_allowance": 80,
    "other_child_in_difficulty": 80,
    "other_entitled_group": 80,
    "retrenched_1960s": 80,
    "hardship_worker": 80,
    "low_income_margin": 70,
    "expenditure_poor_patient": 70,
    "temporary_relief_patient": 70,
    "other_special_hardship": 70,
}
QUOTA_GROUPS = {name for name, rate in RATES.items() if rate == 70}
NO_SUBSIDY = {"hardship_worker"}
PACK = {
    "general_outpatient": dict.fromkeys(range(2023, 2026), Decimal("10000.00")),
    "shared": {2023: Decimal("147309.00"), 2024: Decimal("155559.00"), 2025: Decimal("163338.00")},
}
INCOME = {2023: Decimal("49103.00"), 2024: Decimal("51853.00"), 2025: Decimal("54446.00")}
OTHER_FUNDS = ("hifob_pay", "hifes_pay", "cvlserv_pay", "hifdm_pay")


@dataclass
class Answer:
    """What the texts give for one settlement; None where they promise no figure."""

    setl_id: str
    status: str
    reasons: set[str] = field(default_factory=set)
    rate: Decimal | None = None
    base: Decimal | None = None
    assistance: Decimal = ZERO
    critical_illness: Decimal | None = None
    control_line: dict[str, Any] | None = None
    pool: str = ""
    year: int = 0
    self_pay: Decimal = ZERO
    taken: Decimal = ZERO
    used: Decimal = ZERO

    @property
    def benefit(self) -> Decimal:
        return self.assistance


@dataclass
class Year:
    """Amounts already used in a year."""

    pools: dict[str, Decimal]
    self_pay: Decimal


@dataclass
class Case:
    """The document's parts that the steps need."""

    identities: list[dict[str, Any]]
    parameters: dict[str, Any]
    readings: dict[str, str]
    used: dict[str, dict[str, str]]
    years: dict[int, Year] = field(default_factory=dict)

    def reading(self, name: str, default: str) -> str:
        return self.readings.get(name, default)

    def year(self, number: int) -> Year:
        if number not in self.years:
            used = self.used.get(str(number), {})
            pools = {pool: Decimal(used.get(pool, "0.00")) for pool in PACK}
            self.years[number] = Year(pools, Decimal(used.get("critical_illness_self_pay", "0.00")))
        return self.years[number]

    def limit(self, pool: str, year: int) -> Decimal:
        if pool == "shared" and self.reading("shared_limit_basis", "published") == "three_times_income":
            given = self.parameters.get("disposable_income_before")
            return 3 * (Decimal(given) if given is not None else INCOME[year])
        given = self.parameters.get(f"{pool}_limit")
        return Decimal(given) if given is not None else PACK[pool][year]


def moment(text: str) -> datetime:
    """A settlement time; without an offset it is Shanghai's, a day alone is its first moment."""
    read = datetime.fromisoformat(text)
    return (read if read.tzinfo else read.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def settlement_day(settlement: Settlement) -> date:
    return moment(settlement["setl_time"]).astimezone(SHANGHAI).date()


def last_valid_day(identity: dict[str, Any], case: Case) -> date:
    """(八), F5: a lost identity stands to the end of the month of the decision, or to the decision."""
    if not identity.get("lost_decided_on"):
        return date.max
    lost = date.fromisoformat(identity["lost_decided_on"])
    if case.reading("identity_loss", "month_end") == "decision_date":
        return lost
    return lost.replace(day=monthrange(lost.year, lost.month)[1])


def identity_days(settlement: Settlement, case: Case) -> tuple[date, date]:
    """First and last day on which an identity counts: any day of a stay, else the day of treatment."""
    first = date.fromisoformat(settlement["begndate"])
    if not is_inpatient(settlement) or case.reading("stay_identity", "best_of_stay") == "at_admission":
        return first, first
    return first, date.fromisoformat(settlement["enddate"])


def full_rate(settlement: Settlement, case: Case) -> int:
    """(六), (八): the highest rate of the identities valid on one of the days, 0 without any."""
    first, last = identity_days(settlement, case)
    rates = [0]
    for identity in case.identities:
        begins = date.fromisoformat(identity["valid_from"])
        ends = last_valid_day(identity, case)
        if max(begins, first) <= min(ends, last):
            rates.append(RATES[identity["category"]])
    return max(rates)


def rate_after_referral(rate: int, settlement: Settlement, case: Case) -> Decimal:
    """(十五): nothing without referral; approved hardship costs points; an emergency counts as referred."""
    referral = settlement.get("referral", "local")
    if referral == "missing":
        return Decimal(0)
    if referral == "missing_hardship_approved":
        cut = Decimal(case.reading("no_referral_cut_points", "20"))
        if case.reading("no_referral_cut_kind", "points") == "percent_of_rate":
            cut = half_up(rate * cut / 100)
        return max(Decimal(0), Decimal(rate) - cut)
    return Decimal(rate)


def paid_up_to(borne: Decimal, case: Case, *, assisted: bool) -> Decimal:
    """(三): what critical-illness insurance pays in all on this much borne in a year, unrounded."""
    pack = case.parameters["critical_illness"]
    deductible = Decimal(pack["assisted_deductible" if assisted else "standard_deductible"])
    above = max(ZERO, borne - deductible)
    paid, lower = ZERO, ZERO
    for upper, rate, assisted_rate in pack["bands_above_deductible"]:
        until = above if upper is None else min(above, Decimal(upper))
        if until > lower:
            paid += (until - lower) * Decimal(assisted_rate if assisted else rate)
            lower = until
    return paid


def critical_illness(settlement: Settlement, case: Case, year: Year, *, assisted: bool) -> Decimal:
    """The payment for this bill: what the year's total gives more than it gave before this bill."""
    tilted = assisted and case.reading("critical_illness_tilt", "later_bills") == "later_bills"
    after = year.self_pay + self_pay_after_basic(settlement)
    return half_up(
        paid_up_to(after, case, assisted=tilted) - paid_up_to(year.self_pay, case, assisted=tilted)
    )


def self_pay_after_basic(settlement: Settlement) -> Decimal:
    return yuan(settlement, "inscp_scp_amt") - yuan(settlement, "hifp_pay")


def hospital_part_in_scope(scope: Decimal, gone: Decimal, settlement: Settlement, case: Case) -> Decimal:
    """What the hospital bears of the scope that the funds left; what a finding took out is outside too."""
    borne = yuan(settlement, "hosp_part_amt")
    names = ("preselfpay_amt", "overlmt_selfpay", "fulamt_ownpay_amt")
    outside = sum((yuan(settlement, name) for name in names), gone)
    way = case.reading("hospital_borne", "pro_rata")
    if way == "in_catalogue_first":
        return min(borne, scope)
    if way == "outside_first":
        return max(ZERO, borne - outside)
    return half_up(borne * scope / (scope + outside)) if scope + outside else ZERO


def excluded_in_scope(settlement: Settlement, paid_by_critical_illness: Decimal) -> Decimal:
    """What a reviewer's findings take out of the scope: each line less its own part of each payer's money."""
    whole = yuan(settlement, "inscp_scp_amt")
    payers = [yuan(settlement, fund) for fund in ("hifp_pay", *OTHER_FUNDS)] + [paid_by_critical_illness]
    gone = ZERO
    for line in settlement.get("feedetail", []):
        part = yuan(line, "inscp_scp_amt")
        if part and line.get("finding") not in (None, "covered"):
            gone += part - sum((half_up(payer * part / whole) for payer in payers), ZERO)
    return gone


def base_of(settlement: Settlement, case: Case, paid_by_critical_illness: Decimal) -> Decimal:
    """(五): policy scope less basic, critical-illness and other insurance, less the hospital's part of it."""
    others = sum((yuan(settlement, fund) for fund in OTHER_FUNDS), ZERO)
    scope = self_pay_after_basic(settlement) - paid_by_critical_illness - others
    gone = max(ZERO, min(scope, excluded_in_scope(settlement, paid_by_critical_illness)))
    left = scope - gone - hospital_part_in_scope(scope - gone, gone, settlement, case)
    if case.reading("charity_before_assistance", "no") == "yes":
        left -= min(left, charity_in_scope(left, gone, settlement))
    return left


def charity_in_scope(base: Decimal, gone: Decimal, settlement: Settlement) -> Decimal:
    """(十一), under the other reading: what is stated for the catalogue, and the open rest in proportion."""
    paid = [entry for entry in settlement.get("later_payers", []) if entry["payer"] != "private"]
    stated = sum((yuan(entry, "in_catalogue") for entry in paid), ZERO)
    unsplit = sum((yuan(entry, "unsplit") for entry in paid), ZERO)
    names = ("preselfpay_amt", "overlmt_selfpay", "fulamt_ownpay_amt")
    whole = base + sum((yuan(settlement, name) for name in names), gone)
    return stated + (half_up(unsplit * base / whole) if whole else ZERO)


def pool_of(settlement: Settlement) -> str:
    """(六): chronic outpatient and inpatient share a limit; all else is general outpatient."""
    return "shared" if settlement["med_type"][:2] in CHRONIC + INPATIENT else "general_outpatient"


def control_line(settlement: Settlement, case: Case, answer: Answer, paid: Decimal) -> dict[str, Any] | None:
    """(七): the person's payment for a stay in the county against a tenth of the policy scope."""
    if not is_inpatient(settlement) or not settlement.get("fixmedins", {}).get("in_county", True):
        return None
    assert answer.base is not None
    limit = half_up(yuan(settlement, "inscp_scp_amt") * Decimal("0.10"))
    in_scope = answer.base - answer.taken
    personal = yuan(settlement, "medfee_sumamt") - paid - answer.taken
    if case.reading("control_line_numerator", "all_personal") == "in_scope_only":
        personal = max(ZERO, in_scope)
    above = max(ZERO, personal - limit)
    return {"limit": limit, "personal": personal, "above_by": above, "alert": above > 0}


def settle(settlement: Settlement, case: Case) -> Answer:
    """One settlement that is neither a reversal nor a duplicate."""
    answer = Answer(settlement["setl_id"], "payable", year=settlement_day(settlement).year)
    held, rejected = held_and_rejected(settlement)
    rate = full_rate(settlement, case)
    if rate == 0:
        rejected = rejected | {"not_insured"}
    if settlement.get("referral") == "missing":
        rejected = rejected | {"no_referral"}
    answer.reasons = held | rejected
    if held:
        answer.status = "held rejected" if rejected else "held"
        return answer
    year = case.year(answer.year)
    computed = settlement["hifmi_pay"] is None
    assisted = critical_illness(settlement, case, year, assisted=rate > 0) if computed else None
    if not rejected - {"not_insured", "no_referral"}:
        # The upstream payers' year goes on whether or not this scheme pays.
        answer.self_pay = self_pay_after_basic(settlement)
        year.self_pay += answer.self_pay
    if rejected:
        answer.status, answer.rate = "rejected", Decimal(0)
        return answer
    answer.critical_illness = assisted
    upstream = yuan(settlement, "hifmi_pay") if assisted is None else assisted
    answer.rate = rate_after_referral(rate, settlement, case)
    answer.base = base_of(settlement, case, upstream)
    if answer.base < 0:
        return Answer(answer.setl_id, "held", {"payers_exceed_cost"})
    answer.pool = pool_of(settlement)
    left = max(ZERO, case.limit(answer.pool, answer.year) - year.pools[answer.pool])
    at_rate = half_up(answer.base * answer.rate / 100)
    answer.taken = min(at_rate, left)
    by_cost = case.reading("assistance_limit_on", "assistance") == "cost"
    cost = min(answer.base, left)
    if by_cost:
        answer.taken = half_up(cost * answer.rate / 100)
    waived = rate == 100 and case.reading("full_rate_limits", "apply") == "waived"
    if waived:
        answer.taken = at_rate
    # What medical assistance has paid at the counter is part of the same assistance ((八): never twice).
    answer.assistance = max(ZERO, answer.taken - yuan(settlement, "maf_pay"))
    answer.taken = answer.assistance + yuan(settlement, "maf_pay")
    answer.used = ZERO if waived else cost if by_cost else answer.taken
    funds = sum((yuan(settlement, fund) for fund in (*OTHER_FUNDS, "hifp_pay", "hosp_part_amt")), upstream)
    answer.control_line = control_line(settlement, case, answer, funds)
    if answer.control_line and case.reading("control_line_consequence", "monitor") == "fund_bears":
        # The room is what the limit leaves beside what it let through.
        through = at_rate if waived else half_up(cost * answer.rate / 100) if by_cost else min(at_rate, left)
        raised = min(answer.control_line["above_by"], max(ZERO, left - through))
        answer.assistance += raised
        answer.used += raised
    year.pools[answer.pool] += answer.used
    return answer


def reverse(settlement: Settlement, case: Case, earlier: dict[str, Answer]) -> Answer:
    """The amount of the cancelled settlement comes back, its limit and its year's self-pay are given back."""
    original = earlier.get(settlement["reverses"])
    if original is None:
        return Answer(settlement["setl_id"], "open")
    answer = Answer(settlement["setl_id"], "any", assistance=-original.assistance)
    year = case.year(original.year)
    year.self_pay -= original.self_pay
    if original.pool:
        year.pools[original.pool] -= original.used
    earlier[original.setl_id] = Answer(original.setl_id, "reversed", year=original.year)
    return answer


def calculate_case(document: dict[str, Any]) -> list[Answer]:
    """The answers of a claim in the order of settlement; the same moment keeps the order of the document."""
    case = Case(
        document["person"].get("identities", []),
        document.get("parameters", {}),
        document.get("readings", {}),
        document.get("used", {}),
    )
    answers: list[Answer] = []
    by_id: dict[str, Answer] = {}
    by_invoice: dict[tuple[str, str, str], str] = {}
    for settlement in sorted(document["settlements"], key=lambda one: moment(one["setl_time"])):
        setl_id = settlement["setl_id"]
        if "reverses" in settlement:
            answers.append(reverse(settlement, case, by_id))
            continue
        key = invoice_key(settlement)
        first = by_id.get(setl_id) or by_id.get(by_invoice.get(key, "") if key else "")
        if first is not None:
            # A bill that stands again after it was refused, held or reversed: the texts do not say.
            status = "rejected held" if first.status == "payable" else "open"
            answers.append(Answer(setl_id, status, {"duplicate", *held_and_rejected(settlement)[0]}))
            answers[-1].reasons |= held_and_rejected(settlement)[1] | {"no_referral", "not_insured"}
            continue
        answer = settle(settlement, case)
        answers.append(answer)
        by_id[setl_id] = answer
        if key:
            by_invoice[key] = setl_id
    return answers


def total(answers: list[Answer]) -> Decimal:
    return sum((answer.assistance for answer in answers), ZERO)


def premium_subsidy(document: dict[str, Any]) -> dict[str, Decimal]:
    """(二): listed groups in full, quota groups their share, hardship workers in neither list nothing."""
    premium = Decimal(document["individual_premium"])
    quota = Decimal(document.get("readings", {}).get("quota_premium_share", "1.00"))
    amounts = {}
    for person in document["people"]:
        held = person.get("categories") or [person["category"]]
        if document.get("readings", {}).get("identity_benefits") == "one_identity":
            best = max(RATES[category] for category in held)
            held = [category for category in held if RATES[category] == best]
        shares = [
            Decimal(0) if category in NO_SUBSIDY else quota if category in QUOTA_GROUPS else Decimal(1)
            for category in held
        ]
        amounts[person["id"]] = half_up(premium * max(shares))
    return amounts


def tilted_assistance(document: dict[str, Any]) -> Decimal:
    """(七): nothing while no standard is published; the demonstration's rate above its threshold."""
    if not document["enabled"]:
        return ZERO
    demo = document["demo_parameters"]
    above = Decimal(document["in_scope_personal_after_three_layers"]) - Decimal(demo["threshold"])
    return half_up(max(ZERO, above) * Decimal(demo["rate"]))
