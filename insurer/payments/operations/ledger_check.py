"""The ledger against what it records: instructions, batches, cases, limits, and the sealed log."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from insurer.kernel.money import to_yuan
from insurer.payments.operations.ledger import BANK, EXPENSE, PAYABLE

SIDES: Final[dict[str, tuple[str, str]]] = {
    "approved": (EXPENSE, PAYABLE),
    "paid": (PAYABLE, BANK),
    "returned": (PAYABLE, EXPENSE),
    "taken_out": (PAYABLE, EXPENSE),
    "recovered": (BANK, EXPENSE),
}
"""The debited and the credited account of every reason."""

POSTED: Final[dict[str, tuple[frozenset[str], ...]]] = {
    "ready": (frozenset(),),
    "batched": (frozenset({"approved"}),),
    "sent": (frozenset({"approved"}),),
    "paid": (frozenset({"approved", "paid"}),),
    "returned": (frozenset({"approved", "returned"}),),
    "void": (frozenset({"approved", "returned"}), frozenset({"approved", "taken_out"})),
}
"""The reasons for which an instruction in a state has been posted."""

_ENTRIES = text(
    """
    SELECT e.id, e.reason, i.id AS instruction, i.amount_fen,
           count(l.entry_id) AS lines, coalesce(sum(l.amount_fen), 0) AS rest,
           coalesce(sum(l.amount_fen) FILTER (WHERE l.amount_fen > 0), 0)::bigint AS moved,
           max(l.account) FILTER (WHERE l.amount_fen > 0) AS debit,
           max(l.account) FILTER (WHERE l.amount_fen < 0) AS credit
      FROM journal_entry e
      LEFT JOIN journal_line l ON l.entry_id = e.id
      LEFT JOIN payment_instruction i ON i.id = e.source_id
     GROUP BY e.id, i.id ORDER BY e.id
    """
).execution_options(yield_per=2_000)
_DECISIONS = text(
    """
    SELECT c.case_no, d.seq, d.benefit_fen, a.data ->> 'benefit' AS told
      FROM audit_entry a
      JOIN claim c ON c.id = a.claim_id
      JOIN decision d ON d.claim_id = a.claim_id AND d.seq = (a.data ->> 'decision')::int
     WHERE a.tag LIKE 'claim:state:%' AND a.data ->> 'decision' IS NOT NULL
       AND (a.data ->> 'benefit')::numeric * 100 <> d.benefit_fen
     ORDER BY a.seq
    """
)
_INSTRUCTIONS = text(
    """
    SELECT i.state, i.amount_fen, c.case_no, coalesce(e.reasons, '{}') AS reasons,
           (SELECT a.data ->> 'amount' FROM audit_entry a
             WHERE a.claim_id = i.claim_id AND a.tag = 'claim:state:in_payment'
               AND a.data ->> 'batch' = b.number
             ORDER BY a.seq DESC LIMIT 1) AS told
      FROM payment_instruction i
      JOIN claim c ON c.id = i.claim_id
      LEFT JOIN (SELECT source_id, array_agg(reason) AS reasons
                   FROM journal_entry GROUP BY source_id) e ON e.source_id = i.id
      LEFT JOIN payment_batch b ON b.id = i.batch_id AND i.purpose = 'benefit'
     ORDER BY i.id
    """
).execution_options(yield_per=2_000)
_BATCHES = text(
    """
    SELECT b.number, b.count, b.total_fen, count(i.id) AS held, coalesce(sum(i.amount_fen), 0)::bigint AS sum
      FROM payment_batch b LEFT JOIN payment_instruction i ON i.batch_id = b.id
     GROUP BY b.id ORDER BY b.number
    """
)
_CASES = text(
    """
    SELECT c.case_no, c.paid_fen, coalesce(m.fen, 0) AS left_bank
      FROM claim c
      LEFT JOIN (SELECT e.claim_id, -sum(l.amount_fen)::bigint AS fen
                   FROM journal_entry e JOIN journal_line l ON l.entry_id = e.id
                  WHERE l.account = :bank GROUP BY e.claim_id) m ON m.claim_id = c.id
     WHERE c.paid_fen <> coalesce(m.fen, 0) ORDER BY c.case_no
    """
)
_RECOVERIES = text(
    """
    SELECT c.case_no, coalesce(b.fen, 0) AS booked, coalesce(n.fen, 0) AS told
      FROM claim c
      LEFT JOIN (SELECT e.claim_id, sum(l.amount_fen)::bigint AS fen
                   FROM journal_entry e JOIN journal_line l ON l.entry_id = e.id
                  WHERE e.reason = 'recovered' AND l.account = :bank
                  GROUP BY e.claim_id) b ON b.claim_id = c.id
      LEFT JOIN (SELECT claim_id, sum((data ->> 'amount')::numeric * 100)::bigint AS fen
                   FROM audit_entry WHERE tag = 'payment:recovery:recorded'
                  GROUP BY claim_id) n ON n.claim_id = c.id
     WHERE coalesce(b.fen, 0) <> coalesce(n.fen, 0) ORDER BY c.case_no
    """
)
_LIMITS = text(
    """
    SELECT year, pool, coalesce(a.used_fen, 0) AS used, coalesce(e.fen, 0) AS entered
      FROM limit_account a
      FULL JOIN (SELECT scheme, person_id, year, pool, sum(amount_fen)::bigint AS fen
                   FROM limit_entry GROUP BY scheme, person_id, year, pool) e
     USING (scheme, person_id, year, pool)
     WHERE coalesce(a.used_fen, 0) <> coalesce(e.fen, 0) ORDER BY year, pool
    """
)


class Fault(NamedTuple):
    """A place where the books contradict themselves or the log; ``message`` is Chinese."""

    place: str
    message: str


def check_ledger(session: Session) -> Iterator[Fault]:
    """Yield every contradiction, in a fixed order; a sound ledger yields nothing.

    The log is sealed, the tables are not: an amount that the log names decides what the books must say.
    """
    yield from _entries(session)
    yield from _decisions(session)
    yield from _instructions(session)
    yield from _batches(session)
    yield from _cases(session)
    yield from _recoveries(session)
    yield from _limits(session)


def _entries(session: Session) -> Iterator[Fault]:
    rows = session.execute(_ENTRIES)
    for row in rows:
        place = f"账目 {row.id}"
        if row.lines == 0 or row.rest != 0:
            yield Fault(place, "借贷不平")
        elif row.lines != 2 or (row.debit, row.credit) != SIDES.get(row.reason):
            yield Fault(place, f"科目和事由“{row.reason}”不符")
        elif row.reason != "recovered" and row.instruction is None:
            yield Fault(place, "没有对应的付款")
        elif row.reason != "recovered" and row.moved != row.amount_fen:
            yield Fault(place, f"记了 {to_yuan(row.moved)} 元，付款是 {to_yuan(row.amount_fen)} 元")


def _decisions(session: Session) -> Iterator[Fault]:
    rows = session.execute(_DECISIONS)
    for row in rows:
        place = f"案件 {row.case_no} 第 {row.seq} 次决定"
        yield Fault(place, f"是 {to_yuan(row.benefit_fen)} 元，日志里批准 {row.told} 元")


def _instructions(session: Session) -> Iterator[Fault]:
    rows = session.execute(_INSTRUCTIONS)
    for row in rows:
        place = f"案件 {row.case_no} 的付款"
        if frozenset(row.reasons) not in POSTED[row.state]:
            booked = "、".join(sorted(row.reasons)) or "没有"
            yield Fault(place, f"状态是 {row.state}，已记的账是：{booked}")
        if row.told is not None and row.told != to_yuan(row.amount_fen):
            yield Fault(place, f"是 {to_yuan(row.amount_fen)} 元，日志里批准付款 {row.told} 元")


def _batches(session: Session) -> Iterator[Fault]:
    rows = session.execute(_BATCHES)
    for row in rows:
        if (row.count, row.total_fen) != (row.held, row.sum):
            said, held = f"{row.count} 笔 {to_yuan(row.total_fen)} 元", f"{row.held} 笔 {to_yuan(row.sum)} 元"
            yield Fault(f"批次 {row.number}", f"写的是 {said}，里面是 {held}")


def _cases(session: Session) -> Iterator[Fault]:
    rows = session.execute(_CASES, {"bank": BANK})
    for row in rows:
        left = to_yuan(row.left_bank)
        yield Fault(f"案件 {row.case_no}", f"记着已付 {to_yuan(row.paid_fen)} 元，账上付出 {left} 元")


def _recoveries(session: Session) -> Iterator[Fault]:
    rows = session.execute(_RECOVERIES, {"bank": BANK})
    for row in rows:
        booked, told = to_yuan(row.booked), to_yuan(row.told)
        yield Fault(f"案件 {row.case_no}", f"账上收回 {booked} 元，日志里收回 {told} 元")


def _limits(session: Session) -> Iterator[Fault]:
    rows = session.execute(_LIMITS)
    for row in rows:
        used, entered = to_yuan(row.used), to_yuan(row.entered)
        yield Fault(f"{row.year} 年限额“{row.pool}”", f"记着已用 {used} 元，逐笔合计 {entered} 元")
