"""Rosters against a real database: what is compared, written, covered, and written only once."""

import json
import threading
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from insurer.kernel.errors import Conflict, Invalid, NotAllowed
from insurer.people import operations, queries
from insurer.people.operations import PersonRef, RosterOutcome, ensure_people
from insurer.people.reading.certno import check_character
from insurer.platform.audit import SYSTEM, Actor
from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession, open_session, unit_of_work
from insurer.platform.storage import LocalStorage, Storage

XB = "changzhou-xinbei"
DATA = Path(__file__).parents[2] / "data" / "rosters"
NOW = datetime(2026, 1, 8, 2, 0, tzinfo=UTC)
HEADER = (
    "姓名,身份证号,保障类别,享受起始年月,镇街,低保证号,户主姓名,联系电话,开户行,银行账号,参保状态,变动类型"
)


def number(serial: int, born: str = "19650307") -> str:
    first = f"320411{born}{serial:03d}"
    return first + check_character(first)


def line(name: str, serial: int, **others: str) -> str:
    values = {
        "category": "农村低保",
        "start": "2019-05",
        "town": "薛家镇",
        "card": f"DB{serial}",
        "head": name,
        "tel": f"138{serial:08d}",
        "bank": "",
        "account": "",
        "insured": "居民医保",
        "change": "",
        **others,
    }
    return ",".join([name, number(serial), *values.values()])


def roster(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines, ""]).encode()


@pytest.fixture
def storage(tmp_path: Path, keyring: Keyring) -> Storage:
    return LocalStorage(tmp_path, keyring)


class Desk:
    """Stages and applies rosters one after the other, an hour apart."""

    def __init__(self, session: UnitSession, storage: Storage) -> None:
        self.session, self.storage, self.now = session, storage, NOW

    def stage(
        self, month: date, content: bytes, scheme: str = XB, filename: str = "名册.csv"
    ) -> RosterOutcome:
        self.now += timedelta(hours=1)
        return operations.stage_roster(
            self.session,
            actor=SYSTEM,
            scheme=scheme,
            month=month,
            content=content,
            filename=filename,
            storage=self.storage,
            now=self.now,
        )

    def apply(self, staged: RosterOutcome) -> RosterOutcome:
        assert staged.import_id is not None
        outcome = operations.apply_roster(
            self.session, actor=SYSTEM, import_id=staged.import_id, storage=self.storage, now=self.now
        )
        self.session.commit()
        return outcome

    def take(self, month: date, *lines: str, scheme: str = XB) -> RosterOutcome:
        return self.apply(self.stage(month, roster(*lines), scheme))

    def person(self, serial: int, scheme: str = XB) -> uuid.UUID:
        return queries.find_people(self.session, scheme=scheme, certnos=[number(serial)])[number(serial)]

    def count(self, table: str) -> int:
        return int(self.session.execute(text(f"SELECT count(*) FROM {table}")).scalar() or 0)

    def cover(self, serial: int) -> list[tuple[int, date, date, str]]:
        found = queries.cover_periods(self.session, [self.person(serial)])
        return [(c.year, c.from_on, c.until_on, c.reason) for c in found]


@pytest.fixture
def desk(session: UnitSession, storage: Storage) -> Desk:
    return Desk(session, storage)


def figures(outcome: RosterOutcome) -> tuple[int, int, int, int]:
    report = outcome.report
    return report["new"], report["changed"], report["unchanged"], report["gone"]


DEC, JAN, FEB, MAR = date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
Y25 = (date(2025, 1, 1), date(2025, 12, 31))
Y26 = (date(2026, 1, 1), date(2026, 12, 31))


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


def test_a_preview_writes_nothing_at_all(desk: Desk) -> None:
    outcome = operations.preview_roster(
        desk.session, actor=SYSTEM, scheme=XB, month=DEC, content=roster(line("王芳", 101)), filename="a.csv"
    )
    desk.session.commit()
    assert figures(outcome) == (1, 0, 0, 0)
    assert outcome.import_id is None
    assert [desk.count(table) for table in ("roster_import", "stored_file", "audit_entry")] == [0, 0, 0]


