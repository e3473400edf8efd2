"""The whole check against labelled names: what is caught, what must never be excluded, what is asked."""

import csv
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insurer.exclusions.check import check_item

DATA = Path(__file__).resolve().parents[2] / "data"
TYPES = {
    "drug": ("101", "09"),
    "tcm_piece": ("102", "10"),
    "exam": ("201", "03"),
    "lab": ("201", "04"),
    "treatment": ("201", "05"),
    "service": ("201", "14"),
    "material": ("301", "08"),
}
CODES = {
    "transplant_source": {"transplant_source"},
    "expensive_new": {"new_expensive", "unit_price_threshold"},
    "special_service": {"special_service"},
    "unrelated_to_treatment": {"unrelated"},
    "tcm_nonpayable": {"nonpayable_herb"},
}
FILES = ("item_names.csv", "more_item_names.csv")


@lru_cache
def samples(file: str) -> list[tuple[str, str, dict[str, Any]]]:
    with (DATA / file).open(encoding="utf-8", newline="") as stream:
        return [
            (
                row["exclusion_label"],
                row["certainty"],
                {
                    "medins_list_name": row["name"],
                    "med_list_codg": row.get("code_if_known") or None,
                    "list_type": TYPES[row["category"]][0],
                    "med_chrgitm_type": TYPES[row["category"]][1],
                    "chrgitm_lv": row["chrgitm_lv"] or None,
                    "pric": row.get("unit_price_if_known") or None,
                },
            )
            for row in csv.DictReader(stream)
        ]


def sure(file: str, *labels: str) -> list[dict[str, Any]]:
    return [
        line for label, certainty, line in samples(file) if label in labels and certainty in ("high", "med")
    ]


@pytest.mark.parametrize("file", FILES)
def test_an_excluded_item_is_caught_and_mostly_without_a_person(file: str) -> None:
    lines = sure(file, *CODES)
    decisions = [check_item(line).decision for line in lines]
    missed = [
        line["medins_list_name"] for line, one in zip(lines, decisions, strict=True) if one == "covered"
    ]
    assert len(missed) <= 0.02 * len(lines), missed
    assert decisions.count("excluded") >= 0.85 * len(lines)


@pytest.mark.parametrize("file", FILES)
def test_a_covered_item_is_never_excluded_and_rarely_asked(file: str) -> None:
    lines = sure(file, "none")
    asked = [line["medins_list_name"] for line in lines if check_item(line).decision == "review"]
    assert [line["medins_list_name"] for line in lines if check_item(line).decision == "excluded"] == []
    assert len(asked) <= 0.05 * len(lines), asked


@pytest.mark.parametrize("file", FILES)
def test_an_item_that_needs_context_is_asked(file: str) -> None:
    lines = [line for label, _, line in samples(file) if label == "needs_context"]
    decided = [line["medins_list_name"] for line in lines if check_item(line).decision != "review"]
    assert len(decided) <= 0.02 * len(lines), decided


@pytest.mark.parametrize("file", FILES)
def test_an_exclusion_names_the_code_of_its_label(file: str) -> None:
    wrong = [
        (line["medins_list_name"], label, verdict.code)
        for label, _, line in samples(file)
        if label in CODES
        and (verdict := check_item(line)).decision == "excluded"
        and verdict.code not in CODES[label]
    ]
    assert wrong == []


def test_every_answer_is_a_sentence_that_names_what_led_to_it() -> None:
    for file in FILES:
        for _, _, line in samples(file):
            verdict = check_item(line)
            assert verdict.because.endswith("。"), line
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
HARD = [line for file in FILES for line in sure(file, *CODES, "none")]


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
