"""How a decision of the Changzhou-Xinbei scheme is told: status, reasons, warnings, lines, shares."""

from collections.abc import Mapping, Sequence
from typing import Any

from insurer.kernel.money import to_yuan
from insurer.schemes.case_reading import Settlement
from insurer.schemes.changzhou_xinbei import ALL_LINES_EXCLUDED
from insurer.schemes.changzhou_xinbei_payers import LATER_PAYERS
from insurer.schemes.line_verdicts import Line
from insurer.schemes.recording import Step

_HARD_GATES = ("amounts_mismatch", "lines_mismatch")
"""A settlement whose figures contradict each other is held, whatever else is known of it."""


def verdict(fired: Sequence[Step], excluded: Sequence[Line]) -> tuple[str, list[dict[str, str]]]:
    """Return ``payable``, ``rejected`` or ``held`` with the reasons (code and clause)."""
    found = [(*step.stop, step.cite) for step in fired if step.stop]
    if not found:
        return "payable", []
    held = any(code in _HARD_GATES for _, code, _ in found)
    rejected = not held and any(status == "rejected" for status, _, _ in found)
    reasons: list[tuple[str, str]] = []
    for status, code, clause in found:
        if rejected and status != "rejected":
            continue
        if code == ALL_LINES_EXCLUDED:
            reasons += [(line.code, line.clause) for line in excluded]
        else:
            reasons.append((code, clause))
    return (
        "rejected" if rejected else "held",
        [{"code": code, "clause": clause} for code, clause in dict.fromkeys(reasons)],
    )


def warnings(settlement: Settlement, lines: Sequence[Line]) -> list[dict[str, str]]:
    """Return what a person should still look at, line by line."""
    if not settlement.lines:
        return [{"code": "lines_missing", "message": "没有费用行，自费部分按可补偿计算，请补齐费用清单"}]
    return [
        {
            "code": "needs_review",
            "feedetl_sn": line.sn,
            "message": line.because or "这一行需要人工判断",
            "exclusion_code": line.code,
        }
        for line in lines
        if line.review
    ]


def line_result(line: Line) -> dict[str, Any]:
    """Return an excluded line with its code, its clause and who said so."""
    return {
        "feedetl_sn": line.sn,
        "exclusion": {"code": line.code, "clause": line.clause},
        "matched": line.matched,
        "because": line.because,
        "by": line.by,
    }


def shares(out: Mapping[str, int]) -> dict[str, dict[str, str]]:
    """Return what the person bears in three parts, before and after the hospital and the later payers."""
    return {
        "before_later_payers": {
            "in_catalogue": to_yuan(out["share_in_catalogue"]),
            "other": to_yuan(out["share_other"]),
            "excluded": to_yuan(out["excluded"]),
        },
        "after_later_payers": {
            "in_catalogue": to_yuan(out["left_in_catalogue"]),
            "other": to_yuan(out["left_other"]),
            "excluded": to_yuan(out["left_excluded"]),
        },
    }


def later_results(settlement: Settlement, out: Mapping[str, int]) -> list[dict[str, str]]:
    """Return what each later payer took off the three parts."""
    present = dict.fromkeys(one.payer for one in settlement.later if one.payer != "private")
    return [
        {
            "payer": payer,
            **{place: to_yuan(out[f"{payer}_{place}"]) for place in ("in_catalogue", "other", "excluded")},
        }
        for payer, _ in LATER_PAYERS
        if payer in present
    ]
