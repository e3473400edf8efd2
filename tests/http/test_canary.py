"""What somebody types: a person's number stays out of every log, audit entry and queue."""

import pytest
from flask import Flask
from sqlalchemy import text

from insurer.platform.runtime import Runtime
from tests.http.browser import Browser
from tests.http.conftest import new_browser

CANARY = "320411199912319999"


def test_reaches_no_log_no_audit_entry_and_no_queue(
    app: Flask, clerk: Browser, http_runtime: Runtime, capfd: pytest.CaptureFixture[str]
) -> None:
    stranger = new_browser(app)
    stranger.sign_in(CANARY, "wrong " + CANARY)
    stranger.get(f"/sign-in?next=/{CANARY}")
    for browser in (stranger, clerk):
        browser.get(f"/cases?q={CANARY}&person={CANARY}")
        browser.get(f"/cases/{CANARY}")
        browser.get(f"/nowhere/{CANARY}")
        browser.post("/search", {"q": CANARY})
        browser.post("/people", {"q": CANARY, "certno": CANARY})
        browser.get(f"/api/v1/claims?state={CANARY}", headers={"X-Request-ID": CANARY + " x"})
        browser.client.post(
            "/api/v1/claims?scheme=nantong",
            json=[{"setlinfo": {"certno": CANARY, "psn_name": "甲某"}}],
            headers={"X-CSRFToken": browser.guard()},
        )
    shown = "".join(capfd.readouterr())
    assert "request" in shown  # the logs are on
    assert CANARY not in shown
    with http_runtime.engine.connect() as connection:
        for table in ("audit_entry", "outbox", "idempotency_key", "sign_in_attempt"):
            rows = connection.execute(text(f"SELECT t::text FROM {table} t")).scalars().all()
            assert CANARY not in "".join(rows), table
