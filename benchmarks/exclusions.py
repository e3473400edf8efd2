"""Measure the exclusion check: precision and recall per label, share sent to a person, speed on one core.

Run ``python benchmarks/exclusions.py``. The names are the labelled samples of the tests; labels of low
certainty count only as "asked a person or not". Speed is processor time, for names seen for the first time
and for repeated names, as bills have them.
"""

import csv
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from insurer.exclusions.check import check_item, check_lines
from insurer.exclusions.herbs import find_piece
from insurer.exclusions.lexicon import lexicon_on
from insurer.exclusions.named_items import find_named
from insurer.exclusions.names import fold
from insurer.schemes.line_check import BillFacts, LineVerdict

DATA = Path(__file__).resolve().parent.parent / "tests" / "data"
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


def samples(name: str) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """Read labelled names with the fee line that each stands for."""
    result = []
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            listed, charged = TYPES[row["category"]]
            line = {
                "medins_list_name": row["name"],
                "med_list_codg": row.get("code_if_known") or None,
                "list_type": listed,
                "med_chrgitm_type": charged,
                "chrgitm_lv": row["chrgitm_lv"] or None,
                "pric": row.get("unit_price_if_known") or None,
                "cnt": "1",
            }
            result.append((row, line))
    return result


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:6.1f} %" if whole else "     -  "


def judge(name: str) -> None:
    """Print the table of one file."""
    labels: Counter[tuple[str, str, str]] = Counter()
    said: Counter[str] = Counter()
    right: Counter[str] = Counter()
    wrong: list[str] = []
    for row, line in samples(name):
        verdict = check_item(line)
        label, certainty = row["exclusion_label"], row["certainty"]
        labels[label, certainty, verdict.decision] += 1
        if verdict.decision == "excluded":
            code = next((one for one, codes in CODES.items() if verdict.code in codes), "other")
            said[code] += 1
            right[code] += label == code
        note = note_of(label, certainty, verdict)
        if note:
            wrong.append(
                f"  {note}: {row['name']} ({label}, {certainty}) -> {verdict.decision} {verdict.code}"
            )
    print(f"== {name}: {sum(labels.values())} names")
    print(f"{'label':24}{'certainty':10}{'n':>5}{'excluded':>11}{'review':>11}{'covered':>11}")
    for label, certainty in sorted({key[:2] for key in labels}):
        counts = [labels[label, certainty, one] for one in ("excluded", "review", "covered")]
        whole = sum(counts)
        print(f"{label:24}{certainty:10}{whole:>5}" + "".join(f"{percent(one, whole):>11}" for one in counts))
    print("\nautomatic exclusions (high and med)")
    for label in CODES:
        sure = {
            one: sum(labels[label, level, one] for level in ("high", "med"))
            for one in ("excluded", "review", "covered")
        }
        whole = sum(sure.values())
        caught = percent(sure["excluded"] + sure["review"], whole)
        recall, precision = percent(sure["excluded"], whole), percent(right[label], said[label])
        print(f"{label:24} precision {precision}  recall {recall}  caught {caught}")
    print("\n".join(["", f"to look at: {len(wrong)}", *wrong]))


def note_of(label: str, certainty: str, verdict: LineVerdict) -> str:
    """Say what is wrong with an answer, or an empty text."""
    if label in CODES:
        if verdict.decision == "covered":
            return "missed"
        if verdict.decision == "review":
            return "asked, though labelled excluded" if certainty != "low" else ""
        return "" if verdict.code in CODES[label] else "other code"
    if verdict.decision == "excluded":
        return "WRONGLY EXCLUDED"
    if label == "none" and verdict.decision == "review" and certainty != "low":
        return "asked, though labelled covered"
    return (
        "decided, though context is missing"
        if label == "needs_context" and verdict.decision == "covered"
        else ""
    )


def speed(lines: list[dict[str, Any]], copies: int) -> None:
    """Print lines a second: single lines cold and warm, and bills of 100 lines."""
    for cache in (fold, find_named, find_piece, lexicon_on):
        cache.cache_clear()
    fresh = [
        {**line, "medins_list_name": f"{line['medins_list_name']}{n}号"}
        for n in range(copies)
        for line in lines
    ]
    report("single lines, every name new", fresh, None)
    report("single lines, names repeat", lines * copies, None)
    report("bills of 100 lines", lines * copies, 100)


def report(what: str, lines: list[dict[str, Any]], size: int | None) -> None:
    bill = BillFacts()
    start = time.process_time()
    if size is None:
        for line in lines:
            check_item(line, bill)
    else:
        for first in range(0, len(lines), size):
            check_lines(lines[first : first + size], bill)
    took = time.process_time() - start
    print(f"{what:32} {len(lines):>8} lines {took:7.2f} s {len(lines) / took:>10,.0f} lines/s")


def main() -> None:
    """Print everything."""
    start = time.process_time()
    check_item({"medins_list_name": "first", "list_type": "102"})
    loading = time.process_time() - start
    files = [path.name for path in sorted(DATA.glob("*item_names*.csv"))]
    for name in files:
        judge(name)
        print()
    print("== speed, one core")
    print(f"{'lists loaded in':32} {loading:24.2f} s")
    speed([line for name in files for _, line in samples(name)], 20)


if __name__ == "__main__":
    sys.exit(main())
