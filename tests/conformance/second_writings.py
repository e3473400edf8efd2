"""The product beside a second implementation of each scheme: what must agree, case by case."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from insurer.exclusions.check import check_lines
from insurer.schemes.calculate import calculate
from tests.conformance import oracle_nantong, oracle_xinbei
from tests.conformance.nantong_cases import claim_of
from tests.conformance.xinbei_cases import case_of

HERE = Path(__file__).parent
CASES, FOUND = HERE / "cases", HERE / "found"
# The code of an excluded line may stand among the reasons of a settlement of which nothing is covered.
OF_LINES = {
    "transplant_source",
    "new_expensive",
    "unit_price_threshold",
    "special_service",
    "unrelated",
    "nonpayable_herb",
    "non_pharmacopoeia_drug",
    "not_on_invoice",
    "unlawful",
    "retail_pharmacy",
}


def _xinbei_figures(answer: oracle_xinbei.Answer) -> tuple[str, ...]:
    """What must agree: a reversal takes back money, so its excluded cost is not compared."""
    if answer.status != "payable":
        return ("benefit",)
    if answer.setl_id.startswith("r"):
        return ("benefit", "in_catalogue", "other")
    return ("benefit", "in_catalogue", "other", "excluded")


def _reasons_agree(answer: oracle_xinbei.Answer, codes: set[str]) -> bool:
    """At least one reason of the oracle and none beside; amounts that do not add up may bring any other."""
    if answer.reasons & oracle_xinbei.HARD_GATES:
        return bool(codes & oracle_xinbei.HARD_GATES)
    if answer.status not in ("payable", "rejected", "held"):
        return True
    return bool(codes) == bool(answer.reasons) and codes <= answer.reasons | OF_LINES


def _xinbei_differences(answer: oracle_xinbei.Answer, found: dict[str, Any]) -> list[str]:
    differences = []
    if answer.status != "any" and found["status"] not in answer.status.split():
        differences.append(f"{answer.setl_id} status: oracle {answer.status}, product {found['status']}")
    for name in _xinbei_figures(answer):
        if Decimal(found[name]) != getattr(answer, name):
            differences.append(
                f"{answer.setl_id} {name}: oracle {getattr(answer, name)}, product {found[name]}"
            )
    codes = {reason["code"] for reason in found["reasons"]}
    if not _reasons_agree(answer, codes):
        differences.append(
            f"{answer.setl_id} reasons: oracle {sorted(answer.reasons)}, product {sorted(codes)}"
        )
    return differences


def _shown(line: dict[str, Any] | None) -> dict[str, Any] | None:
    """A control line with its amounts as numbers; other entries of the product's are its own."""
    if line is None:
        return None
    return {name: line[name] if name == "alert" else Decimal(line[name]) for name in CONTROL_LINE}


CONTROL_LINE = ("limit", "personal", "above_by", "alert")


def _nantong_figures(answer: oracle_nantong.Answer) -> dict[str, Any]:
    """What must agree: figures of a settlement that is not paid are promised for the rate only."""
    figures: dict[str, Any] = {"benefit": answer.benefit, "assistance": answer.assistance}
    if answer.rate is not None and (answer.status == "payable" or answer.reasons & {"no_referral"}):
        figures["rate"] = answer.rate
    if answer.status == "payable":
        figures["base"] = answer.base
        figures["critical_illness"] = answer.critical_illness
        figures["control_line"] = answer.control_line
    return figures


def _product(found: dict[str, Any], name: str) -> Any:
    if name == "control_line":
        return _shown(found.get(name))
    return None if found.get(name) is None else Decimal(found[name])


