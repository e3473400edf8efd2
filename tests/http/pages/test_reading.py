"""What every page keeps: it opens, shows no full number, says the same as its list, costs little."""

import re
import uuid
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.factories.desk import LI, ZHANG, raw_record
from tests.http.pages.conftest import Desk

PERSON_NUMBER = re.compile(r"(?<![\w.])\d{17}[\dXx](?![\w])")
CARD_NUMBER = re.compile(r"(?<![\w.-])\d{16,19}(?![\w])")
PARTS = ("", "/documents", "/calculation", "/decision", "/payment", "/notices", "/timeline")
LISTS = (
    "/",
    "/?who=me",
    "/cases",
    "/cases?status=todo",
    "/people",
    "/rosters",
    "/payments",
    "/notices?status=all",
)


def test_every_part_of_a_case_opens_for_every_role_of_the_desk(desk: Desk, case_to_check: str) -> None:
    for who in ("clerk", "reviewer", "supervisor", "finance", "auditor"):
        for part in PARTS:
            desk.read(who, f"/cases/{case_to_check}{part}")


def test_no_page_shows_a_full_number_is_heavy_or_asks_the_database_often(
    desk: Desk, case_to_check: str
) -> None:
    desk.browser("supervisor")  # signing in asks the database, too
    for path in (*LISTS, *(f"/cases/{case_to_check}{part}" for part in PARTS)):
        desk.statements.clear()
        text = desk.read("supervisor", path)
        visible = re.sub(r'value="[^"]*"', "", text)
        assert PERSON_NUMBER.findall(visible) == [], path
        assert CARD_NUMBER.findall(visible) == [], path
        assert len(text.encode()) < 200_000, path
        assert len(desk.statements) <= 15, (path, len(desk.statements))


def test_each_count_of_the_queues_is_the_total_of_the_list_behind_it(desk: Desk, case_to_check: str) -> None:
    text = desk.read("clerk", "/")
    tiles = re.findall(r'<a class="tile[^"]*" href="([^"]+)">.*?tile-count">([\d,]+)<', text, re.S)
    assert len(tiles) == 8
    for href, count in tiles:
        listed = desk.read("clerk", href.replace("&amp;", "&"))
        assert re.search(r'data-testid="total"><b>([\d,]+)</b>', listed)[1] == count, href  # type: ignore[index]


def test_each_view_of_the_list_counts_what_it_lists(desk: Desk, case_to_check: str) -> None:
    text = desk.read("clerk", "/cases")
    nav = text.split('<nav class="views"')[1].split("</nav>")[0]
    for href, count in re.findall(r'<a href="([^"]+)"[^>]*>[^<]*? ([\d,]+)</a>', nav):
        listed = desk.read("clerk", href.replace("&amp;", "&"))
        assert f'data-testid="total"><b>{count}</b>' in listed, href


def test_taking_a_tag_away_takes_exactly_that_condition_away(desk: Desk, case_to_check: str) -> None:
    conditions = "status=in_review&hospital=x&personal_from=1.00&personal_to=9000"
    text = desk.read("clerk", f"/cases?{conditions}")
    removal = re.search(r'<a href="([^"]+)" aria-label="去掉条件：状态"', text)
    assert removal is not None
    left = parse_qs(urlsplit(removal[1].replace("&amp;", "&")).query)
    assert left == {"hospital": ["x"], "personal_from": ["1.00"], "personal_to": ["9000"]}


def test_an_unreadable_condition_is_named_and_kept_in_the_field(desk: Desk) -> None:
    text = desk.read("clerk", "/cases?settled_from=3月1日")
    assert "“3月1日”不是日期" in text
    assert 'value="3月1日"' in text


def test_pages_of_a_list_show_every_case_once_while_others_come_in(desk: Desk) -> None:
    old = desk.take_in(*(raw_record(f"p-{uuid.uuid4().hex}", certno=LI, name="李小龙") for _ in range(45)))
    for sort in ("", "number", "-personal"):
        seen: list[str] = []
        href = f"/cases?sort={sort}" if sort else "/cases"
        while href:
            text = desk.read("clerk", href)
            seen += re.findall(r"data-open>(XB[\d-]+)</a>", text)
            following = re.search(r'<a href="([^"]+)" rel="next"', text)
            href = following[1].replace("&amp;", "&") if following else ""
            if len(seen) == 20:
                desk.take_in(raw_record(f"q-{uuid.uuid4().hex}", certno=ZHANG))
        assert {number: seen.count(number) for number in old} == dict.fromkeys(old, 1), sort


def test_the_page_before_shows_what_it_showed(desk: Desk) -> None:
    desk.take_in(*(raw_record(f"p-{uuid.uuid4().hex}", certno=ZHANG) for _ in range(21)))
    first = desk.read("clerk", "/cases")
    second_href = re.search(r'<a href="([^"]+)" rel="next"', first)
    assert second_href is not None
    second = desk.read("clerk", second_href[1].replace("&amp;", "&"))
    back = re.search(r'<a href="([^"]+)" rel="prev"', second)
    assert back is not None
    again = desk.read("clerk", back[1].replace("&amp;", "&"))
    rows = re.compile(r"data-open>(XB[\d-]+)</a>")
    assert rows.findall(again) == rows.findall(first)


