"""待办 beside the cases: changes of the lists to approve, answers reported as wrong, one's own drafts."""

import re
import uuid

from insurer.exclusions.operations import propose_change
from insurer.kernel.dates import business_day
from insurer.platform import clock
from tests.factories.sheets import sheet
from tests.http.pages.conftest import Desk

MOST_STATEMENTS = 15


def propose(desk: Desk, who: str) -> str:
    """Propose a word that no list knows; returns the number of the proposal."""
    with desk.runtime.transaction() as session:
        return propose_change(
            session,
            actor=desk.actors[who],
            list_id="special",
            kind="add",
            term=f"陪护{uuid.uuid4().hex[:8]}床",
            answer="excluded",
            meaning="陪护用的床",
            basis="区人社局函",
            starts_on=business_day(clock.now()),
            ends_on=None,
            report_id=None,
            now=clock.now(),
        )


def counted(text: str, label: str) -> tuple[str, int]:
    """Return where a row of the side leads, and its count."""
    found = re.search(rf"<dt>{label}</dt><dd>.*?<a[^>]*href=\"([^\"]+)\"[^>]*>(\d+) 条", text, re.DOTALL)
    assert found is not None, label
    return found[1], int(found[2])


def test_changes_wait_for_who_may_approve_them_and_did_not_propose_them(desk: Desk) -> None:
    theirs, own = propose(desk, "officer"), propose(desk, "supervisor")
    href, count = counted(desk.read("supervisor", "/"), "等我批准的修改")
    listed = desk.read("supervisor", href)
    assert f"共 {count} 条" in listed
    assert theirs in listed and own not in listed
    both = desk.read("supervisor", "/exclusions/changes")
    assert theirs in both and own in both
    assert "等我批准" not in desk.read("clerk", "/")
    assert "等我批准" not in desk.read("clerk", "/exclusions/changes")


def test_the_count_of_reported_answers_is_that_of_their_list(desk: Desk, case_to_check: str) -> None:
    page = f"/cases/{case_to_check}/calculation"
    line = re.search(r'name="line_id" value="([^"]+)"', desk.read("clerk", page))
    assert line is not None
    sent = desk.send("clerk", page, f"/cases/{case_to_check}/report", {"line_id": line[1], "remark": "可赔"})
    assert sent.status_code == 303
    href, count = counted(desk.read("supervisor", "/"), "报上来的答案")
    assert f"共 {count} 条" in desk.read("supervisor", href)
    assert "报上来的答案" not in desk.read("reviewer", "/")


def test_drafts_are_shown_to_their_writer_alone_and_lead_back_to_the_sheet(desk: Desk) -> None:
    hospital = f"草稿医院{uuid.uuid4().hex[:6]}"
    page = "/intake/sheet"
    kept = desk.send("first", page, page, {**sheet(), "hospital": hospital, "then": "draft"})
    assert kept.status_code == 303
    text = desk.read("first", "/")
    found = re.search(
        rf'<a[^>]*href="(/intake/sheet\?draft=[^"]+)"[^>]*>[^<]+</a>.{{0,80}}{hospital}', text, re.S
    )
    assert found is not None
    assert hospital in desk.read("first", found[1])
    assert hospital not in desk.read("clerk", "/")
    assert "我的草稿" not in desk.read("reviewer", "/")

    for who in ("first", "supervisor", "finance"):
        desk.read(who, "/")  # signed in from here on
        desk.statements.clear()
        desk.read(who, "/")
        assert len(desk.statements) <= MOST_STATEMENTS, who
