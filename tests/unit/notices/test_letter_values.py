"""Numbers, citations, reasons and contradictions: plain values, no rendering."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurer.kernel.errors import Invalid
from insurer.notices.catalogue import (
    NoticeKind,
    day_in_sentence,
    is_letter_number,
    letter_number,
    short_number,
)
from insurer.notices.citations import cite
from insurer.notices.letters import Letter, Payer
from insurer.notices.reasons import CODES, everyday_reason, headline_reason
from insurer.notices.specimens import DECISION, ENROLMENT, LONG_DECISION, RECEIPT, REFUSAL, SPECIMENS


def fields_with_problems(letter: Letter) -> list[str]:
    return [problem.field for problem in letter.problems()]


@pytest.mark.parametrize("letter", [*SPECIMENS.values(), LONG_DECISION], ids=lambda one: one.number)
def test_specimens_have_no_problem(letter: Letter) -> None:
    assert letter.problems() == ()


@given(st.sampled_from(list(NoticeKind)), st.integers(1, 999_999))
def test_numbers_have_six_cornered_brackets_and_no_padding(kind: NoticeKind, sequence: int) -> None:
    number = letter_number("changzhou-xinbei", kind, 2026, sequence)
    assert is_letter_number(number)
    assert f"字{sequence}号" in number and "〔2026〕" in number
    assert short_number(number) in number


def test_the_number_of_the_worked_example() -> None:
    assert (
        letter_number("changzhou-xinbei", NoticeKind.DECISION, 2026, 1283) == "新北大病理赔〔2026〕决字1283号"
    )


@pytest.mark.parametrize(
    "text", ["新北大病理赔[2026]决字1号", "新北大病理赔〔2026〕决字01号", "〔2026〕决字1号"]
)
def test_other_ways_of_numbering_are_refused(text: str) -> None:
    assert not is_letter_number(text)
    assert fields_with_problems(replace(DECISION, number=text)) == ["number"]


@pytest.mark.parametrize(
    ("clause", "printed"),
    [
        ("XB-二(二)4", "常开委办〔2021〕143号第二部分（二）第4项"),
        ("XB-二(一)", "常开委办〔2021〕143号第二部分（一）"),
        ("XB-三", "常开委办〔2021〕143号第三部分"),
        ("NT-(十五)", "通医保发〔2022〕68号第（十五）条"),
    ],
)
def test_clauses_print_as_document_and_place(clause: str, printed: str) -> None:
    assert str(cite(clause)) == printed


@pytest.mark.parametrize("clause", ["", "XB", "XB-九", "二(二)4", "XB-二(二)4x", "§ 4"])
def test_unknown_clauses_cannot_be_cited(clause: str) -> None:
    with pytest.raises(Invalid, match="条款"):
        cite(clause)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_everyday_words_of_at_most_thirty_characters(code: str) -> None:
    for words in (everyday_reason(code), headline_reason(code)):
        assert 4 <= len(words) <= 32
        assert not any(word in words for word in ("！", "失败", "非法", "异常", "无效"))


def test_unknown_codes_have_no_words() -> None:
    with pytest.raises(Invalid):
        everyday_reason("weather")
    with pytest.raises(Invalid):
        headline_reason("weather")


def test_a_price_reason_names_price_and_threshold() -> None:
    words = everyday_reason("unit_price_threshold", unit_price_fen=580_050, unit="片", threshold_fen=500_000)
    assert words == "不在医保目录内，一片 5,800.50 元，达到 5,000 元，按规定不赔"


def test_days_show_their_year_only_when_it_differs() -> None:
    assert day_in_sentence(date(2026, 11, 27), beside=date(2026, 11, 18)) == "11月27日"
    assert day_in_sentence(date(2027, 1, 5), beside=date(2026, 11, 18)) == "2027年1月5日"


@given(st.integers(-50, 50).filter(bool))
def test_any_shift_of_any_sum_is_noticed(fen: int) -> None:
    assert "borne_fen" in fields_with_problems(replace(DECISION, total_fen=DECISION.total_fen + fen))
    assert "amount_fen" in fields_with_problems(replace(DECISION, amount_fen=DECISION.amount_fen + fen))
    shifted = (
        replace(DECISION.shares[0], amount_fen=DECISION.shares[0].amount_fen + fen),
        *DECISION.shares[1:],
    )
    assert "shares" in fields_with_problems(replace(DECISION, shares=shifted))
    more = (*DECISION.payers, Payer(label="其他", amount_fen=abs(fen)))
    assert "borne_fen" in fields_with_problems(replace(DECISION, payers=more))


def test_a_refused_share_needs_its_lines_and_lines_need_their_share() -> None:
    assert "refused" in fields_with_problems(replace(DECISION, refused=()))
    free = tuple(share for share in DECISION.shares if not share.refused)
    assert "refused" in fields_with_problems(replace(DECISION, shares=free))


def test_a_decision_pays_something_to_a_masked_account() -> None:
    assert "account" in fields_with_problems(
        replace(DECISION, account=replace(DECISION.account, tail="62170001"))
    )
    nothing = tuple(replace(share, pays_fen=0) for share in DECISION.shares)
    assert "amount_fen" in fields_with_problems(replace(DECISION, amount_fen=0, shares=nothing))


def test_an_overdrawn_limit_is_noticed() -> None:
    limit = replace(DECISION.limits[0], used_fen=DECISION.limits[0].annual_fen + 1)
    assert fields_with_problems(replace(DECISION, limits=(limit,))) == ["limits"]


def test_a_refusal_is_not_dated_before_its_decision_and_pays_nothing() -> None:
    assert fields_with_problems(replace(REFUSAL, decided_on=date(2026, 7, 7))) == ["issued_on"]
    paid = (replace(REFUSAL.visits[0], pays_fen=1),)
    assert fields_with_problems(replace(REFUSAL, visits=paid)) == ["visits"]


def test_a_negative_amount_is_noticed() -> None:
    payers = (replace(DECISION.payers[0], amount_fen=-1), *DECISION.payers[1:])
    assert "amount_fen" in fields_with_problems(replace(DECISION, payers=payers))


def test_cover_does_not_end_before_it_begins() -> None:
    assert fields_with_problems(replace(ENROLMENT, covered_until=date(2025, 12, 31))) == ["covered_until"]


def test_settlement_numbers_may_be_long_but_sentences_may_not_carry_card_numbers() -> None:
    visit = replace(DECISION.visits[0], settlement="320411202610150882130")
    assert fields_with_problems(replace(DECISION, visits=(visit,))) == []
    assert fields_with_problems(replace(RECEIPT, next_step="打到 6217000012345678901 里。")) == ["next_step"]
