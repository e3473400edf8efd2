"""Who is covered, what holds or rejects a settlement, which lines are excluded: a second, plain reading.

Written from the texts alone, with nothing of the product in it, so that it can contradict the product. One
function answers one question. Where the texts leave a question open, the generator does not ask it.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

ZERO = Decimal("0.00")
THRESHOLD = Decimal("5000.00")
FUNDS = ("hifp_pay", "hifmi_pay", "hifob_pay", "hifes_pay", "cvlserv_pay", "hifdm_pay", "maf_pay")
PARTS = ("inscp_scp_amt", "preselfpay_amt", "overlmt_selfpay", "fulamt_ownpay_amt")
OUTPATIENT = ("11", "12", "13", "14", "19", "51", "53")
INPATIENT = ("21", "22", "23", "24", "52")
PHARMACY = ("41",)
DEFAULTS = {
    "class_b_first_pay": "in_catalogue",
    "over_price_limit": "other",
    "below_deductible": "included",
    "price_threshold_basis": "unit",
    "price_threshold_inclusive": "true",
    "price_threshold_types": "exam_test_treatment_material",
    "named_items": "always",
    "unsplit_payment": "pro_rata",
    "cover_start": "month",
    "cover_end": "year",
    "bill_date": "settlement",
    "referral_exclusion": "both",
    "hospital_borne": "pro_rata",
    "private_insurance": "ceiling",
    "annual_limit_on": "other_benefit",
    "annual_limit_covers": "other_part",
    "unreferred_loss": "covered",
    "scheme_status_date": "service",
}
# Names whose automatic answer the worked cases fix; every other name of the generator says nothing.
NAMED_ITEMS = ("PET-CT全身显像", "胶囊内镜检查")


def money(record: dict[str, Any], field: str) -> Decimal:
    """An amount in yuan; one that is missing is 0.00."""
    value = record.get(field)
    return ZERO if value is None else Decimal(value)


def settled_on(settlement: dict[str, Any]) -> date:
    """The day of the settlement time."""
    return date.fromisoformat(settlement["setl_time"][:10])


def bill_day(settlement: dict[str, Any], readings: dict[str, str]) -> date:
    """A3: the day that places a bill in a year and in the cover."""
    if readings["bill_date"] == "admission":
        return date.fromisoformat(settlement["begndate"][:10])
    if readings["bill_date"] == "discharge":
        return date.fromisoformat(settlement["enddate"][:10])
    return settled_on(settlement)


def first_of_next_month(day: date) -> date:
    """The first day of the month after."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def cover_begins(entry: dict[str, Any], year: int, readings: dict[str, str]) -> date | None:
    """A1: the first covered day of the year, or None for a person who is not on the list."""
    if entry.get("on_previous_december"):
        return date(year, 1, 1)
    if not entry.get("approved_on"):
        return None
    approved = date.fromisoformat(entry["approved_on"])
    if readings["cover_start"] == "year":
        return date(year, 1, 1)
    if readings["cover_start"] == "approval_date":
        return approved
    if readings["cover_start"] == "next_month":
        return first_of_next_month(approved)
    return approved.replace(day=1)


def cover_ends(entry: dict[str, Any], year: int, readings: dict[str, str]) -> date:
    """A2: the last covered day of the year."""
    if readings["cover_end"] == "month" and entry.get("removed_on"):
        return first_of_next_month(date.fromisoformat(entry["removed_on"])) - timedelta(days=1)
    if readings["cover_end"] == "removal_date" and entry.get("removed_on"):
        return date.fromisoformat(entry["removed_on"])
    return date(year, 12, 31)


def resident(person: dict[str, Any], settlement: dict[str, Any], readings: dict[str, str]) -> bool:
    """A4: in the resident scheme on a day of the service (any day of a stay), or on the settlement day."""
    if "insuinfo" not in person or readings["scheme_status_date"] == "person":
        return bool(person["insutype"] == "390")
    first = last = settled_on(settlement)
    if readings["scheme_status_date"] == "service":
        first = last = date.fromisoformat(settlement["begndate"])
        if settlement["med_type"][:2] in INPATIENT:
            last = date.fromisoformat(settlement["enddate"])
    for period in person["insuinfo"]:
        ends = date.fromisoformat(period["paus_insu_date"]) if period["paus_insu_date"] else date.max
        if (
            period["insutype"] == "390"
            and date.fromisoformat(period["psn_insu_date"]) <= last
            and first < ends
        ):
            return True
    return False


def insured(person: dict[str, Any], settlement: dict[str, Any], readings: dict[str, str]) -> bool:
    """XB-二(一): in the resident scheme, and on the list for that day."""
    day = bill_day(settlement, readings)
    if not resident(person, settlement, readings):
        return False
    entry = person.get("roster", {}).get(str(day.year))
    if entry is None:
        return False
    begins = cover_begins(entry, day.year, readings)
    return begins is not None and begins <= day <= cover_ends(entry, day.year, readings)


