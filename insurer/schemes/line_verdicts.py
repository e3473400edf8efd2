"""Which fee lines are excluded: a reviewer's finding first, then the bill, then the automatic check."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from insurer.schemes.case_reading import CaseProblem, Settlement, text
from insurer.schemes.line_check import BillFacts, LineCheck, LineVerdict
from insurer.schemes.packdata import option_texts

CLAUSES: Mapping[str, str] = {
    "not_on_invoice": "XB-二(二)2",
    "transplant_source": "XB-二(二)3",
    "new_expensive": "XB-二(二)4",
    "unit_price_threshold": "XB-二(二)4",
    "unlawful": "XB-二(二)5",
    "special_service": "XB-二(二)6",
    "unrelated": "XB-二(二)6",
    "retail_pharmacy": "XB-二(二)7",
    "nonpayable_herb": "XB-二(二)9",
    "non_pharmacopoeia_drug": "XB-二(二)9",
}
"""The clause of every exclusion code of a fee line; a finding is one of these codes or ``covered``."""

_IN_CATALOGUE = ("01", "02")


class Line(NamedTuple):
    """The verdict on one fee line: an exclusion with its clause, or covered, with or without a question."""

    number: int
    sn: str
    code: str
    clause: str
    matched: str
    because: str
    by: str
    review: bool

    @property
    def excluded(self) -> bool:
        """Tell whether the line is not payable."""
        return bool(self.code) and not self.review


def judge_lines(
    settlement: Settlement,
    check_lines: LineCheck,
    answers: Mapping[str, str],
    figures: Mapping[str, str],
) -> list[Line]:
    """Return a verdict for every fee line; a wrong ``finding`` is a problem that names the line.

    ``figures`` are the parameters on which the check rests, in yuan.
    """
    if not settlement.lines:
        return []
    pharmacy = is_pharmacy(settlement)
    facts = BillFacts(
        on=date.fromordinal(settlement.settlement_day),
        med_type=settlement.med_type,
        institution_kind="pharmacy" if pharmacy else settlement.institution,
        dual_channel=settlement.dual_channel,
        readings=answers,
        parameters=figures,
    )
    verdicts = check_lines(settlement.lines, facts)
    if len(verdicts) != len(settlement.lines):
        raise ValueError("the line check must answer every line")
    refused = pharmacy and not settlement.dual_channel
    found = []
    for number, (line, verdict) in enumerate(zip(settlement.lines, verdicts, strict=True)):
        sn = str(line.get("feedetl_sn") or number + 1)
        finding = read_finding(line, f"settlements[{settlement.place}].feedetail[{number}].finding")
        if finding == "covered":
            found.append(Line(number, sn, "", "", "", "", "finding", False))
        elif finding:
            found.append(
                Line(number, sn, finding, CLAUSES[finding], finding, "人工审核认定", "finding", False)
            )
        elif pharmacy and (refused or str(line.get("list_type") or "") == "301"):
            because = (
                "零售药店购买的药品和特殊材料不予补偿" if refused else "双通道只适用于药品，特殊材料不予补偿"
            )
            found.append(
                Line(number, sn, "retail_pharmacy", "XB-二(二)7", "pharmacy", because, "bill", False)
            )
        else:
            found.append(_automatic(number, sn, line, verdict, answers))
    return found


def is_pharmacy(settlement: Settlement) -> bool:
    """Tell whether a bill comes from a retail pharmacy, by its institution or its kind of visit."""
    return settlement.institution == "pharmacy" or settlement.visit == "pharmacy"


def _automatic(
    number: int, sn: str, line: Mapping[str, Any], verdict: LineVerdict, answers: Mapping[str, str]
) -> Line:
    code = verdict.code or ""
    spared = (
        code == "non_pharmacopoeia_drug"
        and answers["pharmacopoeia_scope"] == "outside_catalogue_only"
        and str(line.get("chrgitm_lv") or "") in _IN_CATALOGUE
    )
    if verdict.decision == "covered" or spared:
        return Line(number, sn, "", "", "", "", "check", False)
    review = verdict.decision == "review"
    clause = verdict.clause or CLAUSES.get(code, "XB-二(二)")
    return Line(number, sn, code, clause, verdict.matched or "", verdict.because, "check", review)


def read_finding(line: Mapping[str, Any], path: str) -> str:
    """Return what a reviewer confirmed of a line: an exclusion code, ``covered``, or nothing."""
    if line.get("finding") is None:
        return ""
    finding = text(line["finding"], path)
    if finding and finding != "covered" and finding not in CLAUSES:
        allowed = ("covered", *CLAUSES)
        raise CaseProblem(path, f"只能是 {option_texts(allowed)}", f"must be one of {', '.join(allowed)}")
    return finding
