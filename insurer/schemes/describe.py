"""The page ``docs/readings.md``, written from the packs' data by ``python -m insurer.cli.describe``."""

from collections.abc import Iterator

from insurer.schemes.pack_files import readings, register
from insurer.schemes.packdata import Reading

_HEAD = """\
# Readings of ambiguous clauses

<!-- Written by `python -m insurer.cli.describe` from `insurer/schemes/data/readings.toml`: edit that. -->

Where a clause can be understood in two ways, the answer in use is a reading (口径). A case document may give
another one under `readings`; values are text. The readings in use are part of the hash that every decision
stores.
**Bold** is the answer in use. `assumed` waits for the purchaser's confirmation.

| name | values | clause | question | why this one | status |
| --- | --- | --- | --- | --- | --- |
"""


_REGISTER = """
## The register of ambiguous places

Every place where the two texts leave room, by the number of the policy analysis (A people, B scope,
C benefit, D money, E time of Changzhou-Xinbei; F Nantong; G what has no number there). Where an amount
depends on it, a reading answers it; where none does, the last column says where it lives.

| no | question | readings | where it lives |
| --- | --- | --- | --- |
"""


def readings_page() -> str:
    """Return the page: one row for each reading, then one for each place of the register."""
    rows = "\n".join(_row(reading) for reading in readings().values())
    places = "\n".join(
        f"| {place.number} | {place.question} | {'<br>'.join(f'`{name}`' for name in place.readings)} |"
        f" {place.lives or 'in the calculation'} |"
        for place in register()
    )
    return f"{_HEAD}{rows}\n{_REGISTER}{places}\n"


def _row(reading: Reading) -> str:
    values = "<br>".join(_values(reading))
    return (
        f"| `{reading.name}` | {values} | {reading.clause} | {reading.question} | {reading.basis} |"
        f" {reading.status} |"
    )


def _values(reading: Reading) -> Iterator[str]:
    for value, label in zip(reading.options, reading.option_labels, strict=True):
        mark = "**" if value == reading.chosen else ""
        yield f"{mark}`{value}`{mark} {label}"
    if reading.free:
        mark = "" if reading.chosen in reading.options else f"**`{reading.chosen}`** "
        yield f"{mark}{reading.free}"
