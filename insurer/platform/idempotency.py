"""Idempotency keys: the same request twice has one effect and one answer.

The key row is written in the transaction of the effect, so that either both exist or neither. A second
request with the same key waits for the first one's commit and then gets its stored answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Text, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from insurer.kernel.errors import Conflict, Invalid
from insurer.platform.db import Base, UnitSession


class IdempotencyKey(Base):
    """A key seen before, with the digest of its request and the answer given."""

    __tablename__ = "idempotency_key"

    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    request_hash: Mapped[bytes]
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was or is answered: an HTTP-like status and a JSON body; ``replayed`` on a repetition."""

    status: int
    body: Mapping[str, Any]
    replayed: bool = False


def once(
    session: UnitSession,
    *,
    scope: str,
    key: str,
    request: bytes,
    now: datetime,
    act: Callable[[], Answer],
) -> Answer:
    """Run ``act`` once for ``(scope, key)`` and return its answer on every repetition.

    :class:`Invalid` with code ``key_reused`` when the same key comes with another request;
    :class:`Conflict` when the first request is still running after the lock timeout.
    """
    digest = sha256(request).digest()
    fresh = insert(IdempotencyKey).values(scope=scope, key=key, request_hash=digest, created_at=now)
    try:
        session.execute(text("SET LOCAL lock_timeout = '5s'"))
        inserted = session.execute(fresh.on_conflict_do_nothing().returning(IdempotencyKey.key))
    except OperationalError as error:
        raise Conflict("同一个请求还在办理，请稍等再看结果") from error
    where = (IdempotencyKey.scope == scope, IdempotencyKey.key == key)
    if inserted.one_or_none() is None:
        known = session.execute(select(IdempotencyKey).where(*where)).scalar_one()
        if known.request_hash != digest:
            raise Invalid("这个幂等键已经用在另一个请求上，请换一个新的键")
        return Answer(known.status or 200, known.body or {}, replayed=True)
    answer = act()
    session.execute(update(IdempotencyKey).where(*where).values(status=answer.status, body=dict(answer.body)))
    return answer
