"""Double entry: every movement balanced, once for its source, corrected by reversal only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from insurer.payments.tables import JournalEntry, JournalLine
from insurer.platform.bulk import copy_rows
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id

EXPENSE: Final = "claims_expense"
PAYABLE: Final = "claims_payable"
BANK: Final = "bank"
ACCOUNT_WORDS: Final[dict[str, str]] = {EXPENSE: "赔款支出", PAYABLE: "应付赔款", BANK: "银行存款"}


@dataclass(frozen=True, slots=True)
class Posting:
    """A movement: ``amount_fen`` from the credited to the debited account, once for ``(reason, source)``."""

    reason: str
    source_id: UUID
    claim_id: UUID | None
    debit: str
    credit: str
    amount_fen: int


def post(session: UnitSession, postings: Sequence[Posting], *, now: datetime) -> None:
    """Write balanced entries; a second posting of the same source breaks a unique key and the transaction."""
    entries, lines = [], []
    for posting in postings:
        entry_id = new_id()
        entries.append(
            {
                "id": entry_id,
                "at": now,
                "reason": posting.reason,
                "source_id": posting.source_id,
                "claim_id": posting.claim_id,
            }
        )
        sides = ((posting.debit, posting.amount_fen), (posting.credit, -posting.amount_fen))
        lines += [
            {"entry_id": entry_id, "line_no": number, "account": account, "amount_fen": amount}
            for number, (account, amount) in enumerate(sides, 1)
        ]
    copy_rows(session, JournalEntry, entries)
    copy_rows(session, JournalLine, lines)
