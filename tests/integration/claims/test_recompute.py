"""Decisions done again from what is stored: under the pack of today, under older ones, after tampering."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import Engine, select, text

from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.recomputing import Recomputed, decision_differences, recompute_decisions
from insurer.claims.tables import Decision, RulePack
from insurer.kernel.money import parse_yuan
from insurer.platform.audit import Actor
from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession, unit_of_work
from insurer.platform.storage import Storage
from insurer.schemes import changzhou_xinbei_claim, scheme_pack
from insurer.schemes.changzhou_xinbei import record_settlement
from insurer.schemes.recording import Rules, Sheet
from insurer.schemes.running import digest_of
from insurer.schemes.tracing import replay
from tests.factories.desk import NOW, SCHEME, ZHANG, decide, hire, line, put_on_roster, raw_record, take_in


class Desk:
    """A database of its own with one insured person and staff."""

    def __init__(self, engine: Engine, keyring: Keyring, storage: Storage) -> None:
        self.engine, self.keyring = engine, keyring
        with unit_of_work(engine, keyring) as session:
            put_on_roster(session, storage, [(ZHANG, "张桂芳")])
            self.clerk, self.first = hire(session, "clerk", "clerk"), hire(session, "first", "clerk")
            self.second = hire(session, "second", "reviewer")

    def take(self, *raws: dict[str, Any]) -> list[UUID]:
        with unit_of_work(self.engine, self.keyring) as session:
            return take_in(session, self.clerk, *raws).new

    def decide(self, claim_id: UUID) -> None:
        with unit_of_work(self.engine, self.keyring) as session:
            decide(session, self.first, self.second, claim_id)

    def again(self, **years: int) -> list[Recomputed]:
        with unit_of_work(self.engine, self.keyring) as session:
            return list(recompute_decisions(session, scheme=SCHEME, **years))

    def differences(self) -> list[tuple[str, str, str]]:
        return [tuple(one) for found in self.again() for one in found.differences]

    def decisions(self) -> list[Decision]:
        with unit_of_work(self.engine, self.keyring) as session:
            return list(session.scalars(select(Decision).order_by(Decision.id)))

    def tamper(self, change: str, **values: Any) -> None:
        """Change stored rows as somebody with all rights on the server could."""
        with self.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            assert connection.execute(text(change), values).rowcount == 1


@pytest.fixture
def desk(fresh_engine: Engine, keyring: Keyring, storage: Storage) -> Desk:
    return Desk(fresh_engine, keyring, storage)


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Give way to other rules for a while; the packs of today are recorded anew afterwards."""
    changzhou_xinbei_claim.pack.cache_clear()
    with monkeypatch.context() as rules:
        yield rules
    changzhou_xinbei_claim.pack.cache_clear()


def large(setl_id: str, own: str = "60000.00") -> dict[str, Any]:
    """A bill with much own expense: the yearly limit cuts it, and uses it up for later ones."""
    yuan = parse_yuan(own) // 100
    lines = [
        line("1", "普通诊疗", "900.00", inscp_scp_amt="850.00", preselfpay_amt="50.00"),
        line("2", "目录外药品", own, chrgitm_lv="03", list_type="101", fulamt_ownpay_amt=own),
    ]
    return raw_record(
        setl_id,
        medfee_sumamt=f"{yuan + 900}.00",
        fulamt_ownpay_amt=own,
        psn_part_amt=f"{yuan + 200}.00",
        feedetail=lines,
    )


def implant(setl_id: str) -> dict[str, Any]:
    """A bill with a line above the unit price threshold."""
    lines = [
        line("1", "普通诊疗", "900.00", inscp_scp_amt="850.00", preselfpay_amt="50.00"),
        line(
            "2",
            "进口吻合器(目录外)",
            "6000.00",
            chrgitm_lv="03",
            list_type="301",
            med_chrgitm_type="08",
            fulamt_ownpay_amt="6000.00",
        ),
    ]
    return raw_record(
        setl_id,
        medfee_sumamt="6900.00",
        fulamt_ownpay_amt="6000.00",
        psn_part_amt="6200.00",
        feedetail=lines,
    )


