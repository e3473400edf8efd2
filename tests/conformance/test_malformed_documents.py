"""Whatever stands in a case document: figures, or an error with its field, and never an exception."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from insurer.exclusions.check import check_lines
from insurer.schemes.calculate import calculate

LINES = [
    {
        "feedetl_sn": "1",
        "medins_list_name": "目录外材料甲",
        "list_type": "301",
        "med_chrgitm_type": "08",
        "chrgitm_lv": "03",
        "pric": "5800.00",
        "cnt": "1",
        "det_item_fee_sumamt": "5800.00",
        "fulamt_ownpay_amt": "5800.00",
        "finding": None,
    },
    {
        "feedetl_sn": "2",
        "medins_list_name": "目录内材料甲",
        "chrgitm_lv": "01",
        "pric": "100.00",
        "cnt": "1",
        "det_item_fee_sumamt": "100.00",
        "fulamt_ownpay_amt": "0.00",
        "inscp_scp_amt": "90.00",
        "preselfpay_amt": "9.00",
        "overlmt_amt": "1.00",
        "finding": "unrelated",
    },
]
SETTLEMENT = {
    "setl_id": "b1",
    "med_type": "21",
    "begndate": "2022-06-01",
    "enddate": "2022-06-15",
    "setl_time": "2022-06-15",
    "medfee_sumamt": "16000.00",
    "inscp_scp_amt": "9000.00",
    "preselfpay_amt": "1000.00",
    "overlmt_selfpay": "200.00",
    "fulamt_ownpay_amt": "5800.00",
    "hifp_pay": "4000.00",
    "hifmi_pay": "0.00",
    "maf_pay": "1000.00",
    "oth_pay": "0.00",
    "hosp_part_amt": "0.00",
    "fund_pay_sumamt": "5000.00",
    "psn_part_amt": "11000.00",
    "act_pay_dedc": "500.00",
    "later_payers": [
        {"payer": "inclusive", "unsplit": "400.00"},
        {"payer": "charity", "in_catalogue": "1.00", "outside_catalogue": "1.00", "excluded": "1.00"},
    ],
    "fixmedins": {"kind": "hospital", "designated": True, "region": "mainland"},
    "dual_channel": False,
    "referral": "local",
    "third_party": "none",
    "upstream_pending": [],
    "reverses": None,
    "invoice": {"bill_code": "32060122", "bill_no": "0012345678", "check_code": "a1b2c3"},
    "feedetail": LINES,
}
CASE = {
    "case_id": "malformed",
    "kind": "claim",
    "scheme": "changzhou-xinbei",
    "person": {
        "insutype": "390",
        "roster": {"2022": {"on_previous_december": False, "approved_on": "2022-03-03", "removed_on": None}},
    },
    "parameters": {"other_covered_annual_limit": "20000.00"},
    "readings": {"class_b_first_pay": "in_catalogue", "cover_end": "month"},
    "used": {"2022": {"other_covered": "100.00"}},
    "settlements": [SETTLEMENT, {**SETTLEMENT, "setl_id": "r1", "setl_time": "2022-07-01", "reverses": "b1"}],
}
GONE = object()


def _deep(levels: int) -> list[Any]:
    nested: list[Any] = []
    for _ in range(levels):
        nested = [nested]
    return nested


WRONG: tuple[Any, ...] = (
    GONE,
    None,
    True,
    0,
    -1,
    1.5,
    float("nan"),
    float("inf"),
    10**30,
    "",
    " ",
    "\u3000",
    "abc",
    "1e5",
    "NaN",
    "-1.00",
    "0.005",
    "1,000.00",
    "9" * 40 + ".00",
    "9999999999999.99",
    "2022-02-30",
    "0000-00-00",
    "9999-12-31",
    "2022-06-15T25:00:00",
    "0001-01-01T00:00:00+10:00",
    "9999-12-31T23:59:59-10:00",
    "\x00",
    "\ud800",
    "x" * 10_000,
    [],
    {},
    [None],
    [[]],
    {"x": {}},
    {"2022": None},
    _deep(300),
)


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a document."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _places(part, (*path, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _places(part, (*path, index))


def _spoilt(path: tuple[str | int, ...], wrong: Any) -> dict[str, Any]:
    """The document with something wrong at one place."""
    document: Any = copy.deepcopy(CASE)
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    if wrong is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = wrong
    found: dict[str, Any] = document
    return found


def _answer(document: Any) -> dict[str, Any]:
    answer = calculate(document, check_lines)
    if "error" in answer:
        assert answer["error"]["message"]
        if isinstance(document, dict):
            assert answer["error"]["field"]
    else:
        assert answer["total"] is not None
    return answer


def test_the_document_that_is_spoilt_is_a_good_one() -> None:
    answer = calculate(CASE, check_lines)
    assert "error" not in answer
    assert [one["status"] for one in answer["settlements"]] == ["payable", "payable"]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: "gone" if wrong is GONE else repr(wrong)[:28])
def test_no_place_of_a_document_can_raise(wrong: Any) -> None:
    for path in _places(CASE):
        _answer(_spoilt(path, wrong))


@pytest.mark.parametrize("document", [None, [], "x", 1, 1.5, True, {}, [CASE]])
def test_a_document_that_is_no_case_is_an_error(document: Any) -> None:
    assert "error" in _answer(document)


def test_a_required_field_that_is_missing_is_named() -> None:
    required = (
        "setl_id",
        "med_type",
        "setl_time",
        "medfee_sumamt",
        "inscp_scp_amt",
        "preselfpay_amt",
        "overlmt_selfpay",
        "fulamt_ownpay_amt",
        "hifp_pay",
        "hifmi_pay",
    )
    for name in required:
        for wrong in (GONE, None, "", " "):
            answer = _answer(_spoilt(("settlements", 0, name), wrong))
            assert answer["error"]["field"] == f"settlements[0].{name}"


def test_an_answer_is_plain_json() -> None:
    text = json.dumps(calculate(CASE, check_lines), allow_nan=False)
    assert json.loads(text)["case_id"] == "malformed"
