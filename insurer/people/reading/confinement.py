"""The process that reads a file for others: ``python -m insurer.people.reading.confinement``.

It takes an order as JSON on its input and answers with pieces of JSON, each after its length in four bytes.
"""

import sys
from dataclasses import asdict
from datetime import date
from typing import Any, BinaryIO

import orjson

from insurer.kernel.errors import InsurerError, TooLarge
from insurer.people.reading.cells import Cell
from insurer.people.reading.confined import MEMORY
from insurer.people.reading.gate import Limits
from insurer.people.reading.reader import Part, hidden_sheets
from insurer.people.reading.received import Descriptor
from insurer.people.reading.roster import Asked, Ending, parts_of
from insurer.platform.confined import limit_process


def main() -> None:
    """Read one file."""
    order = orjson.loads(sys.stdin.buffer.read())
    limit_process(seconds=order["seconds"], megabytes=order["memory_mb"])
    asked = Asked(
        order["filename"],
        date.fromisoformat(order["month"]),
        hidden_sheets(order["use_hidden"]),
        order["known_upgrades"],
        Limits(**order["limits"]),
        order["heads"],
        order["leaving"],
        tuple(Cell(**cell) for cell in order["cells"]),
    )
    out = sys.stdout.buffer
    try:
        for part in parts_of(Descriptor(order["descriptor"]), asked):
            _say(out, {"ending": asdict(part)} if isinstance(part, Ending) else _document(part))
    except InsurerError as refusal:
        _refuse(out, refusal)
    except MemoryError:
        _refuse(out, TooLarge(f"“{asked.filename}”{MEMORY}"))
    out.flush()


def _document(part: Part) -> dict[str, Any]:
    return {
        "rows": part.rows.document() if part.rows is not None else None,
        "repaired": part.repaired,
        "rejected": part.rejected,
        "skipped": part.skipped,
        "warnings": part.warnings,
    }


def _refuse(out: BinaryIO, refusal: InsurerError) -> None:
    problems = [asdict(problem) for problem in refusal.problems]
    kind = type(refusal).__name__
    _say(out, {"refused": {"kind": kind, "message": refusal.message, "problems": problems}})


def _say(out: BinaryIO, document: dict[str, Any]) -> None:
    answer = orjson.dumps(document)
    out.write(len(answer).to_bytes(4) + answer)


if __name__ == "__main__":
    main()