def test_untouched_decisions_come_out_again(desk: Desk) -> None:
    first = desk.take(large("s1"))[0]
    desk.decide(first)
    desk.take(large("s2"), implant("s3"), raw_record("s4", fulamt_ownpay_amt="99.00"))
    found = desk.again()
    assert len(found) == 4
    assert [one.differences for one in found] == [()] * 4
    used = desk.decisions()[1].document["used"]
    assert used == {"2026": {"other_covered": "20000.00"}}


def test_years_choose_what_is_recomputed(desk: Desk) -> None:
    desk.take(raw_record("s1"))
    assert len(desk.again(first=2026, last=2026)) == 1
    assert desk.again(last=2025) == desk.again(first=2027) == []


def test_the_stored_trace_keeps_its_order_and_replays(desk: Desk) -> None:
    desk.take(large("s1"), implant("s2"))
    for decision in desk.decisions():
        for one in decision.result["settlements"]:
            assert replay(one["trace"]) == parse_yuan(one["benefit"])


def test_a_decision_under_an_older_step_stays_reproducible(desk: Desk, older: pytest.MonkeyPatch) -> None:
    class HalfOnly(Rules):
        """The other benefit was once rounded through a different step."""

        def share(self, name: str, label: str, cite: str, amount: Any, rate: Any) -> Any:
            if name == "other_at_rate":
                amount = self.sub(
                    "other_less_ten", "减去十元", cite, amount, self.constant("ten", "十元", 1000)
                )
            return super().share(name, label, cite, amount, rate)

    def recorded(rules: Rules) -> Sheet:
        rules.__class__ = HalfOnly
        return record_settlement(rules)

    older.setitem(changzhou_xinbei_claim.RECORDERS, "settlement", recorded)  # type: ignore[arg-type]
    desk.take(raw_record("s1"))
    older.undo()
    changzhou_xinbei_claim.pack.cache_clear()
    desk.take(raw_record("s2"))
    old, new = desk.decisions()
    assert (old.benefit_fen, new.benefit_fen) == (24_500, 25_000)
    assert old.pack_hash != new.pack_hash
    assert desk.differences() == []


