"""Who pays after the settlement, by name: private cover is named after who really paid."""

import pytest

from insurer.claims.upstream import LATER_WORDS, later_words, paid_by_third_party

PRIVATE = {"payer": "private", "unsplit": "10.00"}
THIRD_PARTY = paid_by_third_party(1_000)


@pytest.mark.parametrize(
    ("paid", "word"),
    [
        ([], "商业保险"),
        ([PRIVATE], "商业保险"),
        ([THIRD_PARTY], "第三方责任人赔付"),
        ([PRIVATE, THIRD_PARTY], "商业保险、第三方责任人赔付"),
    ],
)
def test_private_cover_is_named_after_who_paid(paid: list[dict[str, str]], word: str) -> None:
    found = later_words({"later_payers": [{"payer": "inclusive", "unsplit": "1.00"}, *paid]})
    assert found["private"] == word
    assert list(found) == list(LATER_WORDS)
    assert found["inclusive"] == "惠民保"


def test_a_third_party_pays_the_fen_it_was_noted_for() -> None:
    assert THIRD_PARTY == {"payer": "private", "of": "third_party", "unsplit": "10.00"}
