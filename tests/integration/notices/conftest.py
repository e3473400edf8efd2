"""Cases with a stored decision, made without the rooms below notices so that their tests stay apart."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from insurer.claims.tables import Claim, Decision, DecisionStep, Paper, PaperRequest, RulePack
from insurer.kernel.money import parse_yuan
from insurer.people.tables import CoverPeriod, PayeeAccount, Person, RosterImport
from insurer.platform.audit import Actor
from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.settings import Settings
from insurer.platform.storage import LocalStorage, keep_file
from insurer.schemes.calculate import calculate

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
"""10:00 in Shanghai."""

CLERK = Actor("staff", str(uuid.UUID(int=7)), "王建国", frozenset({"clerk"}))


def bill(**changes: Any) -> dict[str, Any]:
    """The settlement of the picture in the design: 10 592.95 are paid, one implant is not."""
    return {
        "setl_id": "SETL20261015088213",
        "med_type": "21",
        "begndate": "2026-10-01",
        "enddate": "2026-10-15",
        "setl_time": "2026-10-15",
        "medfee_sumamt": "60879.37",
        "inscp_scp_amt": "45000.00",
        "preselfpay_amt": "3846.27",
        "overlmt_selfpay": "433.10",
        "fulamt_ownpay_amt": "11600.00",
        "hifp_pay": "27000.00",
        "hifmi_pay": "0.00",
        "maf_pay": "12000.00",
        "later_payers": [{"payer": "inclusive", "unsplit": "4000.00"}],
        "fixmedins": {"kind": "hospital", "designated": True, "region": "mainland", "name": "龙城中心医院"},
        "referral": "local",
        "third_party": "none",
        "invoice": {"bill_code": "32060126", "bill_no": "0041873305", "check_code": "a1b2c3"},
        "feedetail": [
            _line("1", "可降解硬膜补片", "5800.00", "1", finding="new_expensive"),
            _line("2", "目录外治疗项目", "290.00", "20", finding="covered"),
        ],
        **changes,
    }


def _line(serial: str, name: str, price: str, count: str, finding: str) -> dict[str, Any]:
    return {
        "feedetl_sn": serial,
        "medins_list_name": name,
        "list_type": "301",
        "med_chrgitm_type": "08",
        "chrgitm_lv": "03",
        "pric": price,
        "cnt": count,
        "det_item_fee_sumamt": "5800.00",
        "fulamt_ownpay_amt": "5800.00",
        "finding": finding,
    }


def no_line_check(lines: Sequence[Any], facts: Any) -> list[Any]:
    """Every line of these cases carries a reviewer's finding, which wins over this answer."""
    from insurer.schemes.line_check import LineVerdict

    return [LineVerdict("covered") for _ in lines]


