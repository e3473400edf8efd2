"""The JSON interface: the documents of the command line over HTTP, with tokens and idempotency keys."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from insurer.accounts.operations import deactivate, issue_token
from insurer.accounts.queries import staff_by_login, token_hash
from insurer.exclusions.check import check_lines
from insurer.platform import clock
from insurer.platform.runtime import Runtime
from insurer.schemes.calculate import calculate
from insurer.web.access import access_of
from tests.http.browser import Browser
from tests.http.conftest import ADMIN, new_staff

SETTLEMENT = {
    "setl_id": "b1", "med_type": "21", "setl_time": "2026-06-15",
    "medfee_sumamt": "1000.00", "inscp_scp_amt": "900.00", "preselfpay_amt": "0.00",
    "overlmt_selfpay": "0.00", "fulamt_ownpay_amt": "100.00", "hifp_pay": "500.00", "hifmi_pay": "0.00",
}  # fmt: skip
CASE: dict[str, Any] = {
    "case_id": "A", "kind": "claim", "scheme": "changzhou-xinbei",
    "person": {"insutype": "390", "roster": {"2026": {"on_previous_december": True}}},
    "settlements": [SETTLEMENT],
}  # fmt: skip


def token_for(runtime: Runtime, login: str, *scopes: str, days: int = 30) -> str:
    with runtime.transaction() as session:
        owner = staff_by_login(session, login)
        return issue_token(
            session,
            actor=ADMIN,
            owner_id=owner.id,
            client="测试系统",
            scopes=scopes,
            days=days,
            now=clock.now(),
        )


def bearing(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **more}


@pytest.fixture(scope="module")
def clerk_token(http_runtime: Runtime) -> str:
    return token_for(http_runtime, "http-clerk", "calculate", "claims.view", "claims.register")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def without_defaults(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def test_calculates_one_case_like_the_command(client: FlaskClient, clerk_token: str) -> None:
    answer = client.post("/api/v1/calculations", json=CASE, headers=bearing(clerk_token))
    assert answer.status_code == 200
    assert answer.json == without_defaults(calculate(CASE, check_lines))
    assert answer.json["case_id"] == "A"
    assert answer.json["settlements"][0]["status"] == "payable"


def test_calculates_a_list_in_its_order_and_names_what_it_cannot_read(
    client: FlaskClient, clerk_token: str
) -> None:
    unreadable = {**CASE, "case_id": "B", "scheme": "nowhere"}
    cases = [CASE, unreadable, {**CASE, "case_id": "C"}]
    answer = client.post("/api/v1/calculations", json=cases, headers=bearing(clerk_token))
    assert answer.status_code == 200
    assert [result["case_id"] for result in answer.json] == ["A", "B", "C"]
    assert answer.json[1]["error"]["field"] == "scheme"


def test_answers_a_single_unreadable_case_with_its_error(client: FlaskClient, clerk_token: str) -> None:
    wrong = {**CASE, "settlements": [{**SETTLEMENT, "medfee_sumamt": "many"}]}
    answer = client.post("/api/v1/calculations", json=wrong, headers=bearing(clerk_token))
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.json["case_id"] == "A"
    assert "medfee_sumamt" in answer.json["error"]["field"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"NaN", b'{"a":1}x'])
def test_refuses_what_is_no_json(client: FlaskClient, clerk_token: str, content: bytes) -> None:
    answer = client.post("/api/v1/calculations", data=content, headers=bearing(clerk_token))
    assert answer.status_code == 422
    assert answer.json["status"] == 422


@pytest.mark.parametrize("content", [b"1", b'"text"', b"null", b"[1, null, {}]", b"[[]]", b"{}"])
def test_answers_json_that_is_no_case_without_a_fault(
    client: FlaskClient, clerk_token: str, content: bytes
) -> None:
    answer = client.post("/api/v1/calculations", data=content, headers=bearing(clerk_token))
    assert answer.status_code in (200, 422)


def test_refuses_too_many_cases_at_once(client: FlaskClient, clerk_token: str) -> None:
    answer = client.post("/api/v1/calculations", json=[{}] * 1_001, headers=bearing(clerk_token))
    assert answer.status_code == 413


def test_asks_for_a_token(client: FlaskClient) -> None:
    answer = client.post("/api/v1/calculations", json=CASE)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Basic abc", "bearer\tx"])
def test_refuses_a_token_that_is_not_known(client: FlaskClient, header: str) -> None:
    answer = client.get("/api/v1/claims", headers={"Authorization": header})
    assert answer.status_code == 401


def test_keeps_a_token_to_its_scopes(client: FlaskClient, http_runtime: Runtime) -> None:
    token = token_for(http_runtime, "http-clerk", "calculate")
    assert client.get("/api/v1/claims", headers=bearing(token)).status_code == 403
    assert client.post("/api/v1/calculations", json=CASE, headers=bearing(token)).status_code == 200


def test_ends_a_token_on_its_day_and_with_its_owner(client: FlaskClient, http_runtime: Runtime) -> None:
    login = f"owner-{uuid.uuid4().hex[:8]}"
    staff_id = new_staff(http_runtime, login, "clerk")
    with time_machine.travel(datetime(2026, 11, 18, tzinfo=UTC), tick=False) as traveller:
        short, long = (token_for(http_runtime, login, "claims.view", days=days) for days in (1, 9))
        assert client.get("/api/v1/claims", headers=bearing(short)).status_code == 200
        traveller.shift(timedelta(days=1, seconds=1))
        assert client.get("/api/v1/claims", headers=bearing(short)).status_code == 401
        assert client.get("/api/v1/claims", headers=bearing(long)).status_code == 200
        with http_runtime.transaction() as session:
            deactivate(session, actor=ADMIN, staff_id=staff_id, now=clock.now())
        assert client.get("/api/v1/claims", headers=bearing(long)).status_code == 401


def test_takes_a_session_with_the_guard_in_a_header(clerk: Browser) -> None:
    guard = clerk.guard()
    assert clerk.client.post("/api/v1/calculations", json=CASE).status_code == 400
    answer = clerk.client.post("/api/v1/calculations", json=CASE, headers={"X-CSRFToken": guard})
    assert answer.status_code == 200


def test_does_not_let_a_wrong_token_fall_back_on_the_session(clerk: Browser) -> None:
    answer = clerk.client.get("/api/v1/claims", headers=bearing("wrong"))
    assert answer.status_code == 401


def record(setl_id: str, number: int = 1) -> dict[str, Any]:
    """Return an invented settlement record of an invented person."""
    digits = f"32041119900101{number:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]
    header = {**SETTLEMENT, "setl_id": setl_id, "certno": digits + check, "psn_name": "甲某"}
    return {"setlinfo": {**header, "insutype": "390", "insuplc_admdvs": "320411"}}


def register(
    client: FlaskClient, token: str, records: Any, key: str = "", scheme: str = "changzhou-xinbei"
) -> Any:
    headers = bearing(token, **{"Idempotency-Key": key or uuid.uuid4().hex})
    return client.post(f"/api/v1/claims?scheme={scheme}", json=records, headers=headers)


def test_makes_cases_of_records_once(client: FlaskClient, clerk_token: str, http_runtime: Runtime) -> None:
    setl_id = f"S{uuid.uuid4().hex[:10]}"
    answer = register(client, clerk_token, [record(setl_id)])
    assert answer.status_code == 201, answer.get_data(as_text=True)
    (new,) = answer.json["new"]
    assert new["case_no"].startswith("XB")
    again = register(client, clerk_token, [record(setl_id)])
    assert again.json["new"] == []
    assert again.json["unchanged"] == [new["id"]]
    shown = client.get(f"/api/v1/claims/{new['id']}", headers=bearing(clerk_token))
    assert shown.status_code == 200
    assert shown.json["case_no"] == new["case_no"]
    assert shown.json["total"] == "1000.00"
    assert shown.json["settlements"][0]["setl_id"] == setl_id
    assert shown.json["received_at"].endswith("+08:00")
    assert "甲某" not in shown.get_data(as_text=True)
    with http_runtime.engine.connect() as connection:
        payloads = connection.execute(text("SELECT payload FROM outbox WHERE job = 'claims.calculate'"))
        assert [new["id"]] in [payload["claim_ids"] for payload in payloads.scalars()]


def test_writes_nothing_when_a_record_is_wrong(client: FlaskClient, clerk_token: str) -> None:
    good, wrong = record(f"S{uuid.uuid4().hex[:10]}", 2), record(f"S{uuid.uuid4().hex[:10]}", 3)
    del wrong["setlinfo"]["hifp_pay"]
    answer = register(client, clerk_token, [good, wrong])
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["hifp_pay"]
    assert len(register(client, clerk_token, [good]).json["new"]) == 1


def test_needs_to_know_the_scheme(client: FlaskClient, clerk_token: str) -> None:
    answer = register(client, clerk_token, [record("S")], scheme="nowhere")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "scheme")


def test_repeats_the_answer_of_a_known_key(client: FlaskClient, clerk_token: str) -> None:
    key, records = uuid.uuid4().hex, [record(f"S{uuid.uuid4().hex[:10]}", 4)]
    first, second = (register(client, clerk_token, records, key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_data() == second.get_data()
    assert len(first.json["new"]) == 1
    assert second.headers["Idempotent-Replayed"] == "true"


def test_refuses_a_known_key_with_other_content(client: FlaskClient, clerk_token: str) -> None:
    key = uuid.uuid4().hex
    headers = bearing(clerk_token, **{"Idempotency-Key": key})
    assert client.post("/api/v1/calculations", json=CASE, headers=headers).status_code == 200
    other = {**CASE, "case_id": "other"}
    answer = client.post("/api/v1/calculations", json=other, headers=headers)
    assert answer.status_code == 422
    assert client.post("/api/v1/calculations", json=CASE, headers=headers).json["case_id"] == "A"


def test_does_nothing_without_a_key(client: FlaskClient, clerk_token: str) -> None:
    sent = [record(f"S{uuid.uuid4().hex[:10]}", 6)]
    address = "/api/v1/claims?scheme=changzhou-xinbei"
    answer = client.post(address, json=sent, headers=bearing(clerk_token))
    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_missing")
    assert answer.content_type == "application/problem+json"
    assert len(register(client, clerk_token, sent).json["new"]) == 1


def test_keeps_the_keys_of_clients_apart(
    client: FlaskClient, clerk_token: str, http_runtime: Runtime
) -> None:
    other_token = token_for(http_runtime, "http-clerk", "calculate")
    key = uuid.uuid4().hex
    for token, case_id in ((clerk_token, "one"), (other_token, "two")):
        headers = bearing(token, **{"Idempotency-Key": key})
        answer = client.post("/api/v1/calculations", json={**CASE, "case_id": case_id}, headers=headers)
        assert answer.json["case_id"] == case_id


def test_has_one_effect_for_the_same_key_at_once(app: Flask, clerk_token: str) -> None:
    key, records = uuid.uuid4().hex, [record(f"S{uuid.uuid4().hex[:10]}", 5)]

    def send(_number: int) -> tuple[int, bytes]:
        answer = register(app.test_client(use_cookies=False), clerk_token, records, key)
        return answer.status_code, answer.get_data()

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(send, range(6)))
    assert len(answers) == 1
    assert answers.pop()[0] == 201


def test_says_when_the_same_key_is_still_at_work(
    client: FlaskClient, clerk_token: str, http_runtime: Runtime
) -> None:
    key = uuid.uuid4().hex
    headers = bearing(clerk_token, **{"Idempotency-Key": key})
    with http_runtime.engine.connect() as connection:
        scope = connection.execute(
            text("SELECT 'api:' || id || ':/api/v1/calculations' FROM api_token WHERE token_hash = :hash"),
            {"hash": token_hash(clerk_token)},
        ).scalar_one()
        connection.execute(
            text(
                "INSERT INTO idempotency_key (scope, key, request_hash, created_at)"
                " VALUES (:s, :k, '', now())"
            ),
            {"s": scope, "k": key},
        )
        answer = client.post("/api/v1/calculations", json=CASE, headers=headers)
        connection.rollback()
    assert answer.status_code == 409
    assert client.post("/api/v1/calculations", json=CASE, headers=headers).status_code == 200


@pytest.mark.parametrize("key", ["", "a b", "键", "x" * 256])
def test_refuses_a_key_that_is_none(client: FlaskClient, clerk_token: str, key: str) -> None:
    headers = [("Authorization", f"Bearer {clerk_token}"), ("Idempotency-Key", key.encode().decode("latin1"))]
    assert client.post("/api/v1/calculations", json=CASE, headers=headers).status_code == 422


def test_lists_every_case_once_however_small_the_pages(client: FlaskClient, clerk_token: str) -> None:
    records = [record(f"P{uuid.uuid4().hex[:10]}", number) for number in range(10, 17)]
    made = {new["id"] for new in register(client, clerk_token, records).json["new"]}
    assert len(made) == 7
    seen: list[str] = []
    address: str | None = "/api/v1/claims?scheme=changzhou-xinbei&limit=3"
    while address is not None:
        answer = client.get(address, headers=bearing(clerk_token))
        seen += [item["id"] for item in answer.json["items"]]
        link = answer.headers.get("Link")
        assert (link is None) == (answer.json["next"] is None)
        address = link.split("<")[1].split(">")[0] if link else None
    assert len(seen) == len(set(seen))
    assert made <= set(seen)
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "state=nowhere", "cursor=%%", "cursor=abc", "colour=red"]
)
def test_refuses_a_query_that_it_does_not_know(client: FlaskClient, clerk_token: str, query: str) -> None:
    answer = client.get(f"/api/v1/claims?{query}", headers=bearing(clerk_token))
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == query.split("=")[0]
    assert "Not a valid" not in answer.get_data(as_text=True)


def test_does_not_know_a_case_that_is_not_there(client: FlaskClient, clerk_token: str) -> None:
    assert client.get(f"/api/v1/claims/{uuid.uuid4()}", headers=bearing(clerk_token)).status_code == 404
    assert client.get("/api/v1/claims/1", headers=bearing(clerk_token)).status_code == 404


def test_describes_every_route_it_has(client: FlaskClient, app: Flask) -> None:
    described = client.get("/api/v1/openapi.json").json
    assert described["openapi"].startswith("3.")
    known = {(path, method.upper()) for path, methods in described["paths"].items() for method in methods}
    real = set()
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if access is not None and rule.rule.startswith("/api/v1/") and "openapi" not in rule.rule:
            path = rule.rule.replace("<uuid:", "{").replace(">", "}")
            real |= {(path, method) for method in set(rule.methods or ()) - {"HEAD", "OPTIONS"}}
    assert known == real


def test_describes_with_references_that_resolve(client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").json

    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if "$ref" in value else []
            return own + [found for part in value.values() for found in references(part)]
        return [found for part in value for found in references(part)] if isinstance(value, list) else []

    for reference in references(described):
        place = described
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
