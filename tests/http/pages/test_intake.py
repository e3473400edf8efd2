"""Taking in over HTTP: find, key in, check without scripts, register once, print; files with a preview."""

import html
import json
import re
import uuid
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from insurer.claims.tables import Claim, FeeLine, Settlement
from insurer.people.reading import confined_books
from tests.factories.desk import ZHANG, raw_record
from tests.factories.hostile_files import bomb, formula_in
from tests.factories.roster_files import xlsx
from tests.factories.sheets import LINES_TEXT, sheet
from tests.http.pages.conftest import Desk

START, SHEET, FILES = "/intake", "/intake/sheet", "/intake/files"
TICKS = {
    f"paper_{kind}": "1"
    for kind in (
        "application",
        "identity",
        "bank_card",
        "settlement_sheet",
        "invoice",
        "fee_list",
        "discharge_record",
        "inclusive_decision",
    )
}


FOUND: dict[int, str] = {}


def _person(desk: Desk) -> str:
    """Return somebody, found once for each desk: how often a clerk may search in a minute is limited."""
    if id(desk) in FOUND:
        return FOUND[id(desk)]
    found = desk.send("clerk", START, f"{START}/find", {"q": "张桂芳"})
    address = re.search(r'href="/intake/sheet\?person=([0-9a-f-]{36})', found.text)
    assert address is not None, found.text
    FOUND[id(desk)] = address[1]
    return address[1]


def _typed(**changes: str) -> dict[str, str]:
    """Return a sheet that no other test has."""
    unique = uuid.uuid4().int
    number = {"setl_id": f"S{unique % 10**12}", "bill_no": f"{unique % 10**10:010d}"}
    day = {"hospital": f"第{unique % 10**6}医院"}
    return {**sheet(**number, **day), **TICKS, "lines_text": LINES_TEXT, "then": "register", **changes}


def _send(desk: Desk, typed: dict[str, str], who: str = "clerk") -> Any:
    page = f"{SHEET}?person={_person(desk)}"
    return desk.send(who, page, SHEET, {"person": _person(desk), **typed})


def test_people_are_found_masked_and_what_was_typed_stands_in_no_address(desk: Desk) -> None:
    found = desk.send("clerk", START, f"{START}/find", {"q": ZHANG})
    assert found.status_code == 200
    assert "张桂芳" in found.text and ZHANG not in found.text
    assert "在保，到" in found.text
    nobody = desk.send("clerk", START, f"{START}/find", {"q": "没有此人"})
    assert "没有找到" in nobody.text


def test_a_sheet_becomes_a_case_once_and_its_receipt_is_printed_at_once(desk: Desk) -> None:
    typed = _typed()
    made = _send(desk, typed)
    assert made.status_code == 303, made.text
    where = made.headers["Location"]
    number = where.rsplit("/", 1)[1]
    again = _send(desk, typed)
    assert again.headers["Location"] == where
    text = desk.read("clerk", where)
    assert f"已登记 {number}" in text and "￥10,592.95" in text
    run = desk.send("clerk", where, f"{where}/receipt", {})
    assert run.status_code == 303
    letter = desk.browser("clerk").get(run.headers["Location"])
    assert (letter.mimetype, letter.data[:5]) == ("application/pdf", b"%PDF-")
    assert "受理通知书" in desk.read("clerk", f"/cases/{number}/notices")
    assert "已打印" in desk.read("clerk", f"/cases/{number}/notices")
    once_more = desk.send("clerk", where, f"{where}/receipt", {})
    assert once_more.status_code == 303


def test_the_check_step_needs_no_script_and_writes_nothing(desk: Desk) -> None:
    typed = _typed(then="check")
    answer = _send(desk, typed)
    assert answer.status_code == 200
    assert "核对相符" in answer.text
    off = _send(desk, {**typed, "overlmt_selfpay": "433.00"})
    assert off.status_code == 422
    words = "费用四项相加是 60,879.27 元，比总费用少 0.10 元。请对照结算单第1页。"
    assert off.text.count(words) == 3  # in the summary, beside the total, under the four parts
    assert 'name="overlmt_selfpay" value="433.00"' in off.text
    assert "<title>错误：" in off.text


def _count(desk: Desk) -> int:
    with desk.runtime.transaction() as session:
        return session.query(Claim).count()


