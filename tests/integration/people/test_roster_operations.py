"""Rosters against a real database: what is compared, written, refused, and written only once."""

import json
import threading
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from insurer.kernel.errors import Conflict, Invalid, NotAllowed
from insurer.people import operations, queries
from insurer.people.arriving import ArrivingFile
from insurer.people.returning import export_refused
from insurer.platform.audit import SYSTEM, Actor
from insurer.platform.crypto import Keyring
from insurer.platform.db import open_session, unit_of_work
from insurer.platform.storage import Storage
from tests.factories.roster_desk import (
    DEC,
    JAN,
    NOW,
    XB,
    Desk,
    counted,
    figures,
    line,
    number,
    roster,
)

DATA = Path(__file__).parents[2] / "data" / "rosters"


def test_two_months_of_the_sample_give_the_expected_figures_and_a_repetition_nothing(desk: Desk) -> None:
    expected = json.loads((DATA / "expected.json").read_text())
    for name, month in (("roster-2025-12.xlsx", DEC), ("roster-2026-01.xlsx", JAN)):
        content = (DATA / name).read_bytes()
        staged = desk.stage(month, content, filename=name)
        applied = desk.apply(staged)
        for outcome, done in ((staged, False), (applied, True)):
            report = outcome.report
            assert report["applied"] is done
            assert {
                key: report[key] for key in ("rows", "accepted", "new", "changed", "unchanged", "gone")
            } == {
                key: expected[name][key]
                for key in ("rows", "accepted", "new", "changed", "unchanged", "gone")
            }
        before = {table: desk.count(table) for table in ("person", "roster_fact", "roster_import", "outbox")}
        again = desk.stage(month, content, filename="最终版(2).xlsx")
        assert again.state == "unchanged"
        assert figures(again) == (0, 0, expected[name]["accepted"], 0)
        assert {table: desk.count(table) for table in before} == before
    assert desk.count("roster_fact") == 282 + 312
    assert desk.count("roster_exit") == 12


def test_staging_writes_the_file_and_the_report_and_nothing_else(desk: Desk) -> None:
    staged = desk.stage(DEC, roster(line("王芳", 101)))
    desk.session.commit()
    assert (desk.count("roster_import"), desk.count("stored_file")) == (1, 1)
    assert (desk.count("person"), desk.count("roster_fact"), desk.count("cover_period")) == (0, 0, 0)
    assert desk.storage.get(staged.report["sha256"]) == roster(line("王芳", 101))


def test_zero_bytes_and_long_cells_do_no_harm(desk: Desk) -> None:
    content = roster(line("王\0芳", 101, town="薛\0家\x07镇", card="DB\0" + "9" * 5000, change="\0" * 3))
    outcome = desk.apply(desk.stage(DEC, content, filename="名\0册.csv"))
    assert figures(outcome) == (1, 0, 0, 0)
    (fact,) = queries.roster_facts(desk.session, [desk.person(101)])
    assert (fact.town, fact.filename, fact.sheet) == ("薛家镇", "名册.csv", "名册")


def test_a_preview_writes_nothing_at_all(desk: Desk) -> None:
    outcome = operations.preview_roster(
        desk.session,
        actor=SYSTEM,
        arriving=ArrivingFile(XB, DEC, "a.csv"),
        content=roster(line("王芳", 101)),
    )
    desk.session.commit()
    assert figures(outcome) == (1, 0, 0, 0)
    assert outcome.import_id is None
    assert [desk.count(table) for table in ("roster_import", "stored_file", "audit_entry")] == [0, 0, 0]


def test_the_number_of_statements_does_not_grow_with_the_rows(desk: Desk) -> None:
    sizes = []
    for month, people in ((date(2025, 10, 1), 3), (date(2025, 11, 1), 300)):
        lines = [line("王芳", serial, account=f"62284800{serial:08d}") for serial in range(people)]
        with counted(desk.session) as statements:
            desk.take(month, *lines)
        sizes.append(len(statements))
    # the second month also looks at the first one: a fixed handful of statements more
    assert sizes[1] <= sizes[0] + 12
    with counted(desk.session) as statements:
        lines = [line("王芳", n, account=f"62284800{n:08d}", tel=f"139{n:08d}") for n in range(2, 700)]
        desk.take(date(2025, 12, 1), *lines)
    # changed people: their names, telephones and accounts; the count goes by thousands of rows, not by rows
    assert len(statements) <= sizes[1] + 12


