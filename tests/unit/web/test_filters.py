from datetime import UTC, date, datetime

import pytest

from insurer.claims.lifecycle import WORDS, State
from insurer.web import filters
from insurer.worklists.views.elements import Due


def test_an_unknown_amount_is_a_dash_and_zero_is_zero() -> None:
    assert filters.yuan(None) == "—"
    assert filters.yuan(0) == "0.00"
    assert filters.yuan(-123456) == "−1,234.56"
    assert filters.yen(1059295) == "￥10,592.95"


@pytest.mark.parametrize(
    ("due", "words", "shape"),
    [
        (Due("overdue", 2), "超时 2 天", "square"),
        (Due("today"), "今天到期", "triangle"),
        (Due("tomorrow", 1), "明天到期", "triangle"),
        (Due("left", 3), "剩 3 个工作日", "hollow"),
        (Due("paused", 6), "停表 6 天", "bars"),
        (Due("none"), "—", ""),
    ],
)
def test_a_due_clock_is_said_in_words_and_marked_with_a_shape(due: Due, words: str, shape: str) -> None:
    assert filters.due_words(due) == words
    assert filters.due_mark(due)[0] == shape


def test_the_title_of_a_due_clock_gives_both_dates_and_how_they_were_counted() -> None:
    due = Due("left", 3, date(2026, 11, 23), date(2026, 12, 7), "停表 0 天")
    assert filters.due_title(due) == "内部期限 2026-11-23；法定期限 2026-12-07；停表 0 天"


def test_moments_are_read_in_shanghai() -> None:
    moment = datetime(2026, 11, 17, 17, 5, tzinfo=UTC)
    assert filters.day_clock(moment) == "11-18 01:05"
    assert filters.full_clock(moment) == "2026-11-18 01:05"
    assert filters.clock(None) == "—"


def test_dates_are_padded_in_tables_and_not_in_sentences() -> None:
    day = date(2026, 1, 5)
    assert filters.month_day(day) == "01-05"
    assert filters.spoken_date(day) == "2026年1月5日"
    assert filters.spoken_day(day) == "1月5日"
    assert filters.weekday(day) == "星期一"
    assert filters.iso(None) == "—"


def test_a_count_that_could_not_be_made_is_not_zero() -> None:
    assert filters.thousands(None) == "…"
    assert filters.thousands(3412) == "3,412"


def test_every_status_word_of_a_case_has_a_shape() -> None:
    from insurer.claims.lifecycle import WORDS

    for state in WORDS.values():
        assert filters.status_mark(state.word)[0] == state.shape, state.word


@pytest.mark.parametrize("state", State)
def test_every_state_has_the_shape_of_its_table(state: State) -> None:
    assert filters.status_mark(WORDS[state].word)[0] == WORDS[state].shape
