"""Each kind of letter, rendered from its specimen and read back."""

import os
import re
from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO

import pypdf
import pytest

from insurer.kernel.errors import Invalid
from insurer.kernel.money import in_words
from insurer.notices.catalogue import CATALOGUE, NoticeKind
from insurer.notices.letters import Copy, Letter
from insurer.notices.production import letter_html, letter_pdf, warm_up
from insurer.notices.specimens import (
    CORRECTED,
    DECISION,
    ENROLMENT,
    LONG_DECISION,
    MISSING_PAPERS,
    RECEIPT,
    REFUSAL,
    SPECIMENS,
)
from insurer.platform.fonts import FONT_STACKS
from insurer.platform.rendering import LETTER_TEMPLATES, LetterGlyphMissing, LetterIncomplete, merge_pdfs

PAGES = {
    NoticeKind.ENROLMENT: 2,
    NoticeKind.RECEIPT: 1,
    NoticeKind.MISSING_PAPERS: 1,
    NoticeKind.DECISION: 1,
    NoticeKind.REFUSAL: 1,
    NoticeKind.REVIEW_RESULT: 1,
    NoticeKind.ADVANCE: 1,
    NoticeKind.RECOVERY: 1,
}


@cache
def rendered(number: str) -> bytes:
    return letter_pdf(next(one for one in (*SPECIMENS.values(), LONG_DECISION) if one.number == number))


def pages_of(content: bytes) -> list[str]:
    reader = pypdf.PdfReader(BytesIO(content))
    return [re.sub(r"\s+", "", page.extract_text()) for page in reader.pages]


def text_of(letter: Letter) -> str:
    return "".join(pages_of(rendered(letter.number)))


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def fonts_of(content: bytes) -> dict[str, bool]:
    """Base font name without its subset tag, and whether the font file is inside."""
    found = {}
    for page in pypdf.PdfReader(BytesIO(content)).pages:
        for font in page["/Resources"]["/Font"].values():
            for descendant in font.get_object()["/DescendantFonts"]:
                described = descendant.get_object()
                name = str(described["/BaseFont"]).lstrip("/").partition("+")[2]
                descriptor = described["/FontDescriptor"].get_object()
                found[name] = any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))
    return found


def test_every_kind_has_template_style_and_specimen() -> None:
    assert set(SPECIMENS) == set(CATALOGUE) == set(NoticeKind)
    for entry in CATALOGUE.values():
        assert (LETTER_TEMPLATES / entry.template).is_file()
        assert (LETTER_TEMPLATES / entry.stylesheet).is_file()


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_letter_has_head_foot_and_receipt_strip(kind: NoticeKind) -> None:
    letter = SPECIMENS[kind]
    pages = pages_of(rendered(letter.number))
    assert len(pages) == PAGES[kind]
    first, last = pages[0], pages[-1]
    assert squeeze(letter.entry.title) in first
    assert squeeze(letter.number) in first
    assert f"{letter.addressee}：" in first
    assert letter.office.company in first
    assert "送达回执" in last and "收件人签名" in last and Copy.CUSTOMER.value.replace(" ", "") in last
    assert squeeze(f"{letter.issued_on.year}年{letter.issued_on.month}月{letter.issued_on.day}日") in last
    for index, page in enumerate(pages, start=1):
        assert f"第{index}页，共{len(pages)}页" in page
        assert squeeze(letter.reference) in page


@pytest.mark.parametrize(
    ("name", "first", "others"),
    [
        (
            "less",
            "重新算过，以前多付了1,407.05元。",
            [
                "应付10,592.95元，已经付了12,000.00元，不再付钱",
                "要退还的1,407.05",
                "民法典",
                "要退还人民币壹仟肆佰零柒元零伍分",
            ],
        ),
        ("more", "我们再付给您6,592.95元。", ["一共赔10,592.95元，以前付过4,000.00元", "11月27日前转到"]),
        ("same", "这件赔10,592.95元，以前已经付清。", ["应付的没有变"]),
        (
            "refused-after-payment",
            "重新核对过，这件不能赔，原因是：",
            ["以前付给您的10,592.95元要退回来", "《追回通知书》"],
        ),
    ],
)
def test_a_decision_made_anew_says_what_was_paid_and_what_is_left(
    name: str, first: str, others: list[str]
) -> None:
    letter = CORRECTED[name]
    assert letter.problems() == ()
    text = "".join(pages_of(letter_pdf(letter)))
    head = text.split("一、")[0]
    assert first in head
    assert "将付给" not in text and "这次我们不能付款" not in text
    for words in others:
        assert words in text, words
    if name != "more":
        assert "转到" not in head  # nothing is on its way


