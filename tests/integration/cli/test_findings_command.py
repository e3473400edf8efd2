"""``insurer findings``: what the agency should know, listed from stored Nantong cases."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.intake import register_settlements
from insurer.people.arriving import ArrivingFile
from insurer.people.operations import apply_roster, stage_roster
from insurer.platform.crypto import Keyring
from insurer.platform.db import unit_of_work
from insurer.platform.storage import Storage
from tests.factories.desk import NOW, SHELL, ZHANG, raw_record, records
from tests.integration.cli.command import Run

HEAD = "镇（街）,村（居）,姓名,身份证号码,保障类别,享受起始年月,银行账号,户名,开户行"
ROW = f"城东街道,江海社区,张桂芳,{ZHANG},低保边缘,2024-01,6217000010000001,张桂芳,南通农商银行"


def stay(setl_id: str, month: int, **changes: Any) -> dict[str, Any]:
    """A stay of 60 000 in scope on which basic insurance leaves 30 000 and nothing was paid above it."""
    day = f"2026-{month:02d}-05"
    amounts = {
        "medfee_sumamt": "60000.00",
        "inscp_scp_amt": "60000.00",
        "preselfpay_amt": "0.00",
        "fulamt_ownpay_amt": "0.00",
        "hifp_pay": "30000.00",
        "hifmi_pay": "6000.00",
        "maf_pay": "0.00",
        "fund_pay_sumamt": "36000.00",
        "psn_part_amt": "24000.00",
    }
    when = {"med_type": "21", "begndate": day, "enddate": day, "setl_time": f"{day} 10:00:00"}
    return raw_record(setl_id, feedetail=[], **{**amounts, **when, **changes})


@pytest.fixture
def calculated(fresh_engine: Engine, keyring: Keyring, storage: Storage) -> Engine:
    """A person at the margin with two stays, each a case of its own."""
    with unit_of_work(fresh_engine, keyring) as session:
        staged = stage_roster(
            session,
            arriving=ArrivingFile("nantong", date(2025, 12, 1), "roster.csv"),
            actor=SHELL,
            storage=storage,
            content=f"{HEAD}\n{ROW}\n".encode(),
            now=NOW,
        )
        assert staged.import_id is not None, staged.report
        apply_roster(session, actor=SHELL, import_id=staged.import_id, storage=storage, now=NOW)
    for raw in (
        stay("n1", 3),
        stay("n2", 5, hifmi_pay="19500.00", fund_pay_sumamt="49500.00", psn_part_amt="10500.00"),
    ):
        with unit_of_work(fresh_engine, keyring) as session:
            done = register_settlements(
                session, actor=SHELL, scheme="nantong", records=records(raw), channel="counter", now=NOW
            )
            calculate_claims(session, actor=SHELL, claim_ids=done.touched, now=NOW)
    return fresh_engine


def test_a_payment_without_the_tilt_is_listed_with_what_was_due(run: Run, calculated: Engine) -> None:
    done = run("findings", "--scheme", "nantong", "--code", "critical_illness_tilt", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {row["setl_id"]: row for row in map(json.loads, done.stdout.splitlines())}
    first = rows["n1"]
    assert (first["paid"], first["expected"], first["amount"]) == ("6000.00", "13000.00", "7000.00")
    assert (first["clause"], first["standing"], first["settled_on"]) == ("NT-(三)", "占位数", "2026-03-05")
    told = run("findings", "--scheme", "nantong").stdout
    assert "大病保险待核对：大病保险付了 6,000.00 元" in told
    assert "起付线没有降低，比例也没有提高" in told
    assert "（所用标准是占位数，先核实标准）" in told


def test_a_file_is_written_without_names_and_recorded(run: Run, calculated: Engine, tmp_path: Path) -> None:
    path = tmp_path / "findings.csv"
    assert run("findings", "--scheme", "nantong", "--csv", str(path)).returncode == 0
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    assert {"n1"} <= {row["结算号"] for row in rows}
    assert "张桂芳" not in path.read_text(encoding="utf-8") and ZHANG not in path.read_text(encoding="utf-8")
    with calculated.connect() as connection:
        tags = connection.scalars(text("SELECT tag FROM audit_entry")).all()
    assert "platform:findings:exported" in tags


def test_what_rests_on_unsettled_figures_can_be_left_out(run: Run, calculated: Engine) -> None:
    done = run("findings", "--scheme", "nantong", "--settled")
    assert (done.returncode, done.stdout) == (0, "共 0 项。\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--scheme", "elsewhere"), "没有方案“elsewhere”"),
        (("--scheme", "nantong", "--code", "other"), "--code"),
        (("--scheme", "nantong", "--csv", "/nowhere/at/all.csv"), "写不进去"),
    ],
)
def test_bad_options_are_told(run: Run, arguments: tuple[str, ...], words: str) -> None:
    done = run("findings", *arguments)
    assert done.returncode == 2
    assert words in done.stderr and "Traceback" not in done.stderr
