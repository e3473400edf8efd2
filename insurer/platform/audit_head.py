"""The newest link of the audit chain, kept outside the database.

A chain alone cannot show that its last entries were cut off. Each verification leaves the head it saw in a
file, sealed with the audit key; the next one checks that this entry is still there and unchanged.
"""

import hmac
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from insurer.platform.audit import AuditEntry, Break
from insurer.platform.crypto import Keyring


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry that a verification saw, and when it saw it."""

    seq: int
    link: bytes
    seen_at: str


def keep_head(session: Session, keyring: Keyring, path: Path, *, now: datetime) -> Head | None:
    """Write the newest entry's number and link to ``path``; an empty log leaves the file as it is."""
    newest = select(AuditEntry.seq, AuditEntry.link).order_by(AuditEntry.seq.desc()).limit(1)
    row = session.execute(newest).one_or_none()
    if row is None:
        return None
    head = Head(row.seq, bytes(row.link), now.isoformat(timespec="seconds"))
    content = {
        "seq": head.seq,
        "link": head.link.hex(),
        "seen_at": head.seen_at,
        "seal": _seal(head, keyring),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(content))
    draft.replace(path)
    return head


def check_head(session: Session, keyring: Keyring, path: Path) -> list[Break]:
    """Return what is wrong with the entry that was newest last time; nothing when there was no last time."""
    if not path.exists():
        return []
    head = _read(path)
    if head is None or not hmac.compare_digest(_seal(head[0], keyring), head[1]):
        return [Break(0, f"上次核验留下的记录 {path.name} 被改过或读不出来")]
    seen = head[0]
    link = session.scalar(select(AuditEntry.link).where(AuditEntry.seq == seen.seq))
    if link is None:
        return [Break(seen.seq, f"上次核验（{seen.seen_at}）时还有这一条，现在没有了，末尾被删过")]
    if bytes(link) != seen.link:
        return [Break(seen.seq, f"与上次核验（{seen.seen_at}）时不是同一条")]
    return []


def _read(path: Path) -> tuple[Head, str] | None:
    try:
        raw = json.loads(path.read_text())
        return Head(int(raw["seq"]), bytes.fromhex(raw["link"]), str(raw["seen_at"])), str(raw["seal"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _seal(head: Head, keyring: Keyring) -> str:
    return keyring.chain(head.link, f"head:{head.seq}:{head.seen_at}".encode()).hex()
