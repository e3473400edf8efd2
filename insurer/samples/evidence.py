"""Which papers come with an invented claim, and which one is forgotten now and then."""

from random import Random
from typing import Any

from insurer.samples.bills import Bill

TITLES = {
    "application": "赔付申请书",
    "identity": "身份证明",
    "bank_card": "银行卡",
    "settlement_sheet": "医疗费用结算单",
    "invoice": "医疗收费票据",
    "fee_list": "费用明细清单",
    "discharge_record": "出院记录",
    "prescription": "门诊处方",
    "dual_channel_form": "双通道药品备案表",
    "referral_record": "转诊备案表",
    "emergency_proof": "急诊证明",
    "accident_statement": "外伤情况说明",
    "inclusive_decision": "惠民保理赔决定书",
    "charity_decision": "慈善大病补充保险决定书",
    "private_decision": "商业保险理赔决定书",
}
"""Kinds of papers and their Chinese titles."""

_PHOTOGRAPHED = frozenset(("identity", "bank_card"))
LINES_A_PAGE = 25
"""Fee lines that fit on one page of a printed list."""


def required_kinds(bill: Bill) -> tuple[str, ...]:
    """Return the kinds of papers that a complete claim for this bill brings."""
    kinds = ["application", "identity", "bank_card", "settlement_sheet", "invoice", "fee_list"]
    if bill.inpatient:
        kinds.append("discharge_record")
    else:
        kinds.append("prescription")
    if bill.facts.get("dual_channel"):
        kinds.append("dual_channel_form")
    if bill.facts.get("referral") == "referred":
        kinds.append("referral_record")
    if bill.facts.get("referral") == "emergency":
        kinds.append("emergency_proof")
    if bill.med_type[:2] in ("19", "22"):
        kinds.append("accident_statement")
    kinds += [f"{later['payer']}_decision" for later in bill.later_payers]
    return tuple(kinds)


def papers_of(bill: Bill, *, without: str | None = None) -> list[dict[str, Any]]:
    """Return the papers received with a bill, all that are required but ``without``."""
    return [
        {
            "kind": kind,
            "filename": f"{bill.setl_id[-13:]}-{place}-{TITLES[kind]}.{_suffix(kind)}",
            "pages": -(-len(bill.lines.rows) // LINES_A_PAGE) if kind == "fee_list" else 1,
        }
        for place, kind in enumerate(required_kinds(bill), start=1)
        if kind != without
    ]


def _suffix(kind: str) -> str:
    return "png" if kind in _PHOTOGRAPHED else "pdf"


def forgotten_kind(rng: Random, bill: Bill) -> str:
    """Choose the paper that a family forgets, among those without which no claim can be decided."""
    if bill.inpatient:
        kinds: tuple[str, ...] = ("discharge_record", "fee_list", "invoice", "identity")
    elif bill.facts.get("dual_channel"):
        kinds = ("dual_channel_form", "prescription", "invoice")
    else:
        kinds = ("fee_list", "invoice", "identity")
    return rng.choice(kinds)
