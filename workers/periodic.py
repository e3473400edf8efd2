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

from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Unavailable
from insurer.platform.audit import SYSTEM, note, verify_chain
from insurer.platform.backlog import backlog
from insurer.platform.db import UnitSession
from insurer.platform.logs import get_logger
from insurer.platform.runtime import Runtime
from insurer.platform.schedule import ScheduleSlot, take_slot
from workers.execution import describe

SHANGHAI = ZoneInfo("Asia/Shanghai")
_LOCK_NOT_AVAILABLE = "55P03"
_KEEP_SLOTS = timedelta(days=60)

RETRY_AFTER = timedelta(minutes=1)
"""After a job broke off."""

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


class Clockwork:
    """Does the jobs of the clock; one for each scheduler process."""

    def __init__(self, runtime: Runtime, jobs: Sequence[Periodic]) -> None:
        self._runtime = runtime
        self._jobs = jobs
        self._settled: dict[str, datetime] = {}
        self._not_before: dict[str, datetime] = {}

    def run_due(self, now: datetime) -> list[str]:
        """Do the jobs whose latest slot nobody has taken; return the names of those done here.

        A job that fails leaves its slot free, keeps no other job from its turn, and is tried again after
        RETRY_AFTER.

        Raises:
            Unavailable: the database does not answer.
        """
        return [job.name for job in self._jobs if self._is_open(job, now) and self._run(job, now)]

    def _is_open(self, job: Periodic, now: datetime) -> bool:
        return self._settled.get(job.name) != job.latest(now) and now >= self._not_before.get(job.name, now)

    def _run(self, job: Periodic, now: datetime) -> bool:
        slot = job.latest(now)
        try:
            with self._runtime.transaction() as session:
                taken = take_slot(session, job.name, slot, now=now)
                if taken:
                    job.run(session, self._runtime, now)
        except Unavailable:
            raise
        except Exception as error:
            # A lock that is not to be had means that another scheduler is at this slot just now.
            if getattr(getattr(error, "orig", None), "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                _log.error("a periodic job broke off", job=job.name, error=describe(error))
            self._not_before[job.name] = now + RETRY_AFTER
            return False
        self._settled[job.name] = slot
        return taken


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


def check_calendar(session: UnitSession, runtime: Runtime, now: datetime) -> None:
    """Say in the log every day that the working calendar ends soon: terms beyond it cannot be counted."""
    calendar = calendar_in_force(session)
    today = business_day(now)
    if calendar.ends_soon(today):
        until, provisional = calendar.final_until.isoformat(), calendar.until > calendar.final_until
        _log.error("the working calendar ends soon", until=until, provisional_beyond=provisional)


def forget_old_slots(session: UnitSession, runtime: Runtime, now: datetime) -> None:
    """Remove slots that can no longer be the latest of any job."""
    session.execute(delete(ScheduleSlot).where(ScheduleSlot.slot_at < now - _KEEP_SLOTS))


PERIODIC: tuple[Periodic, ...] = (
    Periodic("work.report_backlog", every(15), report_backlog),
    Periodic("audit.check_chain", daily(3, 10), check_audit_chain),
    Periodic("calendar.check_end", daily(8, 0), check_calendar),
    Periodic("schedule.forget", daily(3, 40), forget_old_slots),
)
