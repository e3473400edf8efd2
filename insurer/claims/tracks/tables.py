"""What runs beside the main line of a case: makers, earlier payers, accidents, reviews, archive."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from insurer.claims.tables import Claim, Decision, Paper
from insurer.platform.db import Base


class CaseMaker(Base):
    """Who made something that a decision of the case rests on: none of them may decide it."""

    __tablename__ = "case_maker"

    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Claim.id), primary_key=True)
    maker: Mapped[str] = mapped_column(Text, primary_key=True)
    what: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime]


class UpstreamPayer(Base):
    """How an earlier payer stands, as somebody has noted it with its proof; else the settlement speaks."""

    __tablename__ = "upstream_payer"
    __table_args__ = (
        CheckConstraint("status IN ('none', 'pending', 'paid', 'not_applicable')", name="status"),
    )

    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Claim.id), primary_key=True)
    payer: Mapped[str] = mapped_column(Text, primary_key=True)
    status: Mapped[str] = mapped_column(Text)
    paid_fen: Mapped[int | None]
    proof: Mapped[str] = mapped_column(Text, default="")
    paper_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(Paper.id))
    noted_by: Mapped[str] = mapped_column(Text)
    noted_by_name: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime]


class UpstreamInquiry(Base):
    """A question to an earlier payer that has no result yet: when it was asked, when to ask again."""

    __tablename__ = "upstream_inquiry"
    __table_args__ = (
        Index("ix_upstream_inquiry_claim_id", "claim_id"),
        Index("ix_upstream_inquiry_remind_on", "remind_on", postgresql_where=text("answered_on IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Claim.id))
    payer: Mapped[str] = mapped_column(Text)
    way: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(Text, default="")
    asked_on: Mapped[date]
    remind_on: Mapped[date]
    asked_by: Mapped[str] = mapped_column(Text)
    asked_by_name: Mapped[str] = mapped_column(Text)
    answered_on: Mapped[date | None]


class AgencyFinding(Base):
    """A difference between what an earlier payer paid and what its rules give, for the agency to answer."""

    __tablename__ = "agency_finding"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'sent', 'answered', 'void')", name="status"),
        UniqueConstraint("number"),
        UniqueConstraint("claim_id", "code", "payer", "setl_id"),
        Index("ix_agency_finding_status", "scheme", "status", "number"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Claim.id))
    setl_id: Mapped[str] = mapped_column(Text, default="")
    code: Mapped[str] = mapped_column(Text)
    payer: Mapped[str] = mapped_column(Text)
    clause: Mapped[str] = mapped_column(Text, default="")
    message: Mapped[str] = mapped_column(Text)
    expected_fen: Mapped[int | None]
    stated_fen: Mapped[int | None]
    status: Mapped[str] = mapped_column(Text)
    raised_by: Mapped[str] = mapped_column(Text)
    raised_by_name: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime]
    sent_on: Mapped[date | None]
    document: Mapped[str] = mapped_column(Text, default="")
    answered_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")


class Accident(Base):
    """How an injury came about and whether somebody else must pay for it, by a signed statement."""

    __tablename__ = "accident"
    __table_args__ = (CheckConstraint("liability IN ('open', 'none', 'settled')", name="liability"),)

    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Claim.id), primary_key=True)
    cause: Mapped[str] = mapped_column(Text)
    happened_on: Mapped[date]
    liability: Mapped[str] = mapped_column(Text)
    third_party_fen: Mapped[int] = mapped_column(default=0)
    statement_cipher: Mapped[bytes]
    proof: Mapped[str] = mapped_column(Text, default="")
    noted_by: Mapped[str] = mapped_column(Text)
    noted_by_name: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime]


class Claimant(Base):
    """Who asks for the benefit in the insured's place; the name stands in ``people``."""

    __tablename__ = "claimant"
    __table_args__ = (CheckConstraint("capacity IN ('self', 'guardian', 'proxy', 'heir')", name="capacity"),)

    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Claim.id), primary_key=True)
    capacity: Mapped[str] = mapped_column(Text)
    representative_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("representative.id"))
    noted_by: Mapped[str] = mapped_column(Text)
    noted_by_name: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime]


class Review(Base):
    """A request to look at a decision again (复核), or a complaint about it: a case of its own."""

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("kind IN ('review', 'complaint')", name="kind"),
        CheckConstraint("status IN ('open', 'decided', 'withdrawn')", name="status"),
        CheckConstraint("outcome IN ('', 'kept', 'changed')", name="outcome"),
        UniqueConstraint("number"),
        Index("ix_review_status", "scheme", "status", "due_on"),
        Index("uq_review_open", "claim_id", "kind", unique=True, postgresql_where=text("status = 'open'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Claim.id))
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Decision.id))
    kind: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    relation: Mapped[str] = mapped_column(Text)
    statement_cipher: Mapped[bytes]
    first_deciders: Mapped[list[str]] = mapped_column(ARRAY(Text))
    filed_on: Mapped[date]
    due_on: Mapped[date]
    filed_by: Mapped[str] = mapped_column(Text)
    filed_by_name: Mapped[str] = mapped_column(Text)
    filed_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text, default="")
    reasons: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str] = mapped_column(Text, default="")
    decided_by_name: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]


class ArchiveRecord(Base):
    """A closed case in the archive: file number, index of its papers, place, until when it is kept.

    A case that was reopened and closed again gets a new record under its old number.
    """

    __tablename__ = "archive_record"
    __table_args__ = (UniqueConstraint("claim_id", "seq"), UniqueConstraint("file_number", "seq"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Claim.id))
    seq: Mapped[int]
    file_number: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    contents: Mapped[list[Any]]
    retain_until_on: Mapped[date]
    filed_by: Mapped[str] = mapped_column(Text)
    filed_by_name: Mapped[str] = mapped_column(Text)
    filed_at: Mapped[datetime]


class Advance(Base):
    """An amount that is certain already, paid before the case can be decided (Insurance Law, article 25)."""

    __tablename__ = "advance"
    __table_args__ = (
        CheckConstraint("status IN ('proposed', 'approved', 'refused', 'withdrawn')", name="status"),
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_advance_claim_id", "claim_id"),
        Index("uq_advance_open", "claim_id", unique=True, postgresql_where=text("status = 'proposed'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Claim.id))
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Decision.id))
    amount_fen: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    open_points: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(Text)
    proposed_by_name: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(Text, default="")
    decided_by_name: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]
    opinion: Mapped[str] = mapped_column(Text, default="")


class CalendarEntry(Base):
    """A year of the working calendar as it was proposed; in force once a second person agreed."""

    __tablename__ = "calendar_entry"
    __table_args__ = (
        CheckConstraint("status IN ('proposed', 'in_force', 'refused', 'superseded')", name="status"),
        Index("uq_calendar_entry_force", "year", unique=True, postgresql_where=text("status = 'in_force'")),
        Index("uq_calendar_entry_open", "year", unique=True, postgresql_where=text("status = 'proposed'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    year: Mapped[int]
    holidays: Mapped[list[Any]]
    working_weekends: Mapped[list[Any]]
    provisional: Mapped[bool]
    source: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(Text)
    proposed_by_name: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(Text, default="")
    decided_by_name: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]
