"""The order in which the settlements of a case are decided, and what counts as the same settlement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from insurer.schemes.case_reading import CaseProblem, Settlement


@dataclass(slots=True)
class Decided:
    """A settlement that was decided: its result, the year it counts in, and the amounts it moved (fen)."""

    settlement: Settlement
    result: dict[str, Any]
    year: str
    moved: Mapping[str, int]
    reversed: bool = False


def in_order(settlements: Sequence[Settlement]) -> list[Settlement]:
    """Sort by time, equal times as given; a reversal dated by its day follows what it cancels."""
    ordered = sorted(settlements, key=lambda one: one.time)
    for reversal in [one for one in ordered if one.reverses]:
        place = ordered.index(reversal)
        later = [
            one
            for one in ordered[place + 1 :]
            if one.setl_id == reversal.reverses and one.settlement_day == reversal.settlement_day
        ]
        if later and not any(one.setl_id == reversal.reverses for one in ordered[:place]):
            ordered.remove(reversal)
            ordered.insert(ordered.index(later[0]) + 1, reversal)
    return ordered


def is_duplicate(decided: Iterable[Decided], settlement: Settlement) -> bool:
    """Tell whether a settlement or its invoice was decided before and not cancelled since."""
    return any(
        not earlier.reversed
        and not earlier.settlement.reverses
        and (
            earlier.settlement.setl_id == settlement.setl_id
            or (settlement.invoice is not None and earlier.settlement.invoice == settlement.invoice)
        )
        for earlier in decided
    )


def reversed_by(decided: Sequence[Decided], reversal: Settlement, known: set[str]) -> Decided:
    """Return the decision that a reversal cancels; a problem when it is not there before it."""
    path = f"settlements[{reversal.place}].reverses"
    if reversal.reverses not in known or reversal.reverses == reversal.setl_id:
        raise CaseProblem(
            path, "案件里没有要冲销的结算，请一并提供", "the settlement it cancels is not in the case"
        )
    targets = [one for one in decided if one.settlement.setl_id == reversal.reverses]
    if not targets:
        raise CaseProblem(path, "要冲销的结算时间在它之后，请核对", "the settlement it cancels comes later")
    return targets[0]
