"""The indexes behind the lists of cases: what is listed, counted and added up is read from them alone.

Expressions are written in PostgreSQL's own spelling: the tables are compared with the database by it.
"""

from typing import Final

from sqlalchemy import Date, Index, Text, literal_column, text

FINISHED: Final = ("paid", "refused", "withdrawn", "closed")
"""States in which nothing is due any more; the index of the open cases leaves them out."""

_FINISHED_LIST: Final = ", ".join(f"'{state}'" for state in FINISHED)
_SUMS: Final = ["burden_fen", "benefit_fen"]
"""What lists add up: indexes carry it, so that a list's sums need no row of the table."""

_SORTED: Final = ("settled_on", "total_fen", "burden_fen", "benefit_fen", "received_at")
_OPEN_FACTS: Final = [
    "state",
    "clock_stopped_on",
    "stopped_days",
    "received_at",
    "handler_id",
    "proposed_by",
    "entered_by",
    *_SUMS,
]
"""What the queues of the desk count open cases by."""


def _due_order(claim: str = "") -> str:
    finished = ", ".join(f"'{state}'::text" for state in FINISHED)
    return f"({claim}due_on + 100000 * ({claim}state = ANY (ARRAY[{finished}]))::integer)"


DUE_ORDER: Final = literal_column(_due_order("claim."), Date)
"""The order in which cases are due: by date, the finished ones (nothing is due) after all others."""

INVOICE_NUMBER_SQL: Final = "split_part(invoice_key, '|'::text, 2)"
INVOICE_NUMBER: Final = literal_column("split_part(settlement.invoice_key, '|', 2)", Text)
"""The number of an invoice without its code and check code."""


def case_indexes() -> tuple[Index, ...]:
    """Return the indexes of the table of cases."""
    return (
        Index("ix_claim_queue", "scheme", "state", "due_on", "case_no"),
        Index("ix_claim_person_id", "person_id"),
        Index("ix_claim_scheme_due_on_case_no", "scheme", "due_on", "case_no"),
        *(_sorted_by(column) for column in _SORTED),
        Index(
            "ix_claim_hospital",
            "scheme",
            "hospital",
            "due_on",
            "case_no",
            postgresql_include=["state", *_SUMS],
        ),
        Index(
            "ix_claim_open",
            "scheme",
            "due_on",
            "case_no",
            postgresql_include=_OPEN_FACTS,
            postgresql_where=text(f"state NOT IN ({_FINISHED_LIST})"),
        ),
        Index("ix_claim_due_order", "scheme", text(_due_order()), "case_no"),
        Index(
            "ix_claim_to_review",
            "scheme",
            "due_on",
            "case_no",
            postgresql_include=_SUMS,
            postgresql_where=text("review_lines > 0"),
        ),
        Index("ix_claim_handler_id", "scheme", "handler_id", "due_on", "case_no"),
        Index("ix_claim_proposed_by", "scheme", "proposed_by", "due_on", "case_no"),
        Index("ix_claim_count", "scheme", "state", postgresql_include=_SUMS),
    )


def _sorted_by(column: str) -> Index:
    others = [one for one in _SUMS if one != column]
    name = f"ix_claim_scheme_{column}_case_no"
    return Index(name, "scheme", column, "case_no", postgresql_include=others)
