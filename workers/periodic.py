"""What happens by the clock. PostgreSQL decides who does it: a slot belongs to whoever inserts its row.

Any number of schedulers may run. The slot's row and what is done in it are one transaction: a scheduler
that dies in the middle leaves the slot free for another. After a pause the latest missed slot is made up
for, once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlalchemy.exc import OperationalError

from insurer.platform.audit import SYSTEM, note, verify_chain
from insurer.platform.backlog import backlog
from insurer.platform.db import UnitSession
from insurer.platform.logs import get_logger
from insurer.platform.runtime import Runtime
from insurer.platform.schedule import ScheduleSlot, take_slot

SHANGHAI = ZoneInfo("Asia/Shanghai")
_LOCK_NOT_AVAILABLE = "55P03"
_KEEP_SLOTS = timedelta(days=60)

_log = get_logger("workers.periodic")

Latest = Callable[[datetime], datetime]


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job of the clock: its name, its latest slot at a moment, and what it does in its transaction."""

    name: str
    latest: Latest
    run: Callable[[UnitSession, Runtime, datetime], None]


def daily(hour: int, minute: int = 0) -> Latest:
    """Return the rule "every day at this time in Shanghai"."""

    def latest(now: datetime) -> datetime:
        there = now.astimezone(SHANGHAI)
        slot = there.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return (slot if slot <= there else slot - timedelta(days=1)).astimezone(UTC)

    return latest


def every(minutes: int) -> Latest:
    """Return the rule "every so many minutes", counted from midnight UTC; ``minutes`` divides a day."""

    def latest(now: datetime) -> datetime:
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + (now - midnight) // timedelta(minutes=minutes) * timedelta(minutes=minutes)

    return latest


def run_due(
    runtime: Runtime, jobs: Sequence[Periodic], *, now: datetime, known: dict[str, datetime]
) -> list[str]:
    """Do the jobs whose latest slot nobody has taken; return their names.

    ``known`` remembers between calls which slots need no further look. A job that fails leaves its slot
    free and is tried again at the next call.
    """
    done = []
    for job in jobs:
        slot = job.latest(now)
        if known.get(job.name) == slot:
            continue
        try:
            with runtime.transaction() as session:
                if take_slot(session, job.name, slot, now=now):
                    job.run(session, runtime, now)
                    done.append(job.name)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            continue  # another scheduler is at it just now
        known[job.name] = slot
    return done


def report_backlog(session: UnitSession, runtime: Runtime, now: datetime) -> None:
    """Say in the log when background work is late or was given up."""
    open_work = backlog(session)
    if open_work.late or open_work.stuck:
        _log.error("background work is late", late=open_work.late, stuck=open_work.stuck)


def check_audit_chain(session: UnitSession, runtime: Runtime, now: datetime) -> None:
    """Walk the audit log's chain every night and record in the log itself that it was done."""
    count, breaks = verify_chain(session, runtime.keyring)
    if breaks:
        _log.error("the audit chain is broken", breaks=len(breaks), first=breaks[0].seq)
    data = {"entries": count, "breaks": len(breaks)}
    note(session, SYSTEM, "audit:chain:verified", ("audit", "chain"), now=now, data=data)


def forget_old_slots(session: UnitSession, runtime: Runtime, now: datetime) -> None:
    """Remove slots that can no longer be the latest of any job."""
    session.execute(delete(ScheduleSlot).where(ScheduleSlot.slot_at < now - _KEEP_SLOTS))


PERIODIC: tuple[Periodic, ...] = (
    Periodic("work.report_backlog", every(15), report_backlog),
    Periodic("audit.check_chain", daily(3, 10), check_audit_chain),
    Periodic("schedule.forget", daily(3, 40), forget_old_slots),
)
