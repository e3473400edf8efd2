"""Making, printing and delivering letters."""

import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pypdf
import pytest
from sqlalchemy import Engine, select

from insurer.claims.tables import Claim
from insurer.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from insurer.notices.operations import (
    build_print_run,
    issue_enrolment_notices,
    issue_for_claim,
    record_delivery,
    render_notice,
    start_print_run,
    void_notice,
)
from insurer.notices.queries import (
    count_by_state,
    list_notices,
    notice_pdf,
    notices_of_claim,
    notices_of_person,
    print_run_pdf,
    undelivered_after_due,
)
from insurer.notices.tables import Notice
from insurer.people.tables import Person
from insurer.platform.audit import SYSTEM, Actor
from insurer.platform.crypto import Keyring
from insurer.platform.db import unit_of_work
from insurer.platform.storage import StoredFile

SCHEME = "changzhou-xinbei"


def enrolled(world: Any, now: datetime, names: Sequence[str]) -> list[uuid.UUID]:
    roster = world.cover([world.person(name, account=False) for name in names])
    issue_enrolment_notices(world.session, actor=SYSTEM, import_id=roster, now=now)
    world.session.flush()
    return [view.id for view in list_notices(world.session, scheme=SCHEME)]


def make(world: Any, notice_id: uuid.UUID, now: datetime) -> str | None:
    done: str | None = render_notice(
        world.session, notice_id=notice_id, storage=world.storage, settings=world.settings, now=now
    )
    return done


def test_rendering_again_changes_nothing(world: Any, now: datetime) -> None:
    (notice_id,) = enrolled(world, now, ["周建华"])
    digest = make(world, notice_id, now)
    notice = world.session.get(Notice, notice_id)
    assert notice.state == "rendered" and notice.pages == 2
    # A later name must not change a letter that exists.
    world.session.scalars(select(Person)).one().name = "周建国"
    assert make(world, notice_id, datetime(2026, 12, 1, tzinfo=UTC)) == digest
    assert notice.rendered_at == now
    assert (
        len(world.session.scalars(select(StoredFile).where(StoredFile.mime == "application/pdf")).all()) == 1
    )


