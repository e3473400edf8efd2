import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insurer.claims.reading import read_settlements
from insurer.claims.records import read_record
from insurer.exclusions.check import check_lines
from insurer.kernel.errors import Invalid
from insurer.schemes.calculate import calculate
from tests.factories.desk import ZHANG, line, raw_record

NONSENSE: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.sampled_from(["", " ", "NaN", "1e999999", "1e40", "-5.00", "是", "\x00", "\ud800", "０１", "9" * 40])
    | st.integers(-5, 10**20)
    | st.floats()
    | st.lists(st.sampled_from(["a", 1, None, {}]), max_size=2)
    | st.dictionaries(
        st.sampled_from(["a", "kind", "payer"]), st.sampled_from([1, "x", None, []]), max_size=2
    )
)


def _document(record: Any) -> dict[str, Any]:
    facts = {**record.facts, "feedetail": [one.facts for one in record.lines]}
    person = {"insutype": "390", "roster": {"2026": {"on_previous_december": True}}}
    return {
        "case_id": "X",
        "kind": "claim",
        "scheme": "changzhou-xinbei",
        "person": person,
        "used": {},
        "settlements": [facts],
    }


def _places(raw: dict[str, Any]) -> list[tuple[Any, ...]]:
    head = [("setlinfo", key) for key in (*raw["setlinfo"], "refd_setl_flag", "dual_channel", "referral")]
    lines = [("feedetail", 0, key) for key in (*raw["feedetail"][0], "hilist_name")]
    payer = [("later_payers", 0, key) for key in ("payer", "unsplit", "in_catalogue")]
    beside = ("feedetail", "invoice", "later_payers", "evidence", "fixmedins", "referral", "third_party")
    whole = [(key,) for key in (*beside, "dual_channel", "upstream_pending", "setlinfo", "reverses")]
    inner = [("invoice", "bill_no"), ("evidence", 0, "pages"), ("evidence", 0, "kind"), ("feedetail", 0)]
    place = [("fixmedins", key) for key in ("kind", "designated", "region", "name")]
    return [*head, *lines, *payer, *whole, *inner, *place]


_BASE = raw_record(
    "s1",
    later_payers=[{"payer": "charity", "unsplit": "10.00"}],
    invoice={"bill_code": "1", "bill_no": "2", "check_code": "3"},
)
_BASE["fixmedins"] = {"kind": "hospital", "designated": True, "region": "mainland", "name": "一院"}


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_places(_BASE)), NONSENSE), min_size=1, max_size=3))
def test_whatever_stands_in_a_record_is_named_or_can_be_calculated_and_stored(
    changes: list[tuple[tuple[Any, ...], Any]],
) -> None:
    raw = json.loads(json.dumps(_BASE))
    for path, value in changes:
        target: Any = raw
        try:
            for step in path[:-1]:
                target = target[step]
            target[path[-1]] = value
        except (TypeError, KeyError, IndexError):
            continue  # an earlier change took the place away
    record, problems = read_record(raw, "a.json 第 1 条")
    if record is None:
        assert problems
        assert all(problem.field and problem.where.startswith("a.json 第 1 条") for problem in problems)
        return
    assert not problems
    stored = [record.facts, [one.facts for one in record.lines], record.setl_id, record.name]
    text = json.dumps(stored)
    assert "\\u0000" not in text
    text.encode()
    record.original.encode()
    if not record.is_reversal:
        result = calculate(_document(record), check_lines)
        assert "error" not in result, result


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ("2026/03/01 08:00", date(2026, 3, 1)),
        ("20260301", date(2026, 3, 1)),
        ("20260301103000", date(2026, 3, 1)),
        ("2026-03-01T10:30:00", date(2026, 3, 1)),
        ("2026-03-01 21:07:33+08:00", date(2026, 3, 1)),
        ("2025-12-31T17:00:00Z", date(2026, 1, 1)),
    ],
)
def test_every_way_to_write_the_time_of_settlement_gives_the_day_in_china(text: str, day: date) -> None:
    record, problems = read_record(raw_record("s1", setl_time=text), "第 1 条")
    assert record is not None, problems
    assert record.settled_on == day
    assert record.facts["setl_time"] == day.isoformat()
    assert "error" not in calculate(_document(record), check_lines)


