from datetime import date

import pytest

from insurer.claims.indexes import FINISHED
from insurer.claims.lifecycle import WORDS
from insurer.platform.audit import Actor
from insurer.worklists.case_conditions import read_conditions, tags_of
from insurer.worklists.home import age_bounds

TODAY = date(2026, 11, 20)
ACTOR = Actor("staff", "01a200a7-2b4f-79a3-b97e-449289636744", "李文静", frozenset({"clerk"}))


def test_a_range_is_one_tag_and_leaves_as_one() -> None:
    conditions = read_conditions(
        {"settled_from": "2026-10-10", "settled_to": "2026-10-31", "personal_from": "1,000.00"},
        actor=ACTOR,
        today=TODAY,
    )
    assert [(tag.label, tag.value) for tag in tags_of(conditions)] == [
        ("结算日期", "2026-10-10 至 2026-10-31"),
        ("个人负担", "不少于 1,000.00 元"),
    ]
    assert tags_of(conditions)[0].remove_href == "/cases?personal_from=1%2C000.00"


@pytest.mark.parametrize("asked", [{"status": "nonsense"}, {"due": "x"}, {"who": "somebody"}, {"visit": "?"}])
def test_an_unknown_word_is_no_condition(asked: dict[str, str]) -> None:
    assert len(read_conditions(asked, actor=ACTOR, today=TODAY).where) == 1


@pytest.mark.parametrize(
    ("name", "text"), [("settled_from", "昨天"), ("settled_to", "2026-02-30"), ("personal_to", "1e9")]
)
def test_an_unreadable_value_is_a_problem_in_words(name: str, text: str) -> None:
    conditions = read_conditions({name: text}, actor=ACTOR, today=TODAY)
    assert [problem.field for problem in conditions.problems] == [name]
    assert conditions.get(name) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0-3", (date(2026, 11, 17), TODAY)),
        ("31-", (None, date(2026, 10, 20))),
        ("x-3", (None, None)),
        ("3-y", (None, None)),
        ("", (None, None)),
    ],
)
def test_an_age_in_days_is_a_range_of_days_of_intake(
    text: str, expected: tuple[date | None, date | None]
) -> None:
    assert age_bounds(text, TODAY) == expected


def test_the_index_of_open_cases_leaves_out_exactly_the_finished_states() -> None:
    assert set(FINISHED) == {state.value for state, word in WORDS.items() if word.clock == "done"}