def test_two_workers_render_a_letter_once(
    fresh_engine: Engine, keyring: Keyring, make_world: Any, now: datetime
) -> None:
    with unit_of_work(fresh_engine, keyring) as session:
        world = make_world(session)
        (notice_id,) = enrolled(world, now, ["周建华"])
    moments = [datetime(2026, 11, 18, 3, minute, tzinfo=UTC) for minute in (1, 2)]
    digests: list[str | None] = []

    def work(moment: datetime) -> None:
        with unit_of_work(fresh_engine, keyring) as session:
            digests.append(
                render_notice(
                    session,
                    notice_id=notice_id,
                    storage=world.storage,
                    settings=world.settings,
                    now=moment,
                )
            )

    threads = [threading.Thread(target=work, args=(moment,)) for moment in moments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(digests) == 2 and digests[0] == digests[1]
    with unit_of_work(fresh_engine, keyring) as session:
        stored = session.scalars(select(StoredFile).where(StoredFile.mime == "application/pdf")).all()
        assert [row.sha256 for row in stored] == digests[:1]


def test_a_letter_that_cannot_be_made_stays_queued_with_a_reason(world: Any, now: datetime) -> None:
    (notice_id,) = enrolled(world, now, ["周\U00032fff华"])
    with pytest.raises(Invalid, match=r"U\+32FFF"):
        make(world, notice_id, now)
    assert world.session.get(Notice, notice_id).state == "queued"
    with pytest.raises(Conflict, match="还在生成"):
        notice_pdf(world.session, world.storage, notice_id)


def test_a_print_run_merges_in_list_order(world: Any, clerk: Actor, now: datetime) -> None:
    ids = enrolled(world, now, ["周建华", "钱小妹", "沈阿宝"])
    for notice_id in ids:
        make(world, notice_id, now)
    chosen = [ids[2], ids[0], ids[1]]
    run_id = start_print_run(world.session, actor=clerk, notice_ids=chosen, now=now)
    with pytest.raises(Conflict, match="还在做"):
        print_run_pdf(world.session, world.storage, run_id)
    digest = build_print_run(world.session, print_run_id=run_id, storage=world.storage, now=now)
    assert build_print_run(world.session, print_run_id=run_id, storage=world.storage, now=now) == digest
    name, content = print_run_pdf(world.session, world.storage, run_id)
    assert name == "通知书打印20261118-3份.pdf"
    pages = [page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages]
    numbers = [world.session.get(Notice, notice_id).number_text for notice_id in chosen]
    assert [number in pages[index * 2] for index, number in enumerate(numbers)] == [True] * 3
    assert {world.session.get(Notice, notice_id).state for notice_id in ids} == {"printed"}
    assert count_by_state(world.session, scheme=SCHEME) == {("enrolment", "printed"): 3}


def test_a_print_run_refuses_what_cannot_be_printed(world: Any, clerk: Actor, now: datetime) -> None:
    ids = enrolled(world, now, ["周建华", "钱小妹"])
    with pytest.raises(Conflict, match="还没有生成"):
        start_print_run(world.session, actor=clerk, notice_ids=ids, now=now)
    for notice_id in ids:
        make(world, notice_id, now)
    with pytest.raises(Invalid, match="没有选"):
        start_print_run(world.session, actor=clerk, notice_ids=[], now=now)
    with pytest.raises(Invalid, match="选了两次"):
        start_print_run(world.session, actor=clerk, notice_ids=[ids[0], ids[0]], now=now)
    with pytest.raises(NotFound):
        start_print_run(world.session, actor=clerk, notice_ids=[ids[0], uuid.UUID(int=1)], now=now)
    with pytest.raises(NotAllowed):
        start_print_run(
            world.session, actor=replace(clerk, roles=frozenset({"auditor"})), notice_ids=ids, now=now
        )
    start_print_run(world.session, actor=clerk, notice_ids=ids[:1], now=now)
    with pytest.raises(Conflict, match="另一次打印"):
        start_print_run(world.session, actor=clerk, notice_ids=ids, now=now)


def test_a_printed_letter_may_be_printed_again(world: Any, clerk: Actor, now: datetime) -> None:
    ids = enrolled(world, now, ["周建华"])
    make(world, ids[0], now)
    digests = []
    for _ in range(2):
        run_id = start_print_run(world.session, actor=clerk, notice_ids=ids, now=now)
        digests.append(build_print_run(world.session, print_run_id=run_id, storage=world.storage, now=now))
    assert digests[0] == digests[1]


def test_delivery_of_missing_papers_stops_the_clock(world: Any, clerk: Actor, now: datetime) -> None:
    claim, _ = world.decided(world.person())
    request = world.request(claim, ["fee_list"])
    notice_id = issue_for_claim(
        world.session,
        actor=SYSTEM,
        kind="missing_papers",
        claim_id=claim.id,
        paper_request_id=request.id,
        now=now,
    )
    assert notice_id is not None
    later = datetime(2026, 11, 25, 2, tzinfo=UTC)
    arrived = {"actor": clerk, "notice_id": notice_id, "delivered_on": date(2026, 11, 20), "now": later}
    with pytest.raises(Conflict, match="还没有生成"):
        record_delivery(world.session, way="hand", **arrived)
    make(world, notice_id, now)
    record_delivery(world.session, way="hand", **arrived)
    assert request.delivered_on == date(2026, 11, 20)
    assert world.session.get(Claim, claim.id).clock_stopped_on == date(2026, 11, 20)
    record_delivery(world.session, way="hand", **arrived)
    with pytest.raises(Conflict, match="已送达"):
        record_delivery(world.session, way="post", **arrived)


@pytest.mark.parametrize(
    ("way", "delivered_on"),
    [("fax", date(2026, 11, 18)), ("hand", date(2026, 11, 19)), ("hand", date(2026, 11, 17))],
)
def test_impossible_deliveries_are_refused(
    world: Any, clerk: Actor, now: datetime, way: str, delivered_on: date
) -> None:
    (notice_id,) = enrolled(world, now, ["周建华"])
    make(world, notice_id, now)
    with pytest.raises(Invalid):
        record_delivery(
            world.session, actor=clerk, notice_id=notice_id, delivered_on=delivered_on, way=way, now=now
        )


def test_a_void_letter_is_neither_rendered_nor_printed(world: Any, clerk: Actor, now: datetime) -> None:
    (notice_id,) = enrolled(world, now, ["周建华"])
    with pytest.raises(Invalid, match="原因"):
        void_notice(world.session, actor=clerk, notice_id=notice_id, reason=" ", now=now)
    void_notice(world.session, actor=clerk, notice_id=notice_id, reason="决定已撤回", now=now)
    void_notice(world.session, actor=clerk, notice_id=notice_id, reason="决定已撤回", now=now)
    assert make(world, notice_id, now) is None
    with pytest.raises(Conflict, match="已作废"):
        start_print_run(world.session, actor=clerk, notice_ids=[notice_id], now=now)


def test_refusals_past_their_legal_day_are_found(world: Any, now: datetime) -> None:
    claim, decision = world.decided(world.person(), roster={})
    issue_for_claim(
        world.session, actor=SYSTEM, kind="refusal", claim_id=claim.id, decision_id=decision.id, now=now
    )
    found = undelivered_after_due(world.session, scheme=SCHEME, today=date(2026, 11, 24))
    assert [view.claim_id for view in found] == [claim.id]
    assert undelivered_after_due(world.session, scheme=SCHEME, today=date(2026, 11, 23)) == []


def test_lists_are_paged_newest_first_and_filtered(world: Any, now: datetime) -> None:
    ids = enrolled(world, now, ["周建华", "钱小妹", "沈阿宝"])
    first = list_notices(world.session, scheme=SCHEME, limit=2)
    rest = list_notices(world.session, scheme=SCHEME, limit=2, after=first[-1].id)
    assert [view.id for view in first + rest] == ids == sorted(ids, reverse=True)
    assert list_notices(world.session, scheme=SCHEME, state="rendered") == []
    assert len(list_notices(world.session, scheme=SCHEME, kind="enrolment", state="queued")) == 3
    assert list_notices(world.session, scheme="nantong") == []
    assert first[0].title == "参保告知书" and first[0].state_word == "还没有生成"
    assert [view.id for view in notices_of_person(world.session, first[0].person_id)] == [first[0].id]
    assert notices_of_claim(world.session, uuid.UUID(int=1)) == []
