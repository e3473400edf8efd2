"""The list of letters: conditions, views, columns, paging, export, and steps for the chosen ones."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from urllib.parse import parse_qs, quote, urlsplit

import openpyxl
import pytest
from sqlalchemy import select

from insurer.kernel.dates import SHANGHAI
from insurer.notices.tables import Notice, PrintRun
from insurer.people.tables import Person
from insurer.platform import clock
from insurer.platform.audit import AuditEntry
from insurer.platform.ids import new_id
from insurer.platform.storage import keep_file
from insurer.worklists import letter_batches
from tests.http.pages.office import Office
from tests.http.pages.test_other_lists import heads_in, total_of

STAMP = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
STATES = ("rendered", "queued", "printed", "delivered", "void", "rendered")


@pytest.fixture
def letters(office: Office) -> Callable[..., list[Notice]]:
    """Return a function that puts letters to one person into the desk, in every state."""

    def make(count: int, **fixed: str) -> list[Notice]:
        with office.runtime.transaction() as session:
            pdf = keep_file(session, office.runtime.storage, b"%PDF-", mime="application/pdf", now=STAMP)
            person = Person(
                id=new_id(),
                scheme="changzhou-xinbei",
                certno_cipher=b"x",
                certno_hash=b"y",
                certno_mask="3204**********0000",
                name="甲某",
                name_key="甲某",
                pinyin_keys=[],
                sort_key="jiamou",
                created_at=STAMP,
            )
            session.add(person)
            session.flush()
            made = []
            for place in range(count):
                state = fixed.get("state") or STATES[place % len(STATES)]
                made.append(
                    Notice(
                        id=new_id(),
                        scheme=person.scheme,
                        kind=("enrolment", "decision", "refusal")[place % 3],
                        number_text=f"新北大病理赔〔2026〕告字{place + 1}号",
                        person_id=person.id,
                        facts={"issued_on": "2026-03-02"},
                        dedupe_key=f"list-{place}",
                        state=state,
                        due_on=date(2026, 4, 1) + timedelta(days=place // 2) if place % 2 else None,
                        created_at=STAMP + timedelta(days=place // 3),
                        rendered_at=None if state == "queued" else STAMP,
                        pdf_sha256=None if state == "queued" else pdf,
                        pages=1,
                    )
                )
            session.add_all(made)
            session.flush()
            session.expunge_all()
        return made

    return make


def ids_in(text: str) -> list[str]:
    return re.findall(r'name="notice" value="([0-9a-f-]{36})"', text)


def through(office: Office, path: str) -> list[str]:
    text = office.read("clerk", path)
    seen = ids_in(text)
    while following := re.search(r'<a href="([^"]+)" rel="next"', text):
        text = office.read("clerk", following[1].replace("&amp;", "&"))
        seen += ids_in(text)
    return seen


def states(office: Office) -> dict[str, list[str]]:
    with office.runtime.transaction() as session:
        found: dict[str, list[str]] = {}
        for one in session.scalars(select(Notice).order_by(Notice.number_text)):
            found.setdefault(one.state, []).append(str(one.id))
        return found


def test_the_bare_address_opens_what_waits_for_the_printer_and_the_whole_list_is_one_link_away(
    office: Office, letters: Callable[..., list[Notice]]
) -> None:
    letters(12)
    text = office.read("clerk", "/notices")
    assert total_of(text) == 4
    assert re.search(r'aria-current="page">待打印 4</a>', text)
    assert re.findall(r'aria-label="去掉条件：(.*?)"', text) == ["状态"]
    for found in (
        re.search(r'href="([^"]+)" aria-label="去掉条件：状态"', text),
        re.search(r'<a href="([^"]+)">清空</a>', text),
        re.search(r'<a href="([^"]+)">全部 12</a>', text),
    ):
        assert found is not None
        whole = office.read("clerk", found[1].replace("&amp;", "&"))
        assert total_of(whole) == 12 and "没有条件，列出全部" in whole


def test_every_letter_is_listed_once_however_the_list_is_sorted(
    office: Office, letters: Callable[..., list[Notice]]
) -> None:
    made = {str(one.id) for one in letters(120)}
    for sort in ("due", "-due", "made", "-made"):
        seen = through(office, f"/notices?view=all&sort={sort}")
        assert len(seen) == len(set(seen)) and set(seen) == made, sort


@pytest.mark.parametrize(
    ("query", "count", "tags"),
    [
        ("status=unsent", 8, ["状态"]),
        ("kind=refusal", 4, ["种类"]),
        ("status=rendered&kind=refusal", 2, ["状态", "种类"]),
        ("due_from=2026-04-01&due_to=2026-04-02", 2, ["时限"]),
        ("made_from=2026-03-03&made_to=2026-03-03&kind=decision", 1, ["种类", "制作日期"]),
        ("number=告字7号", 1, ["文号或案件号"]),
        ("number=新北大病理赔〔2026〕告字7", 1, ["文号或案件号"]),
        ("number=XB2026-000001", 0, ["文号或案件号"]),
    ],
)
def test_conditions_are_tags_and_what_is_taken_away_widens_the_list(
    office: Office, letters: Callable[..., list[Notice]], query: str, count: int, tags: list[str]
) -> None:
    letters(12)
    text = office.read("clerk", f"/notices?{query}")
    assert total_of(text) == count
    assert re.findall(r'aria-label="去掉条件：(.*?)"', text) == tags
    for href in re.findall(r'href="([^"]+)" aria-label="去掉条件', text):
        assert total_of(office.read("clerk", href.replace("&amp;", "&"))) > count


def test_what_cannot_be_read_is_said_and_an_unknown_state_is_no_condition(
    office: Office, letters: Callable[..., list[Notice]]
) -> None:
    letters(3)
    text = office.read("clerk", "/notices?number=十二&made_from=2026-02-30")
    assert "文号写成 决字1283号 这样" in text and 'value="2026-02-30"' in text
    assert total_of(office.read("clerk", "/notices?status=all")) == 3
    assert "没有条件，列出全部" in office.read("clerk", "/notices?status=all")


def test_a_view_is_kept_and_the_list_can_open_with_it(
    office: Office, letters: Callable[..., list[Notice]]
) -> None:
    letters(12)
    back = "/notices?kind=enrolment&status=unsent"
    page = f"/lists/notices/views?back={quote(back, safe='')}"
    assert "参保告知书" in office.read("clerk", page)
    form = {"back": back, "name": "待送的告知书", "default": "1"}
    answer = office.send("clerk", page, "/lists/notices/views", form)
    assert answer.status_code == 303, answer.text[:400]
    view = parse_qs(urlsplit(answer.headers["Location"]).query)["view"][0]
    opened = office.read("clerk", "/notices")
    assert total_of(opened) == 2
    assert re.search(rf'view={view}" aria-current="page">待送的告知书 2</a>', opened)
    assert total_of(office.read("other", "/notices")) == 4  # hers opens with what waits for the printer


def test_the_export_has_the_rows_and_columns_of_the_list_and_is_recorded(
    office: Office, letters: Callable[..., list[Notice]]
) -> None:
    letters(120)
    page = "/lists/notices/columns"
    form = {"back": "/notices", "shown": ["number", "title", "status", "town"], "density": "loose"}
    assert office.send("clerk", page, page, form).status_code == 303
    text = office.read("clerk", "/notices?view=all&sort=-made")
    export = re.search(r'action="(/notices/export[^"]*)"', text)
    assert export is not None and "导出 120 份" in text
    answer = office.send("clerk", "/notices", export[1].replace("&amp;", "&"), {})
    rows = [
        row
        for row in openpyxl.load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True)
        if row[0] is not None
    ]
    assert list(rows[0]) == heads_in(text, "notices")[1:] == ["文号", "名称", "状态", "镇、街道", "制作"]
    assert len(rows) == 1 + 120 + 1 and "120 份" in str(rows[-1][0])
    listed = [
        re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r'<td class="nowrap">(告字\d+号)</td>', text)
    ]
    assert [row[0] for row in rows[1:51]] == listed
    with office.runtime.transaction() as session:
        tag = "platform:export:made"
        assert session.scalars(select(AuditEntry.tag).where(AuditEntry.tag == tag)).all() == [tag]
    assert office.browser("bureau").post("/notices/export").status_code == 403


def test_all_that_match_are_printed_in_the_order_of_the_list_and_later_ones_do_not_belong(
    office: Office, letters: Callable[..., list[Notice]]
) -> None:
    letters(66)
    text = office.read("clerk", "/notices?status=unsent&sort=-made")
    action = re.search(r'id="select-all" method="post" action="([^"]+)"', text)
    assert action is not None
    answer = office.send(
        "clerk",
        "/notices",
        action[1].replace("&amp;", "&"),
        {"back": "/notices?status=unsent&sort=-made"},
    )
    chosen = office.read("clerk", answer.headers["Location"])
    assert "已选 44 份" in chosen
    picked = parse_qs(urlsplit(answer.headers["Location"]).query)["picked"][0]
    with office.runtime.transaction() as session:
        late = session.scalars(select(Notice).where(Notice.state == "void").limit(1)).one()
        late.state = "rendered"  # comes in after the choice
        late_id = late.id
    page = "/notices?status=unsent&sort=-made"
    preview = office.send("clerk", page, "/notices/batch", {"action": "print", "selection": picked}).text
    assert "选了 44 份，能办 33 份，跳过 11 份" in preview and "还没有生成，跳过" in preview
    form = {"action": "print", "selection": picked, "confirmed": "1", "back": page}
    ran = office.send("clerk", page, "/notices/batch", form)
    result = office.read("clerk", ran.headers["Location"])
    assert "合并打印：办好 33 份，跳过 11 份" in result and "打开合并的文件" in result
    with office.runtime.transaction() as session:
        run = session.scalars(select(PrintRun)).one()
        assert run.count == 33
        rows = session.scalars(
            select(Notice).where(Notice.print_run_id == run.id).order_by(Notice.print_order)
        ).all()
        key = [(one.created_at, one.id) for one in rows]
        assert key == sorted(key, reverse=True) and late_id not in {one.id for one in rows}


def test_letters_ticked_in_any_order_are_printed_in_the_order_of_the_list(
    office: Office, letters: Callable[..., list[Notice]]
) -> None:
    letters(18, state="rendered")
    page = "/notices?sort=-made"
    listed = ids_in(office.read("clerk", page))
    ticked = [listed[7], listed[2], listed[11]]
    form = {"action": "print", "notice": ticked, "back": page}
    preview = office.send("clerk", page, "/notices/batch", form).text
    selection = re.search(r'name="selection" value="([^"]+)"', preview)
    assert selection is not None
    form = {"action": "print", "selection": selection[1], "confirmed": "1", "back": page}
    assert office.send("clerk", page, "/notices/batch", form).status_code == 303
    with office.runtime.transaction() as session:
        printed = select(Notice.id).where(Notice.print_order.is_not(None)).order_by(Notice.print_order)
        assert [str(one) for one in session.scalars(printed)] == [listed[2], listed[7], listed[11]]


def test_delivery_is_noted_for_many_and_what_does_not_fit_is_named(
    office: Office, letters: Callable[..., list[Notice]], monkeypatch: pytest.MonkeyPatch
) -> None:
    letters(12)
    monkeypatch.setitem(letter_batches._MOST, "deliver", 4)
    before = states(office)
    page = "/notices?view=all"
    everything = [one for ids in before.values() for one in ids]
    form = {"action": "deliver", "notice": everything, "back": page}
    preview = office.send("clerk", page, "/notices/batch", form).text
    assert "选了 12 份，能办 6 份，跳过 6 份" in preview and "先办前 4 份" in preview
    selection = re.search(r'name="selection" value="([^"]+)"', preview)
    assert selection is not None
    form = {"action": "deliver", "selection": selection[1], "confirmed": "1", "back": page}
    wrong = office.send("clerk", page, "/notices/batch", {**form, "delivered_on": "2026-13-01"})
    assert wrong.status_code == 422
    assert "请选送达方式" in wrong.text and 'value="2026-13-01"' in wrong.text
    assert states(office) == before
    day = clock.now().astimezone(SHANGHAI).date()
    form |= {"way": "post", "delivered_on": f"{day.year}.{day.month}.{day.day}"}
    done = office.send("clerk", page, "/notices/batch", form)
    result = office.read("clerk", done.headers["Location"])
    assert "登记送达：办好 4 份，跳过 6 份" in result and "接着办其余 2 份" in result
    after = states(office)
    assert len(after["delivered"]) == len(before["delivered"]) + 4
    assert after["queued"] == before["queued"] and after["void"] == before["void"]


def test_who_may_only_read_letters_gets_no_ticks_and_no_step(
    office: Office, letters: Callable[..., list[Notice]]
) -> None:
    letters(6)
    text = office.read("finance", "/notices?view=all")
    assert total_of(text) == 6
    assert not ids_in(text) and "选择全部" not in text and "合并打印" not in text
    for step in ("batch", "select"):
        assert office.browser("finance").post(f"/notices/{step}", {"action": "print"}).status_code == 403
