"""The search of the top bar: numbers that name one case."""

import re
from typing import Final

from sqlalchemy import select

from insurer.claims.tables import Claim, Settlement
from insurer.platform.db import UnitSession

_CASE_NO: Final = re.compile(r"([A-Z]{2})(\d{4})-?(\d{6})")
_SHORTEST_INVOICE: Final = 8


def find_case_number(session: UnitSession, asked: str) -> str | None:
    """Return the number of the case that a case, settlement or invoice number names, if there is one."""
    words = asked.strip().upper()
    found = _CASE_NO.fullmatch(words)
    if found:
        number = f"{found[1]}{found[2]}-{found[3]}"
        return session.scalar(select(Claim.case_no).where(Claim.case_no == number))
    if len(words) < _SHORTEST_INVOICE or not any(letter.isdigit() for letter in words):
        return None
    statement = (
        select(Claim.case_no)
        .join(Settlement, Settlement.claim_id == Claim.id)
        .where(Settlement.superseded_at.is_(None))
        .order_by(Claim.case_no)
        .limit(1)
    )
    by_settlement = session.scalar(statement.where(Settlement.setl_id == asked.strip()))
    if by_settlement is not None:
        return by_settlement
    key = Settlement.invoice_key
    return session.scalar(statement.where(key.in_((words, asked.strip()))))