def test_each_changed_field_is_listed_with_before_and_after_masked(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101, account="6228480012345678", bank="农商行"))
    staged = desk.stage(
        JAN,
        roster(
            line(
                "王小芳",
                101,
                category="城市低保",
                town="罗溪镇",
                tel="13900001111",
                account="6228480099999999",
            )
        ),
    )
    (changed,) = staged.listing["changed"]
    assert {c["field"]: (c["before"], c["after"]) for c in changed["fields"]} == {
        "category": ("农村低保", "城市低保"),
        "town": ("薛家镇", "罗溪镇"),
        "bank": ("农商行", ""),
        "psn_name": ("王*", "王**"),
        "householder": ("王*", "王**"),
        "tel": ("138****0101", "139****1111"),
        "account": ("5678", "9999"),
        "holder": ("王*", "王**"),
    }
    assert changed["row"] == 2
    assert number(101) not in json.dumps(staged.report) + json.dumps(staged.listing)


def test_an_older_full_month_is_refused_with_the_reason(desk: Desk) -> None:
    desk.take(JAN, line("王芳", 101))
    with pytest.raises(Conflict, match="这份名册是 2025年12月的，2026年1月的已经导入，所以没有写入"):
        desk.stage(DEC, roster(line("王芳", 101)))


def test_a_staged_roster_overtaken_by_a_newer_month_is_refused_when_applied(desk: Desk) -> None:
    december = desk.stage(DEC, roster(line("王芳", 101)))
    desk.take(JAN, line("王芳", 101))
    with pytest.raises(Conflict, match="已经导入"):
        desk.apply(december)


def test_the_same_older_file_again_is_unchanged_and_not_refused(desk: Desk) -> None:
    content = roster(line("王芳", 101))
    desk.apply(desk.stage(DEC, content))
    desk.take(JAN, line("李四", 102))
    again = desk.stage(DEC, content)
    assert (again.state, figures(again)) == ("unchanged", (0, 0, 1, 0))


def test_a_corrected_file_of_the_month_is_compared_with_the_one_it_corrects(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101), line("李四", 102))
    outcome = desk.take(DEC, line("王芳", 101, tel="13900001111"), line("赵六", 103))
    assert figures(outcome) == (1, 1, 0, 1)
    january = desk.stage(JAN, roster(line("王芳", 101, tel="13900001111"), line("赵六", 103)))
    assert figures(january) == (0, 0, 2, 0)
    with pytest.raises(Conflict, match="更正的名册"):
        desk.take(DEC, line("王芳", 101), line("李四", 102))


def test_a_confirmed_roster_overtaken_by_a_newer_one_ends_with_the_reason(desk: Desk) -> None:
    december = desk.stage(DEC, roster(line("王芳", 101)))
    assert december.import_id is not None
    operations.request_apply(desk.session, actor=SYSTEM, import_id=december.import_id, now=desk.now)
    desk.take(JAN, line("王芳", 101))
    outcome = desk.apply(december)
    assert outcome.state == "discarded"
    assert "2026年1月的已经导入" in outcome.report["refused"]
    states = desk.session.execute(text("SELECT state FROM roster_import ORDER BY month DESC")).scalars()
    assert list(states) == ["applied", "discarded"]
    assert desk.count("roster_fact") == 1


def test_a_row_refused_for_another_reason_does_not_make_its_person_gone(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101), line("李四", 102))
    staged = desk.stage(JAN, roster(line("王芳", 101), line("", 102)))
    assert figures(staged) == (0, 0, 1, 0)


def test_a_fifteen_digit_number_is_accepted_for_a_known_person_of_that_name(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101))
    short = number(101)[:6] + number(101)[8:17]
    staged = desk.stage(JAN, roster(line("王芳", 101).replace(number(101), short)))
    assert figures(staged)[3] == 0
    assert staged.report["repaired"][0]["rule"] == "fifteen_digits"
    other = desk.stage(JAN, roster(line("李四", 101).replace(number(101), short)))
    assert [r["code"] for r in other.report["rejected"]] == ["certno_malformed"]


def test_applying_twice_gives_the_report_again_and_writes_nothing(desk: Desk) -> None:
    staged = desk.stage(DEC, roster(line("王芳", 101)))
    first = desk.apply(staged)
    before = [
        desk.count(table) for table in ("person", "roster_fact", "cover_period", "audit_entry", "outbox")
    ]
    second = desk.apply(staged)
    assert second.report == first.report
    assert [
        desk.count(t) for t in ("person", "roster_fact", "cover_period", "audit_entry", "outbox")
    ] == before


def test_the_audit_log_names_the_import_and_no_person(desk: Desk) -> None:
    outcome = desk.take(DEC, line("王芳", 101))
    rows = desk.session.execute(
        text("SELECT tag, subject_id, data::text AS data FROM audit_entry ORDER BY seq")
    ).all()
    assert [row.tag for row in rows] == ["people:roster:staged", "people:roster:applied"]
    assert {row.subject_id for row in rows} == {str(outcome.import_id)}
    assert all("王芳" not in row.data and number(101) not in row.data for row in rows)


