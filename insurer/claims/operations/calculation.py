"""Checking and calculating cases: sets in, a constant number of statements, a stored decision each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import exists, func, select, text
from sqlalchemy.dialects.postgresql import insert

from insurer.claims.documents import CaseFile, load_case_files
from insurer.claims.lifecycle import CALCULABLE, Action, State
from insurer.claims.operations.agency_findings import Difference, differences_of, record_differences
from insurer.claims.operations.moves import lock_claims, move, order_recovery
from insurer.claims.rules import (
    HOLD_WORDS,
    UNREADABLE,
    hint,
    hold_codes,
    is_cancelled,
    missing_papers,
    outcome,
    recovery_hint,
)
from insurer.claims.tables import Claim, Decision, DecisionStep, FeeLine, RulePack
from insurer.exclusions.check import check_lines
from insurer.exclusions.editions import Edition
from insurer.exclusions.operations import keep_edition
from insurer.exclusions.queries import edition_in_force
from insurer.kernel.money import parse_yuan
from insurer.platform.audit import SYSTEM, Actor, note
from insurer.platform.bulk import copy_rows
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.schemes.calculate import calculate, pack_content
from insurer.schemes.case_reading import read_readings
from insurer.schemes.line_check import LineVerdict
from insurer.schemes.recomputation import LineNotes
from insurer.schemes.running import digest_of

COVERED = LineVerdict("covered")
Kept: TypeAlias = list[list[dict[str, Any]]]
"""What the line check said of a case, kept with its decision: the lists may be other ones tomorrow."""

_MARK_LINES = text(
    """
    UPDATE fee_line AS line
       SET decision = mark.decision, code = mark.code, clause = mark.clause,
           matched = mark.matched, because = mark.because
      FROM unnest(CAST(:ids AS uuid[]), CAST(:decisions AS text[]), CAST(:codes AS text[]),
                  CAST(:clauses AS text[]), CAST(:matched AS text[]), CAST(:becauses AS text[]))
           AS mark(id, decision, code, clause, matched, because)
     WHERE line.id = mark.id
    """
)


def calculate_claims(
    session: UnitSession, *, actor: Actor, claim_ids: Sequence[UUID], now: datetime
) -> list[UUID]:
    """Check the lines of each case, calculate it, and store the calculation as a new decision row.

    Cases that are already proposed or decided are left alone; the ids of the calculated ones return.
    A calculation equal to the last one writes nothing. States follow what was found: a pending payer
    or a sum that does not agree holds the case, what is cleared comes back to review.
    """
    claims = [claim for claim in lock_claims(session, claim_ids) if State(claim.state) in CALCULABLE]
    by_scheme: dict[str, list[Claim]] = {}
    for claim in claims:
        by_scheme.setdefault(claim.scheme, []).append(claim)
    for scheme, group in by_scheme.items():
        files = load_case_files(session, group)
        _calculate_files(session, scheme, files, actor, now)
    return [claim.id for claim in claims]


def _calculate_files(
    session: UnitSession, scheme: str, files: Sequence[CaseFile], actor: Actor, now: datetime
) -> None:
    newest = _newest_decisions(session, [file.claim.id for file in files])
    edition = edition_in_force(session)
    check = partial(check_lines, edition=edition)
    rows: list[dict[str, Any]] = []
    marked: list[tuple[FeeLine, LineVerdict]] = []
    packs: dict[str, Mapping[str, str]] = {}
    differences: list[tuple[Claim, Difference]] = []
    for file in files:
        notes = LineNotes(check)
        result = calculate(file.document, notes)
        if "error" in result:
            _hold_unreadable(session, file, result["error"], actor, now)
            continue
        marked += _marks(file, notes.verdicts)
        packs[result["pack"]] = read_readings(file.document)
        before = newest.get(file.claim.id)
        if before is None or not before.still_says(file.document, notes.kept, result):
            seq = before.seq + 1 if before else 1
            rows.append(_decision_row(file, notes.kept, edition, result, seq, actor, now))
            data = {"total": result["total"], "outcome": rows[-1]["outcome"], "pack": result["pack"][:12]}
            subject = ("claim", file.claim.id)
            note(session, actor, "claim:case:calculated", subject, now=now, claim_id=file.claim.id, data=data)
        differences += [(file.claim, one) for one in differences_of(result)]
        _show(session, file, result, now)
    _keep_packs(session, scheme, packs, now)
    if rows:
        keep_edition(session, edition, now=now)
    copy_rows(session, Decision, rows)
    for file in files:
        if State(file.claim.state) is State.WITHDRAWN:  # its settlements were all reversed just now
            order_recovery(session, file.claim, now=now)
    record_differences(session, differences, now=now)
    _mark(session, marked)


def _hold_unreadable(
    session: UnitSession, file: CaseFile, error: Mapping[str, str], actor: Actor, now: datetime
) -> None:
    """Hold a case that has no amount, for example without a figure that it needs; the others go on."""
    claim = file.claim
    claim.benefit_fen, claim.review_lines, claim.updated_at = 0, 0, now
    if claim.hold_codes != [UNREADABLE]:
        claim.hold_codes, claim.hint = [UNREADABLE], HOLD_WORDS[UNREADABLE]
        subject, tag = ("claim", claim.id), "claim:case:unreadable"
        data = {"field": error["field"]}
        note(session, actor, tag, subject, now=now, claim_id=claim.id, reason=error["message"], data=data)
    _follow(session, claim, claim.hold_codes, now)


def _marks(file: CaseFile, verdicts: Mapping[str, LineVerdict]) -> list[tuple[FeeLine, LineVerdict]]:
    """Return the lines whose stored answer differs from the check's, with the new answer."""
    found = []
    for lines in file.lines.values():
        for line in lines:
            verdict = verdicts.get(line.serial, COVERED)
            if verdict.decision == "covered":
                verdict = COVERED  # nothing to explain, nothing to write for most lines
            if _stored(line) != verdict:
                found.append((line, verdict))
    return found


