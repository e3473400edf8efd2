"""The tender of ``insurer simulate bid``: its options read, its result told."""

import csv
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from insurer.cli.options import refused, year_range
from insurer.cli.simulate_input import read_answers, stored_years, writable, years_of_file
from insurer.cli.simulate_report import table_lines
from insurer.kernel.money import display, half_up, parse_yuan, to_yuan
from insurer.schemes.bidding import Offer, Tender, Terms, YearOfClaims, tender
from insurer.schemes.changzhou_xinbei_claim import SCHEME
from insurer.schemes.pack_files import parameters
from insurer.schemes.packdata import parse_rate
from insurer.schemes.trace_writing import rate_text

HEAD = ("把握", "保费", "区间低", "区间高", "预计留存", "预计返还", "返还可能", "亏损可能")


def work_out(
    years: str,
    rate: str,
    cost: str,
    growth: str,
    insured: int | None,
    reading: Sequence[str],
    seed: int,
    chosen: tuple[int | None, int | None],
    csv_path: Path | None,
    as_json: bool,
) -> None:
    """Read the options, work out the offers, print and write them."""
    terms = Terms(_rate(rate), _cost(cost), _growth(growth), tuple(sorted(read_answers(reading).items())))
    if insured is not None and insured < 1:
        raise refused("--insured", "参保人数要大于零")
    if seed < 0:
        raise refused("--seed", "要用 0 或更大的整数")
    writable("--csv", csv_path)
    past = _past(years, chosen)
    _within_ceiling(terms, past[-1].year + 1)
    found = tender(past, terms, seed=seed)
    if csv_path is not None:
        _write_csv(csv_path, found)
    if as_json:
        import orjson

        click.echo(orjson.dumps(_as_json(found, past, seed, insured)).decode())
        return
    for text in _told(found, past, seed, insured):
        click.echo(text)


def _past(years: str, chosen: tuple[int | None, int | None]) -> list[YearOfClaims]:
    year_range(*chosen)
    if years != "stored":
        if chosen != (None, None):
            raise refused("--from", "只和 --years stored 一起用")
        return years_of_file(Path(years))
    from insurer.cli.acting import ready_runtime

    with ready_runtime() as runtime, runtime.transaction() as session:
        return stored_years(session, SCHEME, *chosen)


def _rate(text: str) -> tuple[int, int]:
    try:
        rate = parse_rate(text)
    except ValueError as error:
        raise refused("--max-profit-rate", str(error)) from None
    if rate[0] < 0:
        raise refused("--max-profit-rate", "不能小于零")
    return rate


def _within_ceiling(terms: Terms, year: int) -> None:
    from datetime import date

    ceiling = parameters(SCHEME)["maximum_profit_rate_ceiling"].on(date(year, 12, 31).toordinal()).value
    if Fraction(*terms.max_profit_rate) > Fraction(*ceiling):
        raise refused("--max-profit-rate", f"要在 0 到 {rate_text(ceiling)} 之间（XB-四(一)），例如 0.175")


def _cost(text: str) -> int:
    try:
        fen = parse_yuan(text)
    except ValueError as error:
        raise refused("--operating-cost", str(error)) from None
    if fen < 0:
        raise refused("--operating-cost", "不能小于零")
    return fen


def _growth(text: str) -> Fraction:
    try:
        growth = Fraction(*parse_rate(text))
    except ValueError as error:
        raise refused("--growth", str(error)) from None
    if not -1 < growth <= 1:
        raise refused("--growth", "要在 -1 和 1 之间，例如 0.06")
    return growth


def _told(found: Tender, past: Sequence[YearOfClaims], seed: int, insured: int | None) -> Iterator[str]:
    yield "金额单位：元。依据的年度："
    rows = [(str(row.year), f"{len(row.amounts):,} 人", display(sum(row.amounts))) for row in past]
    yield from table_lines(("年度", "人数", "理赔"), rows)
    if len(past) < 3:
        yield f"只有 {len(past)} 个年度，不足三年，区间会偏窄。"
    yield ""
    yield (
        f"{found.year} 年预计理赔 {display(found.mean)}，"
        f"九成区间 {display(found.mean_low)} 至 {display(found.mean_high)}"
        f"（抽样 {found.draws:,} 次，种子 {seed}）"
    )
    yield ""
    yield from table_lines(HEAD, [_cells(offer) for offer in found.offers])
    if any(offer.premium is None for offer in found.offers):
        yield "“做不到”：最高盈利额不够付运营成本，保费再高也要亏损。"
    if insured is not None:
        told = "，".join(
            f"{offer.percent}% {display(half_up(offer.premium, insured))}"
            for offer in found.offers
            if offer.premium is not None
        )
        yield f"按 {insured:,} 人参保，人均保费：{told}"
    yield "把握：不亏损的概率。预计留存：扣除理赔、返还和运营成本之后。"
    yield "预计返还：超出最高盈利额的部分（XB-四(二)）。"


def _cells(offer: Offer) -> tuple[str, ...]:
    head = f"{offer.percent}%"
    if offer.premium is None:
        return (head, "做不到", *("—",) * 6)
    amounts = (offer.premium, offer.low, offer.high, offer.result, offer.excess)
    return (head, *(_shown(fen) for fen in amounts), _hundredths(offer.returns), _hundredths(offer.losses))


def _shown(fen: int | None) -> str:
    return "做不到" if fen is None else display(fen)


def _hundredths(value: int) -> str:
    return f"{value // 100}.{value % 100:02d}%"


def _write_csv(path: Path, found: Tender) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        sheet = csv.writer(target)
        sheet.writerow(HEAD)
        for offer in found.offers:
            amounts = (offer.premium, offer.low, offer.high, offer.result, offer.excess)
            cells = ["" if fen is None or offer.premium is None else to_yuan(fen) for fen in amounts]
            sheet.writerow(
                (f"{offer.percent}%", *cells, _hundredths(offer.returns), _hundredths(offer.losses))
            )


def _as_json(found: Tender, past: Sequence[YearOfClaims], seed: int, insured: int | None) -> dict[str, Any]:
    def yuan(fen: int | None) -> str | None:
        return None if fen is None else to_yuan(fen)

    return {
        "year": found.year,
        "seed": seed,
        "draws": found.draws,
        "past": [
            {"year": row.year, "persons": len(row.amounts), "claims": to_yuan(sum(row.amounts))}
            for row in past
        ],
        "expected_claims": {
            "mean": yuan(found.mean),
            "low": yuan(found.mean_low),
            "high": yuan(found.mean_high),
        },
        "offers": [
            {
                "probability": f"{offer.percent / 100:.2f}",
                "premium": yuan(offer.premium),
                "premium_low": yuan(offer.low),
                "premium_high": yuan(offer.high),
                "premium_per_person": None
                if insured is None or offer.premium is None
                else yuan(half_up(offer.premium, insured)),
                "expected_result": None if offer.premium is None else yuan(offer.result),
                "expected_excess": None if offer.premium is None else yuan(offer.excess),
                "probability_of_return": _hundredths(offer.returns),
                "probability_of_loss": _hundredths(offer.losses),
            }
            for offer in found.offers
        ],
    }