def test_no_personal_value_lies_open_in_the_tables(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101, account="6228480012345678", card="DB320411777"))
    for table in (
        "person",
        "household",
        "payee_account",
        "roster_fact",
        "roster_import",
        "cover_period",
        "outbox",
    ):
        dump = str(desk.session.execute(text(f"SELECT to_jsonb(t)::text FROM {table} t")).all())
        for secret in (number(101), "13800000101", "6228480012345678", "DB320411777"):
            assert secret not in dump, (table, secret)


def test_a_staged_roster_may_be_given_up_or_confirmed_once(desk: Desk) -> None:
    staged = desk.stage(DEC, roster(line("王芳", 101)))
    assert staged.import_id is not None
    operations.discard_roster(desk.session, actor=SYSTEM, import_id=staged.import_id, now=desk.now)
    with pytest.raises(Conflict, match="放弃"):
        desk.apply(staged)
    again = desk.stage(DEC, roster(line("王芳", 101)))
    assert again.import_id not in (None, staged.import_id)
    operations.request_apply(desk.session, actor=SYSTEM, import_id=again.import_id, now=desk.now)  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="正在写入"):
        operations.request_apply(desk.session, actor=SYSTEM, import_id=again.import_id, now=desk.now)  # type: ignore[arg-type]
    assert desk.count("outbox") == 1
    assert desk.apply(again).state == "applied"


def test_permissions_and_unknown_schemes_are_refused(desk: Desk) -> None:
    officer = Actor("staff", str(uuid.uuid4()), "周", frozenset({"finance"}))
    content = roster(line("王芳", 101))
    here, nowhere = ArrivingFile(XB, DEC, "a.csv"), ArrivingFile("nowhere", DEC, "a.csv")
    with pytest.raises(NotAllowed):
        operations.preview_roster(desk.session, actor=officer, arriving=here, content=content)
    with pytest.raises(Invalid, match="nowhere"):
        operations.preview_roster(desk.session, actor=SYSTEM, arriving=nowhere, content=content)


def test_the_report_of_an_import_says_what_came_and_what_it_was_compared_with(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101))
    staged = desk.stage(JAN, roster(line("王芳", 101), line("李四", 102)))
    assert staged.import_id is not None
    view, report, listing = queries.roster_report(desk.session, staged.import_id)
    assert (view.state, view.counts["new"]) == ("staged", 1)
    assert (view.month, report["new"], listing["compared_with"]) == (JAN, 1, "2025-12")
    assert queries.covered_count(desk.session, scheme=XB, day=date(2026, 5, 1)) == 1


def test_two_imports_are_written_one_after_the_other(
    fresh_engine: Engine, keyring: Keyring, storage: Storage
) -> None:
    with unit_of_work(fresh_engine, keyring) as session:
        desk = Desk(session, storage)
        first = desk.stage(DEC, roster(line("王芳", 101), line("李四", 102)))
        second = desk.stage(JAN, roster(line("王芳", 101), line("赵六", 103)))
    results: dict[str, Any] = {}
    started = threading.Event()
    holder = open_session(fresh_engine, keyring)
    assert first.import_id and second.import_id
    operations.apply_roster(holder, actor=SYSTEM, import_id=first.import_id, storage=storage, now=NOW)

    def other() -> None:
        with unit_of_work(fresh_engine, keyring) as session:
            started.set()
            assert second.import_id
            results["second"] = operations.apply_roster(
                session, actor=SYSTEM, import_id=second.import_id, storage=storage, now=NOW
            )

    thread = threading.Thread(target=other)
    thread.start()
    started.wait(5)
    thread.join(0.5)
    waited = thread.is_alive()
    holder.commit()
    holder.close()
    thread.join(20)
    assert waited
    # staged against nothing, written against December: the second saw what the first wrote
    assert figures(second) == (2, 0, 0, 0)
    assert figures(results["second"]) == (1, 0, 1, 1)


def test_the_refused_rows_can_be_taken_to_send_back_and_that_is_logged(desk: Desk) -> None:
    staged = desk.stage(DEC, roster(line("王芳", 101), line("", 102)))
    assert staged.import_id is not None
    name, content = export_refused(
        desk.session, actor=SYSTEM, import_id=staged.import_id, storage=desk.storage, now=desk.now
    )
    desk.session.commit()
    assert name == "2025-12名册退回.xlsx"
    assert content.startswith(b"PK")
    tags = desk.session.execute(text("SELECT tag FROM audit_entry ORDER BY seq")).scalars().all()
    assert tags == ["people:roster:staged", "people:roster:refused_exported"]
