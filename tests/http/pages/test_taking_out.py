"""What leaves the system: exports and error workbooks."""

import re
from collections.abc import Callable
from io import BytesIO
from urllib.parse import unquote

import openpyxl
from sqlalchemy import select

from insurer.platform.audit import AuditEntry
from tests.factories.desk import ZHANG
from tests.http.pages.conftest import Desk


def test_an_export_has_the_rows_of_the_list_masked_and_says_who_took_it(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case(fixmedins_name="=1+1")
    text = desk.read("clerk", "/cases?status=in_review")
    found = re.search(r'data-testid="total"><b>([\d,]+)</b>', text)
    action = re.search(r'action="(/cases/export[^"]*)"', text)
    assert found is not None and action is not None
    answer = desk.browser("clerk").post(action[1].replace("&amp;", "&"))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    rows = [row for row in sheet.iter_rows(min_row=2, values_only=True) if row[1] is not None]
    assert len(rows) == int(found[1].replace(",", ""))
    assert number in {row[0] for row in rows}
    assert all(re.fullmatch(r"\*[\dX]{4}", str(row[2])) for row in rows)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    last = str(sheet.cell(sheet.max_row, 1).value)
    assert "陈敏" in last and f"{len(rows)} 件" in last
    with desk.runtime.transaction() as session:
        made = select(AuditEntry).where(AuditEntry.tag == "platform:export:made")
        entry = session.scalars(made.order_by(AuditEntry.seq.desc())).first()
        assert entry is not None and entry.data["number"] in last


def test_the_error_workbook_is_the_senders_with_one_more_column(desk: Desk) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "薛家镇"
    sheet.append(["镇（街）", "村（居）", "姓名", "身份证号码", "保障类别", "享受起始年月"])
    sheet.append(["薛家镇", "顺园社区", "张桂芳", ZHANG, "农村低保", "2019-05"])
    sheet.append(["薛家镇", "顺园社区", "错证号", "320411196503071233", "农村低保", "2019-05"])
    buffer = BytesIO()
    book.save(buffer)
    form = {"month": "2026-02", "file": (BytesIO(buffer.getvalue()), "薛家镇2月.xlsx")}
    staged = desk.send("bureau", "/rosters", "/rosters", form)
    assert staged.status_code == 303, staged.text[:500]
    page = staged.headers["Location"].partition("?")[0]
    answer = desk.browser("bureau").get(f"{page}/errors.xlsx")
    marked = openpyxl.load_workbook(BytesIO(answer.data))["薛家镇"]
    assert marked.cell(2, 7).value == "错误原因"
    assert "末位对不上" in str(marked.cell(3, 7).value)
    assert [cell.value for cell in marked[3]][:6] == [cell.value for cell in sheet[3]][:6]
    assert desk.browser("auditor").get(f"{page}/errors.xlsx").status_code == 403


def test_a_file_with_a_chinese_name_can_be_sent(desk: Desk, new_case: Callable[..., str]) -> None:
    new_case()
    answer = desk.browser("clerk").post("/cases/export?status=in_review")
    plain, _, coded = answer.headers["Content-Disposition"].partition("; filename*=UTF-8''")
    assert re.fullmatch(r"attachment; filename=[\w.-]+\.xlsx", plain, flags=re.ASCII)
    assert unquote(coded).endswith(".xlsx") and re.search(r"[\u4e00-\u9fff]", unquote(coded))