def test_the_december_register_is_covered_for_the_whole_following_year(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101), line("李四", 102, start="2025-11"))
    assert desk.cover(101) == [(2026, *Y26, "december_roster")]
    assert desk.cover(102) == [
        (2025, date(2025, 11, 1), date(2025, 12, 31), "approved_in_year"),
        (2026, *Y26, "december_roster"),
    ]
    found = queries.covered_on(desk.session, person_id=desk.person(101), day=date(2026, 6, 30))
    assert found is not None
    assert (found.filename, found.sheet, found.row_no) == ("名册.csv", "名册", 2)
    assert queries.covered_on(desk.session, person_id=desk.person(101), day=date(2025, 12, 31)) is None


def test_people_approved_in_the_year_are_covered_from_the_first_of_the_approval_month(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101))
    desk.take(
        FEB, line("王芳", 101), line("李四", 102, start="2026-01-20"), line("赵六", 103, start="2019-05")
    )
    assert desk.cover(102) == [(2026, date(2026, 1, 1), date(2026, 12, 31), "approved_in_year")]
    assert desk.cover(103) == [(2026, date(2026, 2, 1), date(2026, 12, 31), "first_listed")]


def test_people_of_the_employee_scheme_other_categories_or_gone_are_facts_without_cover(desk: Desk) -> None:
    desk.take(
        DEC,
        line("王芳", 101, insured="职工医保"),
        line("李四", 102, category="低保边缘"),
        line("赵六", 103, change="死亡"),
        line("钱七", 104, category="单人保"),
    )
    assert desk.count("roster_fact") == 4
    assert [desk.cover(serial) for serial in (101, 102, 103)] == [[], [], []]
    assert desk.cover(104) == [(2026, *Y26, "december_roster")]


def test_who_turns_resident_during_the_year_is_covered_from_then(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101, insured="职工医保"))
    desk.take(MAR, line("王芳", 101, insured="居民医保"))
    assert desk.cover(101) == [(2026, MAR, date(2026, 12, 31), "first_listed")]


def test_who_leaves_keeps_the_cover_of_the_year_and_the_document_says_when(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101), line("李四", 102), line("赵六", 103))
    outcome = desk.take(FEB, line("李四", 102, change="停保"), line("赵六", 103))
    assert figures(outcome) == (0, 1, 1, 1)
    assert desk.cover(101) == [(2026, *Y26, "december_roster")]
    ids = [desk.person(serial) for serial in (101, 102, 103)]
    documents = queries.roster_documents(desk.session, scheme=XB, person_ids=ids)
    listed = {"on_previous_december": True, "approved_on": None}
    assert documents[ids[0]]["roster"]["2026"] == {**listed, "removed_on": "2026-01-31"}
    assert documents[ids[1]]["roster"]["2026"] == {**listed, "removed_on": "2026-02-01"}
    assert documents[ids[2]]["roster"]["2026"] == {**listed, "removed_on": None}
    earlier = queries.roster_documents(desk.session, scheme=XB, person_ids=ids, until=DEC)
    assert earlier[ids[0]]["roster"]["2026"] == {**listed, "removed_on": None}


def test_the_case_document_agrees_with_the_cover_for_somebody_first_listed(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101))
    desk.take(FEB, line("王芳", 101), line("赵六", 103, start="2019-05"))
    person = desk.person(103)
    document = queries.roster_documents(desk.session, scheme=XB, person_ids=[person])[person]
    assert document == {
        "insutype": "390",
        "roster": {"2026": {"on_previous_december": False, "approved_on": "2026-02-01", "removed_on": None}},
    }


def test_many_documents_take_one_query(desk: Desk) -> None:
    desk.take(DEC, *(line("王芳", serial) for serial in range(100, 160)))
    ids = [desk.person(serial) for serial in range(100, 160)] + [uuid.uuid4()]
    with counted(desk.session) as statements:
        documents = queries.roster_documents(desk.session, scheme=XB, person_ids=ids)
    assert len(statements) == 1
    assert documents[ids[-1]] == {"insutype": "390", "roster": {}}


