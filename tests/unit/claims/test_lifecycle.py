import pytest

from insurer.accounts.permissions import PERMISSIONS
from insurer.claims.lifecycle import (
    AGREED,
    CALCULABLE,
    EDITABLE,
    GRANTING,
    OPEN_STATES,
    PART_OF,
    REFUSING,
    TABLE,
    WORDS,
    Action,
    State,
    in_part,
    transition,
    why_not,
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
    fixed = {State.PROPOSED, *GRANTING, *REFUSING}
    assert not fixed & CALCULABLE
    assert not fixed & EDITABLE


def test_money_moves_only_through_an_approval() -> None:
    into_payment = {state for (state, _), found in TABLE.items() if found.next is State.IN_PAYMENT}
    into_agreed = {action for (_, action), found in TABLE.items() if found.next in AGREED}
    assert into_payment == AGREED
    whole = {Action.APPROVE, Action.REPAY, Action.TAKE_OUT}
    assert into_agreed == whole | {in_part(action, "part") for action in whole}


def test_a_benefit_in_part_stays_seen_as_such_until_it_is_paid() -> None:
    for whole, part in PART_OF.items():
        for state in State:
            found = TABLE.get((state, whole))
            if found is not None:
                assert found.next is State.APPROVED
                assert TABLE[state, part].next is State.PARTLY_APPROVED
                assert TABLE[state, part].word != "" and TABLE[state, part].permission == found.permission


def test_a_refusal_ends_only_with_its_delivery() -> None:
    into_refused = {
        (state, action) for (state, action), found in TABLE.items() if found.next is State.REFUSED
    }
    assert into_refused == {(State.TO_NOTIFY, Action.NOTIFIED)}
    assert WORDS[State.TO_NOTIFY].clock == "runs"


@pytest.mark.parametrize("action", Action)
def test_a_refused_action_names_every_state_in_which_it_is_possible(action: Action) -> None:
    sources = {state for (state, known) in TABLE if known is action}
    for state in set(State) - sources:
        words = why_not(state, action)
        assert all(WORDS[one].word in words for one in sources)
        assert "！" not in words


def test_each_transition_that_starts_a_term_is_a_decision_or_its_end() -> None:
    starting = {action for (_, action), found in TABLE.items() if found.starts}
    assert starting == {
        Action.APPROVE,
        Action.APPROVE_PART,
        Action.REFUSE,
        Action.RECALL,
        Action.REOPEN,
    }
