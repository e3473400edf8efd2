"""Totals by charge category: the settlement list before the invoice, codes and words, problems by row."""

from typing import Any

import pytest

from insurer.claims.bill_totals import charge_code, read_bill_totals
from insurer.claims.record_fields import FieldReader


def read(raw: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    reader = FieldReader("第 1 条")
    found = read_bill_totals(reader, raw)
    return found, [(one.field, one.where) for one in reader.problems]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("9", "09"),
        ("09", "09"),
        ("西药费", "09"),
        ("西药", "09"),
        ("检查", "03"),
        ("血费", "血费"),
        (" 其它 ", "14"),
    ],
)
def test_a_category_is_understood_as_code_and_as_word(text: str, code: str) -> None:
    assert charge_code(text) == code


def test_the_settlement_list_goes_before_the_invoice() -> None:
    rows = [
        {"med_chrgitm": "9", "amt": "10.50"},
        {"med_chrgitm": "09", "amt": 1.2},
        {"med_chrgitm": "14", "amt": "0"},
    ]
    details = [{"ItemName": "治疗费", "ItemAmount": "3"}]
    found, problems = read({"iteminfo": rows, "invoice": {"details": details}})
    assert found == {"source": "iteminfo", "amounts": {"09": "11.70", "14": "0.00"}}
    assert problems == []
    assert read({"invoice": {"details": details}})[0] == {"source": "invoice", "amounts": {"05": "3.00"}}
    assert read({})[0] == {}


def test_a_total_that_cannot_be_read_names_its_row() -> None:
    rows = [{"med_chrgitm": "09", "amt": "10"}, {"med_chrgitm": "", "amt": "十元"}]
    _, problems = read({"iteminfo": rows})
    assert problems == [
        ("med_chrgitm", "第 1 条 结算清单分类第 2 行"),
        ("amt", "第 1 条 结算清单分类第 2 行"),
    ]
