"""Decisions kept with the content of their pack: what this program must be able to do again for ever.

``python -m tests.factories.kept_decisions`` writes them anew, which is right only while nobody uses the
product; afterwards a difference means that ``SURROUNDINGS_VERSION`` must be raised and the old code kept.
"""

import json
import sys
from pathlib import Path
from typing import Any

from insurer.exclusions.check import check_lines
from insurer.schemes.calculate import calculate, pack_content
from insurer.schemes.recomputation import LineNotes

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "data" / "decisions"
CASES = ROOT / "conformance" / "cases"
KEPT: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    "changzhou-xinbei": (
        ("XB-02", {"class_b_first_pay": "other", "below_deductible": "excluded"}),
        ("XB-04", {}),
        ("XB-06", {}),
        ("XB-13", {}),
        ("XB-18", {}),
    ),
    "nantong": (("NT-08", {}), ("NT-13", {"no_referral_cut_points": "15"}), ("NT-18", {}), ("NT-22", {})),
}
"""Worked cases and the readings under which they are kept."""


def worked(name: str) -> dict[str, Any]:
    """Return the document of a worked case."""
    found: dict[str, Any] = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))["case"]
    return found


def read_kept(scheme: str) -> list[dict[str, Any]]:
    """Return the kept rows of a scheme: packs with hash and content, decisions with what they rest on."""
    text = (FOLDER / f"{scheme}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def main() -> None:
    """Write the decisions as this program makes them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for scheme, cases in KEPT.items():
        packs: dict[str, Any] = {}
        decisions = []
        for name, readings in cases:
            document = {**worked(name), "readings": readings}
            notes = LineNotes(check_lines)
            result = calculate(document, notes)
            packs[result["pack"]] = pack_content(scheme, readings)
            decisions.append({"document": document, "line_check": notes.kept, "result": result})
        rows = [{"hash": digest, "content": content} for digest, content in packs.items()] + decisions
        text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
        (FOLDER / f"{scheme}.jsonl").write_text(text, encoding="utf-8")
        sys.stdout.write(f"{scheme}: {len(decisions)} decisions, {len(packs)} packs\n")


if __name__ == "__main__":
    main()
