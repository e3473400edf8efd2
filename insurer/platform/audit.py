"""The audit log: append-only, chained by a keyed hash, written in the transaction of the change.

Entries are noted during an operation and linked to the chain just before the commit, under one advisory
lock that is held only for that moment. Personal values never appear here; ids and allow-listed fields do.
The same rows are the case timeline that clerks read.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from insurer.platform.crypto import Keyring
from insurer.platform.db import Base, UnitSession, before_commit

CHAIN_LOCK = 7_001
GENESIS = bytes(32)


class AuditEntry(Base):
    """One recorded fact: who did what to which thing, when and why."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "subject_kind", "subject_id"),
        Index("ix_audit_entry_claim", "claim_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Text)
    tag: Mapped[str] = mapped_column(String(64))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(Text)
    claim_id: Mapped[uuid.UUID | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]]
    request_id: Mapped[str] = mapped_column(Text, default="")
    previous: Mapped[bytes]
    link: Mapped[bytes]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff, the system itself, an administrator on the machine, or an API client.

    ``id`` is the staff id, the job name or the system user; ``roles`` decide what is permitted. ``owner`` is
    the staff id of whoever answers for a client: a program is not a second pair of eyes for its owner.
    """

    kind: str
    id: str
    name: str
    roles: frozenset[str] = frozenset()
    request_id: str = ""
    owner: str = ""

    @property
    def staff_id(self) -> uuid.UUID | None:
        """The staff member who acts or answers for the client, ``None`` when there is none."""
        if self.kind == "client" and self.owner:
            return uuid.UUID(self.owner)
        return uuid.UUID(self.id) if self.kind == "staff" else None

    @property
    def person(self) -> str:
        """Who must not check what this actor made: the person behind it, else the actor itself."""
        return self.owner or self.id


SYSTEM = Actor("system", "system", "系统", frozenset({"system"}))
"""Jobs and sweeps act as the system."""


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry waiting for the commit."""

    at: datetime
    actor: Actor
    tag: str
    subject_kind: str
    subject_id: str
    claim_id: uuid.UUID | None = None
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def note(
    session: UnitSession,
    actor: Actor,
    tag: str,
    subject: tuple[str, object],
    *,
    now: datetime,
    claim_id: uuid.UUID | None = None,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Note one entry (tag ``subject:thing:action``); it is written when the transaction commits."""
    entry = Noted(now, actor, tag, subject[0], str(subject[1]), claim_id, reason, data or {})
    session.info.setdefault("audit_noted", []).append(entry)


@before_commit
def write_noted(session: UnitSession) -> None:
    """Link the noted entries to the chain; runs inside the committing transaction."""
    noted: list[Noted] = session.info.pop("audit_noted", [])
    if not noted:
        return
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})
    newest = select(AuditEntry.seq, AuditEntry.link).order_by(AuditEntry.seq.desc()).limit(1)
    head = session.execute(newest).one_or_none()
    seq, previous = (head.seq, head.link) if head else (0, GENESIS)
    rows = []
    for entry in noted:
        seq += 1
        row = {
            "seq": seq,
            "at": entry.at.astimezone(UTC),
            "actor_kind": entry.actor.kind,
            "actor_id": entry.actor.id,
            "actor_name": entry.actor.name,
            "tag": entry.tag,
            "subject_kind": entry.subject_kind,
            "subject_id": entry.subject_id,
            "claim_id": entry.claim_id,
            "reason": entry.reason,
            "data": json.loads(json.dumps(dict(entry.data), ensure_ascii=False, default=str)),
            "request_id": entry.actor.request_id,
        }
        link = session.keyring.chain(previous, canonical(row))
        rows.append({**row, "previous": previous, "link": link})
        previous = link
    session.execute(insert(AuditEntry), rows)


def canonical(row: Mapping[str, Any]) -> bytes:
    """Return the bytes of an entry that its link covers: every column but the links themselves."""
    content = {key: value for key, value in row.items() if key not in ("previous", "link")}
    content["at"] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps(
        content, sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":")
    ).encode()


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold: the entry's number and what is wrong, in Chinese."""

    seq: int
    message: str


def verify_chain(session: Session, keyring: Keyring) -> tuple[int, list[Break]]:
    """Walk the whole chain; return how many entries were read and every break found."""
    breaks: list[Break] = []
    previous, expected, count = GENESIS, 1, 0
    for entry in _entries(session):
        count += 1
        if entry.seq != expected:
            breaks.append(Break(entry.seq, f"第 {expected} 到 {entry.seq - 1} 条缺失"))
        if entry.previous != previous:
            breaks.append(Break(entry.seq, "与上一条接不上"))
        row = {column.key: getattr(entry, column.key) for column in AuditEntry.__table__.columns}
        if keyring.chain(entry.previous, canonical(row)) != entry.link:
            breaks.append(Break(entry.seq, "内容与封印不符"))
        previous, expected = entry.link, entry.seq + 1
    return count, breaks


def _entries(session: Session) -> Iterator[AuditEntry]:
    statement = select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=2_000)
    yield from session.scalars(statement)
