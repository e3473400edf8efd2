"""What a desk adds to the package's lists: proposed changes, how they ended, reports of wrong answers."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from insurer.platform.db import Base


class ListChange(Base):
    """A proposed change of a list: one word or code, added or retired from a day on. Append-only."""

    __tablename__ = "list_change"
    __table_args__ = (
        CheckConstraint("kind IN ('add', 'retire')", name="kind"),
        UniqueConstraint("number"),
        Index("ix_list_change_list_id_term", "list_id", "term"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    list_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    term: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text, default="")
    meaning: Mapped[str] = mapped_column(Text, default="")
    basis: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    proposed_by: Mapped[str] = mapped_column(Text)
    proposed_by_name: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime]


class ListChangeStep(Base):
    """How a proposal ended: approved by another person, declined, or withdrawn. Append-only; one a change.

    ``effect`` is what the preview showed to who approved, ``lists_hash`` the lists it was counted on.
    """

    __tablename__ = "list_change_step"
    __table_args__ = (
        CheckConstraint("step IN ('approved', 'declined', 'withdrawn')", name="step"),
        UniqueConstraint("change_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    change_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("list_change.id"))
    step: Mapped[str] = mapped_column(Text)
    opinion: Mapped[str] = mapped_column(Text, default="")
    lists_hash: Mapped[str] = mapped_column(Text, default="")
    effect: Mapped[dict[str, Any]]
    by: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class ListReport(Base):
    """A wrong answer that somebody saw on a fee line: the line's words, the answer, a note. Append-only."""

    __tablename__ = "list_report"
    __table_args__ = (
        Index("ix_list_report_line_id", "line_id"),
        Index("ix_list_report_reported_at", text("reported_at DESC")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    line_id: Mapped[uuid.UUID]
    case_no: Mapped[str] = mapped_column(Text)
    line_no: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    catalogue_name: Mapped[str] = mapped_column(Text, default="")
    catalogue_code: Mapped[str] = mapped_column(Text, default="")
    decision: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text, default="")
    matched: Mapped[str] = mapped_column(Text, default="")
    because: Mapped[str] = mapped_column(Text, default="")
    finding: Mapped[str] = mapped_column(Text, default="")
    remark: Mapped[str] = mapped_column(Text, default="")
    reported_by: Mapped[str] = mapped_column(Text)
    reported_by_name: Mapped[str] = mapped_column(Text)
    reported_at: Mapped[datetime]


class ListReportStep(Base):
    """What became of a report: turned into a proposed change, or declined with a reason. Append-only."""

    __tablename__ = "list_report_step"
    __table_args__ = (
        CheckConstraint("step IN ('proposed', 'declined')", name="step"),
        UniqueConstraint("report_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("list_report.id"))
    step: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, default="")
    change_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("list_change.id"))
    by: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class ListEdition(Base):
    """The lists that calculations were made with, by their hash: package texts and changes. Append-only."""

    __tablename__ = "list_edition"

    hash: Mapped[str] = mapped_column(Text, primary_key=True)
    content: Mapped[dict[str, Any]]
    first_used_at: Mapped[datetime]
