"""A settlement sheet as it is typed: sums in words, lines from a table, every problem at its field."""

from datetime import date

import pytest

from insurer.claims.rules import required_papers
from insurer.claims.sheet_fields import additions
from insurer.claims.sheet_lines import lines_of_text
from insurer.claims.sheet_reading import SheetOf, SheetRead, read_sheet
from insurer.worklists.settlement_sheet import values_of
from tests.factories.desk import ZHANG
from tests.factories.sheets import LINES_TEXT, sheet

TODAY = date(2026, 11, 28)
WHOSE = SheetOf("changzhou-xinbei", ZHANG, "张桂芳")


def _read(**changes: object) -> SheetRead:
    return read_sheet(sheet(**changes), (), WHOSE, today=TODAY)


def _said(read: SheetRead) -> dict[str, str]:
    return {problem.field: problem.message for problem in read.problems}


def test_a_sound_sheet_is_the_record_that_a_file_would_bring() -> None:
    read = read_sheet(sheet(), lines_of_text(LINES_TEXT).rows, WHOSE, today=TODAY)
    assert read.problems == ()
    record = read.record
    assert record is not None
    assert (record.region, record.setl_id, record.total_fen) == ("3204", "SETL20260215088213", 6_087_937)
    assert record.facts["psn_part_amt"] == "21879.37"
    assert record.facts["fund_pay_sumamt"] == "39000.00"
    assert record.facts["later_payers"] == [{"payer": "inclusive", "unsplit": "4000.00"}]
    assert record.invoice_key == "32060126|0012345678|a1b2c3"
    assert [line.facts["chrgitm_lv"] for line in record.lines] == ["03", "03", "01"]
    assert [line.facts["med_chrgitm_type"] for line in record.lines] == ["08", "05", "05"]
    assert all(one.agrees for one in read.sums)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"overlmt_selfpay": "433.00"},
            "费用四项相加是 60,879.27 元，比总费用少 0.10 元。请对照结算单第1页。",
        ),
        ({"preselfpay_amt": "3864.27"}, "比总费用多 18.00 元。差额能被 9 整除，多半有一格两个数字填颠倒了。"),
        ({"preselfpay_amt": "38462.70"}, "“乙类先行自付”像是多填了一位。"),
        ({"preselfpay_amt": "3846.27", "overlmt_selfpay": "43.31"}, "“超限价自付”像是少填了一位。"),
    ],
)
def test_a_sum_that_is_off_says_how_much_and_where_to_look(changes: dict[str, str], words: str) -> None:
    said = additions(sheet(**changes))[0]
    if "少填" in words:
        assert not said.agrees
    else:
        assert words in said.text
    assert words.split("。")[0] in _said(_read(**changes))["medfee_sumamt"] or "少填" in words


def test_a_fund_typed_twice_is_named() -> None:
    said = additions(sheet(hifob_pay="12000"))[1]
    assert said.text == (
        "各方支付相加是 72,879.37 元，比总费用多 12,000.00 元。差的正好是“医疗救助”，看它是不是填重了。"
        "请对照结算单第1页。"
    )


def test_a_paper_that_does_not_add_up_itself_can_be_taken_as_it_is() -> None:
    wrong = {"overlmt_selfpay": "433.00"}
    assert _read(**wrong).record is None
    record = _read(**wrong, as_printed="1").record
    assert record is not None
    assert record.facts["overlmt_selfpay"] == "433.00"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"medfee_sumamt": ""}, "medfee_sumamt", "医疗总费用没有金额，没有发生请填 0.00"),
        ({"hifmi_pay": ""}, "hifmi_pay", "大病保险没有金额，没有发生请填 0.00"),
        ({"hifp_pay": "二万七"}, "hifp_pay", "不是金额，请写成 1234.50 这样的数字"),
        ({"hifp_pay": "-1"}, "hifp_pay", "基本医疗统筹不能小于零"),
        ({"hifp_pay": "1000000000000.01"}, "hifp_pay", "太大，请核对"),
        ({"setl_time": "2026-02-30"}, "setl_time", "不是日期"),
        ({"enddate": "2026-01-15"}, "enddate", "出院日期早于入院日期，请核对"),
        ({"setl_time": "2026-01-15"}, "setl_time", "结算日期早于入院或就诊日期，请核对"),
        ({"setl_time": "2026-11-29"}, "setl_time", "结算日期还没有到（今天是 2026-11-28）"),
        ({"setl_time": "２０９９／１／１"}, "setl_time", "结算日期还没有到"),
        ({"enddate": "2027.2.15"}, "enddate", "出院日期还没有到"),
        ({"begndate": "20260216"}, "enddate", "出院日期早于入院日期，请核对"),
        ({"fulamt_ownpay_amt": "1e4"}, "fulamt_ownpay_amt", "全自费“1e4”不是金额"),
        ({"overlmt_selfpay": "433.104"}, "overlmt_selfpay", "的小数超过两位，金额只能到分"),
        ({"inclusive_amount": "4000.001"}, "inclusive_amount", "的小数超过两位，金额只能到分"),
        ({"med_type": ""}, "med_type", "医疗类别没有填，请补上"),
        ({"med_type": "88"}, "med_type", "医疗类别请从列出的里面选一个"),
        ({"hospital": ""}, "hospital", "医疗机构没有填，请补上"),
        ({"bill_no": ""}, "bill_no", "票据号码没有填，请补上"),
        ({"bill_no": "1|2"}, "bill_no", "竖线"),
        ({"inclusive_amount": ""}, "inclusive_amount", "惠民保付了多少没有填，请补上"),
        ({"inclusive_amount": "-5"}, "inclusive_amount", "不能小于零"),
        ({"bill_total": "60879.73"}, "bill_total", "票据金额是 60,879.73 元，比总费用多 0.36 元。请对照票据"),
    ],
)
def test_every_slip_is_named_at_its_own_field(changes: dict[str, str], field: str, words: str) -> None:
    read = _read(**changes)
    assert read.record is None
    assert words in _said(read)[field]


