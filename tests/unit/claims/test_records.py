import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurer.claims.reading import read_settlements
from insurer.claims.record_fields import fen_from_text
from insurer.claims.records import read_record
from insurer.kernel.errors import Invalid
from tests.factories.desk import ZHANG, line, raw_record


@given(st.integers(-(10**13), 10**13))
def test_an_amount_survives_a_senders_float_noise(fen: int) -> None:
    text = f"{Decimal(fen) / 100:.2f}"
    assert fen_from_text(text) == fen
    assert fen_from_text(text + "0000000001" if "." in text else text) == fen


def test_noise_below_half_a_fen_is_dropped_and_half_a_fen_rounds_up() -> None:
    assert fen_from_text("38.61000000000001") == 3861
    assert fen_from_text("38.60999999999999") == 3861
    assert fen_from_text("0.005") == 1
    assert fen_from_text("-0.005") == -1
    assert fen_from_text("1,234.50") == 123450


@pytest.mark.parametrize("text", ["12元", "NaN", "Infinity", "一百", "1.2.3"])
def test_text_that_is_no_amount_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="不是金额"):
        fen_from_text(text)


def test_nothing_personal_reaches_the_facts() -> None:
    record, problems = read_record(raw_record("s1", tel="13800000000", psn_no="999"), "第 1 条")
    assert record is not None
    assert not problems
    text = json.dumps([record.facts, [line.facts for line in record.lines]], ensure_ascii=False)
    for personal in (ZHANG, "张桂芳", "13800000000", "999"):
        assert personal not in text
    assert ZHANG in record.original


def test_every_problem_is_gathered_with_record_and_field() -> None:
    raw = raw_record("", medfee_sumamt="很多", hifp_pay=None, setl_time="2026-02-30")
    record, problems = read_record(raw, "x.jsonl 第 3 行")
    assert record is None
    assert {problem.field for problem in problems} == {"setl_id", "medfee_sumamt", "hifp_pay", "setl_time"}
    assert all(str(problem).startswith("x.jsonl 第 3 行") for problem in problems)


def test_variant_names_of_other_exchanges_are_understood() -> None:
    raw = raw_record("s1")
    head = raw["setlinfo"]
    head["psn_pay"] = head.pop("psn_part_amt")
    head["ownpay_hosp_part"] = head.pop("hosp_part_amt")
    head["inscp_amt"] = head.pop("inscp_scp_amt")
    head["begntime"] = head.pop("begndate") + " 08:00:00"
    record, problems = read_record(raw, "第 1 条")
    assert not problems
    assert record is not None
    assert record.facts["psn_part_amt"] == "300.00"
    assert record.facts["hosp_part_amt"] == "0.00"
    assert record.facts["inscp_scp_amt"] == "850.00"
    assert record.facts["begndate"] == "2026-03-01"
    assert record.burden_fen == 30_000


def test_json_numbers_never_pass_through_a_float() -> None:
    raw = raw_record("s1")
    text = json.dumps(raw, ensure_ascii=False).replace('"1000.00"', "1000.0000000000001")
    record = read_settlements(text.encode(), "a.json")[0]
    assert record.facts["medfee_sumamt"] == "1000.00"
    assert "1000.0000000000001" in record.original


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"\x89PNG....", "不是 JSON"),
        (b"hello", "不是 JSON"),
        (b'{"setlinfo": {', "完整的 JSON"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "加密"),
        (b"PK\x03\x04broken", "“f.x”"),
        (b"[1, 2]", "读不懂"),
        (b"[]", "没有结算记录"),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_chinese_message(content: bytes, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_settlements(content, "f.x")
    assert words in refused.value.message


def test_one_bad_record_refuses_the_file_and_names_its_line() -> None:
    rows = [raw_record("s1"), raw_record("s2", hifmi_pay="x")]
    content = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    with pytest.raises(Invalid) as refused:
        read_settlements(content, "九月.jsonl")
    assert [str(problem) for problem in refused.value.problems] == [
        "九月.jsonl 第 2 行 hifmi_pay：“x”不是金额，请写成 1234.50 这样的数字"
    ]


def test_a_line_without_a_name_is_named() -> None:
    raw = raw_record("s1", feedetail=[line("1", "", "900.00")])
    _, problems = read_record(raw, "第 1 条")
    assert [problem.where for problem in problems] == ["第 1 条 明细第 1 行"]


@pytest.mark.parametrize("payer", ["", " ", "\u3000", "\t", "\x1c"])
def test_a_later_payment_by_nobody_is_named(payer: str) -> None:
    raw = raw_record("s1", later_payers=[{"payer": payer, "unsplit": "1.00"}])
    record, problems = read_record(raw, "第 1 条")
    assert record is None
    assert [problem.field for problem in problems] == ["payer"]
