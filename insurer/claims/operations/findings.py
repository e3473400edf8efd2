"""A person's finding on a fee line: it wins over the automatic check and is calculated at once."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import require
from insurer.claims.lifecycle import EDITABLE, WORDS, State
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.list_changes import report_line
from insurer.claims.operations.moves import lock_claim
from insurer.claims.tables import Claim, FeeLine, Settlement
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession

FINDINGS: Final[dict[str, str]] = {
    "covered": "可赔",
    "transplant_source": "器官源、组织源",
    "new_expensive": "点名的新型昂贵项目",
    "special_service": "特需服务",
    "unrelated": "与疾病诊疗无关",
    "nonpayable_herb": "不予支付的中药饮片",
    "non_pharmacopoeia_drug": "药典范围以外的药品",
    "not_on_invoice": "票据和清单以外",
    "unlawful": "违反法律法规",
}
"""What a reviewer may find, with its Chinese word."""


def set_finding(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    line_id: UUID,
    finding: str | None,
    reason: str,
    now: datetime,
    version: int | None = None,
    report: bool = False,
) -> Claim:
    """Record a finding with its reason (``None`` takes it back) and calculate the case again.

    With ``report`` the policy officers are told that the automatic answer was wrong, with the same reason.
    :class:`Invalid` without a reason or with an unknown finding; :class:`Conflict` when the case is not
    open for changes.
    """
    require(actor, "claims.review")
    if finding is not None and finding not in FINDINGS:
        raise Invalid("请选择怎么判", (Problem("finding", "没有这种判定，请从列表里选"),))
    if not reason.strip():
        raise Invalid("改判要写明理由", (Problem("reason", "没有写理由，请写一句，例如依据哪份材料"),))
    claim = lock_claim(session, claim_id, version=version)
    if State(claim.state) not in EDITABLE:
        raise Conflict(f"案件现在是“{WORDS[State(claim.state)].word}”，不能改判费用")
    line = session.scalar(
        select(FeeLine)
        .join(Settlement, Settlement.id == FeeLine.settlement_id)
        .where(FeeLine.id == line_id, Settlement.claim_id == claim.id, Settlement.superseded_at.is_(None))
    )
    if line is None:
        raise NotFound("这件案件里没有这一行费用")
    data = {"line_no": line.line_no, "before": line.finding or line.decision, "after": finding or "automatic"}
    line.finding, line.finding_reason = finding, reason.strip()
    line.finding_by, line.finding_at = actor.staff_id, now
    claim.version += 1
    subject = ("fee_line", line.id)
    note(
        session,
        actor,
        "claim:line:found",
        subject,
        now=now,
        claim_id=claim.id,
        reason=reason.strip(),
        data=data,
    )
    session.flush()  # the calculation reads the finding from the database
    if report:
        report_line(session, actor=actor, claim_id=claim.id, line_id=line.id, remark=reason.strip(), now=now)
    calculate_claims(session, actor=actor, claim_ids=[claim.id], now=now)
    return claim
