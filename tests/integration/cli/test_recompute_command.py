"""``insurer recompute`` as a person at the machine runs it."""

import json

import orjson
import pytest
from sqlalchemy import Engine, text

from insurer.platform.crypto import Keyring
from insurer.platform.db import unit_of_work
from insurer.platform.storage import Storage
from tests.factories.desk import ZHANG, hire, put_on_roster, raw_record, take_in
from tests.integration.cli.command import Run


@pytest.fixture
def decided(fresh_engine: Engine, keyring: Keyring, storage: Storage) -> Engine:
    """A database with two calculated cases."""
    with unit_of_work(fresh_engine, keyring) as session:
        put_on_roster(session, storage, [(ZHANG, "张桂芳")])
        take_in(session, hire(session, "clerk", "clerk"), raw_record("s1"), raw_record("s2"))
    return fresh_engine


def test_untouched_decisions_end_well(run: Run, decided: Engine) -> None:
    done = run("recompute", "--scheme", "changzhou-xinbei")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "重算了 2 次计算，用了 1 份规则，没有差异。",
        "其中 2 次的金额依据还没有正式定下来的数：其他自付年度限额 2 次。",
    ]
    done = run("recompute", "--scheme", "changzhou-xinbei", "--from", "2027", "--json")
    assert json.loads(done.stdout) == {
        "scheme": "changzhou-xinbei",
        "decisions": 0,
        "different": 0,
        "differences": 0,
        "packs": {},
        "unsettled": {},
    }


def test_a_changed_result_is_named_and_ends_with_one(run: Run, decided: Engine) -> None:
    with decided.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        row = connection.execute(text("SELECT id, result FROM decision ORDER BY id LIMIT 1")).one()
        row.result["settlements"][0]["other"] = "75.01"
        connection.execute(
            text("UPDATE decision SET result = CAST(:result AS json) WHERE id = :id"),
            {"id": row.id, "result": orjson.dumps(row.result).decode()},
        )
    case_no = row.result["case_id"]
    done = run("recompute", "--scheme", "changzhou-xinbei")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == f"{case_no} 第 1 次 settlements[0].other：存下的是 75.01，重算是 50.00"
    assert lines[-2] == "重算了 2 次计算，用了 1 份规则，1 次有差异，共 2 处。请核对上面各项。"
    done = run("recompute", "--scheme", "changzhou-xinbei", "--json")
    assert done.returncode == 1
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row.get("field") for row in rows] == ["settlements[0].other", "other_fen", None]
    assert (rows[0]["case_no"], rows[0]["stored"], rows[0]["recomputed"]) == (case_no, "75.01", "50.00")
    assert (rows[-1]["decisions"], rows[-1]["different"], rows[-1]["differences"]) == (2, 1, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--scheme", "elsewhere"), "--scheme：没有方案“elsewhere”，可用的有 changzhou-xinbei、nantong"),
        (("--scheme", "nantong", "--from", "2026", "--to", "2025"), "--to：不能早于 --from 的 2026"),
        (("--scheme", "nantong", "--from", "26"), "--from：年度要在 1990 到 9998 之间，例如 2026"),
    ],
)
def test_a_wrong_option_is_one_message(run: Run, arguments: tuple[str, ...], message: str) -> None:
    done = run("recompute", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message + "\n")
