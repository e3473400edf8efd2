"""What a received file consists of once it may be read: sheets of cells."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from insurer.people.reading.columns import Merge
from insurer.people.reading.gate import Kind


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet from cell A1 on. Cells are text, numbers or dates exactly as stored; blanks are "".

    ``lines`` reads the sheet anew, row by row, ``merges`` its merged ranges.
    """

    name: str
    hidden: bool
    lines: Callable[[], Iterator[list[object]]]
    merges: Callable[[], Sequence[Merge]]

    @property
    def rows(self) -> list[list[object]]:
        """All rows at once."""
        return list(self.lines())


@dataclass(frozen=True, slots=True)
class Workbook:
    """All sheets of a file. ``typed``: cells carry a type; ``encoding`` is None for workbooks."""

    kind: Kind
    encoding: str | None
    typed: bool
    epoch_1904: bool
    sheets: tuple[Sheet, ...]
