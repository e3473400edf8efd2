"""Offers again what is late, and says so. This, and not the queue, is why no work is lost.

Late is: offered a while ago and nobody took the lease (the queue lost it, a process died with it), or the
lease ran out (the process that had it died). A lease whose holder is known to be dead on this machine is
ended at once instead of being waited for; if that judgement were ever wrong, the fencing token still
lets only one of the two finish.
"""

from dataclasses import dataclass

from redis import Redis
from sqlalchemy import text

from insurer.platform.backlog import Backlog, backlog
from insurer.platform.outbox import MOST_ATTEMPTS
from insurer.platform.processes import is_known_dead, machine
from insurer.platform.runtime import Runtime
from workers.queue import offer_again

PATIENCE = 60.0
"""Seconds after which an offer that nobody took up is looked after."""

BATCH = 1000

_LEASED_HERE = text(
    """
    SELECT id, attempts, lease_owner FROM outbox
     WHERE state = 'pending' AND lease_until >= clock_timestamp() AND lease_owner LIKE :place
    """
)

_END_LEASE = text(
    """
    UPDATE outbox SET lease_until = clock_timestamp()
     WHERE id = :id AND attempts = :attempts AND lease_owner = :owner AND state = 'pending'
       AND lease_until >= clock_timestamp()
    """
)

_GIVE_UP = text(
    """
    UPDATE outbox SET state = 'stuck', lease_until = NULL,
           last_error = coalesce(last_error, 'its process died each time')
     WHERE state = 'pending' AND attempts >= :most AND lease_until < clock_timestamp()
    """
)

_LATE = text(
    """
    SELECT id, job, attempts FROM outbox
     WHERE state = 'pending' AND next_at <= clock_timestamp() AND offered_at >= next_at
       AND (lease_until IS NULL OR lease_until < clock_timestamp())
       AND (offered_at < lease_until
            OR offered_at < clock_timestamp() - make_interval(secs => :patience))
     ORDER BY next_at
     LIMIT :batch
       FOR UPDATE SKIP LOCKED
    """
)

_OFFERED = text("UPDATE outbox SET offered_at = clock_timestamp() WHERE id = ANY(:ids)")


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found: leases of the dead, rows offered again, and what is still open."""

    freed: int
    offered: int
    backlog: Backlog


def sweep_once(runtime: Runtime, connection: Redis, *, patience: float = PATIENCE) -> Swept:
    """Free the leases of dead processes, offer late rows again, and count what is open.

    Raises:
        redis.exceptions.RedisError: the queue does not answer; the rows stay late.
        Unavailable: the database does not answer.
    """
    with runtime.transaction() as session:
        freed = 0
        for row in session.execute(_LEASED_HERE, {"place": f"% {machine()}"}).all():
            if is_known_dead(row.lease_owner):
                values = {"id": row.id, "attempts": row.attempts, "owner": row.lease_owner}
                session.execute(_END_LEASE, values)
                freed += 1
    with runtime.transaction() as session:
        session.execute(_GIVE_UP, {"most": MOST_ATTEMPTS})
        rows = session.execute(_LATE, {"patience": patience, "batch": BATCH}).all()
        offered = [row.id for row in rows if offer_again(connection, row.id, row.job, row.attempts)]
        if rows:
            session.execute(_OFFERED, {"ids": [row.id for row in rows]})
        return Swept(freed, len(offered), backlog(session))
