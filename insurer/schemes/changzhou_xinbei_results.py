"""How a decision of the Changzhou-Xinbei scheme is told: warnings, lines, shares by payer."""

from collections.abc import Mapping, Sequence
from typing import Any

from insurer.kernel.money import to_yuan
from insurer.schemes.case_reading import Settlement
from insurer.schemes.changzhou_xinbei_payers import LATER_PAYERS
from insurer.schemes.line_verdicts import Line


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
            "in_catalogue": borne(out["share_in_catalogue"]),
            "other": borne(out["share_other"]),
            "excluded": borne(out["excluded"]),
        },
        "after_later_payers": {
            "in_catalogue": borne(out["left_in_catalogue"]),
            "other": borne(out["left_other"]),
            "excluded": borne(out["left_excluded"]),
        },
    }


def borne(fen: int) -> str:
    """Return what a person bears: nothing where payers gave more than the cost, which holds the bill."""
    return to_yuan(max(0, fen))


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
