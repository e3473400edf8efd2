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


def test_a_form_of_the_matters_is_kept_field_by_field_and_gone_when_it_is_sent(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    page, keep = f"/cases/{number}/matters?do=review", f"/cases/{number}/words/matter-review"
    empty = desk.read("clerk", page)
    assert f'data-keep="{keep}"' in empty and "还没有存草稿" in empty
    names = re.findall(r'<textarea[^>]*name="(\w+)"', empty.split('id="form"')[1])
    assert names
    said = desk.send("clerk", page, keep, {names[0]: WORDS, "unheard": "x"})
    assert (said.status_code, bool(re.fullmatch(r"\d\d:\d\d 已存草稿", said.text))) == (200, True)
    again = desk.read("clerk", page)
    assert f">{WORDS}</textarea>" in again and "已存草稿" in again
    assert WORDS not in desk.read("clerk", f"/cases/{number}/matters?do=accident")
    for other in ("first", "supervisor"):
        assert WORDS not in desk.read(other, page)
    assert left(desk, number) == 1
    dropped = desk.send("clerk", page, keep, {"then": "forget"})
    assert dropped.status_code == 303 and "do=review" in dropped.headers["Location"]
    assert left(desk, number) == 0


def test_a_finding_that_is_sent_takes_its_draft_away(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    page, keep = f"/cases/{number}/matters?do=finding", f"/cases/{number}/words/matter-finding"
    shown = desk.read("first", page).split('id="form"')[1]
    fields = dict.fromkeys(re.findall(r'<(?:textarea|input)[^>]*name="(\w+)"[^>]*>', shown), "")
    typed = {name: WORDS for name in fields if name not in ("csrf_token", "form_key", "version", "opened")}
    assert desk.send("first", page, keep, {**typed, "then": "draft"}).status_code == 303
    assert left(desk, number) == 1
    send = f"/cases/{number}/matters/findings"
    assert desk.send("first", page, send, {"message": ""}).status_code == 422
    assert left(desk, number) == 1
    done = desk.send("first", page, send, {"payer": "critical_illness", "message": WORDS})
    assert done.status_code == 303, done.text[:300]
    assert left(desk, number) == 0