class counted:
    """Collects the statements that a block sends."""

    def __init__(self, session: UnitSession) -> None:
        self.connection, self.statements = session.connection(), []

    def _note(self, _c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.statements.append(statement)

    def __enter__(self) -> list[str]:
        event.listen(self.connection, "before_cursor_execute", self._note)
        return self.statements

    def __exit__(self, *_: object) -> None:
        event.remove(self.connection, "before_cursor_execute", self._note)


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
    assert len(statements) <= sizes[1] + 8


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


def test_the_newest_roster_gives_name_telephone_and_account(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101, account="6228480012345678", bank="农商行"))
    desk.take(JAN, line("王小芳", 101, tel="13900001111", account="6228480099999999", bank="农商行"))
    person = desk.person(101)
    view = queries.person_views(desk.session, [person])[person]
    assert (view.name, view.phone_mask, view.gender, view.born_on) == (
        "王小芳",
        "139****1111",
        "男",
        date(1965, 3, 7),
    )
    account = queries.current_accounts(desk.session, [person])[person]
    assert (account.holder, account.bank, account.tail) == ("王小芳", "农商行", "9999")
    assert queries.open_account_number(desk.session, account.id) == "6228480099999999"
    assert queries.open_certno(desk.session, person) == number(101)
    assert desk.count("payee_account") == 2
    facts = queries.roster_facts(desk.session, [person])
    assert [(fact.month, fact.row_no) for fact in facts] == [(DEC, 2), (JAN, 2)]


def test_people_are_found_by_number_telephone_name_and_initials(desk: Desk) -> None:
    desk.take(DEC, line("曾小贤", 101), line("𠮷田", 102), line("买买提·艾力", 103), line("曾一", 104))

    def search(query: str) -> list[str]:
        return [view.name for view in queries.search_people(desk.session, scheme=XB, query=query)]

    assert search("zxx") == search("CXX") == ["曾小贤"]
    assert search("曾") == ["曾小贤", "曾一"]
    assert search("买买提•艾") == ["买买提·艾力"]
    assert search(number(102)) == ["𠮷田"]
    assert search("138 0000 0103") == ["买买提·艾力"]
    assert search(number(102)[:10]) == []
    assert search("%") == search("") == []


def test_a_person_known_from_a_claim_is_taken_over_by_the_roster(desk: Desk) -> None:
    refs = [PersonRef(number(101), "王方"), PersonRef(number(102), "李四"), PersonRef(number(101), "王方")]
    ids = ensure_people(desk.session, scheme=XB, people=refs, now=NOW)
    assert ids[0] == ids[2] != ids[1]
    assert ensure_people(desk.session, scheme=XB, people=refs, now=NOW) == ids
    desk.session.commit()
    outcome = desk.take(DEC, line("王芳", 101), line("赵六", 103))
    assert figures(outcome) == (2, 0, 0, 0)
    assert desk.person(101) == ids[0]
    assert queries.person_views(desk.session, ids)[ids[0]].name == "王芳"
    assert desk.count("person") == 3


def test_ensuring_nobody_is_fine(desk: Desk) -> None:
    assert ensure_people(desk.session, scheme=XB, people=[], now=NOW) == []


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


def test_cover_that_rested_on_a_corrected_file_follows_the_correction(desk: Desk) -> None:
    desk.take(date(2025, 11, 1), line("王芳", 101), line("赵六", 103), line("孙八", 104, start="2025-03"))
    desk.take(
        DEC,
        line("王芳", 101),
        line("李四", 102, start="2025-11"),
        line("赵六", 103),
        line("孙八", 104, start="2025-03"),
    )
    desk.take(
        DEC,
        line("王芳", 101),
        line("李四", 102, start="2025-12"),
        line("孙八", 104, start="2025-03", change="停保"),
    )
    assert desk.cover(101) == [(2026, *Y26, "december_roster")]
    assert desk.cover(102) == [(2025, DEC, Y25[1], "approved_in_year"), (2026, *Y26, "december_roster")]
    assert desk.cover(103) == []
    # the cover of 2025 came from November, which nobody corrected
    assert desk.cover(104) == [(2025, date(2025, 3, 1), Y25[1], "approved_in_year")]
    documents = queries.roster_documents(
        desk.session, scheme=XB, person_ids=[desk.person(103), desk.person(104)]
    )
    assert set(documents[desk.person(103)]["roster"]) == {"2025"}
    assert documents[desk.person(104)]["roster"]["2025"]["removed_on"] == "2025-12-01"


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


