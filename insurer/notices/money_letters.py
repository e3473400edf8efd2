"""Letters about money outside a decision: a part paid ahead, and what was paid too much."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from insurer.kernel.errors import Problem
from insurer.kernel.money import display
from insurer.notices.catalogue import NoticeKind
from insurer.notices.citations import Citation
from insurer.notices.letters import Account, CaseLetter, named


@dataclass(frozen=True, kw_only=True)
class ReturnAccount:
    """Where money is given back to: our own account, in full, for the reader has to write it down."""

    holder: str = field(metadata=named("退款账户户名"))
    bank: str = field(metadata=named("退款账户开户行"))
    number: str = field(metadata=named("退款账号", number=True))


@dataclass(frozen=True, kw_only=True)
class AdvanceLetter(CaseLetter):
    """预付通知书: the part that is certain is paid now, the rest when it is settled (article 25)."""

    kind = NoticeKind.ADVANCE

    amount_fen: int = field(metadata=named("预付金额"))
    account: Account | None = field(metadata=named("收款账户"), default=None)
    pay_by: date = field(metadata=named("到账日期"))
    applied_on: date = field(metadata=named("收到申请的日期"))
    reason: str = field(metadata=named("为什么能先付"))
    open_points: str = field(metadata=named("还没有定的事"))

    def contradictions(self) -> Iterator[Problem]:
        """Refuse a payment of nothing and more of the account than its last digits."""
        if self.amount_fen <= 0:
            yield Problem("amount_fen", "预付金额要大于 0")
        yield from _account_problems(self.account)


@dataclass(frozen=True, kw_only=True)
class RecoveryLetter(CaseLetter):
    """追回通知书: what was paid, what is due since, the difference, and how it is given back.

    The day is one that we ask for, no term of the law, and the letter says so.
    """

    kind = NoticeKind.RECOVERY

    paid_fen: int = field(metadata=named("已经付的金额"))
    due_fen: int = field(metadata=named("应付的金额"))
    amount_fen: int = field(metadata=named("要退还的金额"))
    account: Account | None = field(metadata=named("原来的收款账户"), default=None)
    cause: str = field(metadata=named("为什么多付"))
    basis: tuple[Citation, ...] = field(metadata=named("依据"))
    rule: str = field(metadata=named("依据的意思"))
    return_by: date = field(metadata=named("退还日期"))
    return_account: ReturnAccount | None = field(metadata=named("退款账户"), default=None)

    def contradictions(self) -> Iterator[Problem]:
        """Check the one sum of the letter and its dates."""
        if self.paid_fen - self.due_fen != self.amount_fen:
            found, expected = display(self.paid_fen - self.due_fen), display(self.amount_fen)
            yield Problem("amount_fen", f"已付减应付是 {found} 元，应为 {expected} 元，请核对")
        if self.amount_fen <= 0:
            yield Problem("amount_fen", "要退还的金额要大于 0；没有多付时不用出这封信")
        if self.return_by <= self.issued_on:
            yield Problem("return_by", "退还日期不晚于发信日期，请核对")
        yield from _account_problems(self.account)


def _account_problems(account: Account | None) -> Iterator[Problem]:
    if account is not None and not re.fullmatch(r"\d{4}", account.tail):
        yield Problem("account", "收款账户只写后四位数字")
