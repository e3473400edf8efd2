"""One person on several rows: repeated, moved, or in two categories; or two people on one number."""

from collections.abc import Callable
from dataclasses import dataclass

from insurer.people.reading.messages import place, refusal
from insurer.people.reading.result import Rejection, RosterRow, Skip
from insurer.people.rules import EXITS

United = Skip | Rejection
"""What is reported of the row that is not taken."""


@dataclass(slots=True)
class Standing:
    """The row that stands for a person so far."""

    row: RosterRow


def unite(standing: Standing, row: RosterRow, conflict_column: Callable[[RosterRow], int]) -> United:
    """Unite a further row with the standing one and return the report of the row that is left out.

    Another name on the same number is refused; a repetition is left out; a row that ends a category gives way
    to one that still holds (moved, or turned into another category); other categories are added.
    """
    earlier = standing.row
    where = f"“{earlier.sheet}”第 {earlier.row} 行"
    if earlier.name_key != row.name_key:
        column = conflict_column(row)
        message = refusal("duplicate_conflict", "", place(row.row, column), where)
        return Rejection(row.sheet, row.row, "certno", "duplicate_conflict", message, row.certno, column)
    if earlier.facts() == row.facts():
        return Skip(row.sheet, row.row, f"与{where}重复")
    left_earlier, left_now = earlier.change in EXITS, row.change in EXITS
    if left_earlier and not left_now:
        standing.row = row
        return Skip(earlier.sheet, earlier.row, f"同一人，以“{row.sheet}”第 {row.row} 行为准")
    if left_earlier == left_now:
        codes = tuple(dict.fromkeys([*earlier.categories, *row.categories]))
        standing.row = earlier._replace(categories=codes)
    return Skip(row.sheet, row.row, f"同一人，并入{where}")