@pytest.mark.parametrize("field", ["begndate", "enddate"])
def test_a_day_of_the_stay_that_is_none_is_named(field: str) -> None:
    record, problems = read_record(raw_record("s1", **{field: "昨天"}), "第 1 条")
    assert record is None
    assert [problem.field for problem in problems] == [field]


@pytest.mark.parametrize(
    "written", ["32041119880808123x", "３２０４１１１９８８０８０８１２３Ｘ", " 320411 19880808 123X "]
)
def test_a_person_number_is_the_same_however_it_was_typed(written: str) -> None:
    record, problems = read_record(raw_record("s1", certno=written), "第 1 条")
    assert record is not None, problems
    assert record.certno == "32041119880808123X"


def test_a_person_number_of_the_wrong_length_is_named() -> None:
    record, problems = read_record(raw_record("s1", certno="3204111988080812"), "第 1 条")
    assert record is None
    assert [problem.field for problem in problems] == ["certno"]


def test_the_same_settlement_written_otherwise_has_the_same_content() -> None:
    raw = raw_record("s1")
    again = json.loads(json.dumps(raw))
    again["setlinfo"]["hifp_pay"] = "500.0000000001"
    again["setlinfo"]["setl_time"] = "20260301100000"
    again["exported_at"] = "2026-03-20"
    one, two = (read_record(each, "第 1 条")[0] for each in (raw, again))
    assert one is not None
    assert two is not None
    assert one.content_hash == two.content_hash
    again["setlinfo"]["hifp_pay"] = "500.01"
    three, _ = read_record(again, "第 1 条")
    assert three is not None
    assert three.content_hash != one.content_hash


def test_amounts_of_both_signs_are_refused() -> None:
    record, problems = read_record(raw_record("s1", hifp_pay="-500.00"), "第 1 条")
    assert record is None
    assert [problem.field for problem in problems] == ["hifp_pay"]


def test_two_lines_with_one_number_are_refused() -> None:
    twice = [line("1", "普通诊疗", "900.00"), line("1", "换药", "100.00")]
    record, problems = read_record(raw_record("s1", feedetail=twice), "第 1 条")
    assert record is None
    assert [problem.field for problem in problems] == ["feedetl_sn"]


@pytest.mark.parametrize("count", [0, 5_000])
def test_a_bill_may_have_no_line_or_five_thousand(count: int) -> None:
    lines = [line(str(number), "普通诊疗", "0.20") for number in range(count)]
    record, problems = read_record(raw_record("s1", feedetail=lines), "第 1 条")
    assert record is not None, problems
    assert len(record.lines) == count


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"setlinfo": {}',
        b"[1]",
        b"\xff\xfe[\x00]\x00",
        b"PK\x03\x04 nothing",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"",
        b"[]",
        b"\x00\x00",
        b'[{"setlinfo": "x"}]',
        b'{"a": 1}\nrubbish',
        b'rubbish\n{"a": 1}',
    ],
)
def test_a_file_that_is_no_delivery_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read_settlements(content, "结算.json")
    assert "结算.json" in refused.value.message


def test_a_line_separator_inside_a_text_does_not_cut_a_record() -> None:
    raw = raw_record("s1", psn_name="张\u2028桂芳")
    rows = [json.dumps(one, ensure_ascii=False) for one in (raw, raw_record("s2"))]
    assert len(read_settlements("\n".join(rows).encode(), "a.jsonl")) == 2


def test_a_broken_first_row_is_named_like_any_other() -> None:
    rows = ['{"setlinfo": ', json.dumps(raw_record("s2"))]
    with pytest.raises(Invalid) as refused:
        read_settlements("\n".join(rows).encode(), "a.jsonl")
    assert [problem.where for problem in refused.value.problems] == ["a.jsonl 第 1 行"]


def test_the_factory_person_is_a_real_number() -> None:
    record, problems = read_record(raw_record("s1"), "第 1 条")
    assert record is not None, problems
    assert record.certno == ZHANG
