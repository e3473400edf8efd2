"""The same settlement as other exchanges of the platform write it, and what nobody may mistake."""

import json
from io import BytesIO
from typing import Any

import pytest
from xlsxwriter import Workbook

from insurer.claims.reading import read_settlements
from insurer.claims.record_fields import fen_from_text
from insurer.claims.records import SettlementRecord, read_record
from insurer.kernel.errors import Invalid
from tests.factories.desk import raw_record


def _read(raw: dict[str, Any]) -> SettlementRecord:
    record, problems = read_record(raw, "第 1 条")
    assert record is not None, problems
    return record


def _renamed(**names: str) -> dict[str, Any]:
    raw = raw_record("s1")
    for old, new in names.items():
        raw["setlinfo"][new] = raw["setlinfo"].pop(old)
    return raw


def test_the_names_of_a_warehouse_in_capitals_are_understood() -> None:
    raw = _renamed(
        inscp_scp_amt="INSCP_AMT",
        overlmt_selfpay="OVERLMT_SELFPAY",
        hosp_part_amt="OWNPAY_HOSP_PART",
        psn_part_amt="PSN_PAY",
        insuplc_admdvs="INSU_ADMDVS",
        begndate="START_DATE",
        enddate="END_DATE",
        setl_id="SETL_ID",
    )
    plain, found = _read(raw_record("s1")), _read(raw)
    assert found.facts == plain.facts | {"invoice": found.facts["invoice"]}
    assert (found.region, found.setl_id) == ("3204", "s1")


def test_own_payments_that_are_split_are_added_and_half_of_them_is_nothing() -> None:
    raw = raw_record("s1", psn_part_amt=None, psn_selfpay="200.005", psn_ownpay=99.99)
    raw["setlinfo"].update(psn_selfpay="200.01", psn_ownpay="99.99")
    assert _read(raw).facts["psn_part_amt"] == "300.00"
    del raw["setlinfo"]["psn_ownpay"]
    assert "psn_part_amt" not in _read(raw).facts


def test_a_reversal_keeps_its_amounts_under_the_other_names() -> None:
    raw = raw_record(
        "s2",
        **{
            "medfee_sumamt": "-1000",
            "inscp_scp_amt": "-850",
            "preselfpay_amt": "-50",
            "fulamt_ownpay_amt": "-100",
            "hifp_pay": "-500",
            "maf_pay": "-200",
            "fund_pay_sumamt": "-700",
            "psn_part_amt": None,
            "psn_pay": "-300",
            "hosp_part_amt": None,
            "ownpay_hosp_part": "0",
        },
        feedetail=[],
    )
    found = _read(raw)
    assert found.is_reversal
    assert (found.total_fen, found.facts["psn_part_amt"]) == (-100_000, "-300.00")


@pytest.mark.parametrize(("flag", "is_reversal"), [("001", True), ("1", True), ("000", False), ("", False)])
def test_the_refund_flag_is_read_in_both_spellings(flag: str, is_reversal: bool) -> None:
    assert _read(raw_record("s1", refd_setl_flag=flag)).is_reversal is is_reversal


def test_the_word_of_a_visit_gives_way_to_its_code_and_is_one_without() -> None:
    assert _read(raw_record("s1", med_type="普通住院", med_typecode="2101")).med_type == "2101"
    found = _read(raw_record("s1", med_type="普通住院"))
    assert (found.med_type, found.facts["med_type"]) == ("21", "21")
    assert _read(raw_record("s1", med_type="没见过的")).med_type == "没见过的"


def test_a_fund_that_stands_in_the_list_alone_is_not_paid_a_second_time() -> None:
    raw = raw_record("s1")
    del raw["setlinfo"]["maf_pay"]
    raw["setldetail"] = [
        {"fund_pay_type": "390101", "fund_payamt": 500},
        {"fund_pay_type": "610101", "fund_payamt": "150.00"},
        {"fund_pay_type": "610102", "fund_payamt": 50.000000001},
        {"fund_pay_type": "310201", "fund_payamt": "30.00"},
        {"fund_pay_type": "999996", "fund_payamt": "20.00"},
    ]
    assert _read(raw).facts["maf_pay"] == "200.00"
    raw["setlinfo"]["maf_pay"] = "0.00"
    assert _read(raw).facts["maf_pay"] == "0.00"


def test_an_invoice_named_in_the_header_is_the_same_invoice() -> None:
    raw = raw_record("s1", bill_code="32060126", bill_no="0012345678", check_code="a1b2c3", invoice={})
    assert _read(raw).invoice_key == "32060126|0012345678|a1b2c3"
    raw = raw_record("s1", invono="320601260012345678", invoice=None)
    assert _read(raw).invoice_key == "32060126|0012345678|"


@pytest.mark.parametrize("text", ["12,50", "1,23", "1_000", "12,3456.00", "1.2.3", "true"])
def test_a_comma_that_may_be_a_decimal_point_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="不是金额"):
        fen_from_text(text)


@pytest.mark.parametrize("text", ["￥1,234.50", "１２３４．５０", "1,234.5", "1234.5000000001", "1.2345e3"])
def test_an_amount_is_read_however_its_writer_adorned_it(text: str) -> None:
    assert fen_from_text(text) == 123_450


def test_a_file_in_the_encoding_of_older_systems_is_read() -> None:
    content = json.dumps([raw_record("s1")], ensure_ascii=False).encode("gb18030")
    assert read_settlements(content, "旧.json")[0].name == "张桂芳"


def _book(head: dict[str, Any], *, line_has_number: bool = True, sheet: str = "setlinfo") -> bytes:
    raw = raw_record("880001")
    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        heads, lines = book.add_worksheet(sheet), book.add_worksheet("FEEDETAIL")
        for column, (field, value) in enumerate({**raw["setlinfo"], **head}.items()):
            heads.write(0, column, field.upper())
            heads.write(1, column, value)
        fields = [*dict.fromkeys(field for line in raw["feedetail"] for field in line), "setl_id"]
        lines.write_row(0, 0, fields)
        for row, line in enumerate(raw["feedetail"], 1):
            known = {**line, "setl_id": "880001" if line_has_number else ""}
            lines.write_row(row, 0, [known.get(field, "") for field in fields])
    return buffer.getvalue()


def test_a_number_cell_gives_an_invoice_its_zeros_back() -> None:
    found = read_settlements(
        _book({"bill_code": 32060126, "bill_no": 12345678, "check_code": 1234}), "a.xlsx"
    )[0]
    assert found.invoice_key == "32060126|0012345678|001234"


def test_digits_lost_in_a_column_that_nobody_reads_are_nobodys_trouble() -> None:
    found = read_settlements(_book({"psn_no": 32040000000000000123, "x": 10**16}), "a.xlsx")
    assert [record.setl_id for record in found] == ["880001"]
    with pytest.raises(Invalid) as refused:
        read_settlements(_book({"mdtrt_id": 32040000000000000123}), "a.xlsx")
    assert refused.value.problems[0].field == "mdtrt_id"


def test_lines_without_a_number_belong_to_the_only_settlement() -> None:
    found = read_settlements(_book({}, line_has_number=False, sheet="SetlInfo "), "a.xlsx")
    assert [len(record.lines) for record in found] == [2]
