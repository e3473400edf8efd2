"""Premium subsidy and tilted assistance of the Nantong scheme: NT-(二) and NT-(七)."""

from collections.abc import Mapping, Sequence
from typing import Any

from insurer.kernel.money import to_yuan
from insurer.schemes.case_reading import (
    CaseProblem,
    amount,
    flag,
    mapping,
    one_of,
    read_readings,
    required,
    sequence,
    text,
)
from insurer.schemes.nantong import CATEGORIES
from insurer.schemes.nantong_claim import pack
from insurer.schemes.pack_files import RATE_OF
from insurer.schemes.packdata import parse_rate
from insurer.schemes.scheme_pack import Pack


def calculate_subsidy(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the premium subsidy of every person and the total; each person is named once."""
    prepared = pack(tuple(sorted(read_readings(document).items())))
    premium = _not_negative(document, "individual_premium", "")
    people = document.get("people")
    if not isinstance(people, list):
        raise CaseProblem("people", "缺少人员列表，请补上", "an array of people is required")
    share = parse_rate(prepared.answers["quota_premium_share"])
    full, quota = (prepared.codes["category"].with_fact("premium", group) for group in ("full", "quota"))
    subsidies: dict[str, int] = {}
    trace: list[dict[str, Any]] = []
    for place, raw in enumerate(people):
        path = f"people[{place}]."
        row = mapping(raw, path[:-1])
        person = text(required(row, "id", path), f"{path}id")
        if person in subsidies:
            raise CaseProblem(f"{path}id", f"“{person}”出现两次，请核对", "a person appears twice")
        held = _categories(row, path)
        best = _best_rate(prepared, held)
        flag(row.get("newly_recognised_uninsured"), f"{path}newly_recognised_uninsured", False)
        facts = {
            "individual_premium": premium,
            "quota_share": share,
            "full_group": any(category in full for category in held),
            "quota_group": any(category in quota for category in held),
            "best_rate_in_full_group": any(category in full for category in best),
            "best_rate_in_quota_group": any(category in quota for category in best),
        }
        out, _ = prepared.run("subsidy", facts, {}, trace, [], person)
        subsidies[person] = out["subsidy"]
    return {
        "people": {person: to_yuan(fen) for person, fen in subsidies.items()},
        "total": to_yuan(sum(subsidies.values())),
        "pack": prepared.hash,
        "trace": trace,
    }


def _categories(row: Mapping[str, Any], path: str) -> list[str]:
    """Return the identities of a person: ``category``, or several in ``categories``."""
    several = sequence(row.get("categories"), f"{path}categories")
    if not several:
        return [one_of(required(row, "category", path), tuple(CATEGORIES), f"{path}category", "")]
    return [
        one_of(one, tuple(CATEGORIES), f"{path}categories[{place}]", "") for place, one in enumerate(several)
    ]


def _best_rate(prepared: Pack, held: Sequence[str]) -> list[str]:
    """Return the identities with the highest rate of assistance, by the newest figures."""
    rates = {category: prepared.parameters[f"{RATE_OF}{category}"].rows[-1].value for category in held}
    return [category for category in held if rates[category] == max(rates.values())]


def calculate_tilted(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tilted assistance: nothing unless a standard is enabled."""
    prepared = pack(tuple(sorted(read_readings(document).items())))
    enabled = flag(document.get("enabled"), "enabled", False)
    personal = _not_negative(document, "in_scope_personal_after_three_layers", "")
    figures = mapping(document.get("demo_parameters"), "demo_parameters")
    threshold, rate = 0, (0, 1)
    if enabled:
        threshold = _not_negative(figures, "threshold", "demo_parameters.")
        try:
            rate = parse_rate(required(figures, "rate", "demo_parameters."))
        except ValueError as error:
            raise CaseProblem("demo_parameters.rate", str(error), "not a rate such as 0.50") from None
        if not 0 <= rate[0] <= rate[1]:
            raise CaseProblem("demo_parameters.rate", "比例要在 0 到 1 之间", "must be between 0 and 1")
    facts = {"personal": personal, "enabled": enabled, "threshold": threshold, "tilted_rate": rate}
    trace: list[dict[str, Any]] = []
    out, _ = prepared.run("tilted", facts, {}, trace, [])
    return {"total": to_yuan(out["total"]), "pack": prepared.hash, "trace": trace}


def _not_negative(source: Mapping[str, Any], name: str, path: str) -> int:
    fen = amount(required(source, name, path), f"{path}{name}")
    if fen < 0:
        raise CaseProblem(f"{path}{name}", "不能小于零", "must not be negative")
    return fen
