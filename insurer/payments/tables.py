"""The ledger, payment instructions and bank batches."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from insurer.platform.db import Base


class JournalEntry(Base):
    """One movement of money with its reason; its lines sum to zero. Append-only, corrected by reversal."""

    __tablename__ = "journal_entry"
    __table_args__ = (UniqueConstraint("reason", "source_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    source_id: Mapped[uuid.UUID]
    claim_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("claim.id"))
    reverses_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("journal_entry.id"))


class JournalLine(Base):
    """One side of an entry: debit positive, credit negative, in fen."""

    __tablename__ = "journal_line"
    __table_args__ = (
        CheckConstraint("amount_fen <> 0", name="amount"),
        Index("ix_journal_line_account", "account"),
    )

    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("journal_entry.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int]


class PaymentBatch(Base):
    """Instructions that go to the bank in one file; the file is made once and never changes."""

    __tablename__ = "payment_batch"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("state IN ('open', 'filed', 'closed')", name="state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    count: Mapped[int]
    total_fen: Mapped[int]
    made_by: Mapped[str] = mapped_column(Text)
    made_by_name: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    released_by: Mapped[str | None] = mapped_column(Text)
    released_by_name: Mapped[str | None] = mapped_column(Text)
    released_at: Mapped[datetime | None]
    file_name: Mapped[str | None] = mapped_column(Text)
    file_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))


class PaymentInstruction(Base):
    """The order to pay one decision to one account; at most one lives for a decision and purpose."""

    __tablename__ = "payment_instruction"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("state IN ('ready', 'batched', 'sent', 'paid', 'returned', 'void')", name="state"),
        Index(
            "uq_payment_instruction_live",
            "decision_id",
            "purpose",
            unique=True,
            postgresql_where=text("state <> 'void'"),
        ),
        Index("ix_payment_instruction_state", "scheme", "state"),
        Index("ix_payment_instruction_batch_id", "batch_id", "line_no"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"))
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("decision.id"))
    purpose: Mapped[str] = mapped_column(Text, default="benefit")
    amount_fen: Mapped[int]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payee_account.id"))
    state: Mapped[str] = mapped_column(Text)
    batch_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payment_batch.id"))
    line_no: Mapped[int | None]
    attempt: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    result: Mapped[dict[str, Any] | None]