def _stored(line: FeeLine) -> LineVerdict:
    return LineVerdict(line.decision, line.code, line.clause, line.matched, line.because)  # type: ignore[arg-type]


def _mark(session: UnitSession, marked: Sequence[tuple[FeeLine, LineVerdict]]) -> None:
    if not marked:
        return
    session.execute(
        _MARK_LINES,
        {
            "ids": [line.id for line, _ in marked],
            "decisions": [verdict.decision for _, verdict in marked],
            "codes": [verdict.code for _, verdict in marked],
            "clauses": [verdict.clause for _, verdict in marked],
            "matched": [verdict.matched for _, verdict in marked],
            "becauses": [verdict.because for _, verdict in marked],
        },
    )
    for line, _ in marked:
        session.expire(line)


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest calculation of a case; a signed one is never used a second time."""

    seq: int
    total: str
    document: dict[str, Any]
    line_check: list[Any] | None
    signed: bool

    def still_says(self, document: Mapping[str, Any], kept: Kept, result: Mapping[str, Any]) -> bool:
        same = self.document == document and self.line_check == kept and self.total == result["total"]
        return same and not self.signed


def _newest_decisions(session: UnitSession, claim_ids: Sequence[UUID]) -> dict[UUID, _Newest]:
    newest = (
        select(Decision.claim_id, func.max(Decision.seq).label("seq"))
        .where(Decision.claim_id.in_(claim_ids))
        .group_by(Decision.claim_id)
        .subquery()
    )
    signed = exists().where(
        DecisionStep.decision_id == Decision.id, DecisionStep.step.in_(("approved", "refused"))
    )
    total = Decision.result["total"].astext.label("total")
    rows = session.execute(
        select(
            Decision.claim_id,
            Decision.seq,
            total,
            Decision.document,
            Decision.line_check,
            signed.label("signed"),
        ).join(newest, (newest.c.claim_id == Decision.claim_id) & (newest.c.seq == Decision.seq))
    )
    return {
        row.claim_id: _Newest(row.seq, row.total, row.document, row.line_check, row.signed) for row in rows
    }


def _decision_row(
    file: CaseFile,
    kept: Kept,
    edition: Edition,
    result: Mapping[str, Any],
    seq: int,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    others = [parse_yuan(settlement.get("other") or "0.00") for settlement in result["settlements"]]
    return {
        "id": new_id(),
        "claim_id": file.claim.id,
        "seq": seq,
        "outcome": outcome(result),
        "pack_hash": result["pack"],
        "document": file.document,
        "line_check": kept,
        "lists_hash": edition.hash,
        "result": dict(result),
        "year": file.claim.year,
        "benefit_fen": parse_yuan(result["total"]),
        "other_fen": sum(others),
        "made_by": actor.id,
        "made_by_name": actor.name,
        "made_at": now,
    }


def _show(session: UnitSession, file: CaseFile, result: Mapping[str, Any], now: datetime) -> None:
    """Put what the calculation says where lists show it, and let the state follow."""
    claim = file.claim
    holds = hold_codes(result)
    reviews = [
        warning
        for settlement in result["settlements"]
        for warning in settlement.get("warnings", ())
        if warning.get("code") == "needs_review"
    ]
    original = next(known for known in file.settlements if known.reverses is None)
    missing = missing_papers(claim.visit, file.beside.applied(original.facts), file.papers)
    claim.benefit_fen = parse_yuan(result["total"])
    claim.review_lines = len(reviews)
    claim.hold_codes = holds
    claim.hint = hint(outcome(result), holds, len(reviews), missing)
    claim.updated_at = now
    if is_cancelled(file.document):
        _cancel(session, claim, now)
    else:
        _follow(session, claim, holds, now)


def _cancel(session: UnitSession, claim: Claim, now: datetime) -> None:
    """End a case whose settlements were all reversed; one that was decided before waits for a person."""
    claim.hint = "结算都已冲销，请撤销这件"
    if State(claim.state) not in (State.SENT_BACK, State.REOPENED):
        claim.hint = recovery_hint(claim.paid_fen, 0)
        move(session, claim, Action.WITHDRAW, actor=SYSTEM, now=now, reason="原结算已冲销")


def _follow(session: UnitSession, claim: Claim, holds: Sequence[str], now: datetime) -> None:
    state = State(claim.state)
    if state in (State.RECEIVED, State.WAITING_PAPERS):
        return  # papers first
    if holds == ["upstream_pending"]:
        wanted, action = State.WAITING_UPSTREAM, Action.WAIT_UPSTREAM
    elif holds:
        wanted, action = State.HELD, Action.HOLD
    elif state is State.HELD:
        wanted, action = State.IN_REVIEW, Action.RELEASE
    elif state is State.WAITING_UPSTREAM:
        wanted, action = State.IN_REVIEW, Action.UPSTREAM_ANSWERED
    else:
        return
    if state is wanted:
        return
    if state is State.WAITING_UPSTREAM and action is Action.HOLD:
        move(session, claim, Action.UPSTREAM_ANSWERED, actor=SYSTEM, now=now)
    move(session, claim, action, actor=SYSTEM, now=now, data={"codes": list(holds)})


def _keep_packs(
    session: UnitSession, scheme: str, packs: Mapping[str, Mapping[str, str]], now: datetime
) -> None:
    """Store the content of every pack that was used, under the readings it was used with."""
    known = set(session.scalars(select(RulePack.hash).where(RulePack.hash.in_(packs))))
    for digest in packs.keys() - known:
        content = pack_content(scheme, packs[digest])
        if digest_of(content) != digest:
            raise RuntimeError(f"the content of the pack {digest[:12]} has another hash")
        row = {"hash": digest, "scheme": scheme, "content": content, "first_used_at": now}
        session.execute(insert(RulePack).values(row).on_conflict_do_nothing())