def test_enrolment_is_ordered_once_for_each_newly_covered_person(desk: Desk) -> None:
    first = desk.take(DEC, line("王芳", 101), line("李四", 102, insured="职工医保"))
    second = desk.take(JAN, line("王芳", 101), line("赵六", 103))
    third = desk.take(FEB, line("王芳", 101), line("赵六", 103))
    assert first.import_id and second.import_id and third.import_id
    assert queries.newly_covered(desk.session, first.import_id) == [desk.person(101)]
    assert queries.newly_covered(desk.session, second.import_id) == [desk.person(103)]
    assert queries.newly_covered(desk.session, third.import_id) == []
    rows = desk.session.execute(text("SELECT job, payload FROM outbox ORDER BY created_at")).all()
    assert [(row.job, row.payload["import_id"]) for row in rows] == [
        ("people.enrolment_notices", str(first.import_id)),
        ("people.enrolment_notices", str(second.import_id)),
    ]
    operations.apply_roster(
        desk.session, actor=SYSTEM, import_id=second.import_id, storage=desk.storage, now=desk.now
    )
    assert desk.count("outbox") == 2


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
    values: dict[str, Any] = {"month": DEC, "content": roster(line("王芳", 101)), "filename": "a.csv"}
    with pytest.raises(NotAllowed):
        operations.preview_roster(desk.session, actor=officer, scheme=XB, **values)
    with pytest.raises(Invalid, match="nowhere"):
        operations.preview_roster(desk.session, actor=SYSTEM, scheme="nowhere", **values)


def test_a_nantong_roster_gives_identities_and_no_cover(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101, category="特困、低保", start="2025-06"), scheme="nantong")
    desk.take(JAN, line("王芳", 101, category="低保", start="2025-06"), scheme="nantong")
    person = desk.person(101, "nantong")
    document = queries.roster_documents(desk.session, scheme="nantong", person_ids=[person])[person]
    assert document == {
        "insutype": "390",
        "identities": [
            {"category": "extremely_poor", "valid_from": "2025-06-01", "lost_decided_on": "2025-12-31"},
            {"category": "min_living_allowance", "valid_from": "2025-06-01", "lost_decided_on": None},
        ],
    }
    assert desk.count("cover_period") == 0


def test_the_month_list_shows_what_came(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101))
    desk.stage(JAN, roster(line("王芳", 101), line("李四", 102)))
    months = queries.month_list(desk.session, scheme=XB)
    assert [(m.month, m.state, m.counts["new"]) for m in months] == [(JAN, "staged", 1), (DEC, "applied", 1)]
    view, report, listing = queries.roster_report(desk.session, months[0].import_id)
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


def test_two_connections_may_make_the_same_person_known(fresh_engine: Engine, keyring: Keyring) -> None:
    ids: list[uuid.UUID] = []
    one = open_session(fresh_engine, keyring)
    ids += ensure_people(one, scheme=XB, people=[PersonRef(number(101), "王芳")], now=NOW)

    def other() -> None:
        with unit_of_work(fresh_engine, keyring) as session:
            ids.extend(ensure_people(session, scheme=XB, people=[PersonRef(number(101), "王芳")], now=NOW))

    thread = threading.Thread(target=other)
    thread.start()
    thread.join(0.3)
    one.commit()
    one.close()
    thread.join(10)
    assert len(ids) == 2
    assert ids[0] == ids[1]
