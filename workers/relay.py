"""From the outbox to the queue. Any number of relays may run: each row is taken by one of them.

The row stays locked while it is put into the queue, so that a fast worker's lease waits for our commit.
If we die in between, the row is offered again under the same id, which the queue refuses as known.
"""

from redis import Redis
from sqlalchemy import text

from insurer.platform.runtime import Runtime
from workers.queue import offer

BATCH = 200

_DUE = text(
    """
    SELECT id, job, attempts FROM outbox
     WHERE state = 'pending' AND next_at <= clock_timestamp()
       AND (offered_at IS NULL OR offered_at < next_at)
     ORDER BY next_at
     LIMIT :batch
       FOR UPDATE SKIP LOCKED
    """
)

_OFFERED = text("UPDATE outbox SET offered_at = clock_timestamp() WHERE id = ANY(:ids)")


def relay_once(runtime: Runtime, connection: Redis, *, batch: int = BATCH) -> int:
    """Offer the rows that are due and were not offered since; return how many.

    Raises:
        redis.exceptions.RedisError: the queue does not answer; the rows stay due.
        Unavailable: the database does not answer.
    """
    with runtime.transaction() as session:
        rows = session.execute(_DUE, {"batch": batch}).all()
        for row in rows:
            offer(connection, row.id, row.job, row.attempts)
        if rows:
            session.execute(_OFFERED, {"ids": [row.id for row in rows]})
    return len(rows)
