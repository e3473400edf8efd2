"""Every form of a case: refused, it leaves nothing on the time line; none is without a test of its own."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from insurer.claims.tables import Claim
from insurer.platform.audit import AuditEntry
from tests.http.pages.conftest import Desk, hidden_fields

TRIED = {
    "cases.step": "test_beside_pages, test_working",
    "cases.finding": "test_working",
    "cases.decide": "test_working",
    "cases.substitute_approver": "test_beside_pages",
    "cases.send_request": "test_working",
    "cases.report": "test_exclusion_lists",
    "documents.keep_sheet": "test_papers",
    "documents.remove": "test_papers",
    "documents.take_papers": "test_papers",
    "documents.take_paper": "test_papers",
    "matters.upstream": "test_beside_pages",
    "matters.inquire": "test_beside_pages",
    "matters.finding": "test_beside_pages",
    "matters.accident": "test_beside_pages",
    "matters.claimant": "test_beside_pages",
    "matters.payee": "test_beside_pages",
    "matters.payee_decision": "test_beside_pages",
    "matters.advance": "test_beside_pages",
    "matters.advance_decision": "test_beside_pages",
    "matters.review": "test_beside_pages",
    "matters.close": "test_beside_pages",
    "payments.pay_again": "test_working",
    "registers.recovered": "test_reopened (the operation)",
}
"""Endpoint of each form of a case to the test that sends it well and reads the time line."""

ELSEWHERE = ("payments.release", "payments.take_one_out", "payments.results")
"""Forms of a batch: the cases move with it."""


def forms_of_a_case(app: Flask) -> list[tuple[str, str]]:
    """Return endpoint and address of every form whose address names a case or a batch."""
    return [
        (rule.endpoint, rule.rule)
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and "<number>" in rule.rule
        and rule.rule.startswith(("/cases/", "/payments/"))
    ]


def events(desk: Desk, number: str) -> int:
    with desk.runtime.transaction() as session:
        claim_id = session.scalars(select(Claim.id).where(Claim.case_no == number)).one()
        counted = select(func.count()).where(AuditEntry.claim_id == claim_id)
        return session.scalar(counted) or 0


def test_no_form_of_a_case_is_without_a_test(desk: Desk) -> None:
    known = {endpoint for endpoint, _ in forms_of_a_case(desk.app)}
    beside = {one for one in known if one.split(".")[0] in ("case_list", "intake", "presence")}
    assert known - beside - set(ELSEWHERE) <= set(TRIED), known - beside - set(ELSEWHERE) - set(TRIED)
    assert set(TRIED) <= known


@pytest.mark.parametrize("who", ["clerk", "reviewer", "supervisor", "finance"])
def test_an_empty_form_is_refused_and_leaves_nothing_on_the_time_line(
    desk: Desk, new_case: Callable[..., str], who: str
) -> None:
    number = new_case()
    page = f"/cases/{number}"
    before = events(desk, number)
    tried = 0
    for endpoint, rule in forms_of_a_case(desk.app):
        if endpoint not in TRIED or "<uuid" in rule:
            continue
        hidden = hidden_fields(desk.read(who, f"{page}/matters?do=close"))
        answer = desk.browser(who).post(rule.replace("<number>", number), hidden)
        if endpoint != "documents.keep_sheet":  # a sheet without a change is kept as it is
            assert answer.status_code in (403, 404, 409, 422), (endpoint, answer.status_code)
        tried += 1
    assert tried > 10
    assert events(desk, number) == before
