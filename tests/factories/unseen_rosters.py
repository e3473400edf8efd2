"""Rosters as offices send them, each with its own mixture of dirt, and what the rules say becomes of them.

What is expected was worked out by hand from the rules, not by reading the file with the product.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from insurer.people.reading.certno import check_character

CertNo = str


@dataclass(frozen=True, slots=True)
class Unseen:
    """A file and what the report of its import must say; rows count from 1, ``covered`` people by year.

    ``sheets`` are (name, hidden, used, rows), ``rejected`` (sheet, row, field, code), ``repaired``
    (sheet, row, field), ``skipped`` (sheet, row).
    """

    filename: str
    content: bytes
    sheets: tuple[tuple[str, bool, bool, int], ...]
    accepted: int
    rejected: tuple[tuple[str, int, str, str], ...] = ()
    repaired: tuple[tuple[str, int, str], ...] = ()
    skipped: tuple[tuple[str, int], ...] = ()
    covered: Mapping[int, int] = field(default_factory=dict)
    encoding: str | None = None
    month: str = "2025-12"
    scheme: str = "changzhou-xinbei"

    @property
    def rows(self) -> int:
        """Rows that describe a person."""
        return self.accepted + len(self.rejected)


def certno(serial: int, born: str = "19620518", district: str = "320411") -> CertNo:
    """Return a good number of an invented person."""
    first = f"{district}{born}{serial:03d}"
    return first + check_character(first)


def ending_in_x(place: int) -> CertNo:
    """Return a good number whose check character is X."""
    found = [number for serial in range(1000) if (number := certno(serial, "19710923"))[17] == "X"]
    return found[place]


def mistyped(number: CertNo) -> CertNo:
    """Return a number with one wrong digit: its check character no longer fits."""
    return f"{number[:16]}{(int(number[16]) + 1) % 10}{number[17]}"


def wide(text: str) -> str:
    """Return the full-width form of digits and letters."""
    return "".join(chr(ord(sign) + 0xFEE0) for sign in text)
