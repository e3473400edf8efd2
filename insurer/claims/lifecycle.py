"""The life of a case as one table: state, action, next state, who may, what is recorded, which letter."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from insurer.kernel.errors import Conflict

Shape = Literal["hollow", "half", "bars", "triangle", "square", "check", "cross"]
Clock = Literal["runs", "stopped", "done"]
Term = Literal["decide", "resume", "pay", "notify"]
"""The statutory term that begins: to decide, to decide further, to pay after agreement, to send a refusal."""


@dataclass(frozen=True, slots=True)
class StateWord:
    """How a state is shown: its Chinese word, its shape, and what it does to the clock."""

    word: str
    shape: Shape
    clock: Clock
    meaning: str


class State(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    WAITING_PAPERS = "waiting_papers"
    IN_REVIEW = "in_review"
    HELD = "held"
    WAITING_UPSTREAM = "waiting_upstream"
    PROPOSED = "proposed"
    SENT_BACK = "sent_back"
    APPROVED = "approved"
    PARTLY_APPROVED = "partly_approved"
    TO_NOTIFY = "to_notify"
    REFUSED = "refused"
    IN_PAYMENT = "in_payment"
    PAID = "paid"
    BOUNCED = "bounced"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


WORDS: Final[dict[State, StateWord]] = {
    State.RECEIVED: StateWord("待受理", "hollow", "runs", "已收到，还没有核对材料"),
    State.WAITING_PAPERS: StateWord("等补件", "bars", "stopped", "已一次告知缺什么，等补交"),
    State.IN_REVIEW: StateWord("待审", "half", "runs", "材料齐了，正在核算"),
    State.HELD: StateWord("待查", "bars", "runs", "数字或责任没有弄清，先不能付"),
    State.WAITING_UPSTREAM: StateWord("上游待定", "bars", "runs", "前面的付款方还没有结果"),
    State.PROPOSED: StateWord("待复核", "hollow", "runs", "初审已提出，等第二个人看"),
    State.SENT_BACK: StateWord("退件", "hollow", "runs", "复核退回，要改"),
    State.APPROVED: StateWord("待付款", "hollow", "runs", "已同意给付，等进付款批次"),
    State.PARTLY_APPROVED: StateWord(
        "部分给付", "hollow", "runs", "同意付一部分，不付的已写明理由，等进付款批次"
    ),
    State.TO_NOTIFY: StateWord("待通知", "triangle", "runs", "已决定不付，通知书还没有送到"),
    State.REFUSED: StateWord("已拒付", "cross", "done", "决定不付，理由已送到"),
    State.IN_PAYMENT: StateWord("付款中", "half", "runs", "在付款批次里，等银行结果"),
    State.PAID: StateWord("已付款", "check", "done", "银行已付"),
    State.BOUNCED: StateWord("退汇", "square", "runs", "银行退回，要改收款信息"),
    State.REOPENED: StateWord("重开", "triangle", "runs", "上游更正或复查，要重新决定"),
    State.WITHDRAWN: StateWord("已撤销", "cross", "done", "申请人撤回，或结算已冲销"),
    State.CLOSED: StateWord("已结案", "check", "done", "办完归档"),
}

STATES: Final[tuple[str, ...]] = tuple(state.value for state in State)
OPEN_STATES: Final[frozenset[State]] = frozenset(state for state in State if WORDS[state].clock != "done")
"""States in which somebody still has to do something."""

AGREED: Final[frozenset[State]] = frozenset({State.APPROVED, State.PARTLY_APPROVED})
"""States in which an agreed benefit waits for a payment batch."""

REFUSING: Final[frozenset[State]] = frozenset({State.TO_NOTIFY, State.REFUSED})
"""States in which nothing is due since it was refused, whether or not the letter has arrived."""

GRANTING: Final[frozenset[State]] = AGREED | {State.IN_PAYMENT, State.PAID, State.BOUNCED, State.CLOSED}
"""States whose standing decision grants the case's benefit."""

CALCULABLE: Final[frozenset[State]] = frozenset(
    {
        State.RECEIVED,
        State.WAITING_PAPERS,
        State.IN_REVIEW,
        State.HELD,
        State.WAITING_UPSTREAM,
        State.SENT_BACK,
        State.REOPENED,
    }
)
"""States in which a new calculation may replace the last one: nothing has been proposed."""

EDITABLE: Final[frozenset[State]] = frozenset({State.IN_REVIEW, State.HELD, State.SENT_BACK, State.REOPENED})
"""States in which a clerk may change findings and propose."""


