"""付款: of one case, the list of batches, and one batch. Amounts in fen."""

from dataclasses import dataclass
from datetime import date, datetime

from insurer.worklists.views.case import CaseBar
from insurer.worklists.views.elements import Choice, Link, Paging, SideRow, Tag, ViewTab
from insurer.worklists.views.lists import ListParts


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment order; the account is shown by its last four digits only."""

    number: str
    case_number: str
    payee: str
    tail: str
    bank: str
    amount: int
    status: str
    batch: str = ""
    due: date | None = None
    result: str = ""
    actions: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One posting of the double-entry ledger that belongs to the case."""

    at: datetime
    account: str
    text: str
    debit: int | None
    credit: int | None


@dataclass(frozen=True, slots=True)
class CasePaymentPage:
    """付款 of one case."""

    bar: CaseBar
    payments: tuple[PaymentRow, ...]
    ledger: tuple[LedgerRow, ...] = ()
    empty_note: str = ""
    payee_facts: tuple[SideRow, ...] = ()
    repay_action: str = ""
    bounced_note: str = ""
    """What to do about a payment that the bank returned; empty when none was."""
    payee_href: str = ""
    """Where the reader may change who is paid, on such a case."""
    version: str = ""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One bank batch in the list."""

    number: str
    made_on: date
    count: int
    amount: int
    status: str
    made_by: str
    released_by: str = ""
    paid: int = 0
    returned: int = 0
    waiting: int = 0
    released_on: date | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class BatchListPage:
    """付款批次, and the orders that wait for one."""

    parts: ListParts
    rows: tuple[BatchRow, ...]
    waiting_count: int
    waiting_amount: int
    earliest_due: date | None
    create_action: str = ""
    statuses: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch: control totals, file, result, rows."""

    number: str
    status: str
    count: int
    amount: int
    facts: tuple[SideRow, ...]
    rows: tuple[PaymentRow, ...]
    paging: Paging
    views: tuple[ViewTab, ...] = ()
    primary: Link | None = None
    consequence: str = ""
    file_href: str = ""
    result_action: str = ""
    take_out_action: str = ""
    tags: tuple[Tag, ...] = ()
