"""Measure the exclusion check: precision and recall per label, share sent to a person, speed on one core.

Run ``python -m benchmarks.exclusions [FILE.csv …]``; without files the labelled samples of the tests. Labels
of low certainty count only as "asked a person or not". Speed is processor time, for names seen for the first
time and for repeated names, as bills have them, and for ``insurer check-items`` from bytes to bytes. A plain
search for the same words in each name, in the same run, is the yardstick.
"""

import gc
import io
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.labelled_names import CODES, FILES, Judged, judged, measures, read_samples, samples
from insurer.cli.check_items import answer_all
from insurer.exclusions.check import check_item, check_lines
from insurer.exclusions.editions import package_edition
from insurer.exclusions.names import fold
from insurer.schemes.line_check import BillFacts

ENOUGH = 50_000
"""Lines a second and core that the check promises."""

COPIES = 20


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:6.1f} %" if whole else "     -  "


def judge(name: str, found: Judged) -> None:
    """Print the table of one file and everything that breaks a demand."""
    labels: Counter[tuple[str, str, str]] = Counter()
    said: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for one, verdict in found:
        labels[one.label, one.certainty, verdict.decision] += 1
        if verdict.decision == "excluded":
            code = next((label for label, codes in CODES.items() if verdict.code in codes), "other")
            said[code] += 1
            right[code] += one.label == code
    print(f"== {name}: {len(found)} names")
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
    print("\ndemands")
    for one in measures(found):
        least = f"at least {100 * one.least:.0f} %"
        print(f"{one.name:34} {100 * one.share:6.1f} %  {least:14} {'kept' if one.kept else 'NOT KEPT'}")
        for words in one.broken:
            print(f"    {words}")
    print()


def speed(lines: list[dict[str, Any]]) -> None:
    """Print lines a second: single lines cold and warm, bills of 100 lines, the command."""
    fresh, others = renamed(lines, "号"), renamed(lines, "型")
    repeated = lines * COPIES
    bill = BillFacts()
    words = [word for one in package_edition().word_lists for word in one.terms]

    def search() -> None:
        for line in fresh[: len(lines)]:
            name = fold(line["medins_list_name"])
            any(word in name for word in words)

    def one_by_one(chosen: list[dict[str, Any]]) -> None:
        for line in chosen:
            check_item(line, bill)

    def by_bill() -> None:
        for first in range(0, len(repeated), 100):
            check_lines(repeated[first : first + 100], bill)

    def command(what: str, chosen: list[dict[str, Any]]) -> None:
        stream = io.BytesIO(
            b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in chosen)
        )

        def run() -> None:
            answer_all(stream, io.BytesIO(), lambda _line, _field, _message: None)

        rate(what, len(chosen), run, yardstick)

    yardstick = rate("each name searched for every word", len(lines), search, None)
    rate("single lines, every name new", len(fresh), lambda: one_by_one(fresh), yardstick)
    rate("single lines, names repeat", len(repeated), lambda: one_by_one(repeated), yardstick)
    rate("bills of 100 lines", len(repeated), by_bill, yardstick)
    command("insurer check-items, names new", others)
    command("insurer check-items, names repeat", repeated)


def renamed(lines: list[dict[str, Any]], mark: str) -> list[dict[str, Any]]:
    """Return copies of the lines under names that nothing has seen."""
    return [
        {**line, "medins_list_name": f"{line['medins_list_name']}{sign}{mark}"}
        for sign in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
        for line in lines
    ]


def rate(what: str, count: int, run: Callable[[], None], yardstick: float | None) -> float:
    """Run once and print lines a second of processor time, as a multiple of the yardstick's."""
    start = time.process_time()
    run()
    took = time.process_time() - start
    found = count / took
    times = f"{found / yardstick:6.1f} times the search" if yardstick else ""
    enough = "" if yardstick is None else "  enough" if found >= ENOUGH else "  TOO SLOW"
    print(f"{what:36} {count:>8} lines {took:7.2f} s {found:>10,.0f} lines/s  {times}{enough}")
    return found


def main(files: Iterable[str]) -> int:
    """Print everything; 1 when a demand is not kept."""
    gc.set_threshold(100_000, 50, 100)  # as the command does
    start = time.process_time()
    check_item({"medins_list_name": "first", "list_type": "102"})
    loading = time.process_time() - start
    chosen = [(name, read_samples(Path(name))) for name in files] or [(name, samples(name)) for name in FILES]
    tables = [(name, judged(found, check_item)) for name, found in chosen]
    for name, found in tables:
        judge(name, found)
    print("== speed, one core")
    print(f"{'lists loaded in':36} {loading:20.2f} s")
    speed([dict(one.line) for _, found in chosen for one in found])
    return 0 if all(one.kept for _, found in tables for one in measures(found)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
