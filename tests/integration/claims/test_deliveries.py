"""Deliveries as they really come: what each must do was worked out by hand before it was tried."""

import json
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from xlsxwriter import Workbook

from insurer.claims.lifecycle import State
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.intake import Registered, register_settlements
from insurer.claims.reading import read_settlements
from insurer.claims.tables import Claim, Settlement
from insurer.kernel.errors import Invalid
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from tests.factories.desk import LI, NOW, SCHEME, ZHANG, hire, put_on_roster, raw_record
from tests.factories.upstream import copied, corrected, reversal

Raw = dict[str, Any]


@pytest.fixture
def clerk(session: UnitSession, storage: Storage) -> Actor:
    put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李文")])
    return hire(session, "clerk", "clerk")


def _take(session: UnitSession, clerk: Actor, content: bytes, name: str = "送来.json") -> Registered:
    """Do what the command does."""
    done = register_settlements(
        session,
        actor=clerk,
        scheme=SCHEME,
        records=read_settlements(content, name),
        channel="file",
        now=NOW,
    )
    calculate_claims(session, actor=clerk, claim_ids=done.touched, now=NOW)
    return done


def _json(*raws: Raw) -> bytes:
    return json.dumps(list(raws), ensure_ascii=False).encode()


def _counts(done: Registered) -> tuple[int, int, int, int]:
    return len(done.new), len(done.changed), len(done.reversed), len(done.unchanged)


def _warehouse(raw: Raw) -> Raw:
    """The record as a data warehouse exports it: capitals, words for codes, zones, floats with noise."""
    head = dict(raw["setlinfo"])
    head |= {
        "SETL_ID": "520100G0000627311318",
        "INSU_ADMDVS": head.pop("insuplc_admdvs"),
        "MED_TYPE": "普通门诊",
        "MED_TYPECODE": "11",
        "SETL_TIME": "2026-03-02 21:07:33+08:00",
        "OWNPAY_HOSP_PART": 0.0,
        "PSN_PAY": 300.0000000000001,
        "INSCP_AMT": 849.9999999999999,
        "CASH_PAYAMT": "300",
        "fixmedins_name": "\ufffd\ufffd",
        "unheard_of": {"a": [1, 2]},
    }
    for gone in ("setl_id", "med_type", "setl_time", "hosp_part_amt", "psn_part_amt", "inscp_scp_amt"):
        head.pop(gone)
    return {**raw, "setlinfo": head, "extra": 1}


def test_an_export_of_a_warehouse_is_one_case_of_the_same_amount(session: UnitSession, clerk: Actor) -> None:
    done = _take(session, clerk, _json(_warehouse(raw_record("x"))))
    assert _counts(done) == (1, 0, 0, 0)
    claim = session.get_one(Claim, done.new[0])
    # 850 + 50 - 500 - 200 in the catalogue, half of the 100 outside
    assert (claim.benefit_fen, claim.visit, claim.settled_on) == (25_000, "outpatient", date(2026, 3, 2))
    settlement = session.scalars(select(Settlement)).one()
    assert (settlement.region, settlement.setl_id) == ("3204", "520100G0000627311318")


def test_one_number_in_two_regions_is_two_cases(session: UnitSession, clerk: Actor) -> None:
    there = raw_record("s1", insuplc_admdvs="320500")
    assert _counts(_take(session, clerk, _json(raw_record("s1"), there))) == (2, 0, 0, 0)


def test_the_same_file_again_and_again_makes_nothing(session: UnitSession, clerk: Actor) -> None:
    content = _json(raw_record("s1"), raw_record("s2"), raw_record("s1", invoice={}))
    with pytest.raises(Invalid) as refused:
        _take(session, clerk, content)
    assert [(one.field, one.code) for one in refused.value.problems] == [("setl_id", "duplicate_conflict")]
    twice = raw_record("s1")
    assert _counts(_take(session, clerk, _json(twice, raw_record("s2"), twice))) == (2, 0, 0, 1)
    assert _counts(_take(session, clerk, _json(twice))) == (0, 0, 0, 1)


