"""Two claims of one person decided at the same moment, a hundred times: the limit holds each time."""

import threading
from uuid import UUID

from sqlalchemy import Engine, func, select

from insurer.claims.operations.deciding import approve, propose
from insurer.claims.tables import Claim, LimitAccount, LimitEntry
from insurer.kernel.errors import Conflict
from insurer.people.reading.certno import check_character
from insurer.platform.audit import Actor
from insurer.platform.crypto import Keyring
from insurer.platform.db import unit_of_work
from insurer.platform.storage import Storage
from tests.factories.desk import NOW, hire, line, put_on_roster, raw_record, take_in

ROUNDS = 100
OWN = "30000.00"


def _number(place: int) -> str:
    first = f"32041119600101{place:03d}"
    return first + check_character(first)


def _bill(place: int, setl_id: str) -> dict[str, object]:
    return raw_record(
        setl_id,
        certno=_number(place),
        name=f"张{place}",
        psn_name=f"张{place}",
        medfee_sumamt="30900.00",
        fulamt_ownpay_amt=OWN,
        psn_part_amt="30200.00",
        feedetail=[
            line("1", "普通诊疗", "900.00", inscp_scp_amt="850.00", preselfpay_amt="50.00"),
            line(
                "2",
                "目录外药品",
                OWN,
                chrgitm_lv="03",
                list_type="101",
                med_chrgitm_type="09",
                fulamt_ownpay_amt=OWN,
            ),
        ],
    )


def test_a_hundred_pairs_decided_at_once_never_exceed_the_limit(
    fresh_engine: Engine, keyring: Keyring, storage: Storage
) -> None:
    with unit_of_work(fresh_engine, keyring) as session:
        people = [(_number(place), f"张{place}") for place in range(1, ROUNDS + 1)]
        put_on_roster(session, storage, people)
        clerk, first = hire(session, "clerk", "clerk"), hire(session, "first", "clerk")
        reviewers = [hire(session, name, "reviewer") for name in ("second", "third")]
        bills = [_bill(place, f"s{place}-{turn}") for place in range(1, ROUNDS + 1) for turn in (1, 2)]
        claims = take_in(session, clerk, *bills).new
    with unit_of_work(fresh_engine, keyring) as session:
        for claim_id in claims:
            propose(session, actor=first, claim_id=claim_id, now=NOW)
    barrier = threading.Barrier(2)
    outcomes: dict[str, int] = {"approved": 0, "conflict": 0}
    lock = threading.Lock()

    def run(actor: Actor, mine: list[UUID]) -> None:
        for claim_id in mine:
            barrier.wait()
            try:
                with unit_of_work(fresh_engine, keyring) as session:
                    approve(session, actor=actor, claim_id=claim_id, now=NOW)
                word = "approved"
            except Conflict:
                word = "conflict"
            with lock:
                outcomes[word] += 1

    threads = [threading.Thread(target=run, args=(reviewers[turn], claims[turn::2])) for turn in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"approved": ROUNDS, "conflict": ROUNDS}
    with unit_of_work(fresh_engine, keyring) as session:
        accounts = session.scalars(select(LimitAccount.used_fen)).all()
        assert sorted(set(accounts)) == [1_500_000]
        booked = session.scalar(select(func.sum(LimitEntry.amount_fen)))
        assert booked == sum(accounts) == 1_500_000 * ROUNDS
        assert (
            session.scalar(select(func.count()).select_from(Claim).where(Claim.state == "approved")) == ROUNDS
        )
