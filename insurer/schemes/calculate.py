"""The calculation of one case document: the scheme is found by its name, problems become an ``error`` entry.

Input and output are the documents of the ``insurer calculate`` command; besides the promised fields a result
carries ``pack`` (the hash of steps, parameters and readings), and each settlement its ``shares``,
``later_payers``, ``limit``, ``year``, ``bill_date`` and ``checks``.
"""

from collections.abc import Callable, Mapping
from typing import Any

from insurer.kernel.errors import NotFound
from insurer.schemes.case_reading import CaseProblem
from insurer.schemes.changzhou_xinbei_claim import SCHEME as CHANGZHOU_XINBEI
from insurer.schemes.changzhou_xinbei_claim import calculate_claim, pack
from insurer.schemes.changzhou_xinbei_years import calculate_surplus
from insurer.schemes.line_check import LineCheck
from insurer.schemes.nantong_claim import SCHEME as NANTONG
from insurer.schemes.nantong_claim import calculate_claim as calculate_nantong_claim
from insurer.schemes.nantong_claim import pack as nantong_pack
from insurer.schemes.nantong_people import calculate_subsidy, calculate_tilted
from insurer.schemes.scheme_pack import Pack

Calculation = Callable[[Mapping[str, Any], LineCheck], dict[str, Any]]

SCHEMES: Mapping[str, Mapping[str, Calculation]] = {
    CHANGZHOU_XINBEI: {
        "claim": calculate_claim,
        "surplus": lambda document, _check: calculate_surplus(document),
    },
    NANTONG: {
        "claim": calculate_nantong_claim,
        "premium_subsidy": lambda document, _check: calculate_subsidy(document),
        "tilted_assistance": lambda document, _check: calculate_tilted(document),
    },
}
"""Every scheme with the kinds of case that it answers."""


PACKS: Mapping[str, Callable[[tuple[tuple[str, str], ...]], Pack]] = {
    CHANGZHOU_XINBEI: pack,
    NANTONG: nantong_pack,
}
"""The packs of every scheme, by the readings that are not the default."""


def calculate(document: Any, check_lines: LineCheck) -> dict[str, Any]:
    """Calculate a case document; ``check_lines`` gives the automatic verdict on fee lines.

    Never raises for a bad document: the result is then ``{"case_id", "error": {"field", "message"}}``.
    """
    if not isinstance(document, Mapping):
        return _error(None, CaseProblem("", "每一行要写成一个案件对象", "a case must be a JSON object"))
    case_id = document.get("case_id")
    try:
        kinds = SCHEMES.get(_name(document, "scheme"))
        if kinds is None:
            raise CaseProblem("scheme", f"没有这个方案，可用的有 {'、'.join(SCHEMES)}", "unknown scheme")
        kind = _name(document, "kind")
        if kind not in kinds:
            raise CaseProblem("kind", f"这个方案只能计算 {'、'.join(kinds)}", "unknown kind of case")
        result = kinds[kind](document, check_lines)
    except CaseProblem as problem:
        return _error(case_id, problem)
    return {"case_id": case_id, "kind": kind, "scheme": document["scheme"], **result}


def pack_content(scheme: str, answers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the content of a scheme's pack under the given readings (the defaults without them).

    Its SHA-256 in canonical JSON is the ``pack`` of every result. :class:`NotFound` for an unknown scheme.
    """
    packs = PACKS.get(scheme)
    if packs is None:
        raise NotFound(f"没有方案“{scheme}”，可用的有 {'、'.join(PACKS)}")
    return packs(tuple(sorted((answers or {}).items()))).content


def _name(document: Mapping[str, Any], field: str) -> str:
    value = document.get(field)
    if not isinstance(value, str) or not value:
        raise CaseProblem(field, "缺少这一项，请补上", "required field is missing")
    return value


def _error(case_id: Any, problem: CaseProblem) -> dict[str, Any]:
    return {"case_id": case_id, "error": {"field": problem.field, "message": problem.message}}
