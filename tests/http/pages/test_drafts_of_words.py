"""What is written about a case is kept for its writer until it is sent, and for nobody else."""

import re
from collections.abc import Callable

from sqlalchemy import select

from insurer.claims.tables import Claim, WordDraft
from tests.http.pages.conftest import Desk
from tests.http.pages.test_every_step import entries

WORDS = "手术记录第三页写明必须使用"


def left(desk: Desk, number: str) -> int:
    with desk.runtime.transaction() as session:
        wanted = select(WordDraft).join(Claim, Claim.id == WordDraft.claim_id).where(Claim.case_no == number)
        found = session.scalars(wanted).all()
        assert all(WORDS.encode() not in one.content_cipher for one in found)
        return len(found)


def test_an_opinion_is_kept_while_it_is_written_and_gone_when_it_is_sent(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    page, keep = f"/cases/{number}/decision", f"/cases/{number}/words/decision"
    before = entries(desk, number)
    said = desk.send("first", page, keep, {"opinion": WORDS})
    assert (said.status_code, bool(re.fullmatch(r"\d\d:\d\d 已存草稿", said.text))) == (200, True)
    assert entries(desk, number) == before
    text = desk.read("first", page)
    assert f">{WORDS}</textarea>" in text and "已存草稿" in text
    assert "checked" not in text.split('class="choices"')[1].split("</div>")[0]
    for other in ("clerk", "reviewer", "auditor"):
        assert WORDS not in desk.read(other, page)
    sent = desk.send("first", page, page, {"decision": "propose", "opinion": WORDS})
    assert sent.status_code == 303
    assert left(desk, number) == 0


def test_a_refused_form_keeps_the_draft(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    page = f"/cases/{number}/decision"
    desk.send("first", page, f"/cases/{number}/words/decision", {"opinion": WORDS})
    assert desk.send("first", page, page, {"opinion": WORDS}).status_code == 422
    assert left(desk, number) == 1


def test_without_scripts_a_button_keeps_the_reason_of_a_judgement_and_another_drops_it(
    desk: Desk, case_to_check: str
) -> None:
    page = f"/cases/{case_to_check}/calculation?line=2&finding=covered"
    keep = f"/cases/{case_to_check}/words/finding-2"
    assert f'formaction="{keep}"' in desk.read("clerk", page)
    kept = desk.send("clerk", page, keep, {"reason": WORDS, "then": "draft"})
    assert kept.status_code == 303 and kept.headers["Location"].endswith("line=2&done=draft")
    text = desk.read("clerk", page)
    assert f">{WORDS}</textarea>" in text
    assert WORDS not in desk.read("clerk", f"/cases/{case_to_check}/calculation?line=1")
    assert desk.send("clerk", page, keep, {"reason": WORDS, "then": "forget"}).status_code == 303
    assert left(desk, case_to_check) == 0


def test_a_judgement_that_is_recorded_ends_its_draft(desk: Desk, case_to_check: str) -> None:
    page = f"/cases/{case_to_check}/calculation?line=2&finding=covered"
    desk.send("clerk", page, f"/cases/{case_to_check}/words/finding-2", {"reason": WORDS})
    line = re.search(r'name="line_id" value="([^"]+)"', desk.read("clerk", page))
    assert line is not None
    data = {"line_id": line[1], "line": "2", "finding": "covered", "reason": WORDS}
    assert desk.send("clerk", page, f"/cases/{case_to_check}/findings", data).status_code == 303
    assert left(desk, case_to_check) == 0


def test_an_empty_draft_is_none_and_a_strange_form_is_not_there(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    page = f"/cases/{number}/decision"
    desk.send("first", page, f"/cases/{number}/words/decision", {"opinion": WORDS})
    assert desk.send("first", page, f"/cases/{number}/words/decision", {"opinion": " "}).text == "还没有存"
    assert left(desk, number) == 0
    assert desk.send("first", page, f"/cases/{number}/words/other", {"opinion": WORDS}).status_code == 404
    assert desk.browser("bureau").post(f"/cases/{number}/words/decision").status_code == 403
