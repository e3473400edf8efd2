"""What the recorded steps of the Changzhou-Xinbei scheme are given: a case turned into named facts."""

from collections.abc import Mapping, Sequence
from typing import Any

from insurer.schemes.case_reading import (
    CaseProblem,
    Settlement,
    day,
    flag,
    mapping,
    required,
    sequence,
    text,
)
from insurer.schemes.changzhou_xinbei import FUNDS
from insurer.schemes.changzhou_xinbei_payers import LATER_PAYERS
from insurer.schemes.changzhou_xinbei_scope import COST_PARTS
from insurer.schemes.dating import dates_of
from insurer.schemes.line_verdicts import Line, is_pharmacy
from insurer.schemes.operations import NEVER

REQUIRED = ("medfee_sumamt", *(name for name, _ in COST_PARTS), "hifp_pay", "hifmi_pay")
"""The amounts without which a settlement cannot be read."""

AMOUNTS = (
    "medfee_sumamt",
    *(name for name, _ in COST_PARTS),
    *(name for name, _ in FUNDS),
    "oth_pay",
    "othfund_pay",
    "hosp_part_amt",
    "fund_pay_sumamt",
    "psn_part_amt",
    "act_pay_dedc",
    "referral_loss_amt",
)
"""Every amount of a settlement that the scheme reads."""

_NOT_NEGATIVE = tuple(name for name in AMOUNTS if name not in ("oth_pay", "othfund_pay"))


def person_facts(person: Mapping[str, Any], year: str, settlement: Settlement) -> dict[str, Any]:
    """Return the roster and insurance facts of the person for the year of a bill (二(一))."""
    roster = mapping(person.get("roster"), "person.roster")
    path = f"person.roster.{year}"
    row = mapping(roster.get(year), path)
    own = text(person.get("insutype") or "", "person.insutype")
    if not own and not settlement.insutype:
        raise CaseProblem(
            "person.insutype", "缺少险种，请补上（居民医保为 390）", "required field is missing"
        )
    return {
        "on_previous_december": flag(row.get("on_previous_december"), f"{path}.on_previous_december", False),
        "approved_on": _optional_day(row.get("approved_on"), f"{path}.approved_on"),
        "removed_on": _optional_day(row.get("removed_on"), f"{path}.removed_on"),
        "person_insutype": own or settlement.insutype,
        "settlement_insutype": settlement.insutype or own,
    }


def insurance_periods(person: Mapping[str, Any], settlement: Settlement) -> list[dict[str, Any]]:
    """Return the facts of each period of ``person.insuinfo``, the platform's list of insurances (二(一))."""
    found = []
    for place, raw in enumerate(sequence(person.get("insuinfo"), "person.insuinfo")):
        path = f"person.insuinfo[{place}]"
        row = mapping(raw, path)
        begins = day(required(row, "psn_insu_date", f"{path}."), f"{path}.psn_insu_date")
        found.append(
            {
                "insutype": text(required(row, "insutype", f"{path}."), f"{path}.insutype"),
                "psn_insu_date": begins,
                "paus_insu_date": _optional_day(row.get("paus_insu_date"), f"{path}.paus_insu_date"),
                **dates_of(settlement),
                "inpatient": settlement.visit == "inpatient",
            }
        )
    return found


def _optional_day(value: Any, path: str) -> int:
    return NEVER if value is None or value == "" else day(value, path)


def scope_facts(settlement: Settlement, lines: Sequence[Line], duplicate: bool) -> dict[str, Any]:
    """Return the facts on which a settlement as a whole is rejected or held (二(二))."""
    return {
        "inpatient": settlement.visit == "inpatient",
        "known_kind": bool(settlement.visit),
        "designated": settlement.designated,
        "referral": settlement.referral,
        "pharmacy": is_pharmacy(settlement),
        "dual_channel": settlement.dual_channel,
        "line_confirmed": any(line.by == "finding" and not line.excluded for line in lines),
        "third_party_unresolved": settlement.third_party == "unresolved",
        "not_on_invoice": settlement.finding == "not_on_invoice",
        "unlawful": settlement.finding == "unlawful",
        "overseas": settlement.region == "overseas",
        "duplicate": duplicate,
        "upstream_pending": bool(settlement.upstream_pending),
        "other_fund": bool(settlement.fen("oth_pay") or settlement.fen("othfund_pay")),
    }


