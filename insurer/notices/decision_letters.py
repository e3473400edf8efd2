"""Letters about a decision: what is paid, or that nothing is, and what was paid before it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from insurer.kernel.errors import Problem
from insurer.kernel.money import display
from insurer.notices.catalogue import NoticeKind
from insurer.notices.citations import Citation
from insurer.notices.letters import Account, CaseLetter, Limit, Paper, Payer, Refused, Share, Visit, named


@dataclass(frozen=True, kw_only=True)
class DecisionLetter(CaseLetter):
    """理赔决定通知书: what is paid, how it was counted, what is not paid and why (articles 23 and 24).

    ``amount_fen`` is what the decision grants, ``paid_fen`` what was paid before it: a decision that was
    made anew says what is still paid, or what is to be given back, why, and by which clause.
    """

    kind = NoticeKind.DECISION

    amount_fen: int = field(metadata=named("赔付金额"))
    account: Account | None = field(metadata=named("收款账户"), default=None)
    pay_by: date = field(metadata=named("到账日期"))
    visits: tuple[Visit, ...] = field(metadata=named("计入的结算"))
    total_fen: int = field(metadata=named("总费用"))
    payers: tuple[Payer, ...] = field(metadata=named("其他付款方"))
    borne_fen: int = field(metadata=named("个人负担"))
    shares: tuple[Share, ...] = field(metadata=named("个人负担的各部分"))
    limits: tuple[Limit, ...] = field(metadata=named("年度限额"), default=())
    remarks: tuple[str, ...] = field(metadata=named("说明"), default=())
    provisional: tuple[str, ...] = field(metadata=named("暂定的数"), default=())
    refused: tuple[Refused, ...] = field(metadata=named("不赔的费用"), default=())
    refused_cover: str | None = field(metadata=named("为不赔费用付过钱的一方"), default=None)
    paid_fen: int = field(metadata=named("以前付过的金额"), default=0)
    cause: str | None = field(metadata=named("为什么多付"), default=None)
    basis: tuple[Citation, ...] = field(metadata=named("多付的依据"), default=())
    rule: str | None = field(metadata=named("依据的意思"), default=None)

    @property
    def to_pay_fen(self) -> int:
        """What is still paid because of this decision."""
        return max(0, self.amount_fen - self.paid_fen)

    @property
    def to_return_fen(self) -> int:
        """What was paid beyond this decision."""
        return max(0, self.paid_fen - self.amount_fen)

    @property
    def refused_fen(self) -> int:
        """Refused costs as billed."""
        return sum(line.amount_fen for line in self.refused)

    @property
    def refused_share_fen(self) -> int:
        """What of the refused costs is left to the person after other payers."""
        return sum(share.amount_fen for share in self.shares if share.refused)

    @property
    def rest_fen(self) -> int:
        """What the person bears in the end."""
        return self.borne_fen - self.amount_fen

    def contradictions(self) -> Iterator[Problem]:
        """Check that every sum the reader can add up does add up."""
        if self.amount_fen <= 0:
            yield Problem("amount_fen", "赔付金额要大于 0；一分不赔时请用拒赔通知书")
        if self.account is not None and not re.fullmatch(r"\d{4}", self.account.tail):
            yield Problem("account", "收款账户只写后四位数字")
        if self.to_return_fen and not (self.cause and self.basis and self.rule):
            yield Problem("cause", "付过的比应付的多，要写明为什么多付和依据")
        taken = sum(payer.amount_fen for payer in self.payers)
        if self.total_fen - taken != self.borne_fen:
            yield _disagree("borne_fen", "总费用减去各方付款", self.total_fen - taken, self.borne_fen)
        parts = sum(share.amount_fen for share in self.shares)
        if parts != self.borne_fen:
            yield _disagree("shares", "个人负担各部分相加", parts, self.borne_fen)
        paid = sum(share.pays_fen for share in self.shares)
        if paid != self.amount_fen:
            yield _disagree("amount_fen", "各部分赔付相加", paid, self.amount_fen)
        if bool(self.refused) != any(share.refused for share in self.shares):
            yield Problem("refused", "不赔的费用要逐行写明理由，明细和合计要对得上")
        if self.rest_fen < 0:
            yield Problem("amount_fen", "赔付金额比个人负担还多，请核对")
        if self.refused_share_fen > self.refused_fen:
            yield _disagree("refused", "不赔费用逐行相加", self.refused_fen, self.refused_share_fen)
        if any(limit.left_fen < 0 for limit in self.limits):
            yield Problem("limits", "已用的限额比年度限额还多，请核对")


@dataclass(frozen=True, kw_only=True)
class RefusalLetter(CaseLetter):
    """拒赔通知书: nothing is paid; facts, reasons line by line with clause, remedies (article 24)."""

    kind = NoticeKind.REFUSAL

    gist: str = field(metadata=named("主要原因"))
    decided_on: date = field(metadata=named("决定日期"))
    applied_on: date = field(metadata=named("收到申请的日期"))
    visits: tuple[Visit, ...] = field(metadata=named("涉及的结算"))
    facts: tuple[str, ...] = field(metadata=named("查到的情况"))
    refused: tuple[Refused, ...] = field(metadata=named("不赔的费用"))
    provisional: tuple[str, ...] = field(metadata=named("暂定的数"), default=())
    returned: tuple[Paper, ...] = field(metadata=named("退还的材料"), default=())
    paid_fen: int = field(metadata=named("以前付过的金额"), default=0)

    @property
    def refused_fen(self) -> int:
        """All refused costs together."""
        return sum(line.amount_fen for line in self.refused)

    def contradictions(self) -> Iterator[Problem]:
        """A refusal is dated on or after its decision and pays nothing."""
        if self.issued_on < self.decided_on:
            yield Problem("issued_on", "发信日期早于决定日期，请核对")
        if any(visit.pays_fen for visit in self.visits):
            yield Problem("visits", "有结算已经赔付，请用理赔决定通知书")


def _disagree(name: str, what: str, found: int, expected: int) -> Problem:
    return Problem(name, f"{what}是 {display(found)} 元，应为 {display(expected)} 元，请核对")
