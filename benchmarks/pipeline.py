"""Claims per second from settlement record to stored decision, in bulk and one at a time.

One process, one connection, a real PostgreSQL with disk synchronisation, ten fee lines a claim. Printed with
the SQL statements a claim needs, and against two yardsticks: the limit (the same rows merely copied into the
same database in the same run) and the published figures of the nearest open-source peer.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Engine, event, text

from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.intake import register_settlements
from insurer.claims.operations.papers import check_papers
from insurer.claims.reading import read_settlements
from insurer.kernel.dates import parse_month
from insurer.people.arriving import ArrivingFile
from insurer.people.operations import apply_roster, stage_roster
from insurer.platform import clock
from insurer.platform.audit import Actor
from insurer.platform.migrate import upgrade
from insurer.platform.runtime import Runtime, open_runtime
from insurer.platform.settings import Settings
from insurer.samples.people import make_population
from insurer.samples.rosters import write_rosters
from insurer.samples.settlements import iter_settlements

SCHEME = "changzhou-xinbei"
CLERK = Actor("admin_shell", "benchmark", "基准")
PEER_CLAIMS, PEER_STATEMENTS = 2.5, 467
BATCH = 500


@contextmanager
def counted(engine: Engine) -> Iterator[dict[str, int]]:
    """Count the statements of SQLAlchemy and the COPYs beside it."""
    seen = {"statements": 0, "copies": 0}

    def count(*_: object) -> None:
        seen["statements"] += 1

    plain_copy = psycopg.Cursor.copy

    def copy(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        seen["copies"] += 1
        return plain_copy(self, *args, **kwargs)

    event.listen(engine, "before_cursor_execute", count)
    psycopg.Cursor.copy = copy  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", count)
        psycopg.Cursor.copy = plain_copy  # type: ignore[method-assign]


def handle(runtime: Runtime, content: bytes) -> int:
    """Take one file of records to stored decisions in one transaction."""
    records = read_settlements(content, "benchmark.jsonl")
    with runtime.transaction() as session:
        now = clock.now()
        done = register_settlements(
            session, actor=CLERK, scheme=SCHEME, records=records, channel="file", now=now
        )
        check_papers(session, actor=CLERK, claim_ids=done.new, now=now)
        calculate_claims(session, actor=CLERK, claim_ids=done.new, now=now)
    return len(done.new)


def prepare(runtime: Runtime, folder: Path, persons: int, claims: int) -> list[bytes]:
    """Cover the persons by two rosters and return the records as JSON lines."""
    upgrade(runtime.engine.url.render_as_string(hide_password=False))
    population = make_population(seed=1, year=2026, persons=persons)
    for roster in write_rosters(population, folder):
        with runtime.transaction() as session:
            staged = stage_roster(
                session,
                actor=CLERK,
                storage=runtime.storage,
                arriving=ArrivingFile(SCHEME, parse_month(roster.month), roster.path.name),
                content=roster.path.read_bytes(),
                now=clock.now(),
            )
        with runtime.transaction() as session:
            apply_roster(
                session, actor=CLERK, import_id=staged.import_id, storage=runtime.storage, now=clock.now()
            )
    records = iter_settlements(claims, lines=10, seed=3, population=population)
    return [json.dumps(record, ensure_ascii=False).encode() for record in records]


def merely_copy(engine: Engine) -> float:
    """Return the seconds it takes to copy the rows of the run once more, without any rule."""
    tables = ("claim", "settlement", "fee_line", "paper", "decision", "audit_entry")
    raw = engine.raw_connection()
    spent = 0.0
    try:
        cursor = raw.cursor()
        for table in tables:
            with cursor.copy(f"COPY {table} TO STDOUT") as out:
                data = b"".join(out)
            cursor.execute(f"CREATE TEMP TABLE plain (LIKE {table})")
            started = time.perf_counter()
            with cursor.copy("COPY plain FROM STDIN") as target:
                target.write(data)
            raw.commit()
            spent += time.perf_counter() - started
            cursor.execute("DROP TABLE plain")
    finally:
        raw.close()
    return spent


def main() -> None:
    """Run and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--claims", type=int, default=3_000)
    options.add_argument("--persons", type=int, default=1_500)
    options.add_argument("--alone", type=int, default=100)
    chosen = options.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_runtime(Settings(home=Path(folder) / "home")) as runtime,
    ):
        records = prepare(runtime, Path(folder), chosen.persons, chosen.claims + chosen.alone + BATCH)
        warm, bulk = records[:BATCH], records[BATCH : BATCH + chosen.claims]
        alone = records[BATCH + chosen.claims :]
        handle(runtime, b"\n".join(warm))
        with runtime.engine.connect() as connection:
            connection.execute(text("ANALYZE"))
            connection.commit()
        with counted(runtime.engine) as bulk_count:
            started = time.perf_counter()
            done = sum(
                handle(runtime, b"\n".join(bulk[start : start + BATCH]))
                for start in range(0, len(bulk), BATCH)
            )
            bulk_seconds = time.perf_counter() - started
        with counted(runtime.engine) as alone_count:
            started = time.perf_counter()
            for record in alone:
                handle(runtime, record)
            alone_seconds = time.perf_counter() - started
        limit_seconds = merely_copy(runtime.engine) * done / len(records)
    bulk_rate, alone_rate = done / bulk_seconds, len(alone) / alone_seconds
    bulk_statements = (bulk_count["statements"] + bulk_count["copies"]) / done
    alone_statements = (alone_count["statements"] + alone_count["copies"]) / len(alone)
    print(f"in bulk: {done} claims of 10 lines in {bulk_seconds:.1f} s = {bulk_rate:.0f} claims/s")
    print(f"  statements a claim {bulk_statements:.2f}; {bulk_rate / PEER_CLAIMS:.0f} times the peer's 2.5/s")
    print(f"  limit (the same rows merely copied): {done / limit_seconds:.0f} claims/s, ", end="")
    print(f"reached {limit_seconds / bulk_seconds:.1%}")
    print(f"alone: {alone_rate:.0f} claims/s, {1000 * alone_seconds / len(alone):.1f} ms each")
    print(f"  statements a claim {alone_statements:.1f} (peer {PEER_STATEMENTS})")


if __name__ == "__main__":
    main()
