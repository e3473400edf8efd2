"""The search of the top bar: numbers that name one case."""

import re
from typing import Final

from sqlalchemy import or_, select

from insurer.claims.indexes import INVOICE_NUMBER
from insurer.claims.tables import Claim, Settlement
from insurer.claims.tracks.tables import ArchiveRecord
from insurer.platform.db import UnitSession

_CASE_NO: Final = re.compile(r"([A-Z]{2})(\d{4})-?(\d{6})")
_FILE_NO: Final = re.compile(r"[A-Z]{2}-A\d{4}-\d{6}")
_SHORTEST: Final = 8


def find_case_number(session: UnitSession, asked: str) -> str | None:
    """Return the number of the case that a case, file, settlement or invoice number names.

    An invoice is found by its number alone, by code and number, or by the whole key with the check code.
    """
    words = asked.strip()
    found = _CASE_NO.fullmatch(words.upper())
    if found:
        number = f"{found[1]}{found[2]}-{found[3]}"
        return session.scalar(select(Claim.case_no).where(Claim.case_no == number))
    if _FILE_NO.fullmatch(words.upper()):
        filed = select(Claim.case_no).join(ArchiveRecord, ArchiveRecord.claim_id == Claim.id)
        return session.scalar(filed.where(ArchiveRecord.file_number == words.upper()).limit(1))
    if len(words) < _SHORTEST or not any(letter.isdecimal() for letter in words):
        return None
    statement = (
        select(Claim.case_no, Settlement.invoice_key)
        .join(Settlement, Settlement.claim_id == Claim.id)
        .where(Settlement.superseded_at.is_(None))
        .order_by(Settlement.released_at.is_not(None), Claim.case_no)  # who has the number now comes first
        .limit(20)
    )
    by_settlement = session.execute(statement.where(Settlement.setl_id == words)).first()
    if by_settlement is not None:
        return str(by_settlement[0])
    pairs = _code_and_number(words)
    numbers = {words, words.upper(), *(number for _, number in pairs)}
    whole = Settlement.invoice_key.in_((words, words.upper()))
    for row in session.execute(statement.where(or_(whole, INVOICE_NUMBER.in_(numbers)))):
        code, number = str(row.invoice_key).split("|")[:2]
        if words.upper() in (str(row.invoice_key).upper(), number.upper()) or (code, number) in pairs:
            return str(row.case_no)
    return None


def _code_and_number(words: str) -> list[tuple[str, str]]:
    """Return the ways in which digits may be an invoice's code and number."""
    digits = re.sub(r"[-— |]", "", words)
    if not digits.isdecimal():
        return []
    ways = ((len(digits) - length, length) for length in (8, 10))
    return [(digits[:cut], digits[cut:]) for cut, _ in ways if 8 <= cut <= 12]
