"""A desk with one case of Zhang, everybody who works on it, and what they do beside its main line."""

from datetime import date
from typing import Any

from sqlalchemy import select, update

from insurer.claims.operations.deciding import approve, propose
from insurer.claims.operations.papers import PaperFile, add_papers
from insurer.claims.operations.upstream import UpstreamAnswer, note_upstream
from insurer.claims.tables import Claim
from insurer.kernel.dates import business_day
from insurer.payments.bank_file import ResultLine
from insurer.payments.operations.batches import create_batch, record_results, reference, release_batch
from insurer.payments.tables import PaymentInstruction
from insurer.people.tables import Person
from insurer.platform.audit import Actor, AuditEntry
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from tests.factories.desk import LI, NOW, SCHEME, ZHANG, hire, put_on_roster, raw_record, take_in
from tests.factories.paper_files import pdf

TODAY = business_day(NOW)


class Desk:
    def __init__(self, session: UnitSession, storage: Storage) -> None:
        self.session, self.storage = session, storage
        put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李文")])
        self.clerk, self.first = hire(session, "clerk", "clerk"), hire(session, "first", "clerk")
        self.second, self.third = hire(session, "second", "reviewer"), hire(session, "third", "reviewer")
        self.chief = hire(session, "chief", "supervisor")
        self.maker, self.release = hire(session, "maker", "finance"), hire(session, "release", "finance")
        self.claim_id = take_in(session, self.clerk, raw_record("s1")).new[0]

    @property
    def claim(self) -> Claim:
        return self.session.get_one(Claim, self.claim_id)

    def decide(self, by: Actor | None = None) -> None:
        propose(self.session, actor=self.first, claim_id=self.claim_id, now=NOW)
        approve(self.session, actor=by or self.second, claim_id=self.claim_id, now=NOW, opinion="核对相符")

    def paper(self, *kinds: str) -> None:
        files = [PaperFile(kind, f"{kind}.pdf", pdf(mark=kind)) for kind in kinds]
        add_papers(
            self.session,
            actor=self.clerk,
            storage=self.storage,
            claim_id=self.claim_id,
            files=files,
            now=NOW,
        )

    def note(
        self, payer: str, status: str, fen: int | None = None, proof: str = "凭据一号", **more: Any
    ) -> None:
        answer = UpstreamAnswer(payer, status, fen, proof)
        who = more.pop("actor", self.first)
        note_upstream(self.session, actor=who, claim_id=self.claim_id, answer=answer, now=NOW)

    def pay(self, paid: bool = True) -> None:
        batch = create_batch(self.session, actor=self.maker, scheme=SCHEME, now=NOW).batch
        assert batch is not None
        release_batch(self.session, actor=self.release, storage=self.storage, batch_id=batch.id, now=NOW)
        lines = self.session.scalars(select(PaymentInstruction).filter_by(batch_id=batch.id)).all()
        results = [
            ResultLine(reference(one), one.amount_fen, paid, "" if paid else "户名不符", "B") for one in lines
        ]
        record_results(self.session, actor=self.maker, batch_id=batch.id, results=results, now=NOW)

    def entries(self, tag: str) -> list[AuditEntry]:
        self.session.commit()
        return list(self.session.scalars(select(AuditEntry).where(AuditEntry.tag == tag)))

    def died(self) -> None:
        self.session.execute(
            update(Person).where(Person.id == self.claim.person_id).values(died_on=date(2026, 3, 10))
        )
        self.session.expire_all()
