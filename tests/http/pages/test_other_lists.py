"""The lists of rosters and of payment batches: conditions, views, columns, paging, export like every list."""

import re
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import openpyxl
import pytest
from sqlalchemy import select

from insurer.kernel.dates import SHANGHAI
from insurer.payments.tables import PaymentBatch
from insurer.people.tables import RosterImport
from insurer.platform.audit import AuditEntry
from insurer.platform.ids import new_id
from insurer.platform.storage import keep_file
from tests.http.pages.conftest import Desk

NANTONG = "nantong"
"""The other programme: no other test fills its lists."""


def total_of(text: str) -> int:
    return int(re.search(r'data-testid="total"><b>([\d,]+)</b>', text)[1].replace(",", ""))  # type: ignore[index]


def heads_in(text: str, name: str) -> list[str]:
    table = text.split(f'data-testid="{name}"')[1].split("</thead>")[0]
    return [re.sub(r"<[^>]+>| [↑↓]", "", head) for head in re.findall(r"<th scope.*?</th>", table)]


def opened_in(text: str) -> list[str]:
    return re.findall(r'<a href="([^"]+)" data-open>', text)


def through(desk: Desk, who: str, path: str) -> list[str]:
    """Follow 下一页 to the end; returns where each row leads."""
    text = desk.read(who, path)
    seen = opened_in(text)
    while following := re.search(r'<a href="([^"]+)" rel="next"', text):
        text = desk.read(who, following[1].replace("&amp;", "&"))
        seen += opened_in(text)
    return seen


STAMP = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
FORMULA = '=HYPERLINK("http://x")'


