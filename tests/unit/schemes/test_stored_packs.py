"""Packs rebuilt from their stored content, and decisions done again under them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from insurer.exclusions.check import check_lines
from insurer.schemes import recomputation
from insurer.schemes.calculate import calculate, pack_content
from insurer.schemes.recomputation import (
    Difference,
    LineNotes,
    calculation_under,
    differences,
    kept_verdicts,
    recompute,
)
from insurer.schemes.running import digest_of
from insurer.schemes.stored_packs import NotReproducible, StoredPack, load_pack
from tests.factories.kept_decisions import CASES, KEPT, read_kept, worked

XINBEI = "changzhou-xinbei"
CLAIMS = sorted(path.stem for path in CASES.glob("*.json") if worked(path.stem)["kind"] == "claim")


def through_the_database(value: Any) -> Any:
    """Return a value as it comes back: keys in another order, tuples as lists."""
    return json.loads(json.dumps(value, sort_keys=True))


def stored(scheme: str, **readings: str) -> StoredPack:
    content = pack_content(scheme, readings)
    return load_pack(through_the_database(content), digest_of(content))


@pytest.mark.parametrize("name", CLAIMS)
def test_a_stored_pack_gives_what_the_recorded_one_gives(name: str) -> None:
    document = worked(name)
    pack = stored(document["scheme"])
    again = recomputation.CLAIMS[document["scheme"]](document, check_lines, pack)
    first = calculate(document, check_lines)
    assert {key: first[key] for key in again} == again
    assert json.dumps(first["settlements"]) == json.dumps(again["settlements"])


@pytest.mark.parametrize(
    "readings",
    [
        {"class_b_first_pay": "not_payable"},
        {"annual_limit_on": "other_cost", "unsplit_payment": "excluded_first"},
        {"bill_date": "admission", "below_deductible": "excluded", "private_insurance": "ignore"},
    ],
)
def test_a_stored_pack_keeps_the_readings_of_its_day(readings: dict[str, str]) -> None:
    pack = stored(XINBEI, **readings)
    for name in CLAIMS:
        document = worked(name)
        if document["scheme"] == XINBEI:
            first = calculate({**document, "readings": readings}, check_lines)
            again = recomputation.CLAIMS[XINBEI](document, check_lines, pack)
            assert first["settlements"] == again["settlements"], name


def test_the_rules_of_today_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = stored(XINBEI)
    document = worked("XB-01")
    expected = calculate(document, check_lines)

    def refuse(*_: Any) -> Any:
        raise AssertionError("the rules of today were asked")

    for name in ("pack", "read_readings"):
        monkeypatch.setattr(f"insurer.schemes.changzhou_xinbei_claim.{name}", refuse)
    again = recomputation.CLAIMS[XINBEI](document, check_lines, pack)
    assert again["total"] == expected["total"]


def change(content: dict[str, Any], *path: Any, to: Any) -> dict[str, Any]:
    copy: Any = json.loads(json.dumps(content))
    place = copy
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = to
    return copy  # type: ignore[no-any-return]


CONTENT = pack_content(XINBEI)


@pytest.mark.parametrize(
    "changed",
    [
        change(CONTENT, "parameters", "other_covered_rate", 1, 0, to=[1, 1]),
        change(CONTENT, "readings", "class_b_first_pay", 0, to="other"),
        change(CONTENT, "sheets", "settlement", 5, 3, to="别的"),
        change(CONTENT, "results", "settlement", 0, 1, to=0),
        {},
    ],
)
def test_content_that_was_changed_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(NotReproducible, match="内容被改过"):
        load_pack(changed, digest_of(CONTENT))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (change(CONTENT, "vocabulary", to=0), "运算版本是 0"),
        (change(CONTENT, "surroundings", to=99), "外围程序版本是 99"),
        ({key: value for key, value in CONTENT.items() if key != "surroundings"}, "未写明"),
        (change(CONTENT, "sheets", "dating", 0, 1, to="guess"), "没有的运算“guess”"),
        (change(CONTENT, "sheets", "dating", 0, to=[1, 2]), "不完整"),
        (change(CONTENT, "results", to={}), "不完整"),
    ],
)
def test_content_that_this_program_cannot_run_is_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(NotReproducible, match=words):
        load_pack(changed, digest_of(changed))


def test_a_pack_of_another_scheme_is_refused() -> None:
    with pytest.raises(NotReproducible, match="changzhou-xinbei"):
        calculation_under("nantong", CONTENT, digest_of(CONTENT))


@pytest.mark.parametrize("scheme", KEPT)
def test_kept_decisions_come_out_again_for_ever(scheme: str) -> None:
    """A failure here means: raise SURROUNDINGS_VERSION, and keep what decisions of version 1 need."""
    rows = read_kept(scheme)
    packs = {row["hash"]: row["content"] for row in rows if "hash" in row}
    kept = [row for row in rows if "document" in row]
    assert len(kept) == len(KEPT[scheme])
    for row in kept:
        pack = load_pack(packs[row["result"]["pack"]], row["result"]["pack"])

        def again(document: Any, check: Any, pack: StoredPack = pack) -> dict[str, Any]:
            made = recomputation.CLAIMS[scheme](document, check, pack)
            return {"case_id": document["case_id"], "kind": "claim", "scheme": scheme, **made}

        assert recompute(row["document"], row["result"], again, kept_verdicts(row["line_check"])) == []


def test_the_line_check_is_kept_for_what_is_not_covered() -> None:
    notes = LineNotes(check_lines)
    document = worked("XB-04")
    first = calculate(document, notes)
    assert [[(row["line"], row["decision"]) for row in rows] for rows in notes.kept if rows]
    again = calculate(document, kept_verdicts(notes.kept))
    assert again == first


def test_a_kept_line_check_that_does_not_fit_is_told() -> None:
    document = worked("XB-04")
    result = calculate(document, check_lines)
    again = calculation_under(XINBEI, CONTENT, digest_of(CONTENT))
    assert recompute(document, result, again, kept_verdicts([])) == [
        Difference("result", "", "存下的明细核查结果比结算少")
    ]
    far = kept_verdicts([[{"line": 99, "decision": "excluded"}]])
    assert "不存在的费用行" in recompute(document, result, again, far)[0].recomputed


def test_differences_pair_steps_by_name() -> None:
    one = {"trace": [{"rule": "a", "amount": "1.00"}, {"rule": "b", "amount": "2.00"}], "lines": [1]}
    other = {"trace": [{"rule": "b", "amount": "2.00"}], "lines": [1, 2], "more": None}
    assert [tuple(found) for found in differences(one, other)] == [
        ("trace[a]", "1.00", "（没有）"),
        ("lines[1]", "（没有）", "2"),
        ("more", "（没有）", "None"),
    ]
    assert list(differences(one, json.loads(json.dumps(one)))) == []
    assert list(differences({"a": True}, {"a": 1})) == [Difference("a", "是", "1")]


def test_a_benefit_that_its_steps_do_not_give_is_told() -> None:
    document = worked("XB-01")
    result = json.loads(json.dumps(calculate(document, check_lines)))
    step = result["settlements"][0]["trace"][-1]
    step["amount"] = result["settlements"][0]["benefit"] = "1.00"

    def same(*_: Any) -> Any:
        return result

    forged: Callable[..., Any] = same
    found = recompute(document, result, forged, check_lines)
    assert [one.field for one in found] == ["settlements[0].trace"]
    assert "得不出" in found[0].recomputed