def test_every_field_that_is_wrong_is_named_twice_and_everything_typed_comes_back(desk: Desk) -> None:
    wrong = {"hifp_pay": "二万七", "setl_time": "2026-02-30", "hospital": "", "pages_invoice": "零"}
    answer = _send(desk, _typed(**wrong))
    assert answer.status_code == 422
    for words in (
        "基本医疗统筹“二万七”不是金额，请写成 1234.50 这样的数字",
        "结算日期“2026-02-30”不是日期，请写成 2026-01-31 这样",
        "医疗机构没有填，请补上",
    ):
        assert answer.text.count(words) == 2, words
    assert "医疗收费票据的页数应是 1 到 999 的整数" in answer.text
    assert 'value="二万七"' in answer.text
    assert "目录外植入材料" in answer.text
    assert re.search(r'name="paper_invoice" value="1" checked', answer.text)
    bare = _send(desk, {name: value for name, value in _typed().items() if not name.startswith("paper_")})
    assert "没有勾选收到的材料" in bare.text


def test_an_invoices_code_fills_the_empty_fields_and_replaces_none(desk: Desk) -> None:
    code = "01,01,32060126,0098765432,a1b2c3,60879.37,20260215"
    empty = {"bill_code": "", "bill_no": "", "check_code": "", "code": code, "then": "check"}
    answer = _send(desk, _typed(**empty))
    assert 'name="bill_no" value="0098765432"' in answer.text
    assert 'name="bill_total" value="60879.37"' in answer.text
    other = _send(desk, _typed(code=code, then="check"))
    assert "和已填的不同" in other.text and 'name="bill_no" value="0098765432"' not in other.text
    nothing = _send(desk, _typed(code="你好", then="check"))
    assert "没有票据号码，请手工填" in nothing.text


def test_what_came_before_stops_with_a_card_and_goes_on_with_a_reason(desk: Desk) -> None:
    typed = _typed()
    number = _send(desk, typed).headers["Location"].rsplit("/", 1)[1]
    second = {**typed, "setl_id": f"{typed['setl_id']}B"}
    card = _send(desk, second)
    assert card.status_code == 409
    assert "先停一下" in card.text and f"已经在 {number} 里交过" in card.text
    assert f'href="/cases/{number}/documents"' in card.text
    assert f'value="{second["setl_id"]}"' in card.text
    made = _send(desk, {**second, "duplicate_reason": "纸质换开，原票收回"})
    other = made.headers["Location"].rsplit("/", 1)[1]
    assert other != number
    assert "纸质换开，原票收回" in desk.read("clerk", f"/cases/{other}/timeline")


def test_a_draft_is_kept_for_its_writer_and_goes_when_the_case_is_made(desk: Desk) -> None:
    typed = _typed(hospital="只填了一半的医院", then="draft")
    kept = _send(desk, typed)
    assert kept.status_code == 303
    where = kept.headers["Location"]
    assert 'value="只填了一半的医院"' in desk.read("clerk", where)
    assert "只填了一半的医院" in desk.read("clerk", START)
    assert "只填了一半的医院" not in desk.read("first", START)
    draft = re.search(r"draft=([0-9a-f-]{36})", where)
    assert draft is not None
    made = desk.send(
        "clerk", where, SHEET, {**_typed(), "person": _person(desk), "draft": draft[1], "then": "register"}
    )
    assert made.status_code == 303
    assert "只填了一半的医院" not in desk.read("clerk", START)


def test_what_is_being_typed_is_kept_by_the_page_itself(desk: Desk) -> None:
    typed = _typed(setl_time="2024-05-01")
    page = f"{SHEET}?person={_person(desk)}"
    answer = desk.send("clerk", page, f"{SHEET}/typed", {"person": _person(desk), **typed})
    assert answer.status_code == 200
    assert "已存草稿" in answer.text and re.search(r'name="draft" value="[0-9a-f-]{36}"', answer.text)
    assert "那天不在保" in answer.text and "2024-05-01" in answer.text


def test_a_stranger_is_registered_with_the_number_of_the_paper(desk: Desk) -> None:
    page = SHEET
    nameless = desk.send("clerk", page, SHEET, _typed(certno="123"))
    assert nameless.status_code == 422
    assert "姓名没有填，请补上" in nameless.text and "身份证号码应是 18 位" in nameless.text
    made = desk.send("clerk", page, SHEET, _typed(psn_name="吴新来", certno="320411195001011230"))
    assert made.status_code == 303, made.text
    assert "吴新来" in desk.read("clerk", made.headers["Location"])


