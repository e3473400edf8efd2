"""What a letter says of figures that are not settled yet, in plain sentences for the family."""

from collections.abc import Iterable, Mapping
from typing import Any

_LIMIT = "一年最多付多少，正式的数还没有定，这里用的是暂定的数。"
_SENTENCES: Mapping[str, str] = {
    "other_covered_annual_limit": _LIMIT,
    "shared_limit": _LIMIT,
    "general_outpatient_limit": _LIMIT,
    "disposable_income_before": _LIMIT,
    "in_catalogue_rate": "那一年赔多少，正式文件还没有收到，这里按现在的办法算。",
    "other_covered_rate": "那一年赔多少，正式文件还没有收到，这里按现在的办法算。",
}
_ANY = "有的数还没有正式定下来，这里用的是暂定的数。"
_PROMISE = "正式的数定了，我们会重新算，该补的补给您。"


def provisional_sentences(results: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what is to be said of the unsettled figures behind these settlements; empty without any."""
    names = (figure["name"] for result in results for figure in result.get("provisional", ()))
    told = list(dict.fromkeys(_SENTENCES.get(name, _ANY) for name in sorted(names)))
    return [*told, _PROMISE] if told else []