class Action(StrEnum):
    """What somebody does to a case."""

    ACCEPT = "accept"
    REQUEST_PAPERS = "request_papers"
    PAPERS_ARRIVED = "papers_arrived"
    HOLD = "hold"
    RELEASE = "release"
    WAIT_UPSTREAM = "wait_upstream"
    UPSTREAM_ANSWERED = "upstream_answered"
    PROPOSE = "propose"
    ENDORSE = "endorse"
    APPROVE = "approve"
    APPROVE_PART = "approve_part"
    REFUSE = "refuse"
    NOTIFIED = "notified"
    SEND_BACK = "send_back"
    RECALL = "recall"
    BATCH = "batch"
    TAKE_OUT = "take_out"
    TAKE_OUT_PART = "take_out_part"
    SETTLE = "settle"
    CONFIRM_PAID = "confirm_paid"
    BOUNCE = "bounce"
    REPAY = "repay"
    REPAY_PART = "repay_part"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Transition:
    """What an action does: the next state, the permission it needs, its words, letter and clock.

    ``records`` says in Chinese what its audit entry holds beside who, when and the two states; ``starts`` is
    the statutory term that begins with it, ``None`` leaves the running one; ``recovers`` orders one more
    letter where more was paid than is due since.
    """

    next: State
    permission: str
    word: str
    notice: str | None = None
    records: str = ""
    starts: Term | None = None
    recovers: bool = False

    @property
    def tag(self) -> str:
        """The audit tag of this transition."""
        return f"claim:state:{self.next.value}"


Row = tuple[tuple[State, ...], Action, Transition]

_S, _A = State, Action
_CORRECTABLE: Final = (_S.IN_REVIEW, _S.SENT_BACK, _S.REOPENED)
_UNDECIDED: Final = (_S.RECEIVED, _S.WAITING_PAPERS, *_CORRECTABLE, _S.HELD, _S.WAITING_UPSTREAM)
_DECIDED: Final = (*sorted(AGREED), *sorted(REFUSING), _S.PAID, _S.BOUNCED, _S.CLOSED, _S.WITHDRAWN)

_REASON: Final = "原因"
_AMOUNT: Final = "核算序号、结论、金额、意见"
_BATCH: Final = "批次号、金额"

