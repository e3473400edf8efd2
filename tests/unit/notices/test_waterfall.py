"""The chart of a decision letter: its bars lie where the stated amounts put them."""

from dataclasses import replace

from insurer.notices.letters import Payer
from insurer.notices.production import letter_html
from insurer.notices.specimens import DECISION, LONG_DECISION
from insurer.notices.waterfall import waterfall_rows, who_paid_nothing


def test_every_bar_ends_where_the_one_before_begins() -> None:
    total, *payers, left, ours, rest = waterfall_rows(DECISION)
    assert (total.start, total.width) == (0, 1000)
    edge = 1000
    for row in payers:
        assert abs(row.start + row.width - edge) <= 1
        edge = row.start
    assert (left.start, rest.start) == (0, 0)
    assert abs(left.width - edge) <= 1
    assert abs(rest.width - ours.start) <= 1
    assert abs(ours.start + ours.width - left.width) <= 1


def test_the_amounts_are_those_of_the_letter() -> None:
    rows = {row.label: row.amount_fen for row in waterfall_rows(DECISION)}
    assert rows == {
        "看病一共花了": 6_087_937,
        "基本医保付了": 2_700_000,
        "医疗救助付了": 1_200_000,
        "惠民保付了": 400_000,
        "剩下由您负担": 1_787_937,
        "其中我们付给您": 1_059_295,
        "最后您自己出": 728_642,
    }
    assert who_paid_nothing(DECISION) == "大病保险、慈善救助、医院"


def test_somebody_else_reads_of_the_person() -> None:
    labels = [row.label for row in waterfall_rows(LONG_DECISION)]
    assert labels[-3:] == ["剩下由个人负担", "其中我们付给您", "最后个人自己出"]


def test_a_small_payment_can_be_seen_and_nothing_leaves_the_chart() -> None:
    cent = replace(DECISION, payers=(Payer(label="基本医保付了", amount_fen=1), *DECISION.payers[1:]))
    for row in waterfall_rows(cent):
        assert row.amount_fen == 0 or row.width >= 4
        assert 0 <= row.start <= row.start + row.width <= 1000


def test_the_chart_is_told_by_words_and_outlines_not_by_colour() -> None:
    html = letter_html(DECISION)
    chart = html[html.index('class="waterfall"') : html.index('class="shares"')]
    fills = {part.partition('"')[0] for part in chart.split('fill="')[1:]}
    assert fills == {"#e4e4e4", "#a8a8a8", "#ffffff", "#000000"}
    assert chart.count('stroke="#000000"') == chart.count("<rect") == 7
    for row in waterfall_rows(DECISION):
        assert f"<th>{row.label}</th>" in chart
