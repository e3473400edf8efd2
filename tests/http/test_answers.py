"""Answers: one table from what went wrong to status and words, headers on all of them."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, g, redirect, request
from sqlalchemy import text

from insurer.kernel.errors import (
    Conflict,
    InsurerError,
    Invalid,
    NotAllowed,
    NotFound,
    Problem,
    TooLarge,
    Unavailable,
)
from insurer.platform.runtime import Runtime
from insurer.platform.schedule import take_slot
from insurer.web.access import api, page
from insurer.web.app import create_app
from insurer.web.forms import once_per_form
from insurer.web.headers import policy_text
from tests.http.browser import Browser
from tests.http.conftest import new_browser

KINDS: dict[str, tuple[type[InsurerError], int]] = {
    "not-found": (NotFound, 404),
    "not-allowed": (NotAllowed, 403),
    "conflict": (Conflict, 409),
    "invalid": (Invalid, 422),
    "too-large": (TooLarge, 413),
    "unavailable": (Unavailable, 503),
}
SECRET = "320411199001011234"


def probes() -> Blueprint:
    """Return routes that go wrong in every way."""
    blueprint = Blueprint("probes", __name__)

    def refuse(kind: str) -> Response:
        write(f"refused-{kind}")
        raise KINDS[kind][0]("这一件不能办", (Problem("setl_id", "没有这一号", "第 3 行"),))

    @page(blueprint, "/probe/refuse/<kind>", permission="signed_in")
    def refuse_page(kind: str) -> Response:
        return refuse(kind)

    @api(blueprint, "/api/probe/refuse/<kind>", permission="signed_in")
    def refuse_program(kind: str) -> Response:
        return refuse(kind)

    @page(blueprint, "/probe/broken", permission="signed_in")
    def broken() -> str:
        write("broken")
        raise ValueError(f"the number was {SECRET}")

    @api(blueprint, "/api/probe/broken", permission="signed_in")
    def broken_api() -> str:
        raise ValueError(f"the number was {SECRET}")

    @page(blueprint, "/probe/status/<int:status>", permission="signed_in")
    def status(status: int) -> Any:
        write(f"status-{status}")
        return ("", status) if status != 303 else redirect("/", 303)

    @page(blueprint, "/probe/bad-commit", permission="signed_in")
    def bad_commit() -> str:
        g.session.execute(
            text("CREATE TEMP TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP")
        )
        g.session.execute(text("INSERT INTO late VALUES (1), (1)"))
        return "never seen"

    @page(blueprint, "/probe/too-large-number", permission="signed_in")
    def too_large_number() -> str:
        g.session.execute(text("SELECT CAST(:number AS integer)"), {"number": str(10**12)})
        return ""

    @page(blueprint, "/probe/pdf", permission="signed_in")
    def pdf() -> Response:
        return Response(b"%PDF-1.7", content_type="application/pdf")

    @page(blueprint, "/probe/frame", permission="signed_in", shows_pdf=True)
    def frame() -> str:
        return "<iframe src='/probe/pdf'></iframe>"

    @page(blueprint, "/probe/once", permission="signed_in", methods=["POST"])
    def once() -> Any:
        def act() -> str:
            if request.form.get("wrong"):
                raise Invalid("少填了一项")
            g.session.execute(text("SELECT pg_sleep(0.05)"))
            return f"/cases/{write('once-' + request.form['name'])}"

        return once_per_form(act)

    return blueprint


def write(name: str) -> str:
    """Write a row that shows whether the request was committed."""
    number = uuid.uuid4().hex
    take_slot(g.session, name, datetime.now(UTC), now=g.now)
    return number


@pytest.fixture(scope="module")
def probe_app(http_runtime: Runtime) -> Flask:
    app = create_app(http_runtime)
    app.register_blueprint(probes())
    return app


@pytest.fixture(scope="module")
def desk(probe_app: Flask) -> Browser:
    browser = new_browser(probe_app)
    assert browser.sign_in("http-clerk").status_code == 303
    return browser


@pytest.fixture
def written(http_runtime: Runtime) -> Iterator[Callable[[str], int]]:
    def count(name: str) -> int:
        with http_runtime.engine.connect() as connection:
            found = connection.execute(
                text("SELECT count(*) FROM schedule_slot WHERE name = :n"), {"n": name}
            )
            return int(found.scalar_one())

    yield count
    with http_runtime.engine.begin() as connection:
        connection.execute(text("DELETE FROM schedule_slot"))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_refusal_is_a_page_with_its_own_words(
    desk: Browser, kind: str, written: Callable[[str], int]
) -> None:
    answer = desk.get(f"/probe/refuse/{kind}")
    assert answer.status_code == KINDS[kind][1]
    shown = answer.get_data(as_text=True)
    assert "这一件不能办" in shown
    assert "第 3 行：没有这一号" in shown
    assert written(f"refused-{kind}") == 0


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_refusal_is_problem_details_for_a_program(desk: Browser, kind: str) -> None:
    answer = desk.get(f"/api/probe/refuse/{kind}")
    assert answer.status_code == KINDS[kind][1]
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == answer.status_code
    assert answer.json["detail"] == "这一件不能办"
    assert answer.json["errors"] == [
        {"field": "setl_id", "where": "第 3 行", "code": "invalid", "message": "没有这一号"}
    ]


def test_a_fault_of_ours_shows_a_number_and_no_detail(
    desk: Browser, written: Callable[[str], int], capsys: pytest.CaptureFixture[str]
) -> None:
    answer = desk.get("/probe/broken")
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "E-" in shown
    assert SECRET not in shown
    assert "ValueError" not in shown
    assert written("broken") == 0
    number = "E-" + shown.split("E-", 1)[1][:8]
    logged = "".join(capsys.readouterr())
    assert number in logged
    assert "test_answers.py" in logged
    assert SECRET not in logged


def test_a_fault_of_ours_is_problem_details_for_a_program(desk: Browser) -> None:
    answer = desk.get("/api/probe/broken")
    assert answer.status_code == 500
    assert answer.json["instance"].startswith("E-")
    assert SECRET not in answer.get_data(as_text=True)


@pytest.mark.parametrize(("status", "rows"), [(200, 1), (303, 1), (404, 0), (422, 0), (500, 0)])
def test_only_a_good_answer_is_committed(
    desk: Browser, written: Callable[[str], int], status: int, rows: int
) -> None:
    assert desk.get(f"/probe/status/{status}").status_code == status
    assert written(f"status-{status}") == rows


def test_a_commit_that_cannot_be_done_is_no_good_answer(desk: Browser) -> None:
    answer = desk.get("/probe/bad-commit")
    assert answer.status_code == 500
    assert "never seen" not in answer.get_data(as_text=True)


def test_an_unknown_page_and_a_wrong_method_have_words(desk: Browser) -> None:
    assert desk.get("/nowhere").status_code == 404
    assert "没有找到这一页" in desk.get("/nowhere").get_data(as_text=True)
    assert desk.get("/sign-out").status_code == 405
    answer = desk.get("/api/v1/nowhere")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_too_much_content_is_refused(desk: Browser, probe_app: Flask) -> None:
    probe_app.config["MAX_CONTENT_LENGTH"], before = 1_000, probe_app.config["MAX_CONTENT_LENGTH"]
    try:
        answer = desk.post("/probe/once", {"name": "x" * 2_000})
    finally:
        probe_app.config["MAX_CONTENT_LENGTH"] = before
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in", "/", "/nowhere", "/sign-out", "/probe/broken", "/probe/refuse/invalid", "/probe/frame",
        "/probe/pdf", "/healthz", "/metrics", "/api/v1/openapi.json", "/api/v1/nowhere",
    ],
)  # fmt: skip
def test_every_answer_has_the_security_headers(desk: Browser, path: str) -> None:
    headers = desk.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe-" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Server" not in headers
    assert headers["X-Request-ID"]


def test_only_our_own_pages_may_frame_our_pdf(desk: Browser) -> None:
    assert "frame-ancestors 'self'" in desk.get("/probe/pdf").headers["Content-Security-Policy"]
    assert "frame-src 'self'" in desk.get("/probe/frame").headers["Content-Security-Policy"]
    other = desk.get("/sign-in").headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in other
    assert "frame-src" not in other
    assert "object-src 'none'" in other
    assert other == policy_text()


def test_the_number_of_a_request_is_taken_over_when_it_is_harmless(desk: Browser) -> None:
    assert desk.get("/healthz", headers={"X-Request-ID": "abcdef12"}).headers["X-Request-ID"] == "abcdef12"
    strange = desk.get("/healthz", headers={"X-Request-ID": "a b<script>"}).headers["X-Request-ID"]
    assert len(strange) == 32


def test_a_form_sent_twice_has_one_effect(desk: Browser, written: Callable[[str], int]) -> None:
    form = {"form_key": uuid.uuid4().hex, "name": "twice"}
    first, second = desk.post("/probe/once", form), desk.post("/probe/once", form)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert written("once-twice") == 1


def test_a_form_sent_many_times_at_once_has_one_effect(
    probe_app: Flask, desk: Browser, written: Callable[[str], int]
) -> None:
    form = {"form_key": uuid.uuid4().hex, "name": "parallel", "csrf_token": desk.guard()}
    cookies = "; ".join(
        f"{name}={found.value}"
        for name in ("insurer_session", "insurer_form")
        if (found := desk.client.get_cookie(name))
    )

    def press(_number: int) -> tuple[int, str]:
        client = probe_app.test_client(use_cookies=False)
        answer = client.post("/probe/once", data=form, headers={"Cookie": cookies})
        return answer.status_code, answer.headers.get("Location", "")

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(press, range(6)))
    assert len(answers) == 1
    assert answers.pop()[0] == 303
    assert written("once-parallel") == 1


def test_a_form_that_was_refused_may_be_corrected_and_sent_again(
    desk: Browser, written: Callable[[str], int]
) -> None:
    form = {"form_key": uuid.uuid4().hex, "name": "corrected"}
    assert desk.post("/probe/once", {**form, "wrong": "1"}).status_code == 422
    assert desk.post("/probe/once", form).status_code == 303
    assert written("once-corrected") == 1


def test_a_form_that_had_its_effect_cannot_be_sent_with_other_content(
    desk: Browser, written: Callable[[str], int]
) -> None:
    form = {"form_key": uuid.uuid4().hex, "name": "first"}
    assert desk.post("/probe/once", form).status_code == 303
    answer = desk.post("/probe/once", {**form, "name": "second"})
    assert answer.status_code == 409
    assert "已经交过一次" in answer.get_data(as_text=True)
    assert written("once-second") == 0


def test_a_form_without_its_key_is_refused(desk: Browser) -> None:
    assert desk.post("/probe/once", {"name": "keyless"}).status_code == 422


def test_a_stale_guard_has_words(desk: Browser) -> None:
    answer = desk.client.post("/probe/once", data={"csrf_token": "made-up", "name": "x"})
    assert answer.status_code == 400
    assert "请刷新这一页" in answer.get_data(as_text=True)


def test_a_nul_character_is_no_fault_of_ours(desk: Browser) -> None:
    assert new_browser(desk.client.application).sign_in("http\x00clerk").status_code == 400
    assert desk.get("/sign-in?next=%00").status_code == 400
    assert desk.get("/probe/refuse/%00").status_code == 400


def test_a_value_that_the_database_cannot_hold_is_no_fault_of_ours(desk: Browser) -> None:
    assert desk.get("/probe/too-large-number").status_code == 422