def _nantong_differences(answer: oracle_nantong.Answer, found: dict[str, Any]) -> list[str]:
    differences = []
    if answer.status != "any" and found["status"] not in answer.status.split():
        differences.append(f"{answer.setl_id} status: oracle {answer.status}, product {found['status']}")
    for name, figure in _nantong_figures(answer).items():
        if _product(found, name) != figure:
            differences.append(f"{answer.setl_id} {name}: oracle {figure}, product {_product(found, name)}")
    codes = {reason["code"] for reason in found["reasons"]}
    if answer.status != "any" and (bool(codes) != bool(answer.reasons) or not codes <= answer.reasons):
        differences.append(
            f"{answer.setl_id} reasons: oracle {sorted(answer.reasons)}, product {sorted(codes)}"
        )
    return differences


def _xinbei_agrees(figures: dict[str, Any], answer: Any) -> bool:
    return {name: str(getattr(answer, name)) for name in figures} == figures


def _nantong_agrees(figures: dict[str, Any], answer: Any) -> bool:
    return all(
        _shown(figure) == getattr(answer, name)
        if name == "control_line"
        else str(getattr(answer, name)) == figure
        for name, figure in figures.items()
    )


@dataclass
class SecondWriting:
    """A scheme's second implementation, random cases for it, and how an answer is compared."""

    scheme: str
    letters: str
    answers: Callable[[dict[str, Any]], list[Any]]
    total: Callable[[list[Any]], Decimal]
    random_case: Callable[[int], dict[str, Any]]
    compare: Callable[[Any, dict[str, Any]], list[str]]
    agrees: Callable[[dict[str, Any], Any], bool]
    reasons: frozenset[str]

    def differences(self, case: dict[str, Any]) -> list[str]:
        """Return each disagreement on one claim, up to the first answer that the texts leave open."""
        answers = self.answers(case)
        result = calculate(case, check_lines)
        if "error" in result:
            return [f"product refuses the case: {result['error']}"]
        waiting = list(result["settlements"])
        found: list[str] = []
        for answer in answers:
            if answer.status == "open":
                return found
            told = next(one for one in waiting if one["setl_id"] == answer.setl_id)
            waiting.remove(told)
            found += self.compare(answer, told)
        if Decimal(result["total"]) != self.total(answers):
            found.append(f"total: oracle {self.total(answers)}, product {result['total']}")
        return found + [f"{one['setl_id']} is one too many" for one in waiting]

    def worked(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the worked claims, and those on which the two once disagreed, that are no errors."""
        return [
            (name, one)
            for name, one in all_worked(self.scheme)
            if one["case"]["kind"] == "claim" and "error" not in one["expect"]
            if name.startswith(self.letters)  # what is no worked case may lie outside the second writing
        ]


def load(path: Path) -> dict[str, Any]:
    """Read a case with what is expected of it."""
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def all_worked(scheme: str) -> list[tuple[str, dict[str, Any]]]:
    """Return every worked case of a scheme, of any kind, and those on which the two once disagreed."""
    paths = [*sorted(CASES.glob("*.json")), *sorted(FOUND.glob("*.json"))]
    worked = [(path.stem, load(path)) for path in paths]
    return [(name, one) for name, one in worked if one["case"]["scheme"] == scheme]


EVERY_SCHEME = frozenset(
    {
        "not_insured",
        "duplicate",
        "overseas",
        "not_designated",
        "amounts_mismatch",
        "lines_mismatch",
        "third_party_unresolved",
        "upstream_pending",
        "other_fund",
        "unknown_kind",
    }
)

XINBEI = SecondWriting(
    scheme="changzhou-xinbei",
    letters="XB",
    answers=oracle_xinbei.calculate_case,
    total=oracle_xinbei.total,
    random_case=case_of,
    compare=_xinbei_differences,
    agrees=_xinbei_agrees,
    reasons=EVERY_SCHEME | {"retail_pharmacy"},
)
NANTONG = SecondWriting(
    scheme="nantong",
    letters="NT",
    answers=oracle_nantong.calculate_case,
    total=oracle_nantong.total,
    random_case=claim_of,
    compare=_nantong_differences,
    agrees=_nantong_agrees,
    reasons=EVERY_SCHEME | {"no_referral", "payers_exceed_cost"},
)
WRITINGS = {one.scheme: one for one in (XINBEI, NANTONG)}