def amount_facts(settlement: Settlement, excluded: Sequence[Line]) -> dict[str, Any]:
    """Return the amounts in fen and what is wrong with them."""
    facts: dict[str, Any] = {name: settlement.fen(name) for name in AMOUNTS}
    amounts, rows = settlement.amounts, settlement.line_amounts
    deductible = amounts["act_pay_dedc"]
    if deductible is None:  # a bill on which basic insurance paid nothing lies wholly below the deductible
        deductible = 0 if settlement.fen("hifp_pay") else settlement.fen("inscp_scp_amt")
    gone = [rows[line.number] for line in excluded]
    beyond = any(
        not 0 <= sum(row[of_line] for row in gone) <= settlement.fen(of_bill)
        for of_line, of_bill in (
            ("inscp_scp_amt", "inscp_scp_amt"),
            ("preselfpay_amt", "preselfpay_amt"),
            ("overlmt_amt", "overlmt_selfpay"),
        )
    )
    return {
        **facts,
        "deductible_cost": deductible,
        "referral_loss": settlement.fen("referral_loss_amt"),
        "referral_loss_known": amounts["referral_loss_amt"] is not None,
        "negative_amount": any(settlement.fen(name) < 0 for name in _NOT_NEGATIVE),
        "paid_side_given": amounts["fund_pay_sumamt"] is not None and amounts["psn_part_amt"] is not None,
        "has_lines": bool(rows),
        "lines_own": [row["fulamt_ownpay_amt"] for row in rows],
        "has_excluded_lines": bool(excluded),
        "line_parts_beyond": (bool(gone) and beyond) or _retail_in_part(settlement, excluded),
        "has_hospital_part": bool(settlement.fen("hosp_part_amt")),
    }


def later_facts(settlement: Settlement) -> dict[str, Any]:
    """Return what 惠民保, charity and private policies paid, in fen, summed by payer."""
    facts: dict[str, Any] = {}
    for payer, _ in LATER_PAYERS:
        paid = [one for one in settlement.later if one.payer == payer]
        stated, unsplit = sum(one.stated for one in paid), sum(one.unsplit for one in paid)
        facts[f"{payer}_stated"], facts[f"{payer}_open"] = bool(stated), bool(unsplit)
        facts[f"{payer}_paid"] = bool(stated or unsplit)
        facts[f"{payer}_in_catalogue_amount"] = sum(one.in_catalogue for one in paid)
        facts[f"{payer}_outside_catalogue_amount"] = sum(one.outside_catalogue for one in paid)
        facts[f"{payer}_excluded_amount"] = sum(one.excluded for one in paid)
        facts[f"{payer}_unsplit_amount"] = unsplit
    private = sum(one.stated + one.unsplit for one in settlement.later if one.payer == "private")
    return {**facts, "has_private": bool(private), "private_amount": private}


def _retail_in_part(settlement: Settlement, excluded: Sequence[Line]) -> bool:
    """Tell whether a pharmacy bill that is paid for some lines only is not accounted for by its lines."""
    rows = settlement.line_amounts
    if not is_pharmacy(settlement) or settlement.dual_channel or len(excluded) == len(rows):
        return False
    parts = (("inscp_scp_amt", "inscp_scp_amt"), ("preselfpay_amt",) * 2, ("overlmt_amt", "overlmt_selfpay"))
    return any(sum(row[of_line] for row in rows) != settlement.fen(of_bill) for of_line, of_bill in parts)