@pytest.mark.parametrize(
    "typed", ["20260215", "2026/2/15", "2026.02.15", "2026年2月15日", "２０２６－０２－１５"]
)
def test_a_day_may_be_typed_as_people_write_days(typed: str) -> None:
    read = _read(setl_time=typed, enddate=typed)
    assert read.problems == ()
    assert read.record is not None
    assert read.record.settled_on == date(2026, 2, 15)


def test_what_a_sender_never_typed_is_not_blamed_on_the_number_of_the_settlement() -> None:
    said = _said(_read(hifp_pay="999999999999", hifmi_pay="999999999999.99", as_printed="1"))
    assert set(said) == {"hifp_pay"}


def test_a_paper_without_a_number_is_known_by_its_invoice() -> None:
    record = _read(setl_id="").record
    assert record is not None
    assert record.setl_id == "PJ-32060126-0012345678"


def test_lines_that_do_not_add_up_are_named_with_how_many_there_are() -> None:
    lines = lines_of_text(LINES_TEXT.replace("49279.37\t甲类", "49279.00\t甲类")).rows
    read = read_sheet(sheet(), lines, WHOSE, today=TODAY)
    assert _said(read)["lines_text"] == (
        "明细 3 行的金额相加是 60,879.00 元，比“医疗总费用”少 0.37 元。请看是不是漏了行"
    )


def test_a_table_without_heads_is_read_in_the_order_of_the_form() -> None:
    rows = lines_of_text("一次性导管\t35.5\t2\t71.00\t乙\t0").rows
    assert rows == (
        {
            "medins_list_name": "一次性导管",
            "pric": "35.5",
            "cnt": "2",
            "det_item_fee_sumamt": "71.00",
            "chrgitm_lv": "02",
            "fulamt_ownpay_amt": "0",
            "feedetl_sn": "1",
        },
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("单价\t数量\t金额\n1\t1\t1", "没有“项目名称”这一栏"),
        ("项目名称\t单价\n床位\t1", "没有“金额”这一栏"),
        ("项目名称\t金额\n\t35\n床位\t", "明细第 2 行没有项目名称"),
    ],
)
def test_a_table_that_lacks_something_is_named(text: str, words: str) -> None:
    assert words in lines_of_text(text).problems[0].message


def test_what_each_later_payer_paid_has_a_field_of_its_own() -> None:
    typed = sheet(
        inclusive="paid",
        inclusive_amount="4000",
        charity="paid",
        charity_amount="1000.50",
        private="paid",
        private_amount="200",
        third_party="settled",
        third_party_amount="300",
    )
    read = read_sheet(typed, lines_of_text(LINES_TEXT).rows, WHOSE, today=TODAY)
    assert read.record is not None, read.problems
    assert read.record.facts["later_payers"] == [
        {"payer": "inclusive", "unsplit": "4000.00"},
        {"payer": "charity", "unsplit": "1000.50"},
        {"payer": "private", "unsplit": "200.00"},
        {"payer": "private", "of": "third_party", "unsplit": "300.00"},
    ]
    assert read.sums[2].text == "个人负担 21,879.37 − 以后各方 5,500.50 = 还剩 16,378.87"
    shown = values_of(read.record.facts)
    assert {name: shown[f"{name}_amount"] for name in ("inclusive", "charity", "private", "third_party")} == {
        "inclusive": "4,000.00",
        "charity": "1,000.50",
        "private": "200.00",
        "third_party": "300.00",
    }
    assert (shown["third_party"], shown["private"]) == ("settled", "paid")
    papers = required_papers("inpatient", read.record.facts)
    assert {"inclusive_decision", "charity_decision", "private_decision", "accident_statement"} < set(papers)


def test_a_third_partys_payment_asks_for_no_decision_of_an_insurer() -> None:
    typed = sheet(third_party="settled", third_party_amount="300", inclusive="none")
    read = read_sheet(typed, lines_of_text(LINES_TEXT).rows, WHOSE, today=TODAY)
    assert read.record is not None, read.problems
    papers = required_papers("inpatient", read.record.facts)
    assert "accident_statement" in papers and "private_decision" not in papers


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"charity": "paid"}, "charity_amount", "慈善救助付了多少没有填"),
        ({"third_party": "settled"}, "third_party_amount", "第三方责任付了多少没有填"),
        ({"charity": "paid", "charity_amount": "-1"}, "charity_amount", "不能小于零"),
        (
            {"charity": "paid", "charity_amount": "18000"},
            "inclusive_amount",
            "相加是 22,000.00 元，比个人负担的 21,879.37 元多 120.63 元",
        ),
    ],
)
def test_what_later_payers_paid_is_checked(changes: dict[str, str], field: str, words: str) -> None:
    read = read_sheet(sheet(**changes), lines_of_text(LINES_TEXT).rows, WHOSE, today=TODAY)
    assert read.record is None
    assert [one.message for one in read.problems if one.field == field and words in one.message]


def test_an_amount_beside_a_payer_that_paid_nothing_does_not_count() -> None:
    read = read_sheet(
        sheet(charity="pending", charity_amount="99999"), lines_of_text(LINES_TEXT).rows, WHOSE, today=TODAY
    )
    assert read.record is not None
    assert read.sums[2].agrees
