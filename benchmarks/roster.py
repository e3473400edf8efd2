"""Rows of a bureau's roster per second, from the received file to committed facts, at growing sizes.

The yardstick is taken in the same run: merely reading the xlsx with python-calamine and copying its cells
into a table of the same database. For each size the first month (everybody new) and the second one (about 1 %
new, 2.5 % changed, 1.2 % gone, 0.2 % mistyped) go through the operation of the command: read in the confined
process, compared, reported, sealed, written, committed. The parser of the yardstick cannot read csv; the csv
of the same rows is held against the same rows as xlsx, and the time of csv alone is printed beside.
"""

import argparse
import csv
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
from python_calamine import CalamineWorkbook

from benchmarks.roster_files import HEADER, first_month, second_month, write_csv, write_xlsx
from insurer.kernel.dates import parse_month
from insurer.people.arriving import ArrivingFile
from insurer.people.at_once import take_file
from insurer.people.operations import RosterOutcome
from insurer.platform import clock
from insurer.platform.audit import Actor
from insurer.platform.migrate import upgrade
from insurer.platform.runtime import Runtime, open_runtime
from insurer.platform.settings import Settings

SCHEME = "changzhou-xinbei"
CLERK = Actor("admin_shell", "benchmark", "基准")
FIRST, SECOND = "2025-12", "2026-01"
WANTED = {FIRST: 0.28, SECOND: 0.40}


class Memory:
    """Watches the memory of this process, its children and the database server of this home."""

    def __init__(self, home: Path) -> None:
        self._home, self._stop = str(home), threading.Event()
        self.peak = 0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        own = Path("/proc/self").resolve().name
        while not self._stop.wait(0.25):
            parents: dict[str, str] = {}
            servers: set[str] = set()
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    parents[folder.name] = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                    if self._home in (folder / "cmdline").read_text():
                        servers.add(folder.name)
                except OSError:
                    continue
            mine = {own} | servers
            for _ in range(4):
                mine |= {one for one, parent in parents.items() if parent in mine}
            self.peak = max(self.peak, sum(map(_share, mine)))


def _share(process: str) -> int:
    """Return the megabytes of a process, what it shares divided among those who share it."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) // 1024


def merely_read(path: Path) -> Iterator[list[Any]]:
    """Give the rows of a file as its plain reader gives them."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as stream:
            yield from csv.reader(stream)
    else:
        yield from CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows()


def yardstick(url: str, path: Path) -> float:
    """Return the seconds for merely reading a file and copying its cells into a table."""
    columns = ", ".join(f"c{place} text" for place in range(len(HEADER)))
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE TABLE plain ({columns})")
        connection.commit()
        started = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy("COPY plain FROM STDIN") as copy:
            for row in merely_read(path):
                copy.write_row(row)
        connection.commit()
        spent = time.perf_counter() - started
        connection.execute("DROP TABLE plain")
    return spent


def prepare(path: Path, month: str, rows: int) -> None:
    """Write the file of one month."""
    people = first_month(rows) if month == FIRST else second_month(rows)
    (write_xlsx if path.suffix == ".xlsx" else write_csv)(path, people)


def apart(work: Callable[..., Any], *words: Any) -> Any:
    """Do something in a process of its own, whose memory is gone afterwards."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *words).result()


def take_in(runtime: Runtime, path: Path, month: str) -> tuple[float, RosterOutcome]:
    """Return the seconds from the file to the commit, as the command does it, and the report."""
    started = time.perf_counter()
    with runtime.transaction() as session:
        outcome = take_file(
            session,
            actor=CLERK,
            arriving=ArrivingFile(SCHEME, parse_month(month), path.name),
            content=path.read_bytes(),
            storage=runtime.storage,
            now=clock.now(),
        )
    return time.perf_counter() - started, outcome


def measure(rows: int, folder: Path, kinds: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Take two months of so many rows in, on a home of their own for each kind of file; print and return."""
    plain: dict[str, float] = {}
    rates: dict[str, dict[str, float]] = {}
    for kind in kinds:
        home = folder / f"{kind}-{rows}"
        with open_runtime(Settings(home=home)) as runtime:
            url = runtime.engine.url.render_as_string(hide_password=False)
            upgrade(url)
            for month in (FIRST, SECOND):
                path = folder / f"roster-{month}.{kind}"
                apart(prepare, path, month, rows)
                alone = apart(yardstick, url.replace("+psycopg", ""), path)
                plain.setdefault(month, alone)
                with Memory(home) as memory:
                    spent, outcome = take_in(runtime, path, month)
                counts = {key: outcome.report[key] for key in ("new", "changed", "unchanged", "gone")}
                share = plain[month] / spent
                rates.setdefault(kind, {})[month] = rows / spent
                print(
                    f"{kind} {rows:>9,} rows, {month}: {spent:6.1f} s = {rows / spent:8,.0f} rows/s;"
                    f" merely reading and copying {plain[month]:5.1f} s"
                    + (f" (csv alone {alone:.1f} s)" if kind == "csv" else "")
                    + f"; {share:.0%} of its speed (wanted {WANTED[month]:.0%});"
                    f" peak {memory.peak} MB; {counts}, rejected {len(outcome.report['rejected'])}",
                    flush=True,
                )
                path.unlink()
    return rates


def main() -> None:
    """Run and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, nargs="+", default=[250_000, 500_000, 1_000_000])
    options.add_argument("--kinds", nargs="+", choices=("xlsx", "csv"), default=["xlsx", "csv"])
    chosen = options.parse_args()
    found: dict[int, dict[str, dict[str, float]]] = {}
    for rows in chosen.rows:
        with tempfile.TemporaryDirectory() as folder:
            found[rows] = measure(rows, Path(folder), tuple(chosen.kinds))
    smallest, largest = min(found), max(found)
    for kind in chosen.kinds if smallest < largest else ():
        for month in (FIRST, SECOND):
            part = found[largest][kind][month] / found[smallest][kind][month]
            print(f"{kind} {month}: {largest:,} rows run at {part:.0%} of the rate of {smallest:,} rows")


if __name__ == "__main__":
    main()
