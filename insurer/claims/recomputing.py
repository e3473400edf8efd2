"""Every stored decision done again from what is stored with it; reads only, one decision at a time."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, select, text

from insurer.claims.rules import outcome
from insurer.claims.tables import Claim, Decision, RulePack
from insurer.exclusions.check import check_lines
from insurer.exclusions.editions import content_digest
from insurer.exclusions.tables import ListEdition
from insurer.kernel.money import parse_yuan, to_yuan
from insurer.platform.db import UnitSession
from insurer.schemes.recomputation import (
    Again,
    Difference,
    calculation_under,
    kept_verdicts,
    recompute,
)
from insurer.schemes.stored_packs import NotReproducible

_AT_ONCE = 200
"""Decisions fetched in one go; a decision with its trace takes some tens of kilobytes."""


class Recomputed(NamedTuple):
    """A decision that was done again: whose, which of the case's, under which rules, and what differs.

    ``unsettled`` names the figures behind its amounts that were placeholders or assumed then.
    """

    case_no: str
    seq: int
    pack_hash: str
    differences: tuple[Difference, ...]
    unsettled: tuple[str, ...] = ()


def recompute_decisions(
    session: UnitSession, *, scheme: str, first: int | None = None, last: int | None = None
) -> Iterator[Recomputed]:
    """Do every decision of a scheme again, those of the years ``first`` to ``last`` if given.

    The transaction becomes a read-only picture of one moment, so it must not have been used before.
    Memory does not grow with the number of decisions.
    """
    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    packs, lists = _Packs(session, scheme), _Lists(session)
    rows = session.execute(_decisions(scheme, first, last), execution_options={"yield_per": _AT_ONCE})
    for row in rows:
        found = [*_differences(row, packs), *lists.differences(row.lists_hash)]
        yield Recomputed(row.case_no, row.seq, row.pack_hash, tuple(found), unsettled_in(row.result))


def decision_differences(session: UnitSession, *, scheme: str, decision: Decision) -> list[Difference]:
    """Do one decision again and return what differs; nothing when it comes out as it is stored."""
    return list(_differences(decision, _Packs(session, scheme)))


def unsettled_in(result: Any) -> tuple[str, ...]:
    """Return the figures that a stored result says it rests on though they are not settled.

    A result that was changed by hand has none: its difference is reported, and it stops nothing.
    """
    told = [figure for one in _rows(result, "settlements") for figure in _rows(one, "provisional")]
    return tuple(dict.fromkeys(str(figure["name"]) for figure in told if "name" in figure))


def _rows(document: Any, key: str) -> list[dict[str, Any]]:
    rows = document.get(key) if isinstance(document, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _decisions(scheme: str, first: int | None, last: int | None) -> Select[Any]:
    found = (
        select(
            Claim.case_no,
            Decision.seq,
            Decision.pack_hash,
            Decision.document,
            Decision.line_check,
            Decision.lists_hash,
            Decision.result,
            Decision.outcome,
            Decision.benefit_fen,
            Decision.other_fen,
        )
        .join(Claim, Claim.id == Decision.claim_id)
        .where(Claim.scheme == scheme)
        .order_by(Decision.id)
    )
    if first is not None:
        found = found.where(Decision.year >= first)
    return found if last is None else found.where(Decision.year <= last)


class _Packs:
    """The calculations under the packs that decisions name, each loaded and verified once."""

    def __init__(self, session: UnitSession, scheme: str) -> None:
        self._session, self._scheme = session, scheme
        self._known: dict[str, Again | NotReproducible] = {}

    def under(self, digest: str) -> Again:
        """Return the calculation; :class:`NotReproducible` every time when there is none."""
        if digest not in self._known:
            content = self._session.scalar(select(RulePack.content).where(RulePack.hash == digest))
            try:
                self._known[digest] = calculation_under(self._scheme, content or {}, digest)
            except NotReproducible as error:
                self._known[digest] = error
        found = self._known[digest]
        if isinstance(found, NotReproducible):
            raise found
        return found


class _Lists:
    """The lists that decisions name: each is verified once to be what its hash says."""

    def __init__(self, session: UnitSession) -> None:
        self._session = session
        self._known: dict[str, bool] = {}

    def differences(self, digest: str | None) -> list[Difference]:
        """Return what is wrong with stored lists; a decision from before lists were kept names none."""
        if digest is None:
            return []
        if digest not in self._known:
            content = self._session.scalar(select(ListEdition.content).where(ListEdition.hash == digest))
            self._known[digest] = content is not None and content_digest(content) == digest
        return [] if self._known[digest] else [Difference("lists_hash", digest, "存下的清单和它的编号不符")]


def _differences(row: Row[Any] | Decision, packs: _Packs) -> Iterator[Difference]:
    try:
        again = packs.under(row.pack_hash)
    except NotReproducible as error:
        yield Difference("pack", row.pack_hash, str(error))
    else:
        check = check_lines if row.line_check is None else kept_verdicts(row.line_check)
        yield from recompute(row.document, row.result, again, check)
    yield from _columns(row)


def _columns(row: Row[Any] | Decision) -> Iterator[Difference]:
    """Yield what is shown of a decision in lists and is not what its result says."""
    result: Mapping[str, Any] = row.result
    try:
        others = sum(parse_yuan(one.get("other") or "0.00") for one in result["settlements"])
        told = (
            ("benefit_fen", to_yuan(row.benefit_fen), to_yuan(parse_yuan(result["total"]))),
            ("other_fen", to_yuan(row.other_fen), to_yuan(others)),
            ("outcome", row.outcome, outcome(result)),
            ("pack_hash", row.pack_hash, str(result["pack"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        yield Difference("result", "读不出来", "")
        return
    for field, stored, made in told:
        if stored != made:
            yield Difference(field, stored, made)
