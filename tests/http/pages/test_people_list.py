"""The list of people: conditions in the address, words that name a person never; paging, views, export."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import parse_qs, quote, unquote, urlsplit

import openpyxl
import pytest
from sqlalchemy import select, text

from insurer.kernel.dates import business_day
from insurer.people.tables import PersonTask
from insurer.platform import clock
from insurer.platform.audit import AuditEntry
from insurer.platform.ids import new_id
from insurer.worklists.tables import Selection
from tests.factories.roster_desk import line, number, roster
from tests.http.pages.office import Office
from tests.http.pages.test_other_lists import heads_in, opened_in, total_of

NAMES = ("王芳", "李强", "赵敏", "单雄信")


@pytest.fixture
def filled(office: Office) -> Office:
    """Take 120 people of two towns on the register of December; the last twelve live in 春江镇."""
    lines = [
        line(f"{NAMES[n % 4]}{chr(0x4E00 + n)}", n, town="春江镇" if n >= 208 else "薛家镇")
        for n in range(100, 220)
    ]
    office.take("2025-12", roster(*lines))
    return office


def tasks(office: Office, names: list[str]) -> None:
    with office.runtime.transaction() as session:
        for name in names:
            one = session.execute(
                text("SELECT id FROM person WHERE name = :name"), {"name": name}
            ).scalar_one()
            session.add(
                PersonTask(
                    id=new_id(),
                    scheme="changzhou-xinbei",
                    kind="gone",
                    person_id=one,
                    due_on=business_day(clock.now()),
                    dedupe_key=f"t{one}",
                    created_at=clock.now(),
                )
            )


def through(office: Office, path: str) -> tuple[list[str], list[str]]:
    """Follow 下一页 to the end; returns where each row leads, and every address that was opened."""
    shown, places = office.read("clerk", path), [path]
    seen = opened_in(shown)
    while following := re.search(r'<a href="([^"]+)" rel="next"', shown):
        places.append(following[1].replace("&amp;", "&"))
        shown = office.read("clerk", places[-1])
        seen += opened_in(shown)
    return seen, places


def names_in(shown: str) -> list[str]:
    return re.findall(r"data-open>([^<]+)</a>", shown)


def searched(office: Office, words: str) -> str:
    """Search as a person does; returns the address that it leads to."""
    answer = office.browser("clerk").post("/people", {"q": words})
    assert answer.status_code == 303, answer.text[:300]
    return answer.headers["Location"]


@pytest.mark.parametrize("sort", ["", "-name", "known", "-known"])
def test_everybody_is_listed_once_and_no_address_tells_a_name(filled: Office, sort: str) -> None:
    seen, places = through(filled, f"/people?sort={sort}" if sort else "/people")
    assert len(seen) == len(set(seen)) == 120
    assert len(places) == 3
    for place in places:
        asked = parse_qs(urlsplit(place).query)
        for word in ("wang", "li", "zhao", "shan", *NAMES):
            assert word not in unquote(place).replace("insurer", ""), place
        if "after" in asked and "known" not in sort:
            assert re.fullmatch(r"_[0-9a-f-]{36}", asked["after"][0])


def test_people_who_come_in_meanwhile_move_nobody_to_another_page(filled: Office) -> None:
    first = filled.read("clerk", "/people")
    following = re.search(r'<a href="([^"]+)" rel="next"', first)
    assert following is not None
    lines = [line(f"安{chr(0x5E00 + n)}", n) for n in range(300, 310)]
    old = [
        line(f"{NAMES[n % 4]}{chr(0x4E00 + n)}", n, town="春江镇" if n >= 208 else "薛家镇")
        for n in range(100, 220)
    ]
    filled.take("2026-01", roster(*old, *lines))
    second, _ = through(filled, following[1].replace("&amp;", "&"))
    assert not set(opened_in(first)) & set(second)
    assert len({*opened_in(first), *second}) == 120


def test_conditions_are_tags_and_can_be_taken_away(filled: Office) -> None:
    tasks(filled, [f"李强{chr(0x4E00 + 101)}", f"单雄信{chr(0x4E00 + 211)}"])
    for query, count, tags in (
        ("town=春江镇", 12, ["镇、街道"]),
        ("category=min_living_allowance", 120, ["类别"]),
        ("category=orphan", 0, ["类别"]),
        ("cover=now", 120, ["保障"]),
        ("cover=never", 0, ["保障"]),
        ("tasks=open", 2, ["待核"]),
        ("tasks=open&town=春江镇&cover=now", 1, ["镇、街道", "保障", "待核"]),
        ("category=unheard&cover=x", 120, []),
    ):
        shown = filled.read("clerk", f"/people?{query}")
        assert total_of(shown) == count, query
        assert re.findall(r'aria-label="去掉条件：(.*?)"', shown) == tags
    assert re.search(r'href="/people\?tasks=open">有待核事项 2</a>', filled.read("clerk", "/people"))


def test_cover_that_ended_is_told_from_cover_that_never_was(filled: Office) -> None:
    year = clock.now().year
    with filled.runtime.engine.begin() as connection:
        ids = connection.execute(text("SELECT id FROM person ORDER BY id LIMIT 5")).scalars().all()
        change = "UPDATE cover_period SET superseded_at = now() WHERE person_id = ANY(:ids)"
        connection.execute(text(change), {"ids": list(ids)})
        connection.execute(
            text(
                "INSERT INTO cover_period"
                " (id, scheme, person_id, year, from_on, until_on, basis, import_id, created_at)"
                " SELECT gen_random_uuid(), scheme, person_id, :year, make_date(:year, 1, 1),"
                " make_date(:year, 12, 31), basis, import_id, now() FROM cover_period"
                " WHERE person_id = ANY(:two) AND year = :now"
            ),
            {"year": year - 3, "now": year, "two": list(ids[:2])},
        )
    counts = [total_of(filled.read("clerk", f"/people?cover={one}")) for one in ("now", "past", "never")]
    assert counts == [115, 2, 3]


def test_a_search_leads_to_a_list_whose_address_tells_nothing_of_it(filled: Office) -> None:
    for words, count in (("王芳", 30), (number(105), 1), ("春江", 12)):
        place = searched(filled, words)
        assert re.fullmatch(r"/people\?found=[0-9a-f-]{36}", place), place
        shown = filled.read("clerk", place)
        assert total_of(shown) == count, words
        assert number(105) not in shown
        assert ("一个号码" if words.isdecimal() else words) in shown
    seen, places = through(filled, searched(filled, "薛家镇"))
    assert len(set(seen)) == 108 and all("found=" in place for place in places)
    narrowed = filled.read("clerk", f"{searched(filled, '王芳')}&town=春江镇")
    assert total_of(narrowed) == 3 and re.findall(r"去掉条件：(.*?)\"", narrowed) == ["找的", "镇、街道"]


def test_what_was_searched_stands_sealed_in_the_database_and_belongs_to_one_reader(filled: Office) -> None:
    place = searched(filled, "单雄信")
    with filled.runtime.transaction() as session:
        kept = session.scalars(select(Selection)).one()
        assert "单雄信" not in str(kept.conditions) and len(kept.members) == 30
    other = filled.read("other", place)
    assert "以前找的已经放下了" in other and "单雄信" not in other
    assert not names_in(other)


def test_whom_nobody_is_found_for_is_said_without_an_address(filled: Office) -> None:
    answer = filled.browser("clerk").post("/people", {"q": "没有此人"})
    assert answer.status_code == 200 and "没有找到" in answer.text
    assert 'value="没有此人"' in answer.text and not names_in(answer.text)
    assert "找的" in answer.text and "没有条件，列出全部" not in answer.text
    missing = filled.browser("clerk").post("/search", {"q": "320411199901019999"})
    assert missing.status_code == 200 and "320411199901019999" not in missing.text
    with filled.runtime.transaction() as session:
        assert session.scalars(select(Selection)).all() == []


def test_a_view_keeps_conditions_and_never_whom_a_search_found(filled: Office) -> None:
    place = f"{searched(filled, '王芳')}&town=春江镇"
    page = f"/lists/people/views?back={quote(place, safe='')}"
    answer = filled.send("clerk", page, "/lists/people/views", {"back": place, "name": "春江"})
    assert answer.status_code == 303, answer.text[:300]
    opened = filled.read("clerk", answer.headers["Location"])
    assert total_of(opened) == 12 and "春江 12</a>" in opened
    alone = filled.read("clerk", searched(filled, "王芳"))
    assert "把现在的条件存为视图" not in alone


def test_the_export_has_the_people_and_columns_of_the_list_masked(filled: Office) -> None:
    page = "/lists/people/columns"
    form = {"back": "/people", "shown": ["name", "certno", "village", "cover"], "density": "loose"}
    assert filled.send("clerk", page, page, form).status_code == 303
    place = searched(filled, "王芳")
    shown = filled.read("clerk", place)
    assert 'class="grid loose"' in shown
    export = re.search(r'action="(/people/export[^"]*)"', shown)
    assert export is not None and "导出 30 人" in shown
    answer = filled.send("clerk", place, export[1].replace("&amp;", "&"), {})
    found = openpyxl.load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True)
    rows = [row for row in found if row[0] is not None]
    assert list(rows[0]) == heads_in(shown, "people") == ["姓名", "证件号", "村、社区", "保障"]
    assert [row[0] for row in rows[1:-1]] == names_in(shown)
    assert "30 人" in str(rows[-1][0]) and "王芳" not in str(rows[-1][0])
    assert all(re.fullmatch(r"\d{4}\*+\w{4}", str(row[1])) for row in rows[1:-1])
    with filled.runtime.transaction() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.tag == "platform:export:made")).one()
        assert "王芳" not in str(entry.data)


def test_the_list_takes_few_statements(filled: Office, counted: Callable[[], list[str]]) -> None:
    filled.read("clerk", "/people")
    before = len(counted())
    filled.read("clerk", f"{searched(filled, '王芳')}&town=春江镇&cover=now&tasks=open")
    # the search itself, its redirect and the list
    assert len(counted()) - before <= 15 + 15


@pytest.fixture
def counted(office: Office) -> Callable[[], list[str]]:
    from sqlalchemy import event

    said: list[str] = []
    event.listen(office.runtime.engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    return lambda: said


def test_an_old_place_is_read_from_the_start(filled: Office) -> None:
    stamp = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    for place in ("_x", "wang_x", quote(f"{stamp}_x")):
        assert filled.browser("clerk").get(f"/people?after={place}").status_code == 200