@dataclass
class World:
    """What a test stands on."""

    session: UnitSession
    storage: LocalStorage
    settings: Settings
    people: list[uuid.UUID] = field(default_factory=list)

    def person(self, name: str = "张桂芳", *, account: bool = True, holder: str | None = None) -> uuid.UUID:
        row = Person(
            id=new_id(),
            scheme="changzhou-xinbei",
            certno_cipher=b"x",
            certno_hash=new_id().bytes,
            certno_mask="3204**********001X",
            name=name,
            name_key=name,
            pinyin_keys=[],
            sort_key=name,
            created_at=NOW,
        )
        self.session.add(row)
        self.session.flush()
        if account:
            self.session.add(
                PayeeAccount(
                    id=new_id(),
                    person_id=row.id,
                    holder=holder or name,
                    bank="江南农商行",
                    account_cipher=b"x",
                    account_hash=b"x",
                    account_tail="6617",
                    source={"relation": "儿子"} if holder else {},
                    valid_from=NOW,
                )
            )
        self.session.flush()
        return row.id

    def decided(
        self, person_id: uuid.UUID, *, roster: dict[str, Any] | None = None, **changes: Any
    ) -> tuple[Claim, Decision]:
        """A decided case whose document and result are stored as the desk stores them."""
        facts = bill(**changes)
        claim = self.claim(person_id, facts)
        document = {
            "case_id": claim.case_no,
            "kind": "claim",
            "scheme": claim.scheme,
            "person": {
                "insutype": "390",
                "roster": roster if roster is not None else {"2026": {"on_previous_december": True}},
            },
            "used": {},
            "settlements": [facts],
        }
        result = calculate(document, no_line_check)
        assert "error" not in result, result
        pack = RulePack(hash=new_id().hex, scheme=claim.scheme, content={}, first_used_at=NOW)
        self.session.add(pack)
        self.session.flush()
        decision = Decision(
            id=new_id(),
            claim_id=claim.id,
            seq=1,
            outcome="pay",
            pack_hash=pack.hash,
            document=document,
            result=result,
            year=2026,
            benefit_fen=parse_yuan(result["total"]),
            made_by="system",
            made_by_name="系统",
            made_at=NOW,
        )
        self.session.add(decision)
        self.session.flush()
        step = DecisionStep(
            id=new_id(), decision_id=decision.id, step="proposed", actor_id="x", actor_name="李文静", at=NOW
        )
        self.session.add(step)
        self.session.flush()
        return claim, decision

    def claim(self, person_id: uuid.UUID, facts: dict[str, Any]) -> Claim:
        claim = Claim(
            id=new_id(),
            scheme="changzhou-xinbei",
            case_no=f"XB2026-{new_id().int % 10**6:06d}",
            person_id=person_id,
            year=2026,
            state="approved",
            visit="inpatient",
            settled_on=date(2026, 10, 15),
            total_fen=parse_yuan(facts["medfee_sumamt"]),
            burden_fen=0,
            hold_codes=[],
            channel="镇理赔点当面递交",
            received_at=datetime(2026, 11, 2, 1, 38, tzinfo=UTC),
            due_on=date(2026, 11, 16),
            term_from_on=date(2026, 11, 2),
            legal_due_on=date(2026, 12, 2),
            entered_by="x",
            entered_by_name="王建国",
            decided_at=NOW,
            updated_at=NOW,
        )
        self.session.add(claim)
        self.session.flush()
        return claim

    def request(self, claim: Claim, items: list[str]) -> PaperRequest:
        request = PaperRequest(id=new_id(), claim_id=claim.id, items=items, requested_at=NOW)
        self.session.add(request)
        self.session.flush()
        return request

    def paper(self, claim: Claim, kind: str, pages: int) -> None:
        paper = Paper(
            id=new_id(), claim_id=claim.id, kind=kind, filename="a.pdf", pages=pages, received_by="x"
        )
        paper.received_at = NOW
        self.session.add(paper)
        self.session.flush()

    def cover(self, people: Sequence[uuid.UUID]) -> uuid.UUID:
        """A roster import that began the cover of these people."""
        digest = keep_file(self.session, self.storage, new_id().bytes, mime="text/csv", now=NOW)
        roster = RosterImport(
            id=new_id(),
            scheme="changzhou-xinbei",
            month=date(2026, 11, 1),
            filename="名册.csv",
            sha256=digest,
            state="applied",
            counts={},
            report={},
            staged_by="x",
            staged_by_name="王建国",
            staged_at=NOW,
        )
        self.session.add(roster)
        self.session.flush()
        for person_id in people:
            period = CoverPeriod(id=new_id(), scheme="changzhou-xinbei", person_id=person_id, year=2026)
            period.from_on, period.until_on = date(2026, 11, 1), date(2026, 12, 31)
            period.basis, period.import_id, period.created_at = {}, roster.id, NOW
            self.session.add(period)
        self.session.flush()
        return roster.id


MakeWorld = Callable[[UnitSession], World]


@pytest.fixture
def make_world(tmp_path: Path, keyring: Keyring) -> MakeWorld:
    storage = LocalStorage(tmp_path / "files", keyring)
    settings = Settings(home=tmp_path)
    return lambda session: World(session, storage, settings)


@pytest.fixture
def world(session: UnitSession, make_world: MakeWorld) -> World:
    return make_world(session)


@pytest.fixture
def clerk() -> Actor:
    return CLERK


@pytest.fixture
def now() -> datetime:
    return NOW
