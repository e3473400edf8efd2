import pytest

from insurer.accounts.permissions import PERMISSIONS
from insurer.claims.lifecycle import (
    CALCULABLE,
    EDITABLE,
    OPEN_STATES,
    TABLE,
    WORDS,
    Action,
    State,
    transition,
)
from insurer.kernel.errors import Conflict


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", Action)
def test_every_pair_is_permitted_by_the_table_or_refused_by_name(state: State, action: Action) -> None:
    if (state, action) in TABLE:
        found = transition(state, action)
        assert found.next in State
        assert found.permission in PERMISSIONS
    else:
        with pytest.raises(Conflict) as refused:
            transition(state, action)
        assert WORDS[state].word in refused.value.message


def test_every_state_can_be_reached_and_every_open_state_can_be_left() -> None:
    reached = {State.RECEIVED} | {found.next for found in TABLE.values()}
    left = {state for state, _ in TABLE}
    assert reached == set(State)
    assert left >= OPEN_STATES


def test_a_proposed_or_decided_case_is_never_recalculated_or_edited() -> None:
    fixed = {State.PROPOSED, State.APPROVED, State.IN_PAYMENT, State.PAID, State.REFUSED, State.CLOSED}
    assert not fixed & CALCULABLE
    assert not fixed & EDITABLE


def test_money_moves_only_through_an_approval() -> None:
    into_payment = {state for (state, _), found in TABLE.items() if found.next is State.IN_PAYMENT}
    into_approved = {action for (_, action), found in TABLE.items() if found.next is State.APPROVED}
    assert into_payment == {State.APPROVED}
    assert into_approved == {Action.APPROVE, Action.REPAY, Action.TAKE_OUT}
