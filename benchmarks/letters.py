"""Letters a second of one process, with the built fonts and with the system fonts alone.

Run: nice .venv/bin/python -m benchmarks.letters
"""

import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from insurer.notices.catalogue import letter_number
from insurer.notices.production import letter_pdf
from insurer.notices.specimens import DECISION
from insurer.platform.fonts import BUILT_FONTS, FACES

LETTERS = 30


def measure(fonts: Path) -> tuple[float, int]:
    """Return letters a CPU second and one letter's bytes; loading the fonts does not count."""
    letters = [
        replace(DECISION, number=letter_number("changzhou-xinbei", DECISION.kind, 2026, sequence))
        for sequence in range(1, LETTERS + 2)
    ]
    size = len(letter_pdf(letters[0], fonts=fonts))
    started = time.process_time()
    for letter in letters[1:]:
        letter_pdf(letter, fonts=fonts)
    return LETTERS / (time.process_time() - started), size


def main() -> None:
    """Print one JSON object."""
    if not all((BUILT_FONTS / face.file_name).is_file() for face in FACES):
        raise SystemExit("build the fonts first: .venv/bin/python -m insurer.platform.fonts")
    with tempfile.TemporaryDirectory() as empty:
        slow, slow_size = measure(Path(empty))
    fast, fast_size = measure(BUILT_FONTS)
    figures = {
        "letters_per_cpu_second": round(fast, 1),
        "with_system_fonts": round(slow, 1),
        "ratio": round(fast / slow, 2),
        "bytes": fast_size,
        "bytes_with_system_fonts": slow_size,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
