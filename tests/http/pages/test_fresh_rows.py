"""A list that lies open learns which of its rows were changed, and which page of how many it is."""

import re
import uuid
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from tests.factories.desk import LI, raw_record
from tests.http.pages.conftest import Desk


def shown(text: str) -> list[tuple[str, str]]:
    """Return the rows of a list with their marks."""
    return [
        ("row", f"{one}~{mark}") for one, mark in re.findall(r'data-id="([^"]+)" data-mark="([^"]+)"', text)
    ]


def changed(desk: Desk, who: str, name: str, rows: list[tuple[str, str]]) -> list[str]:
    answer = desk.browser(who).get(f"/lists/{name}/changed?{urlencode(rows)}")
    assert answer.status_code in (200, 204), answer.text
    return [] if answer.status_code == 204 else list(answer.json)


def test_a_case_that_moved_or_changed_hands_is_named_and_no_other(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    moved, handed, left = new_case(), new_case(), new_case()
    rows = shown(desk.read("clerk", "/cases?view=all&sort=-number"))
    assert {f"{one}" for one in (moved, handed, left)} <= {row.partition("~")[0] for _, row in rows}
    assert changed(desk, "clerk", "cases", rows) == []
    page = f"/cases/{moved}"
    data = {"action": "withdraw", "reason": "本人撤回"}
    assert desk.send("clerk", page, f"{page}/step", data).status_code == 303
    chosen = {"action": "assign", "case": [handed]}
    preview = desk.send("clerk", "/cases", "/cases/batch", chosen).text
    form = dict(re.findall(r'name="(selection|action|confirmed|back|form_key)" value="([^"]*)"', preview))
    run = desk.browser("clerk").post("/cases/batch", {**form, "staff": desk.actors["first"].id})
    assert run.status_code == 303, run.text[:300]
    found = changed(desk, "clerk", "cases", rows)
    assert sorted(found) == sorted([moved, handed])


@pytest.mark.parametrize(
    ("who", "name", "path"),
    [
        ("clerk", "rosters", "/rosters"),
        ("clerk", "notices", "/notices?status=all"),
        ("finance", "batches", "/payments"),
    ],
)
def test_every_list_that_asks_is_answered(desk: Desk, who: str, name: str, path: str) -> None:
    text = desk.read(who, path)
    assert f'data-fresh="/lists/{name}/changed"' in text
    assert changed(desk, who, name, shown(text)) == []
    strange = [("row", "nothing~x"), ("row", "~"), ("row", "x")]
    assert changed(desk, who, name, strange)[:1] == ["nothing"]


def test_what_a_list_asks_is_for_who_may_see_it(desk: Desk) -> None:
    assert desk.browser("bureau").get("/lists/cases/changed?row=x~1").status_code == 403
    assert desk.browser("clerk").get("/lists/none/changed").status_code == 404


def test_the_foot_says_which_page_of_how_many(desk: Desk) -> None:
    hospital = f"页码医院{uuid.uuid4().hex[:6]}"
    desk.take_in(
        *(
            raw_record(f"p-{uuid.uuid4().hex}", certno=LI, name="李小龙", fixmedins_name=hospital)
            for _ in range(41)
        )
    )
    pages = []
    text = desk.read("clerk", f"/cases?hospital={hospital}")
    pages += re.findall(r"第 (\d+) / (\d+) 页", text)
    while following := re.search(r'<a href="([^"]+)" rel="next"', text):
        text = desk.read("clerk", following[1].replace("&amp;", "&"))
        pages += re.findall(r"第 (\d+) / (\d+) 页", text)
    assert pages == [("1", "3"), ("2", "3"), ("3", "3")]
    last = desk.read("clerk", f"/cases?hospital={hospital}&end=1")
    assert "第 3 / 3 页" in last
    back = re.search(r'<a href="([^"]+)" rel="prev"', last)
    assert back is not None
    assert "第 2 / 3 页" in desk.read("clerk", back[1].replace("&amp;", "&"))
