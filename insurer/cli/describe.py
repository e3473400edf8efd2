"""Writes the pages of ``docs/`` that come from code: ``python -m insurer.cli.describe``.

A test compares each page with what would be written, so that none can fall behind.
"""

import sys
from collections.abc import Callable
from typing import Final

from insurer.accounts.describe import permissions_page
from insurer.claims.describe import lifecycle_page
from insurer.platform.settings import ROOT
from insurer.schemes.describe import readings_page

PAGES: Final[dict[str, Callable[[], str]]] = {
    "docs/lifecycle.md": lifecycle_page,
    "docs/permissions.md": permissions_page,
    "docs/readings.md": readings_page,
}
"""Every page that is written from code, by its path from the root of the checkout."""


def main() -> None:
    """Write every page that is not up to date and name it."""
    for name, write in PAGES.items():
        target, text = ROOT / name, write()
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
