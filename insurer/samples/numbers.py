"""Invented numbers of people: person numbers, cards, telephones, none of which belongs to anybody.

Person numbers have the form and check digit of real ones (GB 11643) on the district codes met in Xinbei, but
their sequence digits lie in a range that registration offices hardly reach; telephones have a prefix that no
operator uses.
"""

from datetime import date
from random import Random

_DISTRICTS = ("320411", "320411", "320411", "320404", "320402", "320421", "320483", "340822")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"


def check_digit(first_seventeen: str) -> str:
    """Return the last character of a person number (GB 11643, ISO 7064 mod 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first_seventeen, _WEIGHTS, strict=True))
    return _CHECK_DIGITS[total % 11]


def valid_certno(certno: str) -> bool:
    """Say whether a person number has 18 characters, a real birth date and the right check digit."""
    if len(certno) != 18 or not certno[:17].isascii() or not certno[:17].isdigit():
        return False
    try:
        date(int(certno[6:10]), int(certno[10:12]), int(certno[12:14]))
    except ValueError:
        return False
    return check_digit(certno[:17]) == certno[17]


class Registry:
    """Hands out numbers that are unique within one population."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.taken: set[str] = set()

    def certno(self, born: date, *, male: bool) -> str:
        """Return a valid person number for a birth date and sex, not handed out before."""
        rng = self.rng
        while True:
            # 900 and above: offices count up from 001, so these digits hardly ever belong to a person.
            sequence = rng.randrange(900, 995, 2) + (1 if male else 0)
            body = f"{rng.choice(_DISTRICTS)}{born:%Y%m%d}{sequence:03d}"
            if body not in self.taken:
                self.taken.add(body)
                return body + check_digit(body)

    def unique(self, prefix: str, digits: int) -> str:
        """Return ``prefix`` and so many random digits, not handed out before."""
        while True:
            number = f"{prefix}{self.rng.randrange(10**digits):0{digits}d}"
            if number not in self.taken:
                self.taken.add(number)
                return number

    def card(self) -> str:
        """Return an invented 19-digit card number that passes the Luhn check, as most do."""
        body = self.unique("629999", 12)
        doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(reversed(body))]
        total = sum(value // 10 + value % 10 for value in doubled)
        return f"{body}{-total % 10}"
