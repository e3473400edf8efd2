"""The Xinbei benefit written a second time, straight down and without the recorded steps, to compare with.

Amounts are fen. Covers a settlement that is neither rejected nor held under the default readings.
"""

from fractions import Fraction
from math import floor
from typing import NamedTuple


class Bill(NamedTuple):
    """One settlement in fen; ``lines`` are excluded lines as (scope, first pay, over price, own)."""

    scope: int
    first_pay: int
    over_price: int
    own: int
    funds: tuple[int, ...]
    hospital: int = 0
    inclusive: int = 0
    charity: int = 0
    stated: tuple[int, int, int] = (0, 0, 0)
    private: int = 0
    lines: tuple[tuple[int, int, int, int], ...] = ()


def nearest(value: Fraction) -> int:
    """Round a non-negative exact value half up."""
    return floor(value + Fraction(1, 2))


def spread(paid: int, inside: int, other: int, excluded: int) -> tuple[int, int, int]:
    """Split a payment over three shares in proportion; the last with money takes the rest."""
    whole = inside + other + excluded
    if not whole or not paid:
        return inside, other, excluded
    one = nearest(Fraction(paid * inside, whole))
    two = nearest(Fraction(paid * other, whole)) if excluded else paid - one
    return inside - one, other - two, excluded - (paid - one - two)


def benefit(bill: Bill, limit_left: int) -> tuple[int, int]:
    """Return the in-catalogue and the other benefit of a bill."""
    inside = bill.scope + bill.first_pay - sum(bill.funds)
    gone_inside = sum(
        scope + first - sum(nearest(Fraction(fund * scope, bill.scope)) for fund in bill.funds if bill.scope)
        for scope, first, _, _ in bill.lines
    )
    gone_inside = max(0, min(gone_inside, inside))
    gone_other = sum(over + own for _, _, over, own in bill.lines)
    shares = (
        inside - gone_inside,
        bill.over_price + bill.own - gone_other,
        gone_inside + gone_other,
    )
    shares = spread(bill.hospital, *shares)
    inside, other, excluded = shares
    stated_in, stated_out, stated_excluded = bill.stated
    on_other = min(stated_out, other)
    shares = (inside - stated_in, other - on_other, excluded - stated_excluded - (stated_out - on_other))
    shares = spread(bill.inclusive, *shares)
    inside, other, excluded = spread(bill.charity, *shares)
    half = min(nearest(Fraction(other, 2)), max(0, limit_left))
    if bill.private:
        cut = max(0, inside + half - max(0, inside + other + excluded - bill.private))
        from_other = min(cut, half)
        return inside - (cut - from_other), half - from_other
    return inside, half
