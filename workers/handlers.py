"""Which operation does which job. A handler runs inside the transaction that also marks the work done."""

import importlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from insurer.platform import jobs
from insurer.platform.audit import SYSTEM, Actor
from insurer.platform.db import UnitSession
from insurer.platform.runtime import Runtime

Handler = Callable[[UnitSession, Runtime, Mapping[str, Any], datetime], None]

OPERATIONS: dict[str, tuple[str, str]] = {
    jobs.RENDER_NOTICE: ("insurer.notices.operations", "render_notice"),
    jobs.ISSUE_NOTICE: ("insurer.notices.operations", "issue_for_claim"),
    jobs.ENROL_NOTICES: ("insurer.notices.operations", "issue_enrolment_notices"),
    jobs.BUILD_PRINT_RUN: ("insurer.notices.operations", "build_print_run"),
    jobs.APPLY_ROSTER: ("insurer.people.operations", "apply_roster"),
    jobs.CALCULATE_CLAIMS: ("insurer.claims.operations.calculation", "calculate_claims"),
}
"""Job name to the module and the function that does it; loaded when a worker starts."""


def render_notice(session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime) -> None:
    """Render one letter and keep its file."""
    _operation(jobs.RENDER_NOTICE)(
        session,
        actor=_system(jobs.RENDER_NOTICE),
        notice_id=uuid.UUID(payload["notice_id"]),
        storage=runtime.storage,
        now=now,
    )


def issue_notice(session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime) -> None:
    """Order the letter of a decision or of a request for papers."""
    ids = {key: uuid.UUID(value) for key, value in payload.items() if key != "kind"}
    _operation(jobs.ISSUE_NOTICE)(
        session, actor=_system(jobs.ISSUE_NOTICE), kind=payload["kind"], now=now, **ids
    )


def enrol_notices(session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime) -> None:
    """Order one enrolment notice for each person newly covered by an import."""
    _operation(jobs.ENROL_NOTICES)(
        session, actor=_system(jobs.ENROL_NOTICES), import_id=uuid.UUID(payload["import_id"]), now=now
    )


def build_print_run(
    session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime
) -> None:
    """Merge the letters of a print run into one file."""
    _operation(jobs.BUILD_PRINT_RUN)(
        session,
        actor=_system(jobs.BUILD_PRINT_RUN),
        print_run_id=uuid.UUID(payload["print_run_id"]),
        storage=runtime.storage,
        now=now,
    )


def apply_roster(session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime) -> None:
    """Apply a roster import that somebody has confirmed."""
    _operation(jobs.APPLY_ROSTER)(
        session,
        actor=_system(jobs.APPLY_ROSTER),
        import_id=uuid.UUID(payload["import_id"]),
        storage=runtime.storage,
        now=now,
    )


def calculate_claims(
    session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime
) -> None:
    """Check and calculate cases again."""
    _operation(jobs.CALCULATE_CLAIMS)(
        session,
        actor=_system(jobs.CALCULATE_CLAIMS),
        claim_ids=[uuid.UUID(value) for value in payload["claim_ids"]],
        now=now,
    )


HANDLERS: dict[str, Handler] = {
    jobs.RENDER_NOTICE: render_notice,
    jobs.ISSUE_NOTICE: issue_notice,
    jobs.ENROL_NOTICES: enrol_notices,
    jobs.BUILD_PRINT_RUN: build_print_run,
    jobs.APPLY_ROSTER: apply_roster,
    jobs.CALCULATE_CLAIMS: calculate_claims,
}


def preload() -> None:
    """Load every operation before the worker forks, so that each job starts with warm modules."""
    for job in HANDLERS:
        if job in OPERATIONS:
            _operation(job)


def _operation(job: str) -> Callable[..., Any]:
    module, name = OPERATIONS[job]
    operation: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return operation


def _system(job: str) -> Actor:
    """Return the system as the actor of a job: the audit log shows which one."""
    return replace(SYSTEM, id=job)