def test_a_decision_under_an_older_parameter_stays_reproducible(
    desk: Desk, older: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    now = scheme_pack.scheme_data(SCHEME)
    half = now.parameters["other_covered_rate"]
    rows = tuple(replace(row, value=(1, 4)) for row in half.rows)
    then = replace(now, parameters={**now.parameters, "other_covered_rate": replace(half, rows=rows)})
    older.setattr(scheme_pack, "scheme_data", lambda scheme: then)
    desk.take(raw_record("s1"))
    older.undo()
    changzhou_xinbei_claim.pack.cache_clear()
    desk.take(raw_record("s2"))
    assert [decision.benefit_fen for decision in desk.decisions()] == [22_500, 25_000]
    assert desk.differences() == []


def test_a_decision_under_an_older_reading_stays_reproducible(desk: Desk, older: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    now = scheme_pack.scheme_data(SCHEME)
    other = replace(now.readings["class_b_first_pay"], chosen="other")
    then = replace(now, readings={**now.readings, "class_b_first_pay": other})
    older.setattr(scheme_pack, "scheme_data", lambda scheme: then)
    desk.take(raw_record("s1"))
    older.undo()
    changzhou_xinbei_claim.pack.cache_clear()
    desk.take(raw_record("s2"))
    assert [decision.benefit_fen for decision in desk.decisions()] == [22_500, 25_000]
    assert desk.differences() == []
    with unit_of_work(desk.engine, desk.keyring) as session:
        for pack in session.scalars(select(RulePack)):
            assert digest_of(pack.content) == pack.hash


def test_the_lists_of_a_later_day_do_not_change_what_was_decided(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.take(implant("s1"))
    kept = desk.decisions()[0].line_check
    assert kept is not None
    assert [(row["line"], row["code"]) for row in kept[0]] == [(1, "unit_price_threshold")]
    from insurer.claims import recomputing
    from insurer.schemes.line_check import LineVerdict

    monkeypatch.setattr(recomputing, "check_lines", lambda lines, bill: [LineVerdict("covered")] * len(lines))
    assert desk.differences() == []


def test_a_changed_result_is_reported_field_by_field(desk: Desk) -> None:
    desk.take(raw_record("s1"), raw_record("s2"))
    decision = desk.decisions()[1]
    changed = orjson.loads(orjson.dumps(decision.result))
    changed["total"] = changed["settlements"][0]["benefit"] = "999.00"
    desk.tamper(
        "UPDATE decision SET result = CAST(:result AS json) WHERE id = :id",
        result=orjson.dumps(changed).decode(),
        id=decision.id,
    )
    found = [one for one in desk.again() if one.differences]
    assert [one.case_no for one in found] == [decision.document["case_id"]]
    told = {one.field: (one.stored, one.recomputed) for one in found[0].differences}
    assert told == {
        "total": ("999.00", "250.00"),
        "settlements[0].benefit": ("999.00", "250.00"),
        "settlements[0].trace": ("999.00", "步骤得出 250.00"),
        "benefit_fen": ("250.00", "999.00"),
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ("benefit_fen = benefit_fen + 1", "benefit_fen"),
        ("other_fen = 0", "other_fen"),
        ("outcome = 'refuse'", "outcome"),
        ("document = jsonb_set(document, '{settlements,0,hifp_pay}', '\"400.00\"')", "total"),
        ('document = jsonb_set(document, \'{used}\', \'{"2026": {"other_covered": "19990.00"}}\')', "total"),
        ("document = document - 'settlements'", "result"),
        ("document = '[]'", "result"),
        ("result = '[1]'", "result"),
        ("result = '{\"settlements\": [3]}'", "result"),
        ("line_check = '{\"a\": 1}'", "result"),
    ],
)
def test_a_changed_row_is_reported(desk: Desk, change: str, field: str) -> None:
    desk.take(raw_record("s1"))
    desk.tamper(f"UPDATE decision SET {change}")
    assert field in [name for name, _, _ in desk.differences()]


def test_a_single_decision_can_be_done_again(desk: Desk) -> None:
    desk.take(raw_record("s1"))
    for change, fields in (("seq = 1", []), ("other_fen = 1", ["other_fen"])):
        desk.tamper(f"UPDATE decision SET {change}")
        with unit_of_work(desk.engine, desk.keyring) as session:
            decision = session.scalars(select(Decision)).one()
            found = decision_differences(session, scheme=SCHEME, decision=decision)
        assert [one.field for one in found] == fields


def test_rules_that_were_changed_are_not_used(desk: Desk) -> None:
    desk.take(raw_record("s1"))
    path = "{parameters,other_covered_rate,1,0}"
    desk.tamper(f"UPDATE rule_pack SET content = jsonb_set(content, '{path}', '[1, 1]')")
    assert [(field, words) for field, _, words in desk.differences()] == [
        ("pack", "存下的规则内容和它的编号对不上，内容被改过")
    ]


def test_recomputing_writes_nothing_and_may_not(desk: Desk) -> None:
    claim_id = desk.take(raw_record("s1"))[0]
    with unit_of_work(desk.engine, desk.keyring) as session:
        assert list(recompute_decisions(session, scheme=SCHEME))
        with pytest.raises(Exception, match="read-only"), session.begin_nested():
            calculate_claims(session, actor=_clerk(desk), claim_ids=[claim_id], now=NOW)
        session.rollback()


def _clerk(desk: Desk) -> Actor:
    return desk.clerk


def test_a_large_number_of_decisions_is_read_in_portions(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from insurer.claims import recomputing

    monkeypatch.setattr(recomputing, "_AT_ONCE", 2)
    desk.take(*(raw_record(f"s{number}") for number in range(7)))
    seen: UnitSession
    with unit_of_work(desk.engine, desk.keyring) as seen:
        found = list(recompute_decisions(seen, scheme=SCHEME))
        assert not list(seen.identity_map.values())
    assert len(found) == 7
