"""Calculating the premium years of the Changzhou-Xinbei scheme (``kind: surplus``)."""

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from insurer.kernel.money import to_yuan
from insurer.schemes.case_reading import (
    CaseProblem,
    amount,
    mapping,
    one_of,
    read_parameters,
    read_readings,
    required,
    text,
)
from insurer.schemes.changzhou_xinbei_claim import SCHEME, pack
from insurer.schemes.pack_files import parameters
from insurer.schemes.packdata import NoParameter, parse_rate
from insurer.schemes.scheme_pack import Pack
from insurer.schemes.trace_writing import rate_text

EXCESS_USES = ("refund", "offset", "none")
_YEAR = re.compile(r"199[0-9]|[2-9][0-9]{3}(?<!9999)")
_OPTIONAL_CLAIMS = ("open_claims", "reserve", "late_claims")
_RESULTS = ("surplus", "maximum_profit", "excess", "insurer_result", "premium_transfer", "refund_in_cash")


def calculate_surplus(document: Mapping[str, Any]) -> dict[str, Any]:
    """Settle premium years in their order; an offset lowers the next year's transfer.

    ``claims_paid`` was paid for events of the year at its settlement, ``late_claims`` after it;
    ``open_claims`` and ``reserve`` count under a reading only. A year is named once; a rate above the dated
    ceiling (20 %) is refused with :class:`CaseProblem`. ``total`` is the sum of the cash refunds. The result
    keeps the order of the document.
    """
    answers = read_readings(document)
    overrides = read_parameters(document, parameters(SCHEME))
    prepared = pack(tuple(sorted(answers.items())))
    raw = document.get("years")
    if not isinstance(raw, list) or not raw:
        raise CaseProblem("years", "缺少年度列表，请补上", "an array of years is required")
    rows = [_read_year(mapping(one, f"years[{place}]"), place) for place, one in enumerate(raw)]
    numbers = [row["year"] for row in rows]
    for place, number in enumerate(numbers):
        if number in numbers[:place]:
            raise CaseProblem(f"years[{place}].year", f"{number} 年出现两次，请核对", "a year appears twice")
    offset = loss = late = refunds = 0
    results: dict[int, dict[str, Any]] = {}
    for place, row in sorted(enumerate(rows), key=lambda item: item[1]["year"]):
        row |= {"offset_in": offset, "loss_in": loss, "late_before": late}
        row["has_other_claims"] = any(row[name] for name in (*_OPTIONAL_CLAIMS, "late_before"))
        late = row["late_claims"]
        out, trace = _settle(prepared, row, place, overrides)
        offset, loss = out["offset_out"], out["loss_out"]
        refunds += out["refund_in_cash"]
        warnings = []
        if out["excess"] and row["excess_use"] == "none":
            warnings.append({"code": "excess_use_missing", "message": "有超出部分，请选择返还或冲抵"})
        results[place] = {
            "year": row["year"],
            **{name: to_yuan(out[name]) for name in _RESULTS},
            "offset_carried": to_yuan(offset),
            "warnings": warnings,
            "trace": trace,
        }
    return {
        "years": [results[place] for place in range(len(rows))],
        "total": to_yuan(refunds),
        "pack": prepared.hash,
    }


def _read_year(raw: Mapping[str, Any], place: int) -> dict[str, Any]:
    path = f"years[{place}]."
    year = required(raw, "year", path)
    if not _YEAR.fullmatch(text(year, f"{path}year")):
        raise CaseProblem(f"{path}year", "年度要写成 2022 这样", "must be a year such as 2022")
    try:
        rate = parse_rate(required(raw, "max_profit_rate", path))
    except ValueError as error:
        raise CaseProblem(f"{path}max_profit_rate", str(error), "not a rate such as 0.175") from None
    amounts = {
        name: amount(required(raw, name, path), f"{path}{name}") for name in ("premium", "claims_paid")
    }
    for name in ("operating_cost", *_OPTIONAL_CLAIMS):
        given = raw.get(name)
        amounts[name] = 0 if given is None else amount(given, f"{path}{name}")
    for name, fen in amounts.items():
        if fen < 0:
            raise CaseProblem(f"{path}{name}", "不能小于零", "must not be negative")
    return {
        "year": int(year),
        "year_end": date(int(year), 12, 31).toordinal(),
        "max_profit_rate": rate,
        "excess_use": one_of(raw.get("excess_use"), EXCESS_USES, f"{path}excess_use", "none"),
        **amounts,
    }


def _settle(
    prepared: Pack, row: Mapping[str, Any], place: int, overrides: Mapping[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    trace: list[dict[str, Any]] = []
    try:
        out, _ = prepared.run("year", row, overrides, trace, [])
    except NoParameter as error:
        raise CaseProblem(f"years[{place}].year", str(error), "no parameter in that year") from None
    rate, ceiling = Fraction(*row["max_profit_rate"]), Fraction(*out["ceiling"])
    if not 0 <= rate <= ceiling:
        limit = rate_text(out["ceiling"])
        raise CaseProblem(
            f"years[{place}].max_profit_rate",
            f"最高盈利率要在 0 到 {limit} 之间",
            f"must be between 0 and {limit}",
        )
    return out, trace
