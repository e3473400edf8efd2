"""The life of a case as one table: state, action, next state, who may, what is recorded, which letter."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from insurer.kernel.errors import Conflict

Shape = Literal["hollow", "half", "bars", "triangle", "square", "check", "cross"]
Clock = Literal["runs", "stopped", "done"]


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
    State.REFUSED: StateWord("已拒付", "cross", "done", "决定不付，已出理由"),
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
    APPROVE = "approve"
    REFUSE = "refuse"
    SEND_BACK = "send_back"
    RECALL = "recall"
    BATCH = "batch"
    TAKE_OUT = "take_out"
    SETTLE = "settle"
    CONFIRM_PAID = "confirm_paid"
    BOUNCE = "bounce"
    REPAY = "repay"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Transition:
    """What an action does: the next state, the permission it needs, its tag and the letter it orders."""

    next: State
    permission: str
    word: str
    notice: str | None = None

    @property
    def tag(self) -> str:
        """The audit tag of this transition."""
        return f"claim:state:{self.next.value}"


def _table() -> dict[tuple[State, Action], Transition]:
    table: dict[tuple[State, Action], Transition] = {}

    def put(
        states: tuple[State, ...],
        action: Action,
        to: State,
        permission: str,
        word: str,
        notice: str | None = None,
    ) -> None:
        for state in states:
            table[state, action] = Transition(to, permission, word, notice)

    correctable = (State.IN_REVIEW, State.SENT_BACK, State.REOPENED)
    working = (*correctable, State.HELD, State.WAITING_UPSTREAM)
    undecided = (State.RECEIVED, State.WAITING_PAPERS, *working)
    put((State.RECEIVED,), Action.ACCEPT, State.IN_REVIEW, "claims.accept", "受理")
    put(
        (State.RECEIVED, State.IN_REVIEW, State.HELD),
        Action.REQUEST_PAPERS,
        State.WAITING_PAPERS,
        "claims.accept",
        "退补件",
        "missing_papers",
    )
    put((State.WAITING_PAPERS,), Action.PAPERS_ARRIVED, State.IN_REVIEW, "claims.accept", "补件到齐")
    put(
        (State.IN_REVIEW, State.REOPENED, State.SENT_BACK), Action.HOLD, State.HELD, "claims.review", "转待查"
    )
    put((State.HELD,), Action.RELEASE, State.IN_REVIEW, "claims.review", "查清")
    put(
        (*correctable, State.HELD),
        Action.WAIT_UPSTREAM,
        State.WAITING_UPSTREAM,
        "claims.review",
        "等上游",
    )
    put((State.WAITING_UPSTREAM,), Action.UPSTREAM_ANSWERED, State.IN_REVIEW, "claims.review", "上游有结果")
    put(
        correctable,
        Action.PROPOSE,
        State.PROPOSED,
        "claims.propose",
        "送复核",
    )
    put((State.PROPOSED,), Action.APPROVE, State.APPROVED, "claims.approve", "同意给付", "decision")
    put((State.PROPOSED,), Action.REFUSE, State.REFUSED, "claims.approve", "同意拒付", "refusal")
    put((State.PROPOSED,), Action.SEND_BACK, State.SENT_BACK, "claims.approve", "退回初审")
    put((State.APPROVED,), Action.RECALL, State.SENT_BACK, "claims.approve", "撤回决定")
    put((State.APPROVED,), Action.BATCH, State.IN_PAYMENT, "payments.batch", "进付款批次")
    put((State.IN_PAYMENT,), Action.TAKE_OUT, State.APPROVED, "payments.batch", "撤出付款批次")
    put((State.APPROVED,), Action.SETTLE, State.PAID, "payments.batch", "以前已付清")
    put((State.IN_PAYMENT,), Action.CONFIRM_PAID, State.PAID, "payments.result", "银行已付")
    put((State.IN_PAYMENT,), Action.BOUNCE, State.BOUNCED, "payments.result", "银行退回")
    put((State.BOUNCED,), Action.REPAY, State.APPROVED, "payments.batch", "改好重付")
    put(
        (State.APPROVED, State.REFUSED, State.PAID, State.BOUNCED, State.CLOSED, State.WITHDRAWN),
        Action.REOPEN,
        State.REOPENED,
        "claims.review",
        "重开",
    )
    put(undecided, Action.WITHDRAW, State.WITHDRAWN, "claims.accept", "撤销")
    put((State.PAID, State.REFUSED), Action.CLOSE, State.CLOSED, "claims.review", "结案")
    return table


TABLE: Final[dict[tuple[State, Action], Transition]] = _table()
"""Every permitted pair; a pair that is not here is refused by name."""


def transition(state: State, action: Action) -> Transition:
    """Return what ``action`` does in ``state``; :class:`Conflict` says in Chinese why it may not."""
    found = TABLE.get((state, action))
    if found is None:
        word = next((known.word for (_, act), known in TABLE.items() if act is action), action.value)
        raise Conflict(f"案件现在是“{WORDS[state].word}”，不能“{word}”。请先刷新，看看是谁办过")
    return found


def actions_in(state: State) -> list[tuple[Action, Transition]]:
    """Return the actions that ``state`` permits, in the order of the table."""
    return [(action, found) for (known, action), found in TABLE.items() if known is state]
