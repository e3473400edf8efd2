"""Cases, their settlements, fee lines, papers, decisions and the running totals of limits."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import Mapped, mapped_column

from insurer.accounts.tables import Staff
from insurer.claims.indexes import INVOICE_NUMBER_SQL, case_indexes
from insurer.claims.lifecycle import STATES
from insurer.exclusions.tables import ListEdition
from insurer.people.tables import PayeeAccount, Person
from insurer.platform.db import Base

_STATE_LIST = ", ".join(f"'{state}'" for state in STATES)


class Claim(Base):
    """A case: one person's request for one settlement, with where it stands and when it is due.

    ``term`` says what is due (to decide, to pay, to send a refusal); ``term_from_on`` is the day from which
    the term to decide is counted; ``account_id`` is the payee of this case, else the person's own account.
    """

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATE_LIST})", name="state"),
        CheckConstraint("term IN ('decide', 'pay', 'notify')", name="term"),
        UniqueConstraint("case_no"),
        *case_indexes(),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    case_no: Mapped[str] = mapped_column(Text)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Person.id))
    year: Mapped[int]
    state: Mapped[str] = mapped_column(Text)
    visit: Mapped[str] = mapped_column(Text)
    hospital: Mapped[str] = mapped_column(Text, default="")
    begin_on: Mapped[date | None]
    end_on: Mapped[date | None]
    settled_on: Mapped[date]
    total_fen: Mapped[int]
    burden_fen: Mapped[int]
    benefit_fen: Mapped[int] = mapped_column(default=0)
    paid_fen: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    review_lines: Mapped[int] = mapped_column(default=0)
    hold_codes: Mapped[list[Any]]
    hint: Mapped[str] = mapped_column(Text, default="")
    channel: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    term: Mapped[str] = mapped_column(Text, default="decide", server_default="decide")
    term_from_on: Mapped[date]
    due_on: Mapped[date]
    legal_due_on: Mapped[date]
    certain_due_on: Mapped[date | None]
    clock_stopped_on: Mapped[date | None]
    stopped_days: Mapped[int] = mapped_column(default=0)
    entered_by: Mapped[str] = mapped_column(Text)
    entered_by_name: Mapped[str] = mapped_column(Text)
    handler_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(Staff.id))
    proposed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(Staff.id))
    approver_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(Staff.id))
    approve_by_on: Mapped[date | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(Staff.id))
    decided_at: Mapped[datetime | None]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(PayeeAccount.id))
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]


class Settlement(Base):
    """A settlement record as received; a changed record is a new version, the old one stays.

    ``facts`` is the settlement of the case document (``docs/interface`` names) without personal values;
    ``original_cipher`` is the text as it came. ``released_at``: its case was withdrawn and another case has
    the number now; the withdrawn case keeps the row and does not come back.
    """

    __tablename__ = "settlement"
    __table_args__ = (
        UniqueConstraint("scheme", "region", "setl_id", "version"),
        Index(
            "uq_settlement_current",
            "scheme",
            "region",
            "setl_id",
            unique=True,
            postgresql_where=text("superseded_at IS NULL AND released_at IS NULL"),
        ),
        Index("ix_settlement_claim_id", "claim_id"),
        Index("ix_settlement_setl_id", "setl_id"),
        Index("ix_settlement_invoice_number", text(INVOICE_NUMBER_SQL)),
        Index("ix_settlement_invoice_key", "scheme", "invoice_key"),
        Index(
            "ix_settlement_invoice_prefix",
            "scheme",
            "invoice_key",
            postgresql_ops={"invoice_key": "text_pattern_ops"},
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"))
    scheme: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text, default="")
    setl_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    content_hash: Mapped[bytes]
    facts: Mapped[dict[str, Any]]
    original_cipher: Mapped[bytes]
    invoice_key: Mapped[str | None] = mapped_column(Text)
    reverses: Mapped[str | None] = mapped_column(Text)
    settled_on: Mapped[date]
    total_fen: Mapped[int]
    received_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]


class FeeLine(Base):
    """One line of the bill with the automatic check's answer and a person's finding, which wins."""

    __tablename__ = "fee_line"
    __table_args__ = (UniqueConstraint("settlement_id", "line_no"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    settlement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("settlement.id"))
    line_no: Mapped[int]
    serial: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    catalogue_name: Mapped[str] = mapped_column(Text, default="")
    level: Mapped[str] = mapped_column(Text, default="")
    charge_type: Mapped[str] = mapped_column(Text, default="")
    price: Mapped[str] = mapped_column(Text, default="")
    count: Mapped[str] = mapped_column(Text, default="")
    amount_fen: Mapped[int]
    own_fen: Mapped[int]
    facts: Mapped[dict[str, Any]]
    decision: Mapped[str] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    clause: Mapped[str | None] = mapped_column(Text)
    matched: Mapped[str | None] = mapped_column(Text)
    because: Mapped[str] = mapped_column(Text, default="")
    finding: Mapped[str | None] = mapped_column(Text)
    finding_reason: Mapped[str] = mapped_column(Text, default="")
    finding_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(Staff.id))
    finding_at: Mapped[datetime | None]


class Paper(Base):
    """A paper that came with a case; its bytes never change.

    ``form`` is original or copy, where somebody said so; ``invoice`` what an electronic invoice in it says.
    """

    __tablename__ = "paper"
    __table_args__ = (Index("ix_paper_claim_id", "claim_id"), Index("ix_paper_sha256", "sha256"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"))
    kind: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    pages: Mapped[int] = mapped_column(default=1)
    form: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    invoice: Mapped[dict[str, Any] | None]
    received_at: Mapped[datetime]
    received_by: Mapped[str] = mapped_column(Text)
    checked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(Staff.id))
    checked_at: Mapped[datetime | None]


class RemovedPaper(Base):
    """A paper that was taken off a case because it did not belong there; its file stays in storage."""

    __tablename__ = "removed_paper"
    __table_args__ = (Index("ix_removed_paper_claim_id", "claim_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"))
    kind: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    pages: Mapped[int]
    received_at: Mapped[datetime]
    received_by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    removed_by: Mapped[str] = mapped_column(Text)
    removed_by_name: Mapped[str] = mapped_column(Text)
    removed_at: Mapped[datetime]


class IntakeDraft(Base):
    """What somebody is still typing at the counter, sealed, until it becomes a case or is thrown away."""

    __tablename__ = "intake_draft"
    __table_args__ = (Index("ix_intake_draft_staff_id", "staff_id", "updated_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Staff.id))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(Person.id))
    claim_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("claim.id"))
    content_cipher: Mapped[bytes]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class WordDraft(Base):
    """What somebody is writing in a form of a case (an opinion, a reason), sealed, until it is sent."""

    __tablename__ = "word_draft"
    __table_args__ = (UniqueConstraint("claim_id", "staff_id", "form"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"))
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Staff.id))
    form: Mapped[str] = mapped_column(Text)
    content_cipher: Mapped[bytes]
    updated_at: Mapped[datetime]


class SettlementUpload(Base):
    """A file of settlement records as uploaded: what it would do, and what became of each record.

    ``report`` lists the records by their place in the file with setl_id, outcome and problems; it holds no
    personal value.
    """

    __tablename__ = "settlement_upload"
    __table_args__ = (
        CheckConstraint("state IN ('staged', 'applied', 'discarded')", name="state"),
        Index("ix_settlement_upload_scheme", "scheme", "staged_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    state: Mapped[str] = mapped_column(Text)
    counts: Mapped[dict[str, Any]]
    report: Mapped[list[Any]]
    staged_by: Mapped[str] = mapped_column(Text)
    staged_by_name: Mapped[str] = mapped_column(Text)
    staged_at: Mapped[datetime]
    applied_by_name: Mapped[str | None] = mapped_column(Text)
    applied_at: Mapped[datetime | None]


class PaperRequest(Base):
    """The one notice that names every missing paper; the clock stops from its delivery.

    A further notice needs a reason, and stops the clock only for a new fact: what could have been asked for
    at once must not cost the insured time.
    """

    __tablename__ = "paper_request"
    __table_args__ = (
        Index(
            "uq_paper_request_open",
            "claim_id",
            unique=True,
            postgresql_where=text("answered_on IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"))
    items: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    stops_clock: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    requested_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(Staff.id))
    requested_at: Mapped[datetime]
    delivered_on: Mapped[date | None]
    answered_on: Mapped[date | None]


class RulePack(Base):
    """The recorded rules under which decisions were made, by their hash."""

    __tablename__ = "rule_pack"

    hash: Mapped[str] = mapped_column(Text, primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]]
    first_used_at: Mapped[datetime]


class Decision(Base):
    """A calculation that was proposed for a case: inputs, totals before, trace, result. Append-only.

    What became of it stands in :class:`DecisionStep` rows. ``result`` is kept as text: the inputs of a step
    of the trace have an order, which says what is taken off what. ``line_check`` is an input beside the
    document: what the automatic check said of the lines, by the lists that ``lists_hash`` names.
    """

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("claim_id", "seq"),
        CheckConstraint("outcome IN ('pay', 'part', 'refuse', 'hold')", name="outcome"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"))
    seq: Mapped[int]
    outcome: Mapped[str] = mapped_column(Text)
    pack_hash: Mapped[str] = mapped_column(ForeignKey("rule_pack.hash"))
    document: Mapped[dict[str, Any]]
    line_check: Mapped[list[Any] | None]
    lists_hash: Mapped[str | None] = mapped_column(ForeignKey(ListEdition.hash))
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    year: Mapped[int]
    benefit_fen: Mapped[int]
    other_fen: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[str] = mapped_column(Text)
    made_by_name: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


class DecisionStep(Base):
    """One signature on a decision: calculated, proposed, approved, returned, withdrawn. Append-only."""

    __tablename__ = "decision_step"
    __table_args__ = (Index("ix_decision_step_decision_id", "decision_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("decision.id"))
    step: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Text)
    opinion: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]


class LimitAccount(Base):
    """The lock and the balance of one limit of one person and year; changed under its row lock only."""

    __tablename__ = "limit_account"

    scheme: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Person.id), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    pool: Mapped[str] = mapped_column(Text, primary_key=True)
    used_fen: Mapped[int] = mapped_column(default=0)


class LimitEntry(Base):
    """A use of a limit or its return. Append-only; the account's balance is their sum."""

    __tablename__ = "limit_entry"
    __table_args__ = (
        Index("ix_limit_entry_person_id_year", "person_id", "year"),
        UniqueConstraint("decision_id", "year", "pool", "kind"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Person.id))
    year: Mapped[int]
    pool: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int]
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("decision.id"))
    at: Mapped[datetime]
