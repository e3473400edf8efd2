"""One way for every list: columns to choose from, sorting, and pages that nothing shifts.

A page starts from a place, which is the value of the sorted column and the number of the row that the page
before ended with. Rows that come in meanwhile move nothing: every row that was there is shown exactly once.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal, TypeVar

from sqlalchemy import Date, Integer, Select, literal, select, tuple_

from insurer.platform.db import Moment
from insurer.worklists.views.elements import Column, Paging

Row = TypeVar("Row")
Rows = TypeVar("Rows", bound="Select[*tuple[Any, ...]]")
Kind = Literal["text", "day", "moment", "money", "count", "due", "number", "status"]
_NUMERIC: Final = frozenset({"money", "count"})
_LONGEST_PLACE: Final = 200


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column that a list can show.

    ``sort`` is the SQL column or expression (never null) by which the list can be sorted; ``fixed`` columns
    cannot be hidden, ``shown`` ones are there until somebody chooses. What a ``personal`` column holds never
    stands in an address: a place in it names its row alone.
    """

    key: str
    word: str
    kind: Kind = "text"
    sort: Any = None
    shown: bool = True
    fixed: bool = False
    personal: bool = False


@dataclass(frozen=True, slots=True)
class ListKind:
    """What one list is: its name, address, columns, the unit of its rows and how it is sorted.

    ``tie`` is the SQL column that tells rows of equal value apart; it is unique. ``by_default`` is the key
    of the column by which the list is sorted when nobody asked.
    """

    name: str
    path: str
    unit: str
    columns: tuple[ListColumn, ...]
    tie: Any
    by_default: str
    size: int
    opens_with: Mapping[str, str] = field(default_factory=dict)
    """Conditions of the bare address, for who has no view of his own to open the list with."""
    values: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Conditions that can only be one of these; another value in an address is no condition."""

    def column(self, key: str) -> ListColumn | None:
        """Return a column by its key."""
        return next((column for column in self.columns if column.key == key), None)

    def chosen(self, keys: Sequence[str]) -> tuple[ListColumn, ...]:
        """Return the columns of these keys in their order; without any, those shown by default.

        Fixed columns that are missing come first; unknown keys are left out.
        """
        known = [column for key in keys if (column := self.column(key)) is not None]
        if not known:
            return tuple(column for column in self.columns if column.shown)
        missing = [column for column in self.columns if column.fixed and column not in known]
        return (*missing, *known)


@dataclass(frozen=True, slots=True)
class Order:
    """The sorted column, its direction, and the place from which the page starts."""

    column: ListColumn
    descending: bool
    place: tuple[Any, str] | None
    backwards: bool
    first: int
    is_default: bool

    @property
    def text(self) -> str:
        """Return what the address carries; the default order is left out."""
        return "" if self.is_default else ("-" if self.descending else "") + self.column.key


def read_order(kind: ListKind, arguments: Mapping[str, str]) -> Order:
    """Read sorting and place from an address; what cannot be read is the default, from the start."""
    asked = arguments.get("sort", "") or kind.by_default
    column = kind.column(asked.removeprefix("-"))
    if column is None or column.sort is None:
        asked = kind.by_default
        column = kind.column(asked.removeprefix("-"))
    if column is None or column.sort is None:
        raise LookupError(f"list {kind.name} cannot be sorted by {kind.by_default}")
    backwards = bool(arguments.get("before"))
    place = _read_place(column, arguments.get("before" if backwards else "after", ""))
    last = arguments.get("end") == "1" and place is None
    first = arguments.get("from", "1")
    return Order(
        column,
        asked.startswith("-"),
        place,
        last or (backwards and place is not None),
        int(first) if first.isdecimal() and len(first) < 9 and (place is not None or last) else 1,
        asked == kind.by_default,
    )


def _read_place(column: ListColumn, text: str) -> tuple[Any, str] | None:
    value, _, number = text[:_LONGEST_PLACE].rpartition("_")
    if not number:
        return None
    if column.personal:
        return None, number
    try:
        if isinstance(column.sort.type, Moment):
            moment = datetime.fromisoformat(value)
            return None if moment.tzinfo is None else (moment, number)
        if isinstance(column.sort.type, Date):
            return date.fromisoformat(value), number
        return (int(value) if isinstance(column.sort.type, Integer) else value), number
    except ValueError:
        return None


def page_of(kind: ListKind, statement: Rows, order: Order, *, tie: Callable[[str], Any] = str) -> Rows:
    """Return the statement of one page and one row more: sorted, from its place on.

    ``tie`` turns the number in a place into the value of the tie column. Both columns go in one direction,
    so that one comparison of rows, and one index, finds the place.
    """
    downwards = order.descending != order.backwards
    column = order.column.sort
    if order.place is not None:
        here, number = tuple_(column, kind.tie), literal(tie(order.place[1]), kind.tie.type)
        value: Any = literal(order.place[0], column.type)
        if order.column.personal:
            value = select(column).where(kind.tie == number).correlate(None).scalar_subquery()
        there = tuple_(value, number)
        statement = statement.where(here < there if downwards else here > there)
    return sort_rows(kind, statement, order, downwards=downwards).limit(kind.size + 1)


def sort_rows(kind: ListKind, statement: Rows, order: Order, *, downwards: bool | None = None) -> Rows:
    """Return the statement with its rows in the order of the list."""
    down = order.descending if downwards is None else downwards
    column = order.column.sort
    keys = [column] if column is kind.tie else [column, kind.tie]
    return statement.order_by(*(key.desc() if down else key for key in keys))


def reading_order(kind: ListKind, found: Sequence[Row], order: Order) -> tuple[list[Row], bool]:
    """Return the rows of the page as they are read, and whether more follow in the direction of paging."""
    shown = list(found[: kind.size])
    if order.backwards:
        shown.reverse()
    return shown, len(found) > kind.size


def place_of(value: Any, number: object) -> str:
    """Return the place of a row as an address carries it."""
    return f"{value.isoformat() if isinstance(value, date) else value}_{number}"


def heads(
    columns: Sequence[ListColumn], kind: ListKind, order: Order, href: Callable[[str], str]
) -> tuple[Column, ...]:
    """Return the heads of the columns; ``href`` gives the list's address with a sorting."""
    made = []
    for column in columns:
        numeric = column.kind in _NUMERIC
        if column.sort is None:
            made.append(Column(column.word, numeric=numeric, key=column.key))
            continue
        here = column is order.column
        asked = f"-{column.key}" if here and not order.descending else column.key
        direction: Literal["", "ascending", "descending"] = ""
        if here:
            direction = "descending" if order.descending else "ascending"
        asked = "" if asked == kind.by_default else asked
        made.append(Column(column.word, href(asked), direction, numeric, column.key))
    return tuple(made)


def paging(
    kind: ListKind,
    order: Order,
    places: tuple[str, str] | None,
    shown: int,
    more: bool,
    total: int,
    href: Callable[[Mapping[str, str]], str],
) -> Paging:
    """Return where the page stands and the addresses beside it.

    ``places`` are those of the first and last row shown, ``None`` without rows; ``href`` gives the list's
    address with sorting and place.
    """
    if places is None:
        return Paging(0, 0, total, kind.size, kind.unit)
    at_end = order.backwards and order.place is None
    first = max(1, total - shown + 1) if at_end else order.first
    has_next = False if at_end else (True if order.backwards else more)
    has_previous = more if order.backwards else order.place is not None
    sort = {"sort": order.text} if order.text else {}
    start = href(sort)
    back = {"before": places[0], "from": str(max(1, first - kind.size))}
    previous = start if first - kind.size <= 1 else href({**sort, **back})
    following = href({**sort, "after": places[1], "from": str(first + shown)})
    return Paging(
        first,
        first + shown - 1,
        total,
        kind.size,
        kind.unit,
        previous=previous if has_previous else "",
        next=following if has_next else "",
        start=start if has_previous else "",
        end=href({**sort, "end": "1"}) if has_next else "",
    )
