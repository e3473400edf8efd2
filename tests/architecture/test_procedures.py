"""What the procedures tell an administrator to do does what they say."""

import re
from datetime import UTC, datetime

from redis import Redis
from sqlalchemy import text

from insurer.platform.jobs import RENDER_NOTICE
from insurer.platform.outbox import MOST_ATTEMPTS, Work, note_work, take_lease
from insurer.platform.runtime import Runtime
from tests.architecture.sources import text_of
from workers.relay import relay_once

PAGE = "docs/procedures.md"


def test_the_statement_for_given_up_work_gives_it_another_try(
    runtime: Runtime, redis_connection: "Redis"
) -> None:
    statement = re.search(r"```sql\n(.+?)```", text_of(PAGE), re.DOTALL)
    assert statement is not None
    with runtime.transaction() as session:
        note_work(session, [Work(RENDER_NOTICE, {"notice_id": "x"}, "x")], now=datetime.now(UTC))
    with runtime.engine.begin() as connection:
        connection.execute(
            text("UPDATE outbox SET state = 'stuck', attempts = :most, offered_at = now(), next_at = now()"),
            {"most": MOST_ATTEMPTS},
        )
    assert relay_once(runtime, redis_connection) == 0
    with runtime.engine.begin() as connection:
        row_id = connection.execute(text("SELECT id FROM outbox")).scalar_one()
        connection.execute(text(statement[1]))
    assert relay_once(runtime, redis_connection) == 1
    with runtime.transaction() as session:
        lease = take_lease(session, row_id, owner="test")
    assert lease is not None
    assert lease.attempt == MOST_ATTEMPTS + 1
