"""What stands after rosters were applied: persons, cover, case documents, accounts, search."""

import threading
import uuid
from datetime import date

from sqlalchemy import Engine, text

from insurer.people import operations, queries
from insurer.people.finding import search_people
from insurer.people.operations import PersonRef, ensure_people
from insurer.platform.audit import SYSTEM
from insurer.platform.crypto import Keyring
from insurer.platform.db import open_session, unit_of_work
from tests.factories.roster_desk import (
    DEC,
    FEB,
    JAN,
    MAR,
    NOW,
    XB,
    Y25,
    Y26,
    Desk,
    counted,
    figures,
    line,
    number,
    roster,
)


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
        return [view.name for view in search_people(desk.session, scheme=XB, query=query)]

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


def test_the_preview_says_how_many_come_under_cover(desk: Desk) -> None:
    first = desk.stage(DEC, roster(line("王芳", 101), line("李四", 102, start="2025-11")))
    assert first.listing["cover"] == {"begun": {"2025": 1, "2026": 2}, "ended": 0}
    desk.apply(first)
    second = desk.take(DEC, line("王芳", 101))
    assert second.listing["cover"] == {"begun": {}, "ended": 2}


def test_enrolment_is_ordered_once_for_each_newly_covered_person(desk: Desk) -> None:
    first = desk.take(DEC, line("王芳", 101), line("李四", 102, insured="职工医保"))
    second = desk.take(JAN, line("王芳", 101), line("赵六", 103))
    third = desk.take(FEB, line("王芳", 101), line("赵六", 103))
    assert first.import_id and second.import_id and third.import_id
    assert queries.newly_covered(desk.session, first.import_id) == [desk.person(101)]
    assert queries.newly_covered(desk.session, second.import_id) == [desk.person(103)]
    assert queries.newly_covered(desk.session, third.import_id) == []
    ordered = "SELECT payload FROM outbox WHERE job = 'people.enrolment_notices' ORDER BY created_at"
    rows = desk.session.execute(text(ordered)).all()
    imports = [str(first.import_id), str(second.import_id)]
    assert [row.payload["import_id"] for row in rows] == imports
    operations.apply_roster(
        desk.session, actor=SYSTEM, import_id=second.import_id, storage=desk.storage, now=desk.now
    )
    assert len(desk.session.execute(text(ordered)).all()) == 2


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
