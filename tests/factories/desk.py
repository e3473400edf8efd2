"""People, staff and cases for tests, always made through the operations of the product."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from insurer.accounts.operations import create_staff
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.deciding import approve, propose
from insurer.claims.operations.intake import Registered, register_settlements
from insurer.claims.operations.papers import check_papers
from insurer.claims.records import SettlementRecord, read_record
from insurer.people.arriving import ArrivingFile
from insurer.people.operations import apply_roster, stage_roster
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage

SCHEME = "changzhou-xinbei"
NOW = datetime(2026, 3, 20, 2, 0, tzinfo=UTC)
SHELL = Actor("admin_shell", "test", "测试")
ZHANG, LI, WANG = "320411196503071234", "320411197001011236", "32041119880808123X"
PAPERS = (
    "application",
    "identity",
    "bank_card",
    "settlement_sheet",
    "invoice",
    "fee_list",
    "discharge_record",
    "prescription",
)


def hire(session: UnitSession, login: str, *roles: str) -> Actor:
    """Make a member of staff with these roles and return the actor."""
    made = create_staff(
        session,
        actor=SHELL,
        login=login,
        name=login,
        roles=roles,
        password="一个够长的口令-2026",
        now=NOW,
    )
    return Actor("staff", str(made), login, frozenset(roles))


def put_on_roster(
    session: UnitSession,
    storage: Storage,
    people: Sequence[tuple[str, str]],
    *,
    month: date = date(2025, 12, 1),
    extra: str = "",
) -> None:
    """Let the bureau's roster of ``month`` name these (number, name) people, each with an account."""
    rows = [
        f"薛家镇,顺园社区,{name},{number},农村低保,2019-05,62170000100000{place:04d},{name},常州农商银行"
        for place, (number, name) in enumerate(people, 1)
    ]
    head = "镇（街）,村（居）,姓名,身份证号码,保障类别,享受起始年月,银行账号,户名,开户行"
    content = "\n".join([head, *rows, extra]).encode()
    staged = stage_roster(
        session,
        arriving=ArrivingFile(SCHEME, month, f"roster-{month:%Y-%m}.csv"),
        actor=SHELL,
        storage=storage,
        content=content,
        now=NOW,
    )
    assert staged.import_id is not None, staged.report
    apply_roster(session, actor=SHELL, import_id=staged.import_id, storage=storage, now=NOW)


def line(serial: str, name: str, amount: str, **facts: Any) -> dict[str, Any]:
    """Return a fee line; inside the catalogue unless told otherwise."""
    plain = {"feedetl_sn": serial, "medins_list_name": name, "det_item_fee_sumamt": amount, "cnt": "1"}
    return {
        **plain,
        "pric": amount,
        "chrgitm_lv": "01",
        "list_type": "201",
        "med_chrgitm_type": "05",
        **facts,
    }


def raw_record(setl_id: str, certno: str = ZHANG, name: str = "张桂芳", **changes: Any) -> dict[str, Any]:
    """Return an outpatient settlement of 1 000 yuan whose 100 yuan of own expense are covered at half."""
    header = {
        "setl_id": setl_id,
        "mdtrt_id": f"m-{setl_id}",
        "certno": certno,
        "psn_name": name,
        "insuplc_admdvs": "320411",
        "insutype": "390",
        "med_type": "11",
        "begndate": "2026-03-01",
        "enddate": "2026-03-01",
        "setl_time": "2026-03-01 10:00:00",
        "medfee_sumamt": "1000.00",
        "inscp_scp_amt": "850.00",
        "preselfpay_amt": "50.00",
        "overlmt_selfpay": "0.00",
        "fulamt_ownpay_amt": "100.00",
        "hifp_pay": "500.00",
        "hifmi_pay": "0.00",
        "maf_pay": "200.00",
        "fund_pay_sumamt": "700.00",
        "hosp_part_amt": "0.00",
        "psn_part_amt": "300.00",
    }
    beside = {
        key: changes.pop(key)
        for key in ("feedetail", "invoice", "iteminfo", "later_payers", "evidence")
        if key in changes
    }
    own = line("2", "目录外敷料", "100.00", chrgitm_lv="03", list_type="301", med_chrgitm_type="08")
    return {
        "setlinfo": {**header, **changes},
        "feedetail": [
            line("1", "普通诊疗", "900.00", inscp_scp_amt="850.00", preselfpay_amt="50.00"),
            {**own, "fulamt_ownpay_amt": "100.00"},
        ],
        "invoice": {"bill_code": "32060126", "bill_no": uuid.uuid4().hex[:10], "check_code": "a1b2c3"},
        "evidence": [{"kind": kind, "filename": f"{kind}.pdf", "pages": 1} for kind in PAPERS],
        **beside,
    }


def records(*raws: Mapping[str, Any]) -> list[SettlementRecord]:
    """Read raw records; a problem fails the test."""
    found = []
    for number, raw in enumerate(raws, 1):
        record, problems = read_record(raw, f"第 {number} 条")
        assert record is not None, problems
        found.append(record)
    return found


def take_in(
    session: UnitSession,
    actor: Actor,
    *raws: Mapping[str, Any],
    now: datetime = NOW,
    scheme: str = SCHEME,
) -> Registered:
    """Register records, check papers and calculate: the cases stand where the desk finds them."""
    done = register_settlements(
        session, actor=actor, scheme=scheme, records=records(*raws), channel="counter", now=now
    )
    check_papers(session, actor=actor, claim_ids=done.new, now=now)
    calculate_claims(session, actor=actor, claim_ids=done.touched, now=now)
    return done


def decide(session: UnitSession, clerk: Actor, reviewer: Actor, claim_id: uuid.UUID) -> None:
    """Propose by one person, approve by another."""
    propose(session, actor=clerk, claim_id=claim_id, now=NOW)
    approve(session, actor=reviewer, claim_id=claim_id, now=NOW, opinion="核对相符")
