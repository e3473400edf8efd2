"""Persons, households, rosters as received, dated facts and cover; every personal column lives here.

``*_cipher`` columns are sealed for ``table:column:id`` (see ``insurer.platform.crypto``), ``*_hash`` are
keyed hashes for looking up, ``*_mask`` what a list may show.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from insurer.platform.db import Base, BaseOfViews


class Person(Base):
    """One human being known to a scheme, found by the keyed hash of the person number."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("certno_hash", "scheme"),
        Index("ix_person_pinyin_keys", "pinyin_keys", postgresql_using="gin"),
        Index("ix_person_name_key", "name_key"),
        Index("ix_person_phone_hash", "phone_hash"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    certno_cipher: Mapped[bytes]
    certno_hash: Mapped[bytes]
    certno_mask: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Text)
    pinyin_keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sort_key: Mapped[str] = mapped_column(Text)
    gender: Mapped[str] = mapped_column(Text, default="")
    born_on: Mapped[date | None]
    phone_cipher: Mapped[bytes | None]
    phone_hash: Mapped[bytes | None]
    phone_mask: Mapped[str] = mapped_column(Text, default="", server_default="")
    died_on: Mapped[date | None]
    created_at: Mapped[datetime]


class Household(Base):
    """A household as the bureau numbers it; the card number is personal."""

    __tablename__ = "household"
    __table_args__ = (UniqueConstraint("card_hash", "scheme"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    card_hash: Mapped[bytes]
    card_cipher: Mapped[bytes]
    householder: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]


class PayeeAccount(Base):
    """A bank account money may go to, as a source named it; a newer one supersedes, none is edited."""

    __tablename__ = "payee_account"
    __table_args__ = (
        Index("ix_payee_account_person_id", "person_id"),
        Index("ix_payee_account_account_hash", "account_hash"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    holder: Mapped[str] = mapped_column(Text)
    bank: Mapped[str] = mapped_column(Text, default="")
    account_cipher: Mapped[bytes]
    account_hash: Mapped[bytes]
    account_tail: Mapped[str] = mapped_column(Text)
    source: Mapped[dict[str, Any]]
    valid_from: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class RosterImport(Base):
    """A file of the bureau as received, its report, and whether it was applied.

    ``kind`` is ``full`` (everybody of the month), ``additions`` (new or corrected rows of the month only),
    ``deaths`` or ``moves``.
    """

    __tablename__ = "roster_import"
    __table_args__ = (
        CheckConstraint(
            "state IN ('reading', 'staged', 'applying', 'applied', 'unchanged', 'discarded')", name="state"
        ),
        CheckConstraint("kind IN ('full', 'additions', 'deaths', 'moves')", name="kind"),
        Index(
            "uq_roster_import_applied",
            "scheme",
            "month",
            "sha256",
            "cells_digest",
            unique=True,
            postgresql_where=text("state = 'applied'"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    month: Mapped[date]
    filename: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text, ForeignKey("stored_file.sha256"))
    state: Mapped[str] = mapped_column(Text)
    counts: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any]]
    staged_by: Mapped[str] = mapped_column(Text)
    staged_by_name: Mapped[str] = mapped_column(Text)
    staged_at: Mapped[datetime]
    applied_by: Mapped[str | None] = mapped_column(Text)
    applied_by_name: Mapped[str | None] = mapped_column(Text)
    applied_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(Text, default="full", server_default="full")
    sender: Mapped[str] = mapped_column(Text, default="", server_default="")
    cells_digest: Mapped[str] = mapped_column(Text, default="", server_default="")


class RosterProgress(Base):
    """How far the background work on one import has come, in words; written beside its transaction.

    No foreign key: the import's own row is locked while the work runs.
    """

    __tablename__ = "roster_progress"

    import_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    done: Mapped[int]
    total: Mapped[int]
    noted_at: Mapped[datetime]


class SenderColumns(Base):
    """How a sender's columns are understood, by the words of their heads, where these alone do not say."""

    __tablename__ = "sender_columns"

    scheme: Mapped[str] = mapped_column(Text, primary_key=True)
    sender: Mapped[str] = mapped_column(Text, primary_key=True)
    columns: Mapped[dict[str, Any]]
    changed_by_name: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]


class RosterStatement(Base):
    """What a roster row says of a person. Append-only; months that say the same point to the same one."""

    __tablename__ = "roster_statement"
    __table_args__ = (Index("ix_roster_statement_town", "scheme", "town", "person_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    household_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("household.id"))
    name: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    category_word: Mapped[str] = mapped_column(Text)
    householder: Mapped[str] = mapped_column(Text)
    insutype: Mapped[str] = mapped_column(Text)
    relation: Mapped[str] = mapped_column(Text)
    town: Mapped[str] = mapped_column(Text)
    village: Mapped[str] = mapped_column(Text)
    approved_on: Mapped[date | None]
    approved_precision: Mapped[str] = mapped_column(Text)
    change_word: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes]


class RosterEntry(Base):
    """A person stood on the roster of an import, in this row of this sheet. Append-only.

    One narrow row for each person and month, without foreign keys: a million of them are written in seconds
    from the very rows they refer to, of which none is ever deleted (decision 0014).
    """

    __tablename__ = "roster_entry"

    import_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    statement_id: Mapped[uuid.UUID]
    row_no: Mapped[int]
    sheet: Mapped[str] = mapped_column(Text)


class RosterFact(BaseOfViews):
    """A person stood on the roster of a month, because of this row of this file, which says this."""

    __tablename__ = "roster_fact"

    import_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    statement_id: Mapped[uuid.UUID]
    scheme: Mapped[str]
    household_id: Mapped[uuid.UUID | None]
    month: Mapped[date]
    sheet: Mapped[str]
    row_no: Mapped[int]
    name: Mapped[str]
    category: Mapped[str]
    category_word: Mapped[str]
    householder: Mapped[str]
    insutype: Mapped[str]
    relation: Mapped[str]
    town: Mapped[str]
    village: Mapped[str]
    approved_on: Mapped[date | None]
    approved_precision: Mapped[str]
    change_word: Mapped[str]
    digest: Mapped[bytes]


class RosterExit(Base):
    """A person of the month before is missing from this month's full roster: the only sign of leaving."""

    __tablename__ = "roster_exit"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("roster_import.id"), primary_key=True)
    month: Mapped[date]


class CoverPeriod(Base):
    """Cover of a person in an insurance year with what it rests on; a newer finding supersedes it."""

    __tablename__ = "cover_period"
    __table_args__ = (
        Index(
            "uq_cover_period_current",
            "person_id",
            "year",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        CheckConstraint("from_on <= until_on", name="order"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    year: Mapped[int]
    from_on: Mapped[date]
    until_on: Mapped[date]
    basis: Mapped[dict[str, Any]]
    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("roster_import.id"))
    created_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class PersonEvent(Base):
    """A death or a move, because of this row of this list. Append-only."""

    __tablename__ = "person_event"
    __table_args__ = (
        CheckConstraint("kind IN ('died', 'moved_out')", name="kind"),
        Index("ix_person_event_person_id", "person_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(Text)
    happened_on: Mapped[date | None]
    precision: Mapped[str] = mapped_column(Text)
    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("roster_import.id"))
    sheet: Mapped[str] = mapped_column(Text)
    row_no: Mapped[int]
    noted_at: Mapped[datetime]


class PersonContact(Base):
    """Somebody was told of the cover of a year by telephone or at home. Append-only."""

    __tablename__ = "person_contact"
    __table_args__ = (
        CheckConstraint("way IN ('phone', 'visit')", name="way"),
        Index("ix_person_contact_person_id", "person_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    year: Mapped[int]
    way: Mapped[str] = mapped_column(Text)
    told_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text)
    noted_by: Mapped[str] = mapped_column(Text)
    noted_by_name: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime]


class PersonTask(Base):
    """Something about a person that somebody at the desk must look into, with an owner and a day."""

    __tablename__ = "person_task"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('gone', 'died', 'moved_out', 'double', 'shared_account', 'missing_later',"
            " 'cover_changed')",
            name="kind",
        ),
        UniqueConstraint("dedupe_key"),
        Index("ix_person_task_person_id", "person_id"),
        Index("ix_person_task_open", "scheme", "due_on", postgresql_where=text("done_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    other_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    import_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("roster_import.id"))
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    due_on: Mapped[date]
    dedupe_key: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_name: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")


class RevealLog(Base):
    """Who looked at a full number, why, and until when it was shown."""

    __tablename__ = "reveal_log"
    __table_args__ = (Index("ix_reveal_log_staff_id_at", "staff_id", "at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    field: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    claim_id: Mapped[uuid.UUID | None]
    seen: Mapped[bool] = mapped_column(Boolean, default=True)


class Representative(Base):
    """Who acts for an insured person: guardian, proxy or heir, with the tie between them."""

    __tablename__ = "representative"
    __table_args__ = (
        CheckConstraint("capacity IN ('guardian', 'proxy', 'heir')", name="capacity"),
        Index("ix_representative_person_id", "person_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    capacity: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    relation: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class PayeeChange(Base):
    """Another account for a payment, as one person proposed and another one agreed; none is edited.

    ``case_id`` names the case it is for; its account is that case's payee from then on.
    """

    __tablename__ = "payee_change"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'approved', 'refused')", name="state"),
        Index("ix_payee_change_person_id", "person_id"),
        Index("uq_payee_change_open", "case_id", unique=True, postgresql_where=text("state = 'proposed'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    case_id: Mapped[uuid.UUID]
    capacity: Mapped[str] = mapped_column(Text)
    relation: Mapped[str] = mapped_column(Text, default="")
    holder: Mapped[str] = mapped_column(Text)
    bank: Mapped[str] = mapped_column(Text)
    account_cipher: Mapped[bytes]
    account_hash: Mapped[bytes]
    account_tail: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(Text)
    proposed_by_name: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(Text, default="")
    decided_by_name: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]
    opinion: Mapped[str] = mapped_column(Text, default="")
    became_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payee_account.id"))
