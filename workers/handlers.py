"""Which operation does which job. A handler runs inside the transaction that also marks the work done.

Operations are imported when they are used: a worker that only relays or sweeps needs none of them.
"""

import importlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from insurer.kernel.errors import InsurerError
from insurer.platform import clock, jobs
from insurer.platform.audit import SYSTEM, Actor
from insurer.platform.db import UnitSession
from insurer.platform.logs import get_logger
from insurer.platform.runtime import Runtime

_log = get_logger("workers.handlers")

Handler = Callable[[UnitSession, Runtime, Mapping[str, Any], datetime], None]

HEAVY_MODULES = [
    "insurer.claims.operations.calculation",
    "insurer.notices.operations",
    "insurer.people.receiving",
]
"""Loaded once by a queue worker, before it forks for each job."""


def render_notice(session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime) -> None:
    """Render one letter and keep its file."""
    from insurer.notices import operations

    operations.render_notice(
        session,
        notice_id=uuid.UUID(payload["notice_id"]),
        storage=runtime.storage,
        settings=runtime.settings,
        now=now,
    )


def issue_notice(session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime) -> None:
    """Order the letter of a decision or of a request for papers."""
    from insurer.notices import operations

    operations.issue_for_claim(
        session,
        actor=_system(jobs.ISSUE_NOTICE),
        kind=payload["kind"],
        claim_id=uuid.UUID(payload["claim_id"]),
        decision_id=_id(payload, "decision_id"),
        paper_request_id=_id(payload, "paper_request_id"),
        review_id=_id(payload, "review_id"),
        advance_id=_id(payload, "advance_id"),
        paid_fen=payload.get("paid_fen"),
        now=now,
    )


def enrol_notices(session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime) -> None:
    """Order one enrolment notice for each person newly covered by an import."""
    from insurer.notices import operations

    operations.issue_enrolment_notices(
        session, actor=_system(jobs.ENROL_NOTICES), import_id=uuid.UUID(payload["import_id"]), now=now
    )


def build_print_run(
    session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime
) -> None:
    """Merge the letters of a print run into one file."""
    from insurer.notices import operations

    operations.build_print_run(
        session, print_run_id=uuid.UUID(payload["print_run_id"]), storage=runtime.storage, now=now
    )


def read_roster(session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime) -> None:
    """Read and compare a long file of the bureau."""
    from insurer.people import receiving

    import_id = uuid.UUID(payload["import_id"])
    receiving.read_received(
        session,
        actor=_system(jobs.READ_ROSTER),
        import_id=import_id,
        storage=runtime.storage,
        now=now,
        change_limit=runtime.settings.roster_change_percent,
        progress=_progress(runtime, import_id),
    )


def apply_roster(session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime) -> None:
    """Apply a roster import that somebody has confirmed."""
    from insurer.people import operations

    import_id = uuid.UUID(payload["import_id"])
    operations.apply_roster(
        session,
        actor=_system(jobs.APPLY_ROSTER),
        import_id=import_id,
        storage=runtime.storage,
        now=now,
        change_limit=runtime.settings.roster_change_percent,
        progress=_progress(runtime, import_id),
    )


def _progress(runtime: Runtime, import_id: uuid.UUID) -> Callable[[str, int, int], None]:
    """Return what notes the steps of a long import, each in a transaction that others see at once."""
    from insurer.people.progress import note_progress

    def tell(words: str, done: int, total: int) -> None:
        with runtime.transaction() as session:
            note_progress(session, import_id=import_id, words=words, done=done, total=total, now=clock.now())

    return tell


def calculate_claims(
    session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime
) -> None:
    """Check and calculate cases again."""
    from insurer.claims.operations import calculation

    calculation.calculate_claims(
        session,
        actor=_system(jobs.CALCULATE_CLAIMS),
        claim_ids=[uuid.UUID(value) for value in payload["claim_ids"]],
        now=now,
    )


def calculate_after_lists(
    session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime
) -> None:
    """Calculate the open cases again that an approved change of a list concerns."""
    from insurer.claims.operations import list_changes

    list_changes.calculate_after_change(
        session,
        actor=_system(jobs.CALCULATE_AFTER_LISTS),
        change_id=uuid.UUID(payload["change_id"]),
        now=now,
    )


def cover_changed(session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime) -> None:
    """Tell somebody of the cases that later word on people makes wrong."""
    from insurer.claims.operations import cover_changes

    named = payload.get("people")
    cover_changes.tell_cover_changed(
        session,
        actor=_system(jobs.COVER_CHANGED),
        import_id=uuid.UUID(payload["import_id"]),
        cause=payload["cause"],
        people=None if named is None else [uuid.UUID(value) for value in named],
        now=now,
    )


HANDLERS: dict[str, Handler] = {
    jobs.RENDER_NOTICE: render_notice,
    jobs.RENDER_MAILING: render_notice,
    jobs.ISSUE_NOTICE: issue_notice,
    jobs.ENROL_NOTICES: enrol_notices,
    jobs.BUILD_PRINT_RUN: build_print_run,
    jobs.READ_ROSTER: read_roster,
    jobs.APPLY_ROSTER: apply_roster,
    jobs.CALCULATE_CLAIMS: calculate_claims,
    jobs.CALCULATE_AFTER_LISTS: calculate_after_lists,
    jobs.COVER_CHANGED: cover_changed,
}


def preload() -> None:
    """Load the operations before the worker forks, so that each job starts with warm modules.

    One that cannot be loaded is logged and stops no other: its jobs go back into the outbox.
    """
    for module in HEAVY_MODULES:
        try:
            importlib.import_module(module)
        except ImportError as error:
            _log.error("operations cannot be loaded", module=module, error=repr(error))
    try:
        from insurer.notices.production import warm_up

        warm_up()
    except InsurerError as refused:  # letters will fail one by one with the same reason, other work goes on
        _log.error("letters cannot be rendered here", error=refused.message)


def _id(payload: Mapping[str, Any], name: str) -> uuid.UUID | None:
    value = payload.get(name)
    return uuid.UUID(value) if value else None


def _system(job: str) -> Actor:
    """Return the system as the actor of a job: the audit log shows which one."""
    return replace(SYSTEM, id=job)
