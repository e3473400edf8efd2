"""The whole check against labelled names: what is caught, what must never be excluded, what is asked."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.labelled_names import CODES, FILES, TYPES, Measure, judged, measures, samples
from insurer.exclusions.check import check_item

DEMANDS = [one.name for one in measures(())]


@lru_cache
def measured(file: str) -> dict[str, Measure]:
    return {one.name: one for one in measures(judged(samples(file), check_item))}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("demand", DEMANDS)
def test_labelled_names_are_answered_as_promised(file: str, demand: str) -> None:
    found = measured(file)[demand]
    assert found.whole
    assert found.kept, found.broken


@pytest.mark.parametrize("file", FILES)
def test_a_hospitals_own_code_says_the_same_in_either_field(file: str) -> None:
    for one in samples(file):
        code = one.line["medins_list_codg"]
        if code:
            moved = {**one.line, "med_list_codg": code, "medins_list_codg": None}
            assert check_item(moved) == check_item(one.line), one.name


def test_every_answer_is_a_sentence_that_names_what_led_to_it() -> None:
    for file in FILES:
        for one in samples(file):
            verdict = check_item(one.line)
            assert verdict.because.endswith("。"), one.name
            assert "!" not in verdict.because and "！" not in verdict.because
            if verdict.decision == "excluded":
                assert (
                    verdict.matched
                    and verdict.code
                    and verdict.clause
                    and verdict.clause.startswith("XB-二(二)")
                )


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


NOISE: tuple[Callable[[str], str], ...] = (
    full_width,
    lambda text: f"[自费]{text}",
    lambda text: f"（自费）{text}",
    lambda text: f"*{text}",
    lambda text: f"★{text}",
    lambda text: f"#{text}#",
    lambda text: f" {text}　",
    lambda text: f"儿科-{text}",
    lambda text: f"01-{text}",
    lambda text: f"{text}×2",
    lambda text: f"{text} 3次",
    lambda text: f"{text}(1次)",
    lambda text: f"{text}/次",
    lambda text: f"{text}（300元）",
    lambda text: f"{text}(国产)",
    lambda text: f"{text}-门诊",
    lambda text: f"{text}[丙]",
    lambda text: f"{text}、",
)
HARD = [one.line for file in FILES for one in samples(file) if one.sure and one.label in (*CODES, "none")]


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(HARD), st.lists(st.sampled_from(NOISE), min_size=1, max_size=2))
def test_hospital_noise_changes_no_decision(line: dict[str, Any], noise: list[Callable[[str], str]]) -> None:
    name = line["medins_list_name"]
    for one in noise:
        name = one(name)
    plain, noisy = check_item(line).decision, check_item({**line, "medins_list_name": name}).decision
    assert noisy == plain or {plain, noisy} <= {"excluded", "review"}, name


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40), st.sampled_from(sorted(TYPES)))
def test_any_text_gets_an_answer(name: str, category: str) -> None:
    listed, charged = TYPES[category]
    verdict = check_item({"medins_list_name": name, "list_type": listed, "med_chrgitm_type": charged})
    assert verdict.decision in ("excluded", "covered", "review")