def test_lines_typed_by_hand_and_a_table_file_are_fee_lines_like_pasted_ones(desk: Desk) -> None:
    by_hand = {
        "lines_text": "",
        "line_0_medins_list_name": "目录外植入材料",
        "line_0_det_item_fee_sumamt": "11600.00",
        "line_0_chrgitm_lv": "丙",
        "line_0_fulamt_ownpay_amt": "11600.00",
        "line_1_medins_list_name": "目录内各项",
        "line_1_det_item_fee_sumamt": "49279.37",
    }
    assert _send(desk, _typed(**by_hand)).status_code == 303
    table = "项目名称,金额,自费\n植入材料,11600.00,11600.00\n其余,49279.37,0\n".encode("gb18030")
    page = f"{SHEET}?person={_person(desk)}"
    file = {"lines_file": (BytesIO(table), "清单.csv"), "lines_text": "", "then": "check"}
    answer = desk.send("clerk", page, SHEET, {**_typed(), "person": _person(desk), **file})
    assert answer.status_code == 200, answer.text
    assert "植入材料\t11600.00\t11600.00" in answer.text


def test_a_table_file_is_opened_in_another_process_and_refused_in_plain_words(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("opened here")

    monkeypatch.setattr(confined_books, "open_workbook", never)
    table = xlsx(("清单", [["项目名称", "金额", "自费"], [], ["植入 材料", 11600, "11600.00"]]))
    page = f"{SHEET}?person={_person(desk)}"
    for name, content, words in (
        ("清单.xlsx", table, "植入 材料\t11600\t11600.00"),
        ("带公式.xlsx", formula_in(7, "=ROW()"), "“带公式.xlsx”没有读进来：里面有公式。请另存为"),
        ("坏的.xlsx", table[:900], "“坏的.xlsx”没有读进来：不是能打开的表格。请另存为"),
        ("清单.pdf", b"%PDF-1.7", "“清单.pdf”没有读进来：不是能打开的表格。请另存为"),
        ("空的.csv", b"", "文件是空的。请另存为"),
        ("炸.xlsx", bomb(), "文件太大，或者里面的东西多得不合常理。请另存为"),
        ("长.csv", b"\n".join([b"item,1,1,1"] * 40_000), "明细太长，一次最多 5000 行。请另存为"),
    ):
        file = {"lines_file": (BytesIO(content), name), "lines_text": "", "then": "check"}
        answer = desk.send("clerk", page, SHEET, {**_typed(), "person": _person(desk), **file})
        assert words in answer.text, name
        assert "发送单位" not in answer.text, "the clerk holds the bill; no bureau sent it"


def test_who_may_not_register_has_no_counter(desk: Desk) -> None:
    assert desk.browser("reviewer").get(START).status_code == 403
    assert 'href="/intake"' not in desk.read("reviewer", "/")
    assert 'href="/intake' in desk.read("clerk", "/")


def test_a_file_is_previewed_confirmed_and_its_refused_rows_come_back(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    unique = uuid.uuid4().hex[:10]
    raws = [raw_record(f"{unique}a"), raw_record(f"{unique}b", hifp_pay="很多")]
    content = "\n".join(json.dumps(raw, ensure_ascii=False) for raw in raws).encode()
    before = _count(desk)
    staged = desk.send("clerk", FILES, FILES, {"file": (BytesIO(content), "三月.jsonl")})
    assert staged.status_code == 303, staged.text
    page = staged.headers["Location"].partition("?")[0]
    text = desk.read("clerk", page)
    assert "第 2 行" in text and "基本医疗统筹（hifp_pay）：“很多”不是金额" in text
    assert _count(desk) == before
    back = desk.browser("clerk").get(f"{page}/refused")
    assert back.headers["Content-Disposition"].startswith("attachment")
    assert "错误原因" in back.text
    assert desk.send("clerk", page, f"{page}/confirm", {}).status_code == 303
    assert _count(desk) == before + 1
    done = desk.read("clerk", f"{page}?show=new")
    number = re.search(r'href="/cases/(XB\d{4}-\d{6})"', done)
    assert number is not None and "已立案" in done
    stale = {"form_key": uuid.uuid4().hex}
    assert desk.browser("clerk").post(f"{page}/confirm", stale).status_code == 409
    wrong = desk.send("clerk", FILES, FILES, {"file": (BytesIO(b"hello"), "坏.txt")})
    assert wrong.status_code == 422 and "“坏.txt”不是 JSON" in wrong.text


def test_an_invoice_of_a_case_that_ended_unpaid_is_taken_in_and_its_page_names_that_case(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    invoice = {"bill_code": "32060126", "bill_no": "7788990011", "check_code": "a1b2c3"}
    early = new_case(invoice=invoice)
    page = f"/cases/{early}"
    desk.send("clerk", page, f"{page}/step", {"action": "withdraw", "reason": "申请人撤回"})
    made = _send(desk, _typed(bill_code="32060126", bill_no="7788990011"))
    assert made.status_code == 303, made.text
    number = made.headers["Location"].rsplit("/", 1)[1]
    for where in (made.headers["Location"], f"/cases/{number}"):
        text = desk.read("clerk", where)
        assert f"票据（号码 7788990011）以前在 {early} 里交过，那件已撤销，没有付款。" in text
        assert f'href="/cases/{early}"' in text
    assert "以前交过" not in desk.read("clerk", page)


def _pasted(text: str) -> str:
    """Return the fee lines that the answer holds for the next step."""
    found = re.search(r'<textarea[^>]*name="lines_text"[^>]*>(.*?)</textarea>', text, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def test_pasted_lines_are_changed_added_and_taken_away_row_by_row(desk: Desk) -> None:
    typed = _typed(then="edit:1")
    opened = _send(desk, typed)
    assert opened.status_code == 200
    assert 'name="edit_medins_list_name" value="目录外治疗项目"' in opened.text
    assert 'name="line_at" value="1"' in opened.text
    assert "3 行，金额合计 60,879.37 元" in opened.text and "合计行，不算" in opened.text
    row = {"edit_medins_list_name": "目录外治疗（改）", "edit_pric": "290.00", "edit_cnt": "20"}
    row |= {
        "edit_det_item_fee_sumamt": "5800.00",
        "edit_chrgitm_lv": "丙",
        "edit_fulamt_ownpay_amt": "5800.00",
    }
    put = _send(desk, {**typed, **row, "edit_med_chrgitm_type": "治疗费", "line_at": "1", "then": "put"})
    text = _pasted(put.text)
    assert "目录外治疗（改）\t290.00\t20\t5800.00\t丙\t5800.00\t治疗费" in text
    assert "目录外植入材料\t5800.00\t1\t5800.00\t丙类" in text  # other rows stay as they were pasted
    assert 'name="edit_medins_list_name"' not in put.text
    opened = _send(desk, {**typed, "lines_text": text, "then": "add"})
    assert 'aria-label="第 新 行项目名称" autofocus' in opened.text
    more = {"edit_medins_list_name": "挂号费", "edit_det_item_fee_sumamt": "1.00", "line_at": "new"}
    added = _send(desk, {**typed, **more, "lines_text": text, "then": "put"})
    assert "4 行，金额合计 60,880.37 元" in added.text
    dropped = _send(desk, {**typed, "lines_text": _pasted(added.text), "then": "drop:4"})
    assert "3 行，金额合计 60,879.37 元" in dropped.text
    final = {**typed, "lines_text": _pasted(dropped.text), "then": "register"}
    made = _send(desk, final)
    assert made.status_code == 303, made.text
    number = made.headers["Location"].rsplit("/", 1)[1]
    names = (
        select(FeeLine.name)
        .join(Settlement, Settlement.id == FeeLine.settlement_id)
        .join(Claim, Claim.id == Settlement.claim_id)
        .where(Claim.case_no == number)
        .order_by(FeeLine.line_no)
    )
    with desk.runtime.transaction() as session:
        assert session.scalars(names).all() == ["目录外植入材料", "目录外治疗（改）", "目录内各项"]


def test_a_row_that_is_still_open_is_kept_with_the_sheet_and_a_closed_one_is_not(desk: Desk) -> None:
    open_row = {
        "line_at": "0",
        "edit_medins_list_name": "植入材料甲",
        "edit_pric": "5800.00",
        "edit_cnt": "1",
    }
    open_row |= {"edit_det_item_fee_sumamt": "5800.00", "edit_fulamt_ownpay_amt": "5800.00"}
    typed = _typed(**open_row, then="check")
    assert "植入材料甲\t5800.00" in _pasted(_send(desk, typed).text)
    left = _send(desk, {**typed, "then": "unedit"})
    assert "植入材料甲" not in left.text
    gone = _send(desk, {**typed, "then": "edit:99", "line_at": ""})
    assert gone.status_code == 200 and 'name="edit_medins_list_name"' not in gone.text


def test_a_long_list_is_turned_page_by_page(desk: Desk) -> None:
    head = "项目名称\t金额\n"
    text = head + "\n".join(f"项目{number}\t1.00" for number in range(1, 46))
    first = _send(desk, _typed(lines_text=text, then="page:1"))
    assert "第 1 页，共 3 页" in first.text and ">项目20<" in first.text and ">项目21<" not in first.text
    last = _send(desk, _typed(lines_text=text, then="page:9"))
    assert "第 3 页，共 3 页" in last.text and ">项目45<" in last.text
    lacking = _send(desk, _typed(lines_text=head + "没有金额的\t", then="page:1"))
    assert "没有金额</span>" in lacking.text