def test_too_much_paid_is_not_said_without_its_reason_and_clause() -> None:
    bare = replace(CORRECTED["less"], cause=None, basis=(), rule=None)
    assert [problem.field for problem in bare.problems()] == ["cause"]


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_letter_embeds_its_fonts_and_no_stranger(kind: NoticeKind) -> None:
    allowed = {family.replace(" ", "-") for stack in FONT_STACKS.values() for family in stack}
    for name, embedded in fonts_of(rendered(SPECIMENS[kind].number)).items():
        assert embedded, name
        assert any(name.startswith(family) for family in allowed), name


@pytest.mark.parametrize("kind", NoticeKind)
def test_the_same_letter_gives_the_same_bytes(kind: NoticeKind) -> None:
    assert letter_pdf(SPECIMENS[kind]) == rendered(SPECIMENS[kind].number)


@pytest.mark.parametrize("kind", NoticeKind)
def test_no_letter_says_undefined_none_or_a_template_mark(kind: NoticeKind) -> None:
    html = letter_html(SPECIMENS[kind])
    for mark in ("{{", "{%", "None", "undefined", "Undefined", "insurer."):
        assert mark not in html


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_letter_is_tagged_archivable_and_dated_by_its_issue(kind: NoticeKind) -> None:
    letter = SPECIMENS[kind]
    reader = pypdf.PdfReader(BytesIO(rendered(letter.number)))
    root = reader.trailer["/Root"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "zh-CN"
    assert "/OutputIntents" in root
    metadata = root["/Metadata"].get_data().decode()
    assert 'pdfaid:part="3" pdfaid:conformance="A"' in metadata
    assert reader.metadata is not None and reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date() == letter.issued_on
    assert reader.metadata.title == f"{letter.entry.title} {letter.number}"


def test_a_decision_opens_with_the_amount_and_shows_it_in_words() -> None:
    text = text_of(DECISION)
    opening = text.index("我们将付给您10,592.95元。")
    assert opening < text.index("一、这笔钱怎么算")
    assert "11月27日前转到您尾号6617的社会保障卡里" in text
    assert in_words(DECISION.amount_fen) + "（￥10,592.95）" in text
    assert "您2026年10月1日至10月15日在龙城中心医院住院。" in text
    assert "今年已付8,966.78元（含本次），还可以付11,033.22元。" in text


def test_a_decision_names_amount_reason_and_clause_of_each_refused_line() -> None:
    text = text_of(DECISION)
    for words in (
        "可降解硬膜补片",
        "5,800.00",
        "一片5,800元，达到5,000元",
        "常开委办〔2021〕143号第二部分（二）第4项",
    ):
        assert words in text
    assert "有1,060.36元算在这一项上，所以上表写4,739.64元。" in text


def test_a_decision_without_refused_lines_has_no_second_part() -> None:
    whole = replace(
        DECISION,
        shares=tuple(share for share in DECISION.shares if not share.refused),
        refused=(),
        borne_fen=DECISION.borne_fen - 473_964,
        total_fen=DECISION.total_fen - 473_964,
        limits=(),
    )
    html = letter_html(whole)
    assert "不能赔" not in html
    assert "二、您不同意怎么办" in html


def test_a_long_decision_repeats_table_heads_and_keeps_signature_with_content() -> None:
    pages = pages_of(rendered(LONG_DECISION.number))
    assert len(pages) == 3
    assert "依据的文件都是常开委办〔2021〕143号。" in pages[0]
    for page in pages:
        assert "项目金额（元）理由依据" in page
    assert "送达回执" not in pages[0] + pages[1]
    assert "您不同意怎么办" in pages[-1]
    assert "新北大病理赔〔2026〕决字1284号" in pages[1]
    assert "合计30项" in pages[-1]


def test_rare_characters_print_from_real_fonts() -> None:
    text = text_of(LONG_DECISION)
    for char in "𠮷䶮〔〕￥":
        assert char in text
    assert "陆𠮷祥（儿子）尾号0042的银行卡" in text


def test_a_letter_about_somebody_else_names_the_patient() -> None:
    text = text_of(LONG_DECISION)
    assert "陆䶮有2次结算算在一起" in text
    assert "剩下由个人负担" in text


def test_a_refusal_opens_with_the_reason_and_names_the_ways_out() -> None:
    text = text_of(REFUSAL)
    assert "这次我们不能付款，原因是：结算那天您还不属于保障对象。" in text
    for words in ("《保险法》第二十四条", "12378", "复查", "仲裁", "起诉", "第二部分（一）", "随信退还2份"):
        assert words in text
    # A company habit must not look like a time bar of the law.
    assert not re.search(r"\d+日内.{0,6}(复议|异议|申诉)", text)


def test_missing_papers_are_a_numbered_list_with_substitute_and_issuer() -> None:
    text = text_of(MISSING_PAPERS)
    assert "还差2份材料，补齐后我们马上接着办。" in text
    assert "《保险法》第二十二条" in text
    for index, paper in enumerate(MISSING_PAPERS.papers, start=1):
        for words in (paper.what, paper.why, paper.instead, paper.issuer):
            assert squeeze(words) in text
        assert f"{index}{squeeze(paper.what)}" in text
    assert "这段时间不算在办理期限里" in text


def test_a_receipt_lists_papers_pages_and_the_next_date() -> None:
    text = text_of(RECEIPT)
    assert "您的材料收到了，一共5份。" in text
    assert "2026年11月2日09:38" in text
    assert "费用明细清单6原件" in text
    assert "合计5份13" in text
    assert "12月2日前我们会写信告诉您结果" in text


def test_an_enrolment_letter_says_free_of_charge_and_nine_exclusions() -> None:
    text = text_of(ENROLMENT)
    assert "不用您交钱" in text
    assert len(ENROLMENT.exclusions) == 9
    for index, words in enumerate(ENROLMENT.exclusions, start=1):
        assert f"{index}.{squeeze(words)}" in text
    assert "一年最多20,000.00元" in text


def test_the_company_copy_differs_only_in_its_strip() -> None:
    text = "".join(pages_of(letter_pdf(DECISION, copy=Copy.COMPANY)))
    assert text.replace("第一联公司留存", "第二联客户留存") == text_of(DECISION)


def test_an_empty_value_fails_with_its_chinese_name() -> None:
    with pytest.raises(LetterIncomplete, match="缺少经办人") as caught:
        letter_html(replace(DECISION, handler=" "))
    assert caught.value.problems[0].field == "handler"


def test_all_missing_values_are_named_at_once() -> None:
    broken = replace(MISSING_PAPERS, addressee="", papers=(replace(MISSING_PAPERS.papers[0], issuer=""),))
    with pytest.raises(LetterIncomplete) as caught:
        letter_html(broken)
    assert {problem.field for problem in caught.value.problems} == {"addressee", "issuer"}
    assert "要补的材料第 1 项缺少找谁开" in caught.value.message


def test_contradicting_sums_fail_before_anything_is_made() -> None:
    with pytest.raises(Invalid, match=r"总费用减去各方付款是 17,879.38 元，应为 17,879.37 元"):
        letter_html(replace(DECISION, total_fen=DECISION.total_fen + 1))


def test_a_full_identity_number_never_leaves() -> None:
    with pytest.raises(Invalid, match="不能写进通知书"):
        letter_html(replace(REFUSAL, facts=("证号 11010119000307001X 的参保记录",)))


def test_a_character_without_glyph_is_named() -> None:
    with pytest.raises(LetterGlyphMissing, match=r"U\+32FFF"):
        letter_pdf(replace(RECEIPT, addressee="张\U00032fff", patient="张\U00032fff"))


def test_names_are_escaped() -> None:
    html = letter_html(replace(RECEIPT, handed_in_by="<img src=x>{{ 7*7 }}"))
    assert "&lt;img src=x&gt;{{ 7*7 }}" in html


def test_a_print_run_keeps_list_order_and_starts_each_letter_on_its_own_sheet() -> None:
    letters = [rendered(one.number) for one in (REFUSAL, ENROLMENT, RECEIPT)]
    joined = merge_pdfs(letters)
    titles = [page[:60] for page in pages_of(joined)]
    assert ["拒赔通知书" in titles[0], "参保告知书" in titles[1], "受理通知书" in titles[3]] == [True] * 3
    assert merge_pdfs(letters) == joined
    both_sides = pages_of(merge_pdfs(letters, duplex=True))
    assert len(both_sides) == 6
    assert both_sides[1] == both_sides[5] == ""


def test_an_empty_print_run_is_refused() -> None:
    with pytest.raises(Invalid):
        merge_pdfs([])


def test_a_payday_next_year_shows_its_year() -> None:
    later = replace(DECISION, pay_by=date(2027, 1, 4))
    assert "2027年1月4日前转到您" in letter_html(later)


def test_a_warm_process_forks_children_that_render_the_same_bytes() -> None:
    warm_up()
    expected = rendered(DECISION.number)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - runs in the child
        same = letter_pdf(DECISION) == expected
        os.write(writing, b"1" if same else b"0")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 1) == b"1"
    assert letter_pdf(DECISION) == expected
