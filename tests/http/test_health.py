"""Health: whether the process lives, whether it can work, what it counts."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from insurer.platform import jobs
from insurer.platform.db import make_engine
from insurer.platform.outbox import Work, note_work
from insurer.platform.runtime import Runtime
from insurer.platform.storage import LocalStorage
from insurer.web.app import create_app
from tests.http.browser import PASSWORD
from tests.http.conftest import new_browser

NOBODY = "127.0.0.1:9"


def test_a_healthy_process_is_ready(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "database": "ok", "queue": "ok", "storage": "ok"}


@pytest.mark.parametrize("down", ["database", "queue", "storage"])
def test_a_part_that_is_down_is_named(http_runtime: Runtime, tmp_path: Path, down: str) -> None:
    broken = http_runtime
    if down == "database":
        broken = replace(broken, engine=make_engine(f"postgresql+psycopg://nobody@{NOBODY}/none"))
    elif down == "queue":
        broken = replace(broken, redis_url=f"redis://{NOBODY}/0")
    else:
        (tmp_path / "files").write_text("a file where the folder should be")
        broken = replace(broken, storage=LocalStorage(tmp_path / "files", broken.keyring))
    client = create_app(broken).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert {part for part, state in answer.json.items() if state == "down"} == {down}
    assert NOBODY not in answer.get_data(as_text=True)
    assert client.get("/metrics").status_code == 200
    broken.engine.dispose() if down == "database" else None


def test_without_the_database_pages_say_so(http_runtime: Runtime) -> None:
    engine = make_engine(f"postgresql+psycopg://nobody@{NOBODY}/none")
    app = create_app(replace(http_runtime, engine=engine))
    browser = new_browser(app)
    browser.client.set_cookie("insurer_session", "some-token")
    for path in ("/", "/cases", "/sign-in"):
        answer = browser.get(path)
        assert answer.status_code in (503, 404)
    assert browser.get("/").status_code == 503
    answer = browser.sign_in("http-clerk")
    assert answer.status_code == 503
    assert "没有写入" in answer.get_data(as_text=True)
    program = browser.get("/api/v1/claims", headers={"Authorization": "Bearer x"})
    assert (program.status_code, program.content_type) == (503, "application/problem+json")
    assert "insurer_database_up 0.0" in browser.get("/metrics").get_data(as_text=True)


def test_without_the_queue_signing_in_works_and_is_still_limited(http_runtime: Runtime) -> None:
    app = create_app(replace(http_runtime, redis_url=f"redis://{NOBODY}/0"))
    assert new_browser(app).sign_in("http-clerk").status_code == 303
    browser = new_browser(app)
    statuses = [browser.sign_in("http-clerk", "").status_code for _ in range(61)]
    assert statuses[0] == 422
    assert statuses[-1] == 429


def test_metrics_count_work_and_requests_without_personal_data(app: Flask, http_runtime: Runtime) -> None:
    from insurer.platform import clock

    with http_runtime.transaction() as session:
        work = Work(jobs.RENDER_NOTICE, {"notice_id": "00000000-0000-7000-8000-000000000001"}, "metrics-test")
        note_work(session, [work], now=clock.now())
    browser = new_browser(app)
    browser.sign_in("http-clerk", PASSWORD)
    shown = browser.get("/metrics").get_data(as_text=True)
    assert 'insurer_outbox{job="notices.render",state="due"} 1.0' in shown
    assert "insurer_outbox_oldest_seconds" in shown
    assert 'insurer_request_seconds_count{endpoint="sign_in.try_sign_in",method="POST",status="303"}' in shown
    assert "insurer_database_up 1.0" in shown
    assert "http-clerk" not in shown
