"""``insurer simulate`` on the cases of a database."""

import json

import pytest
from sqlalchemy import Engine, text

from insurer.platform.crypto import Keyring
from insurer.platform.db import unit_of_work
from insurer.platform.storage import Storage
from tests.factories.desk import LI, ZHANG, decide, hire, put_on_roster, raw_record, take_in
from tests.integration.cli.command import Run

SCHEME = ("--scheme", "changzhou-xinbei")


@pytest.fixture
def desk(fresh_engine: Engine, keyring: Keyring, storage: Storage) -> Engine:
    """Three cases of two people, two of them approved; each benefit is 250.00, of which 50.00 is other."""
    with unit_of_work(fresh_engine, keyring) as session:
        put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李文")])
        clerk, first = hire(session, "clerk", "clerk"), hire(session, "first", "clerk")
        second = hire(session, "second", "reviewer")
        hers = take_in(session, clerk, raw_record("s1"), raw_record("s2")).new
        his = take_in(session, clerk, raw_record("s3", LI, "李文")).new
    for claim_id in (hers[0], his[0]):
        with unit_of_work(fresh_engine, keyring) as session:
            decide(session, first, second, claim_id)
    return fresh_engine


def test_stored_cases_are_calculated_under_other_rules_and_nothing_is_written(run: Run, desk: Engine) -> None:
    counts = "SELECT (SELECT count(*) FROM decision), (SELECT count(*) FROM audit_entry)"
    with desk.connect() as connection:
        before = connection.execute(text(counts)).one()
    limit = ("--parameter", "other_covered_annual_limit=70.00")
    done = run("simulate", *SCHEME, *limit, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["persons"], found["cases"]) == (2, 3)
    assert found["rows"][0] | {"table": ""} == {
        "table": "",
        "key": "",
        "label": "补偿金额",
        "today": "750.00",
        "simulated": "720.00",
        "change": "-30.00",
        "count_today": 3,
        "count_simulated": 3,
    }
    assert ZHANG not in done.stdout
    assert json.loads(run("simulate", *SCHEME, *limit, "--to", "2025", "--json").stdout)["cases"] == 0
    with desk.connect() as connection:
        assert connection.execute(text(counts)).one() == before


def test_a_bid_rests_on_what_was_approved(run: Run, desk: Engine) -> None:
    done = run("simulate", "bid", "--years", "stored", "--max-profit-rate", "0.175", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["past"] == [{"year": 2026, "persons": 2, "claims": "500.00"}]
    assert found["year"] == 2027
    done = run("simulate", "bid", "--years", "stored", "--max-profit-rate", "0.175", "--to", "2025")
    assert done.returncode == 2
    assert "没有已经补偿的年度" in done.stderr