def at_threshold(line: dict[str, Any], readings: dict[str, str]) -> bool:
    """B3, B4: is the price of the line at the threshold."""
    price = Decimal(
        line["pric"] if readings["price_threshold_basis"] == "unit" else line["det_item_fee_sumamt"]
    )
    return price >= THRESHOLD if readings["price_threshold_inclusive"] == "true" else price > THRESHOLD


def threshold_concerns(line: dict[str, Any], readings: dict[str, str]) -> bool:
    """B2: examinations, tests, treatments and materials outside the catalogue; drugs under one reading."""
    if line.get("chrgitm_lv") != "03":
        return False
    if line.get("med_chrgitm_type") in ("03", "04", "05", "08") or line.get("list_type") == "301":
        return True
    return readings["price_threshold_types"] == "all_including_drugs" and line.get("list_type") == "101"


def is_pharmacy(settlement: dict[str, Any]) -> bool:
    """A purchase in a retail pharmacy."""
    return settlement["med_type"][:2] in PHARMACY


def line_excluded(line: dict[str, Any], settlement: dict[str, Any], readings: dict[str, str]) -> bool:
    """XB-二(二): a confirmed finding decides; else the pharmacy rule, the named items and the threshold."""
    if line.get("finding") is not None:
        return str(line["finding"]) != "covered"
    if is_pharmacy(settlement) and line.get("list_type") == "301":
        return True
    if line["medins_list_name"] in NAMED_ITEMS and (
        readings["named_items"] == "always" or at_threshold(line, readings)
    ):
        return True
    return threshold_concerns(line, readings) and at_threshold(line, readings)


def parts_disagree(settlement: dict[str, Any]) -> bool:
    """The two identities of the settlement sheet."""
    total = money(settlement, "medfee_sumamt")
    if total != sum(money(settlement, part) for part in PARTS):
        return True
    if "fund_pay_sumamt" in settlement and "psn_part_amt" in settlement:
        paid = money(settlement, "fund_pay_sumamt") + money(settlement, "hosp_part_amt")
        return total != paid + money(settlement, "psn_part_amt")
    return False


def lines_disagree(settlement: dict[str, Any]) -> bool:
    """The own expense of the lines is that of the settlement."""
    lines = settlement.get("feedetail")
    if not lines:
        return False
    return sum(money(line, "fulamt_ownpay_amt") for line in lines) != money(settlement, "fulamt_ownpay_amt")


def institution_answer(settlement: dict[str, Any], readings: dict[str, str]) -> tuple[set[str], set[str]]:
    """B1: what the institution and the referral do: reasons to reject, reasons to hold."""
    codes = {"no_referral", "not_designated"}
    designated = settlement.get("fixmedins", {}).get("designated", True)
    referral = settlement.get("referral", "local")
    if settlement["med_type"][:2] not in INPATIENT:
        return (set() if designated else codes), set()
    if readings["referral_exclusion"] == "either":
        return (codes if not designated or referral == "missing" else set()), set()
    if designated or referral == "referred":
        return set(), set()
    return (set(), codes) if referral == "emergency" else (codes, set())


def rejections(settlement: dict[str, Any], person: dict[str, Any], readings: dict[str, str]) -> set[str]:
    """The reasons that leave finally nothing to pay."""
    codes: set[str] = set()
    if not insured(person, settlement, readings):
        codes.add("not_insured")
    if settlement.get("fixmedins", {}).get("region", "mainland") == "overseas":
        codes.add("overseas")
    if is_pharmacy(settlement) and not settlement.get("dual_channel", False):
        codes.add("retail_pharmacy")
    return codes | institution_answer(settlement, readings)[0]


def holds(settlement: dict[str, Any], readings: dict[str, str]) -> set[str]:
    """The reasons for which a person must look."""
    codes: set[str] = set()
    if settlement["med_type"][:2] not in OUTPATIENT + INPATIENT + PHARMACY:
        codes.add("unknown_kind")
    if parts_disagree(settlement):
        codes.add("amounts_mismatch")
    if lines_disagree(settlement):
        codes.add("lines_mismatch")
    if settlement.get("third_party", "none") == "unresolved":
        codes.add("third_party_unresolved")
    if settlement.get("upstream_pending"):
        codes.add("upstream_pending")
    if money(settlement, "oth_pay") != ZERO:
        codes.add("other_fund")
    return codes | institution_answer(settlement, readings)[1]


def identity_keys(settlement: dict[str, Any]) -> set[tuple[str, ...]]:
    """F12 and XB-13: the settlement number, and the three numbers of an electronic invoice."""
    keys: set[tuple[str, ...]] = {("setl_id", settlement["setl_id"])}
    invoice = settlement.get("invoice")
    if invoice:
        keys.add(("invoice", invoice["bill_code"], invoice["bill_no"], invoice["check_code"]))
    return keys
