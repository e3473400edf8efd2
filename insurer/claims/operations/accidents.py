"""An accident: the signed statement, a hold while somebody else may be liable, then only the part left."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import require
from insurer.claims.operations.following import follow_change
from insurer.claims.operations.makers import note_maker
from insurer.claims.operations.moves import lock_claim
from insurer.claims.tables import Claim, Paper
from insurer.claims.tracks.tables import Accident
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Invalid, Problem
from insurer.kernel.money import display, to_yuan
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession

CAUSES: Final[dict[str, str]] = {
    "traffic": "交通事故",
    "work": "工作时受伤",
    "assault": "被他人伤害",
    "animal": "被动物伤害",
    "self": "自己不小心",
    "other": "其他",
}
LIABILITIES: Final[dict[str, str]] = {
    "open": "责任还没有定",
    "none": "没有别人要负责",
    "settled": "责任已定，别人的部分已付",
}
STATEMENTS: Final = ("accident_statement", "liability_document")
"""Papers of which one must be there before liability counts as clear."""
LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class AccidentReport:
    """What somebody typed of an accident; what the liable party paid for this bill in fen."""

    cause: str
    happened_on: date
    liability: str
    statement: str
    third_party_fen: int = 0
    proof: str = ""


def report_accident(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    report: AccidentReport,
    now: datetime,
    version: int | None = None,
) -> Claim:
    """Note how an injury came about; open liability holds the case, a settled one leaves the rest to us.

    The law leaves a third party's part out of basic insurance (Social Insurance Law, article 30), and there
    is no recourse afterwards (Insurance Law, article 46): checking before paying is the only control.
    :class:`Invalid` names what is missing, above all the signed statement.
    """
    require(actor, "claims.review")
    claim = lock_claim(session, claim_id, version=version)
    _check(session, claim, report, now)
    before = session.get(Accident, claim.id)
    data = {
        "before": before.liability if before else "",
        "after": report.liability,
        "cause": report.cause,
        "third_party": to_yuan(report.third_party_fen),
    }
    row = before or Accident(claim_id=claim.id)
    row.cause, row.happened_on, row.liability = report.cause, report.happened_on, report.liability
    row.third_party_fen, row.proof = report.third_party_fen, report.proof.strip()
    row.statement_cipher = session.keyring.seal(report.statement.strip(), f"accident:statement:{claim.id}")
    row.noted_by, row.noted_by_name, row.noted_at = actor.person, actor.name, now
    session.add(row)
    note_maker(session, [claim.id], actor, "accident", now)
    subject = ("claim", claim.id)
    note(session, actor, "claim:accident:reported", subject, now=now, claim_id=claim.id, data=data)
    follow_change(session, claim, actor, now, f"受伤经过：{LIABILITIES[report.liability]}")
    return claim


def _check(session: UnitSession, claim: Claim, report: AccidentReport, now: datetime) -> None:
    problems = []
    if report.cause not in CAUSES:
        problems.append(Problem("cause", "请选怎么受的伤"))
    if report.liability not in LIABILITIES:
        problems.append(Problem("liability", "请选责任的情况"))
    if report.happened_on > business_day(now):
        problems.append(Problem("happened_on", "受伤的日期不能晚于今天"))
    if not report.statement.strip():
        problems.append(Problem("statement", "没有写经过，请照签名的说明写时间、地点、怎么受的伤"))
    elif len(report.statement) > LONGEST:
        problems.append(Problem("statement", f"经过最多 {LONGEST} 字，请写短一些"))
    if report.third_party_fen and report.liability != "settled":
        problems.append(Problem("third_party", "责任定了以后才填别人付了多少"))
    if report.liability == "settled" and not report.proof.strip():
        problems.append(Problem("proof", "没有写依据，请写交警、法院或调解文书的编号"))
    if not 0 <= report.third_party_fen <= claim.total_fen:
        words = f"别人付的不能多于总费用 {display(claim.total_fen)} 元，请对照文书"
        problems.append(Problem("third_party", words))
    if report.liability in ("none", "settled") and not _has_statement(session, claim):
        words = "还没有收到签名的受伤经过说明（或交警、法院的文书）。先收材料，再登记责任"
        problems.append(Problem("liability", words))
    if problems:
        raise Invalid("受伤经过有几处要改", tuple(problems))


def _has_statement(session: UnitSession, claim: Claim) -> bool:
    held = select(Paper.id).where(Paper.claim_id == claim.id, Paper.kind.in_(STATEMENTS)).limit(1)
    return session.scalar(held) is not None
