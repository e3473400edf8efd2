"""Files of records from the desk: nothing before the confirmation, a result per row, the bad ones back."""

import json
from io import BytesIO
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from sqlalchemy import func, select

from insurer.claims.operations.uploads import apply_upload, discard_upload, export_refused, stage_upload
from insurer.claims.reading import read_settlements
from insurer.claims.tables import Claim, SettlementUpload
from insurer.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, TooLarge
from insurer.platform.audit import Actor, AuditEntry
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from tests.factories.desk import LI, NOW, SCHEME, ZHANG, hire, put_on_roster, raw_record, take_in
from tests.factories.upstream import corrected, reversal
from tests.integration.cli.test_claims_import import workbook


@pytest.fixture
def clerk(session: UnitSession, storage: Storage) -> Actor:
    put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李文")])
    return hire(session, "clerk", "clerk")


def _lines(*raws: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(raw, ensure_ascii=False) for raw in raws).encode()


def _stage(
    session: UnitSession, storage: Storage, clerk: Actor, content: bytes, name: str = "三月.jsonl"
) -> UUID:
    return stage_upload(
        session, actor=clerk, storage=storage, scheme=SCHEME, content=content, filename=name, now=NOW
    )


def _outcomes(session: UnitSession, upload_id: UUID) -> list[tuple[str, str]]:
    report = session.get_one(SettlementUpload, upload_id).report
    return [(row["where"].partition(" ")[2], row["outcome"]) for row in report]


