"""The queue as we use it: ids in JSON, one queue job for each attempt, nothing read back as truth.

Redis or Valkey may lose everything at any moment; the outbox in PostgreSQL knows what is to be done.
"""

import uuid

from redis import Redis
from rq import Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from insurer.platform.jobs import QUEUES, TIMEOUTS

ENTRY_POINT = "workers.execution.run_row"

_FAILURE_TTL = 3600
"""Seconds that the queue remembers a job whose process died; the outbox remembers for ever."""


def queue_names() -> list[str]:
    """Return every queue, in the order in which a worker looks at them."""
    return sorted(set(QUEUES.values()))


def offer(connection: Redis, row_id: uuid.UUID, job: str, attempt: int) -> bool:
    """Put one attempt at an outbox row into its queue; ``False`` when exactly this is already there."""
    queue = _queue(connection, job)
    try:
        queue.enqueue_call(
            ENTRY_POINT,
            args=(str(row_id),),
            timeout=TIMEOUTS.get(job, 300),
            job_id=job_id(row_id, attempt),
            unique=True,
            result_ttl=0,
            failure_ttl=_FAILURE_TTL,
            description=job,
        )
    except DuplicateJobError:
        return False
    return True


def offer_again(connection: Redis, row_id: uuid.UUID, job: str, attempt: int) -> bool:
    """Offer a late attempt: leave it alone if it really stands in the queue, else replace what is left of it.

    A process that was killed between taking a job from the queue and taking its lease leaves a job that
    is neither queued nor run, under the very id that we need.
    """
    if offer(connection, row_id, job, attempt):
        return True
    queue = _queue(connection, job)
    try:
        known = Job.fetch(job_id(row_id, attempt), connection=connection, serializer=JSONSerializer)
    except NoSuchJobError:
        return offer(connection, row_id, job, attempt)
    if known.get_status() == JobStatus.QUEUED and queue.get_job_position(known) is not None:
        return False
    known.delete()
    return offer(connection, row_id, job, attempt)


def job_id(row_id: uuid.UUID, attempt: int) -> str:
    """Return the queue's id of one attempt at a row; ``attempt`` counts the leases taken before."""
    return f"{row_id}-{attempt}"


def _queue(connection: Redis, job: str) -> Queue:
    return Queue(QUEUES[job], connection=connection, serializer=JSONSerializer)