ROWS: Final[tuple[Row, ...]] = (
    ((_S.RECEIVED,), _A.ACCEPT, Transition(_S.IN_REVIEW, "claims.accept", "受理")),
    (
        (_S.RECEIVED, _S.IN_REVIEW, _S.HELD),
        _A.REQUEST_PAPERS,
        Transition(_S.WAITING_PAPERS, "claims.accept", "退补件", "missing_papers", "缺的材料、原因"),
    ),
    (
        (_S.WAITING_PAPERS,),
        _A.PAPERS_ARRIVED,
        Transition(_S.IN_REVIEW, "claims.accept", "补件到齐", records="停表天数"),
    ),
    (_CORRECTABLE, _A.HOLD, Transition(_S.HELD, "claims.review", "转待查", records=_REASON)),
    ((_S.HELD,), _A.RELEASE, Transition(_S.IN_REVIEW, "claims.review", "查清", records=_REASON)),
    (
        (*_CORRECTABLE, _S.HELD),
        _A.WAIT_UPSTREAM,
        Transition(_S.WAITING_UPSTREAM, "claims.review", "等上游", records="等哪一方、原因"),
    ),
    (
        (_S.WAITING_UPSTREAM,),
        _A.UPSTREAM_ANSWERED,
        Transition(_S.IN_REVIEW, "claims.review", "上游有结果", records="哪一方、凭据"),
    ),
    (_CORRECTABLE, _A.PROPOSE, Transition(_S.PROPOSED, "claims.propose", "送复核", records=_AMOUNT)),
    (
        (_S.PROPOSED,),
        _A.ENDORSE,
        Transition(_S.PROPOSED, "claims.approve", "先行同意", records=_AMOUNT),
    ),
    (
        (_S.PROPOSED,),
        _A.APPROVE,
        Transition(_S.APPROVED, "claims.approve", "同意给付", "decision", _AMOUNT, "pay", recovers=True),
    ),
    (
        (_S.PROPOSED,),
        _A.APPROVE_PART,
        Transition(
            _S.PARTLY_APPROVED, "claims.approve", "同意部分给付", "decision", _AMOUNT, "pay", recovers=True
        ),
    ),
    (
        (_S.PROPOSED,),
        _A.REFUSE,
        Transition(_S.TO_NOTIFY, "claims.approve", "同意拒付", "refusal", _AMOUNT, "notify", recovers=True),
    ),
    (
        (_S.TO_NOTIFY,),
        _A.NOTIFIED,
        Transition(_S.REFUSED, "notices.print", "拒付通知送达", records="通知书编号、送达方式、日期"),
    ),
    ((_S.PROPOSED,), _A.SEND_BACK, Transition(_S.SENT_BACK, "claims.approve", "退回初审", records="意见")),
    (
        (*sorted(AGREED), _S.TO_NOTIFY),
        _A.RECALL,
        Transition(_S.SENT_BACK, "claims.approve", "撤回决定", records=_REASON, starts="resume"),
    ),
    (
        tuple(sorted(AGREED)),
        _A.BATCH,
        Transition(_S.IN_PAYMENT, "payments.batch", "进付款批次", records=_BATCH),
    ),
    (
        (_S.IN_PAYMENT,),
        _A.TAKE_OUT,
        Transition(_S.APPROVED, "payments.batch", "撤出付款批次", records=f"{_BATCH}、{_REASON}"),
    ),
    (
        (_S.IN_PAYMENT,),
        _A.TAKE_OUT_PART,
        Transition(_S.PARTLY_APPROVED, "payments.batch", "撤出付款批次", records=f"{_BATCH}、{_REASON}"),
    ),
    (
        tuple(sorted(AGREED)),
        _A.SETTLE,
        Transition(_S.PAID, "payments.batch", "以前已付清", records=_REASON),
    ),
    ((_S.IN_PAYMENT,), _A.CONFIRM_PAID, Transition(_S.PAID, "payments.result", "银行已付", records="批次号")),
    (
        (_S.IN_PAYMENT,),
        _A.BOUNCE,
        Transition(_S.BOUNCED, "payments.result", "银行退回", records="银行原因"),
    ),
    ((_S.BOUNCED,), _A.REPAY, Transition(_S.APPROVED, "payments.batch", "改好重付", records="改了什么")),
    (
        (_S.BOUNCED,),
        _A.REPAY_PART,
        Transition(_S.PARTLY_APPROVED, "payments.batch", "改好重付", records="改了什么"),
    ),
    (
        _DECIDED,
        _A.REOPEN,
        Transition(_S.REOPENED, "claims.review", "重开", records=_REASON, starts="decide"),
    ),
    (
        _UNDECIDED,
        _A.WITHDRAW,
        Transition(_S.WITHDRAWN, "claims.accept", "撤销", records=_REASON, recovers=True),
    ),
    (
        (_S.PAID, _S.REFUSED, _S.WITHDRAWN),
        _A.CLOSE,
        Transition(_S.CLOSED, "claims.archive", "结案归档", records="档号、存放处、保管到哪天"),
    ),
)
"""The table as it is read: from which states, which action, what it does."""

TABLE: Final[dict[tuple[State, Action], Transition]] = {
    (state, action): found for states, action, found in ROWS for state in states
}
"""Every permitted pair; a pair that is not here is refused by name."""


def transition(state: State, action: Action) -> Transition:
    """Return what ``action`` does in ``state``; :class:`Conflict` says in Chinese why it may not."""
    found = TABLE.get((state, action))
    if found is None:
        raise Conflict(why_not(state, action))
    return found


def why_not(state: State, action: Action) -> str:
    """Return why ``action`` is not possible in ``state``: where the case stands, where it must."""
    sources = [known for (known, act) in TABLE if act is action]
    word = TABLE[sources[0], action].word
    words = "、".join(f"“{WORDS[known].word}”" for known in sources)
    return f"案件现在是“{WORDS[state].word}”，不能“{word}”：要在{words}时才能办。请先刷新，看看是谁办过"


def actions_in(state: State) -> list[tuple[Action, Transition]]:
    """Return the actions that ``state`` permits, in the order of the table."""
    return [(action, found) for (known, action), found in TABLE.items() if known is state]


def in_part(action: Action, outcome: str) -> Action:
    """Return the form of an action that fits the outcome: a benefit granted in part stays seen as such."""
    return PART_OF.get(action, action) if outcome == "part" else action


PART_OF: Final[dict[Action, Action]] = {
    Action.APPROVE: Action.APPROVE_PART,
    Action.TAKE_OUT: Action.TAKE_OUT_PART,
    Action.REPAY: Action.REPAY_PART,
}
"""Actions that lead to an agreed benefit, and what each is called for a benefit in part."""