def test_a_file_is_looked_at_without_a_trace_and_written_when_it_is_confirmed(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    one, two, three = raw_record("s1"), raw_record("s2"), raw_record("s3")
    take_in(session, clerk, one, two, three)
    session.commit()
    before = session.scalar(select(func.count()).select_from(AuditEntry))
    content = _lines(
        one,
        corrected(two),
        reversal(three, "s3x", reverses="s3"),
        raw_record("s4"),
        raw_record("s5", hifp_pay="很多"),
        reversal(raw_record("s9"), "s9x", reverses="nowhere"),
    )
    upload_id = _stage(session, storage, clerk, content)
    assert _outcomes(session, upload_id) == [
        ("第 1 行", "same"),
        ("第 2 行", "changed"),
        ("第 3 行", "reversed"),
        ("第 4 行", "new"),
        ("第 5 行", "refused"),
        ("第 6 行", "refused"),
    ]
    assert session.scalar(select(func.count()).select_from(Claim)) == 3
    session.commit()
    # the staging itself is noted, nothing that was only tried
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == (before or 0) + 1
    counts = apply_upload(session, actor=clerk, storage=storage, upload_id=upload_id, now=NOW)
    assert counts == {"records": 6, "new": 1, "changed": 1, "reversed": 1, "same": 1, "refused": 2}
    assert session.scalar(select(func.count()).select_from(Claim)) == 4
    rows = session.get_one(SettlementUpload, upload_id).report
    assert [row["case_no"] for row in rows[:4]] == [
        "XB2026-000001",
        "XB2026-000002",
        "XB2026-000003",
        "XB2026-000004",
    ]
    assert "不是金额" in rows[4]["problems"][0]["message"]
    assert rows[5]["problems"][0]["field"] == "reverses"
    with pytest.raises(Conflict, match="已经导入过"):
        apply_upload(session, actor=clerk, storage=storage, upload_id=upload_id, now=NOW)


def test_what_another_file_wrote_meanwhile_is_no_surprise(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    upload_id = _stage(session, storage, clerk, _lines(raw_record("s1"), raw_record("s2")))
    take_in(session, clerk, json.loads(_lines(raw_record("s7")).decode()))
    first = json.loads(
        storage.get(session.get_one(SettlementUpload, upload_id).sha256).decode().splitlines()[0]
    )
    take_in(session, clerk, first)
    counts = apply_upload(session, actor=clerk, storage=storage, upload_id=upload_id, now=NOW)
    assert (counts["new"], counts["same"]) == (1, 1)


def test_the_same_file_waits_once_and_nothing_personal_is_kept_beside_it(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    content = _lines(raw_record("s1"), raw_record("s2", certno="123"))
    first = _stage(session, storage, clerk, content)
    assert _stage(session, storage, clerk, content) == first
    kept = json.dumps(session.get_one(SettlementUpload, first).report, ensure_ascii=False)
    assert ZHANG not in kept and "张桂芳" not in kept


def test_an_invoice_that_came_before_is_noted_at_its_row(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    invoice = {"bill_code": "32060126", "bill_no": "0012345678", "check_code": "a1b2c3"}
    take_in(session, clerk, raw_record("s1", invoice=invoice))
    upload_id = _stage(session, storage, clerk, _lines(raw_record("s2", invoice=invoice)))
    notes = session.get_one(SettlementUpload, upload_id).report[0]["notes"]
    assert len(notes) == 1 and "XB2026-000001" in notes[0]


def test_one_settlement_twice_with_other_content_keeps_the_first(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    raw = raw_record("s1")
    upload_id = _stage(session, storage, clerk, _lines(raw, corrected(raw), raw))
    assert [outcome for _, outcome in _outcomes(session, upload_id)] == ["new", "refused", "same"]


def test_refused_lines_come_back_with_their_reason_and_can_be_put_right(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    wrong = raw_record("s2", hifp_pay="很多")
    upload_id = _stage(session, storage, clerk, _lines(raw_record("s1"), wrong))
    name, mime, content = export_refused(session, actor=clerk, storage=storage, upload_id=upload_id, now=NOW)
    assert (name, mime) == ("三月-退回.jsonl", "application/x-ndjson")
    back = [json.loads(line) for line in content.decode().splitlines()]
    assert len(back) == 1
    assert back[0].pop("错误原因") == ["hifp_pay：“很多”不是金额，请写成 1234.50 这样的数字"]
    back[0]["setlinfo"]["hifp_pay"] = "500.00"
    assert len(read_settlements(_lines(back[0]), "改好.jsonl")) == 1


def test_refused_rows_of_a_workbook_come_back_as_a_workbook(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    raws = [raw_record("b1"), raw_record("b2"), raw_record("b3", medfee_sumamt="=1+1")]
    upload_id = _stage(session, storage, clerk, workbook(raws), "表.xlsx")
    assert _outcomes(session, upload_id) == [
        ("setlinfo 第 2 行", "new"),
        ("setlinfo 第 3 行", "new"),
        ("setlinfo 第 4 行", "refused"),
    ]
    name, _mime, content = export_refused(session, actor=clerk, storage=storage, upload_id=upload_id, now=NOW)
    assert name == "表-退回.xlsx"
    book = openpyxl.load_workbook(BytesIO(content))
    heads = [cell.value for cell in book["setlinfo"][1]]
    row = dict(zip(heads, (cell.value for cell in book["setlinfo"][2]), strict=True))
    assert heads[-1] == "错误原因"
    assert row["setl_id"] == "b3" and row["medfee_sumamt"] == "=1+1"
    assert book["setlinfo"][2][heads.index("medfee_sumamt")].data_type == "s"
    assert "medfee_sumamt：" in row["错误原因"]
    assert book["feedetail"].max_row == 3


def test_a_cell_whose_digits_are_lost_refuses_its_own_row_only(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    content = workbook([raw_record("b1")], number=True)
    upload_id = _stage(session, storage, clerk, content, "数字.xlsx")
    report = session.get_one(SettlementUpload, upload_id).report
    assert report[0]["outcome"] == "refused"
    assert [one["field"] for one in report[0]["problems"]] == ["certno"]
    assert "后几位已经丢了" in report[0]["problems"][0]["message"]


def test_what_cannot_be_read_or_done_is_refused_as_a_whole(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    with pytest.raises(Invalid, match="不是 JSON"):
        _stage(session, storage, clerk, b"hello")
    with pytest.raises(TooLarge, match="一次最多 2000 条"):
        _stage(session, storage, clerk, b"[" + b",".join([b"{}"] * 2_001) + b"]")
    with pytest.raises(NotAllowed):
        _stage(session, storage, hire(session, "reviewer", "reviewer"), _lines(raw_record("s1")))
    upload_id = _stage(session, storage, clerk, _lines(raw_record("s1")))
    with pytest.raises(NotFound):
        export_refused(session, actor=clerk, storage=storage, upload_id=upload_id, now=NOW)
    discard_upload(session, actor=clerk, upload_id=upload_id, now=NOW)
    with pytest.raises(Conflict, match="已经放弃"):
        apply_upload(session, actor=clerk, storage=storage, upload_id=upload_id, now=NOW)