@pytest.fixture(scope="module")
def filled(desk: Desk) -> Desk:
    """Put 45 batches and 45 files of the bureau into the other programme."""
    with desk.runtime.transaction() as session:
        kept = keep_file(session, desk.runtime.storage, b"file", mime="text/csv", now=STAMP)
        by: dict[str, Any] = {"scheme": NANTONG}
        for place in range(45):
            at = STAMP + timedelta(days=place // 3)
            session.add(
                PaymentBatch(
                    id=new_id(),
                    number=f"PN{place:04d}",
                    state=("open", "filed", "closed")[place % 3],
                    count=place % 5,
                    total_fen=1_000 * (place % 7),
                    made_by="x",
                    made_by_name=FORMULA if place == 44 else "孙涛",
                    made_at=at,
                    **by,
                )
            )
            session.add(
                RosterImport(
                    id=new_id(),
                    month=datetime(2025 + place // 12, 1 + place % 12, 1).date(),  # noqa: DTZ001
                    filename=FORMULA if place == 44 else f"{place}.xlsx",
                    sha256=kept,
                    state=("applied", "discarded")[place % 2],
                    counts={"rows": place, "new": 1, "rejected": []},
                    report={},
                    staged_by="x",
                    staged_by_name="任社恒",
                    staged_at=at,
                    kind=("full", "deaths", "moves")[place % 3],
                    **by,
                )
            )
    return desk


CASES = [("finance", "/payments", "batches"), ("clerk", "/rosters", "rosters")]


@pytest.mark.parametrize(("who", "path", "name"), CASES, ids=["batches", "rosters"])
def test_every_row_is_listed_once_however_the_list_is_sorted(
    filled: Desk, who: str, path: str, name: str
) -> None:
    first = filled.read(who, f"{path}?scheme={NANTONG}")
    assert total_of(first) == 45
    sorts = set(re.findall(r"[?&;]sort=(-?\w+)", first.split("<thead>")[1].split("</thead>")[0]))
    assert len(sorts) >= 2
    for sort in ["", *sorts, *(f"-{one.removeprefix('-')}" for one in sorts)]:
        seen = through(filled, who, f"{path}?scheme={NANTONG}&sort={sort}")
        assert len(seen) == len(set(seen)) == 45, sort


@pytest.mark.parametrize(
    ("who", "path", "query", "count", "tags"),
    [
        ("finance", "/payments", "status=closed", 15, ["状态"]),
        (
            "finance",
            "/payments",
            "status=open&made_from=2026-03-03&made_to=2026-03-04",
            2,
            ["状态", "组批日期"],
        ),
        ("clerk", "/rosters", "year=2025", 12, ["年份"]),
        ("clerk", "/rosters", "year=2025&kind=full&status=applied", 2, ["年份", "种类", "状态"]),
    ],
)
def test_conditions_are_tags_that_can_be_taken_away(
    filled: Desk, who: str, path: str, query: str, count: int, tags: list[str]
) -> None:
    text = filled.read(who, f"{path}?scheme={NANTONG}&{query}")
    assert total_of(text) == count
    assert re.findall(r'aria-label="去掉条件：(.*?)"', text) == tags
    for href in re.findall(r'href="([^"]+)" aria-label="去掉条件', text):
        assert total_of(filled.read(who, href.replace("&amp;", "&"))) > count


def test_a_day_that_is_none_is_named_and_stays_in_the_field(filled: Desk) -> None:
    text = filled.read("finance", f"/payments?scheme={NANTONG}&made_from=2026-02-30")
    assert 'role="alert"' in text and 'value="2026-02-30"' in text
    assert total_of(text) == 45


@pytest.mark.parametrize(
    ("who", "path", "name", "query"),
    [
        ("finance", "/payments", "batches", "status=closed&made_from=2026-03-03"),
        ("clerk", "/rosters", "rosters", "kind=deaths&status=applied"),
    ],
)
def test_a_view_is_kept_with_its_count_and_opens_the_same_list(
    filled: Desk, who: str, path: str, name: str, query: str
) -> None:
    back = f"{path}?scheme={NANTONG}&{query}"
    page = f"/lists/{name}/views?back={quote(back, safe='')}"
    answer = filled.send(who, page, f"/lists/{name}/views", {"back": back, "name": f"{name}的视图"[:16]})
    assert answer.status_code == 303, answer.text[:400]
    view = parse_qs(urlsplit(answer.headers["Location"]).query)["view"][0]
    opened = filled.read(who, f"{path}?view={view}")
    count = total_of(opened)
    assert 0 < count < 15
    tab = re.search(rf'view={view}"([^>]*)>([^<]+)</a>', opened)
    assert tab is not None and "aria-current" in tab[1] and tab[2].endswith(f" {count}")
    # from the list of another programme, too, the tab counts what it opens
    assert re.search(rf'view={view}"[^>]*>[^<]* {count}</a>', filled.read(who, path))
    assert filled.browser("reviewer").get(f"{path}?view={view}").status_code == 403


@pytest.mark.parametrize(
    ("who", "path", "name", "shown", "words"),
    [
        ("finance", "/payments", "batches", ["amount", "status"], ["批次", "金额（元）", "状态"]),
        ("clerk", "/rosters", "rosters", ["file", "sender"], ["月份", "文件", "发送单位"]),
    ],
)
def test_columns_and_height_are_kept_and_the_export_has_what_the_list_shows(
    filled: Desk, who: str, path: str, name: str, shown: list[str], words: list[str]
) -> None:
    page = f"/lists/{name}/columns"
    form = {"back": path, "shown": shown, "density": "loose"}
    assert filled.send(who, page, page, form).status_code == 303
    sort = "-amount" if name == "batches" else "received"
    text = filled.read(who, f"{path}?scheme={NANTONG}&sort={sort}")
    assert heads_in(text, name)[:3] == words
    assert 'class="grid loose"' in text
    before = exports(filled)
    export = re.search(rf'action="({path}/export[^"]*)"', text)
    assert export is not None
    answer = filled.send(who, path, export[1].replace("&amp;", "&"), {})
    book = openpyxl.load_workbook(BytesIO(answer.data))
    rows = [row for row in book.active.iter_rows() if row[0].value is not None]
    assert [cell.value for cell in rows[0]] == heads_in(text, name)
    assert len(rows) == 1 + 45 + 1  # heads, rows, who took it out
    assert "45 " in str(rows[-1][0].value)
    assert all(cell.data_type != "f" for row in rows for cell in row)
    listed = [cell.strip() for cell in re.findall(r"data-open>([^<]+)</a>", text)]
    if name == "batches":
        assert [row[0].value for row in rows[1:21]] == listed
    else:
        assert FORMULA in [cell.value for row in rows for cell in row]
    assert exports(filled) == before + 1
    assert filled.send(who, page, page, {"back": path, "reset": "1", "density": "dense"}).status_code == 303


def exports(desk: Desk) -> int:
    with desk.runtime.transaction() as session:
        tag = "platform:export:made"
        return len(session.scalars(select(AuditEntry.tag).where(AuditEntry.tag == tag)).all())


def test_who_may_not_see_a_list_cannot_take_it_out(filled: Desk) -> None:
    assert filled.browser("bureau").post("/payments/export").status_code == 403
    assert filled.browser("finance").post("/rosters/export").status_code == 403