def test_every_amount_of_the_calculation_opens_its_derivation(desk: Desk, case_to_check: str) -> None:
    base = f"/cases/{case_to_check}/calculation"
    text = desk.read("clerk", base)
    keys = set(re.findall(r'data-of="([^"]+)"', text))
    assert {"benefit", "in.medfee_sumamt", "rest"} <= keys
    for key in keys:
        panel = desk.read("clerk", f"{base}?of={key}")
        assert "这个数怎么来的" in panel, key
        assert 'aria-expanded="true"' in panel, key


def test_a_derivation_keeps_the_order_of_the_rule_and_ends_in_the_amount(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    text = desk.read("clerk", f"/cases/{new_case()}/calculation?of=in_catalogue_share")
    assert "900.00 − 700.00" in text
    assert "= <b>200.00</b>" in text
    assert "重算一致" in text


def test_an_open_line_states_the_other_outcome(desk: Desk, case_to_check: str) -> None:
    text = desk.read("clerk", f"/cases/{case_to_check}/calculation")
    assert "还不能送复核" in text
    assert "若不赔，应付改为 200.00（少 3,400.00）" in text


def test_a_stranger_and_an_unknown_case_are_answered_in_words(desk: Desk) -> None:
    for path in (
        "/cases/XB1999-000001",
        f"/people/{uuid.uuid4()}",
        f"/rosters/{uuid.uuid4()}",
        "/payments/P1",
    ):
        response = desk.browser("supervisor").get(path)
        assert response.status_code == 404
        assert "请" in response.text
    assert desk.browser("bureau").get("/cases").status_code == 403
    assert desk.browser("finance").get("/rosters").status_code == 403


@pytest.mark.parametrize("asked", ["²" * 15, "٣" * 15, "９" * 15])
def test_a_search_for_strange_digits_finds_nobody(desk: Desk, asked: str) -> None:
    for place in ("/search", "/people"):
        assert desk.browser("clerk").post(place, {"q": asked}).status_code < 500


@pytest.mark.parametrize("asked", ["zgf", "张桂芳", ZHANG])
def test_the_search_finds_a_person_and_puts_nothing_of_the_question_into_an_address(
    desk: Desk, case_to_check: str, asked: str
) -> None:
    response = desk.browser("clerk").post("/search", {"q": asked})
    assert response.status_code == 303
    place = response.headers["Location"]
    assert re.fullmatch(r"/people\?found=[0-9a-f-]{36}", place)
    shown = desk.read("clerk", place)
    assert "张桂芳" in shown and ZHANG not in shown
    assert asked == ZHANG or f'value="{asked}"' in shown  # words are shown again, numbers are not


def test_the_search_goes_to_the_case_of_its_number(desk: Desk, case_to_check: str) -> None:
    for asked in (case_to_check, case_to_check.lower().replace("-", "")):
        response = desk.browser("clerk").post("/search", {"q": asked})
        assert (response.status_code, response.headers["Location"]) == (303, f"/cases/{case_to_check}")


@pytest.mark.parametrize("number", ["²", "①", "٣", "-1", "9" * 40])
def test_a_number_in_an_address_that_is_none_is_answered_like_none(
    desk: Desk, case_to_check: str, number: str
) -> None:
    for path in (f"/cases/{case_to_check}/documents", "/cases", "/payments", "/people"):
        query = dict.fromkeys(("paper", "page", "zoom", "turn", "from", "after"), number)
        assert desk.browser("supervisor").get(path, query_string=query).status_code < 500


def test_the_search_goes_to_the_case_of_an_invoice_or_a_settlement(desk: Desk) -> None:
    code, number = "32060126", str(uuid.uuid4().int)[:10]
    setl_id = f"setl-{uuid.uuid4().hex}"
    invoice = {"bill_code": code, "bill_no": number, "check_code": "a1b2c3"}
    case = desk.take_in(raw_record(setl_id, invoice=invoice))[0]
    for asked in (setl_id, number, f"{code}{number}", f"{code}-{number}", f"{code}|{number}|a1b2c3"):
        response = desk.browser("clerk").post("/search", {"q": asked})
        assert (response.status_code, response.headers.get("Location")) == (303, f"/cases/{case}"), asked
    other = desk.browser("clerk").post("/search", {"q": f"99999999{number}"})
    assert other.status_code == 200


def test_the_amount_of_a_case_opens_its_derivation_from_every_page(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    for part in PARTS:
        text = desk.read("clerk", f"/cases/{number}{part}")
        assert f'href="/cases/{number}/calculation?of=benefit#panel"' in text, part
    decision = desk.read("clerk", f"/cases/{number}/decision")
    assert re.search(r'class="decide-amount amount" href="[^"]+of=benefit#panel"', decision)
