"""Papers over HTTP: many at once, each with its own answer; nothing foreign runs under our address."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from tests.factories.desk import LI
from tests.factories.paper_files import active_pdf, einvoice, locked_pdf, ofd, pdf, picture
from tests.http.pages.conftest import Desk


def _files(*files: tuple[str, bytes]) -> list[tuple[BytesIO, str]]:
    return [(BytesIO(content), name) for name, content in files]


def _hand_in(desk: Desk, number: str, *files: tuple[str, bytes], **more: str) -> Any:
    page = f"/cases/{number}/papers"
    return desk.send("clerk", page, page, {"kind": "other", "file": _files(*files), **more})


def test_the_sound_files_of_a_handful_are_kept_and_the_bad_one_is_named(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case(evidence=[])
    answer = _hand_in(
        desk,
        number,
        *[(f"{place}.pdf", pdf(mark=f"{number}{place}")) for place in range(4)],
        ("明细.pdf", locked_pdf(user="x")),
    )
    assert answer.status_code == 200
    assert "收下 4 份，有 1 份没收下" in answer.text
    assert "“明细.pdf”设了打开密码。请去掉密码再传" in answer.text
    assert answer.text.count('class="is-kept"') == 4
    shown = desk.read("clerk", f"/cases/{number}/documents")
    assert shown.count("<b>其他材料</b>") == 4


def test_a_script_gets_one_short_answer_for_each_file(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case(evidence=[])
    page, one = f"/cases/{number}/papers", f"/cases/{number}/papers/one"
    kept = desk.send(
        "clerk", page, one, {"kind": "fee_list", "file": _files(("单.pdf", pdf(3, mark=number)))}
    )
    assert (kept.status_code, kept.json) == (200, {"message": "已收下，3 页"})
    wrong = desk.send(
        "clerk", page, one, {"kind": "fee_list", "file": _files(("单.pdf", active_pdf("launch")))}
    )
    assert wrong.status_code == 422
    assert wrong.json["message"].startswith("“单.pdf”里面带有打开别的程序的命令，不能收")
    other = new_case(evidence=[], certno=LI, psn_name="李小龙")
    page, one = f"/cases/{other}/papers", f"/cases/{other}/papers/one"
    again = desk.send(
        "clerk", page, one, {"kind": "fee_list", "file": _files(("单.pdf", pdf(3, mark=number)))}
    )
    assert (again.status_code, again.json["case"]) == (409, number)


def test_the_same_bytes_in_another_case_stop_with_a_card_and_go_on_with_a_reason(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    first, second = new_case(evidence=[]), new_case(evidence=[], certno=LI, psn_name="李小龙")
    content = pdf(mark=f"{first} {second}")
    assert _hand_in(desk, first, ("票.pdf", content)).status_code == 303
    card = _hand_in(desk, second, ("票.pdf", content))
    assert card.status_code == 409
    assert "先停一下" in card.text
    assert f'href="/cases/{first}/documents"' in card.text
    assert _hand_in(desk, second, ("票.pdf", content), duplicate_reason="两人合开").status_code == 303
    assert "两人合开" in desk.read("clerk", f"/cases/{second}/timeline")


def test_what_was_handed_in_is_never_run_and_never_guessed_at(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case(evidence=[])
    invoice = einvoice(number=number[-10:].replace("-", "0"))
    assert _hand_in(desk, number, ("a.pdf", pdf(mark=number + "a")), ("b.xml", invoice)).status_code == 303
    assert _hand_in(desk, number, ("c.ofd", ofd()), ("d.png", picture(shade=77))).status_code == 303
    kinds = {}
    for place in range(1, 5):
        text = desk.read("clerk", f"/cases/{number}/documents?paper={place}")
        address = re.search(r'href="(/cases/[^"]+/documents/[0-9a-f-]{36})"', text)
        assert address is not None
        answer = desk.browser("clerk").get(address[1])
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
        way = answer.headers["Content-Disposition"].partition(";")[0]
        kinds[way, answer.mimetype] = kinds.get((way, answer.mimetype), 0) + 1
    assert kinds == {
        ("attachment", "application/pdf"): 1,
        ("attachment", "application/octet-stream"): 2,
        ("inline", "image/png"): 1,
    }


def test_an_invoices_values_stand_beside_what_was_entered(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case(
        evidence=[], invoice={"bill_code": "32060126", "bill_no": "0077777777", "check_code": "a1b2c3"}
    )
    invoice = einvoice(number="0077777777", total="999.00", payer="王福根")
    assert _hand_in(desk, number, ("票.xml", invoice)).status_code == 303
    text = desk.read("clerk", f"/cases/{number}/documents?paper=1")
    row = re.search(r"<th scope=\"row\">金额</th>.*?</tr>", text, re.DOTALL)
    assert row is not None
    assert "999.00" in row[0] and "1,000.00" in row[0] and "不同" in row[0]
    assert re.search(r"交款人</th><td>不是这个人</td>", text)
    assert "王福根" not in text
    assert re.search(r"原件指纹 SHA-256 [0-9a-f]{64}", text)


def test_a_paper_is_read_marked_and_a_wrong_one_is_taken_off(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case(evidence=[])
    files = [("甲.png", picture(shade=11)), ("乙.png", picture(shade=12))]
    assert _hand_in(desk, number, *files).status_code == 303
    page = f"/cases/{number}/documents"
    text = desk.read("clerk", f"{page}?paper=1")
    assert "正在看" in text and "未看" in text
    moved = desk.send("clerk", f"{page}?paper=1", page, {"then": "next", "paper": "1"})
    assert moved.headers["Location"] == f"{page}?paper=2&done=checked"
    assert "已核" in desk.read("clerk", f"{page}?paper=2")
    action = re.search(rf'action="({page}/[0-9a-f-]+/remove)"', desk.read("clerk", f"{page}?paper=2"))
    assert action is not None
    assert desk.send("clerk", f"{page}?paper=2", action[1], {"reason": ""}).status_code == 422
    assert desk.send("clerk", f"{page}?paper=2", action[1], {"reason": "拍错了"}).status_code == 303
    text = desk.read("clerk", page)
    assert "去掉过 1 份" in text and "拍错了" in text
    told = desk.read("clerk", f"/cases/{number}/timeline")
    assert "核对材料：其他材料" in told and "去掉材料：其他材料" in told


def test_a_sheet_from_another_system_can_be_read_and_not_changed(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    from sqlalchemy import update

    from insurer.claims.tables import Claim

    number = new_case()
    page = f"/cases/{number}/documents"
    assert "存好，看下一份" in desk.read("clerk", page)
    with desk.runtime.transaction() as session:
        session.execute(update(Claim).where(Claim.case_no == number).values(channel="file"))
    text = desk.read("clerk", page)
    assert "更正由结算系统重发" in text and "核对过，看下一份" in text
    refused = desk.send("clerk", page, page, {"then": "next", "paper": "1", "medfee_sumamt": "1"})
    assert refused.status_code == 422


def test_a_typed_sheet_is_kept_when_it_is_refused_and_as_a_draft(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    page = f"/cases/{number}/documents"
    typed = _sheet_of(desk, page)
    wrong = desk.send("clerk", page, page, {**typed, "maf_pay": "二百", "then": "next"})
    assert wrong.status_code == 422
    assert 'value="二百"' in wrong.text and "医疗救助“二百”不是金额" in wrong.text
    assert wrong.text.count("医疗救助“二百”不是金额") == 2  # in the summary and beside the field
    kept = desk.send("clerk", page, page, {**typed, "maf_pay": "150", "then": "draft"})
    assert kept.headers["Location"].endswith("done=draft")
    text = desk.read("clerk", page)
    assert 'name="maf_pay" value="150"' in text and "已存草稿，还没有写入" in text
    assert 'name="maf_pay" value="200.00"' in desk.read("first", page)
    assert desk.send("clerk", page, page, {**typed, "then": "forget"}).status_code == 303
    assert 'name="maf_pay" value="200.00"' in desk.read("clerk", page)


def test_a_corrected_sheet_is_calculated_anew_and_the_slower_of_two_is_told(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    page = f"/cases/{number}/documents"
    typed = {**_sheet_of(desk, page), "maf_pay": "100", "psn_cash_pay": "400", "then": "next"}
    saved = desk.send("clerk", page, page, typed)
    assert saved.status_code == 303, saved.text
    assert saved.headers["Location"].endswith("done=sheet")
    assert 'name="maf_pay" value="100.00"' in desk.read("clerk", page)
    told = desk.read("clerk", f"/cases/{number}/timeline")
    assert "改结算单" in told and "医疗救助 200.00" in told and "医疗救助 100.00" in told
    assert "上游结算有更正" not in told
    late = desk.send("first", page, page, {**typed, "maf_pay": "90", "psn_cash_pay": "410", "version": "1"})
    assert late.status_code == 409
    assert 'value="90"' in late.text


def _sheet_of(desk: Desk, page: str) -> dict[str, str]:
    """Return what the sheet of a page holds, as a browser would send it back."""
    text = desk.read("clerk", page)
    form = text[text.index("entry-side") :]
    typed = dict(re.findall(r'<input[^>]*name="([a-z_]+)" value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]*name="([a-z_]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        typed[name] = chosen[1] if chosen else ""
    for guard in ("csrf_token", "form_key", "version"):
        typed.pop(guard, None)
    # the record of these tests names no hospital
    return {**typed, "hospital": "龙城中心医院", "paper": "1"}


@pytest.mark.parametrize("who", ["auditor", "reviewer"])
def test_who_may_only_look_is_offered_nothing_to_change(
    desk: Desk, new_case: Callable[..., str], who: str
) -> None:
    text = desk.read(who, f"/cases/{new_case()}/documents")
    assert 'name="then"' not in text and "添加材料" not in text and "去掉这份" not in text
