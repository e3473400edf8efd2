"""Each job that can be noted is done by an operation that takes what the job carries."""

from contextlib import suppress
from typing import Any

import pytest

from insurer.kernel.errors import InsurerError
from insurer.platform import jobs
from insurer.platform.clock import now
from insurer.platform.runtime import Runtime
from workers.handlers import HANDLERS, preload

NOBODY = "01890000-0000-7000-8000-000000000000"

PAYLOADS: dict[str, dict[str, Any]] = {
    "notices.render": {"notice_id": NOBODY},
    "notices.render_mailing": {"notice_id": NOBODY},
    jobs.ISSUE_NOTICE: {"kind": "refusal", "claim_id": NOBODY, "decision_id": NOBODY},
    jobs.ENROL_NOTICES: {"import_id": NOBODY},
    jobs.BUILD_PRINT_RUN: {"print_run_id": NOBODY},
    jobs.READ_ROSTER: {"import_id": NOBODY},
    jobs.APPLY_ROSTER: {"import_id": NOBODY},
    jobs.CALCULATE_CLAIMS: {"claim_ids": [NOBODY]},
    jobs.CALCULATE_AFTER_LISTS: {"change_id": NOBODY},
    jobs.COVER_CHANGED: {"import_id": NOBODY, "cause": NOBODY, "people": [NOBODY]},
}


def test_every_job_has_a_queue_a_limit_and_a_handler() -> None:
    assert set(HANDLERS) == set(jobs.QUEUES) == set(jobs.TIMEOUTS)


@pytest.mark.parametrize("job", sorted(jobs.QUEUES))
def test_a_job_about_what_does_not_exist_writes_nothing(runtime: Runtime, job: str) -> None:
    with suppress(InsurerError), runtime.transaction() as session:
        HANDLERS[job](session, runtime, PAYLOADS[job], now())
        assert not session.new
        assert not session.dirty


def test_all_operations_can_be_loaded_before_the_fork(capsys: pytest.CaptureFixture[str]) -> None:
    preload()
    assert "cannot be loaded" not in "".join(capsys.readouterr())