def test_a_correction_and_a_new_case_in_one_file_do_both(session: UnitSession, clerk: Actor) -> None:
    raw = raw_record("s1")
    first = _take(session, clerk, _json(raw)).new[0]
    done = _take(session, clerk, _json(corrected(raw), raw_record("s2")))
    assert _counts(done) == (1, 1, 0, 0)
    # 100 more from medical assistance: 200 of the catalogue's part are left, and half of 100
    assert session.get_one(Claim, first).benefit_fen == 15_000


@pytest.mark.parametrize("flag", ["1", None, "000"])
def test_all_negative_amounts_reverse_whatever_the_flag_says(
    session: UnitSession, clerk: Actor, flag: str | None
) -> None:
    raw = raw_record("s1")
    first = _take(session, clerk, _json(raw)).new[0]
    back = copied(reversal(raw, "s1r", psn_part_amt=None, psn_pay="-300.00"), refd_setl_flag=flag)
    assert _counts(_take(session, clerk, _json(back))) == (0, 0, 1, 0)
    assert session.get_one(Claim, first).state == State.WITHDRAWN
    assert _counts(_take(session, clerk, _json(back))) == (0, 0, 0, 1)


def test_a_refund_flag_on_positive_amounts_reverses_the_settlement_of_that_amount(
    session: UnitSession, clerk: Actor
) -> None:
    raw = raw_record("s1")
    first = _take(session, clerk, _json(raw)).new[0]
    done = _take(session, clerk, _json(copied(raw, setl_id="s1r", refd_setl_flag="001")))
    assert (_counts(done), done.reversed) == ((0, 0, 1, 0), [first])


def test_of_two_equal_settlements_the_one_of_the_same_visit_is_reversed(
    session: UnitSession, clerk: Actor
) -> None:
    one, two = raw_record("s1"), raw_record("s2")
    cases = _take(session, clerk, _json(one, two)).new
    done = _take(session, clerk, _json(reversal(two, "s3")))
    assert done.reversed == [cases[1]]
    third = _take(session, clerk, _json(raw_record("s6"))).new[0]
    nameless = copied(reversal(one, "s4"), mdtrt_id="")
    with pytest.raises(Invalid) as refused, session.begin_nested():
        _take(session, clerk, _json(nameless))
    assert {problem.field for problem in refused.value.problems} == {"reverses"}
    assert session.get_one(Claim, third).state == State.RECEIVED


def _stray_line(raw: Raw) -> bytes:
    return _book([raw], line_number="b9")


def _book(raws: list[Raw], *, line_number: str = "", **cells: Any) -> bytes:
    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        heads, lines = book.add_worksheet("setlinfo"), book.add_worksheet("feedetail")
        fields = [*raws[0]["setlinfo"], "bill_code", "bill_no", "check_code"]
        heads.write_row(0, 0, fields)
        names = ["setl_id", *dict.fromkeys(name for line in raws[0]["feedetail"] for name in line)]
        lines.write_row(0, 0, names)
        at = 1
        for row, raw in enumerate(raws, 1):
            known = {**raw["setlinfo"], **raw["invoice"], **cells}
            for column, field in enumerate(fields):
                heads.write(row, column, known.get(field, ""))
            for line in raw["feedetail"]:
                number = line_number or raw["setlinfo"]["setl_id"]
                lines.write_row(at, 0, [{**line, "setl_id": number}.get(name, "") for name in names])
                at += 1
    return buffer.getvalue()


