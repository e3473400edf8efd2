"""What the lines of one bill say about each other: refunds, prescriptions, split charges.

A refund is a line of its own with a negative count; it shares the fate of the line it takes back, so that the
two always cancel. A piece stands alone when its prescription holds no other piece.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from insurer.exclusions.price import number

ZERO = Decimal(0)
_AMOUNTS = ("cnt", "pric", "det_item_fee_sumamt")
_PLAIN = frozenset((str, int, float, Decimal, bool, type(None)))


class Charge(NamedTuple):
    """A line after its refunds: which line decides for it, and what is left of units and amount (yuan)."""

    leader: int
    units: Decimal | None
    amount: Decimal | None
    unit_price: Decimal | None
    unreadable: str | None = None
    refunded: bool = False

    @property
    def gone(self) -> bool:
        """Tell whether refunds have taken the whole line back."""
        return self.refunded and self.units is not None and self.units <= ZERO


def lone_charge(line: Mapping[str, Any]) -> Charge:
    """Return the charge of a line that stands alone: no other line refunds it, it takes no other back."""
    return _lone(*_values(line))


def _values(line: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return count, price and amount as they stand, in a form that can be remembered."""
    values = tuple(map(line.get, _AMOUNTS))
    if not _PLAIN.issuperset(map(type, values)):
        values = tuple(None if value is None else str(value) for value in values)
    return values


@lru_cache(maxsize=8192, typed=True)
def _lone(*values: Any) -> Charge:
    count, price, amount, fault = _numbers(*values)
    refund = count is not None and count < ZERO
    if price is None and amount is not None and count:
        price = amount / count
    if price is not None and price < ZERO:
        price = -price
    return Charge(
        leader=0,
        units=-count if refund and count is not None else count,
        amount=_line_amount(amount, count, price, refund),
        unit_price=price,
        unreadable=fault,
    )


@lru_cache(maxsize=8192, typed=True)
def _numbers(*values: Any) -> tuple[Decimal | None, Decimal | None, Decimal | None, str | None]:
    """Read count, price and amount (yuan), and what could not be read; a hospital's prices come again."""
    fault: str | None = None
    found: list[Decimal | None] = []
    for name, value in zip(_AMOUNTS, values, strict=True):
        try:
            found.append(number(value))
        except ValueError:
            found.append(None)
            fault = fault or f"{name} 写作“{value}”"
    return found[0], found[1], found[2], fault


def charges(lines: Sequence[Mapping[str, Any]]) -> list[Charge]:
    """Net refund lines against their originals; every line gets the charge of its leading line."""
    counts: list[Decimal | None] = []
    prices: list[Decimal | None] = []
    amounts: list[Decimal | None] = []
    faults: list[str | None] = []
    refunds: list[int] = []
    for index, line in enumerate(lines):
        count, price, amount, fault = _numbers(*_values(line))
        counts.append(count)
        prices.append(price)
        amounts.append(amount)
        faults.append(fault)
        if line.get("init_feedetl_sn") or (count is not None and count < ZERO):
            refunds.append(index)
    leaders = list(range(len(lines)))
    if refunds and len(lines) > 1:
        _lead(lines, leaders, refunds, counts)
    left, sums = list(counts), list(amounts)
    taken_back: set[int] = set()
    for index in refunds:
        leader = leaders[index]
        if leader != index:
            left[leader] = _sum(left[leader], counts[index])
            sums[leader] = _sum(sums[leader], amounts[index])
            taken_back.add(leader)
    result: list[Charge] = []
    for index in range(len(lines)):
        leader = leaders[index]
        price = prices[leader]
        count, amount = counts[leader], amounts[leader]
        if price is None and amount is not None and count:
            price = amount / count
        if price is not None and price < ZERO:
            price = -price
        lone_refund = leader == index and count is not None and count < ZERO
        result.append(
            Charge(
                leader=leader,
                units=abs(left[leader] or ZERO) if lone_refund else left[leader],
                amount=_line_amount(sums[leader], left[leader], price, lone_refund),
                unit_price=price,
                unreadable=faults[leader],
                refunded=leader in taken_back,
            )
        )
    return result


def _sum(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return first if second is None else second if first is None else first + second


def _line_amount(
    amount: Decimal | None, count: Decimal | None, price: Decimal | None, lone_refund: bool
) -> Decimal | None:
    if amount is None and price is not None:
        amount = price * (count if count is not None else Decimal(1))
    return abs(amount) if amount is not None and lone_refund else amount


def _lead(
    lines: Sequence[Mapping[str, Any]], leaders: list[int], refunds: list[int], counts: list[Decimal | None]
) -> None:
    by_number = {
        str(line["feedetl_sn"]): index
        for index, line in reversed(list(enumerate(lines)))
        if line.get("feedetl_sn")
    }
    refunding = set(refunds)
    room = {index: counts[index] or ZERO for index in range(len(lines)) if index not in refunding}
    by_item: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index in room:
        by_item[_item(lines[index])].append(index)
    for index in refunds:
        original = by_number.get(str(lines[index].get("init_feedetl_sn") or ""))
        taken = -(counts[index] or ZERO)
        if original is None or original == index:
            same = by_item.get(_item(lines[index]), ())
            original = next((one for one in same if room[one] >= taken), None)
        if original is not None and original in room:
            leaders[index] = original
            room[original] -= taken


def _item(line: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        str(line.get(name) or "")
        for name in ("medins_list_name", "med_list_codg", "medins_list_codg", "pric")
    )


def day_of(line: Mapping[str, Any]) -> str:
    """Return the day a fee arose, as text; empty when the line does not say."""
    return str(line.get("fee_ocur_time") or "")[:10]


def standing_alone(
    lines: Sequence[Mapping[str, Any]], herbs: Mapping[int, bool]
) -> tuple[frozenset[int], frozenset[int]]:
    """Tell which listed pieces stand alone and which stand in company, by prescription number.

    ``herbs`` maps the index of each piece still charged to whether the list names it as not payable alone.
    Returns the indexes that stand alone and those with company; an index in neither is undecided (no number,
    or every piece of a day has a number of its own, which are then order numbers and not prescriptions).
    """
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    lonely_by_day: dict[str, int] = defaultdict(int)
    for index in herbs:
        number_ = str(lines[index].get("rx_drord_no") or "")
        if number_:
            groups[(number_, "")].append(index)
    for members in groups.values():
        if len(members) == 1:
            lonely_by_day[day_of(lines[members[0]])] += 1
    alone: set[int] = set()
    company: set[int] = set()
    for members in groups.values():
        listed = [index for index in members if herbs[index]]
        if len(listed) < len(members):
            company.update(listed)
        elif len(members) > 1 or lonely_by_day[day_of(lines[members[0]])] == 1:
            alone.update(listed)
    return frozenset(alone), frozenset(company)


def split_charges(
    lines: Sequence[Mapping[str, Any]], candidates: Mapping[int, tuple[str, Decimal]], threshold: Decimal
) -> frozenset[int]:
    """Find items charged in several lines of one day, each below the threshold and together at or above it.

    ``candidates`` maps line indexes to (item, unit price in yuan). Only prices of half the threshold or more
    raise the question: below that, repetition is ordinary treatment.
    """
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, (item, price) in candidates.items():
        if threshold / 2 <= price < threshold:
            groups[(item, day_of(lines[index]))].append(index)
    found: set[int] = set()
    for members in groups.values():
        if len(members) > 1 and sum(candidates[index][1] for index in members) >= threshold:
            found.update(members)
    return frozenset(found)
