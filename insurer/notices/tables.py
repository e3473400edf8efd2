"""Letters: one row for each that must reach somebody, and the print runs they went out in."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

# A flush sorts tables by their foreign keys, so every table that they reach must be known to the process.
import insurer.accounts.tables
import insurer.claims.tables
import insurer.people.tables  # noqa: F401
from insurer.platform.db import Base


class PrintRun(Base):
    """Letters merged into one file in list order."""

    __tablename__ = "print_run"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    count: Mapped[int]
    made_by: Mapped[str] = mapped_column(Text)
    made_by_name: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    pdf_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    pages: Mapped[int | None]


class Notice(Base):
    """One letter: what it is, for whom, its number, and the very file that is sent.

    ``facts`` holds impersonal values fixed when the letter was ordered; names come from the person.
    """

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'rendered', 'printed', 'delivered', 'void')", name="state"),
        UniqueConstraint("dedupe_key"),
        UniqueConstraint("scheme", "number_text"),
        Index("ix_notice_claim_id", "claim_id"),
        Index("ix_notice_person_id", "person_id"),
        Index("ix_notice_state", "scheme", "state", "kind"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    number_text: Mapped[str] = mapped_column(Text)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    claim_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("claim.id"))
    decision_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("decision.id"))
    facts: Mapped[dict[str, Any]]
    dedupe_key: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date | None]
    created_at: Mapped[datetime]
    rendered_at: Mapped[datetime | None]
    pdf_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    pages: Mapped[int | None]
    print_run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("print_run.id"))
    print_order: Mapped[int | None]
    delivered_on: Mapped[date | None]
    delivery_way: Mapped[str] = mapped_column(Text, default="")