def test_a_workbook_with_dates_and_numbers_as_cells_is_the_delivery_that_its_text_is(
    session: UnitSession, clerk: Actor
) -> None:
    raw = raw_record("b1", invoice={"bill_code": "32060126", "bill_no": "0012345678", "check_code": "012345"})
    numbers = {"medfee_sumamt": 1000.0000000000001, "hifp_pay": 500, "bill_no": 12345678, "check_code": 12345}
    done = _take(session, clerk, _book([raw], **numbers), "表.xlsx")
    assert session.get_one(Claim, done.new[0]).benefit_fen == 25_000
    assert _counts(_take(session, clerk, _json(raw))) == (0, 0, 0, 1)


Wrong = Callable[[Raw], bytes]
REFUSED: dict[str, tuple[Wrong, str, str]] = {
    "a required amount that is missing": (
        lambda raw: _json(copied(raw, hifmi_pay=None)),
        "第 1 条",
        "hifmi_pay",
    ),
    "a required amount that is empty": (lambda raw: _json(copied(raw, hifp_pay=" ")), "第 1 条", "hifp_pay"),
    "an amount with a comma for a point": (
        lambda raw: _json(copied(raw, hifp_pay="500,00")),
        "第 1 条",
        "hifp_pay",
    ),
    "one negative amount": (lambda raw: _json(copied(raw, maf_pay="-200.00")), "第 1 条", "maf_pay"),
    "a day that is none": (lambda raw: _json(copied(raw, setl_time="2026-02-30")), "第 1 条", "setl_time"),
    "a short number": (lambda raw: _json(copied(raw, certno="3204111965030712")), "第 1 条", "certno"),
    "a payer nobody knows": (
        lambda raw: _json({**raw, "later_payers": [{"payer": "uncle", "unsplit": "1"}]}),
        "后续付款方第 1 项",
        "payer",
    ),
    "lines that are no list": (lambda raw: _json({**raw, "feedetail": {"a": 1}}), "第 1 条", "feedetail"),
    "a line without amount": (
        lambda raw: _json({**raw, "feedetail": [{"medins_list_name": "床位"}]}),
        "明细第 1 行",
        "det_item_fee_sumamt",
    ),
    "a line of no settlement": (_stray_line, "feedetail 第 2 行", "setl_id"),
    "lost digits": (lambda raw: _book([raw], certno=float(ZHANG)), "setlinfo 第 2 行", "certno"),
    "an error of the sheet": (
        lambda raw: _book([raw], medfee_sumamt="#N/A"),
        "setlinfo 第 2 行",
        "medfee_sumamt",
    ),
    "a second line that breaks off": (
        lambda raw: json.dumps(raw).encode() + b'\n{"setlinfo": {"setl_id"',
        "第 2 行",
        "",
    ),
    "a reversal of a reversal": (
        lambda raw: _json(raw, reversal(raw, "r1", reverses="s1"), reversal(raw, "r2", reverses="r1")),
        "第 3 条",
        "reverses",
    ),
    "a reversal of somebody else": (
        lambda raw: _json(raw, reversal(copied(raw, certno=LI, psn_name="李文"), "r1", reverses="s1")),
        "第 2 条",
        "reverses",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_delivery_with_one_fault_writes_nothing_and_names_its_place(
    session: UnitSession, clerk: Actor, name: str
) -> None:
    make, where, field = REFUSED[name]
    with pytest.raises(Invalid) as refused, session.begin_nested():
        _take(session, clerk, make(raw_record("s1")))
    said = [(problem.where, problem.field) for problem in refused.value.problems]
    assert any(where in place and field == one for place, one in said), said
    assert all(place.startswith("送来.json") for place, _ in said)
    assert session.scalars(select(Claim)).all() == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"\xff\xfe\x00", "不是 JSON"),
        (b"[" * 100_000, "完整的 JSON"),
        (b'"text"', "不是 JSON"),
        (b'[{"setlinfo": 1}', "完整的 JSON"),
    ],
)
def test_what_is_no_delivery_is_refused_in_one_sentence(
    session: UnitSession, clerk: Actor, content: bytes, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        _take(session, clerk, content)
    assert words in refused.value.message
