"""How fast the desk's pages answer with 200,000 cases and 50,000 people, against what they may take.

The whole application answers (sign-in, statements, templates; no network between), on a real PostgreSQL. For
each page: the 95th percentile of its duration, the statements it needs and its size, beside the limits of
``docs/interface.md``. Beside them stand two floors of the same run: the bare request (session and framework,
no page) and the statements alone. A page over a limit ends the run with an error.

The data grows out of cases that went through the product's own operations and are multiplied in SQL; every
25th case keeps its fee lines and calculation, and only those are opened. The database stays for the next
run under ``--home`` and is filled anew when the migrations or the sizes have changed.
"""

import argparse
import os
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Engine, event, text

from benchmarks.web_data import LOGIN, PASSWORD, fill
from insurer.platform.runtime import open_runtime
from insurer.platform.settings import ROOT, Settings
from insurer.web.app import create_app

LIST_MS, CASE_MS, MOST_STATEMENTS, MOST_BYTES = 300, 500, 15, 200_000
LISTS = (
    "/cases",
    "/cases?status=todo",
    "/cases?status=in_review%2Cproposed",
    "/cases?due=soon",
    "/cases?who=me",
    "/cases?sort=-payable",
    "/cases?sort=-personal&personal_from=10000",
    "/cases?settled_from={month}-01&settled_to={month}-31",
    "/cases?hospital={hospital}",
    "/cases?hospital={initials}&status=paid",
    "/cases?town={town}",
    "/cases?town={town}&visit=inpatient&sort=-total",
    "/cases?owner=none&status=todo",
    "/cases?received_from={month}-01&sort=received",
    "/cases?review=1",
    "/cases?end=1",
    "/",
    "/?who=me",
    "/people",
    "/people?cover=now&sort=-name",
    "/people?town={town}",
    "/people?tasks=open",
    "/notices?status=all",
    "/payments",
    "/rosters",
)
PARTS = ("", "/documents", "/calculation", "/decision", "/payment", "/notices", "/timeline")


@dataclass
class Measured:
    """What one address took, over its requests."""

    milliseconds: list[float] = field(default_factory=list)
    statements: int = 0
    database: list[float] = field(default_factory=list)
    size: int = 0

    @property
    def p95(self) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


class Browser:
    """A signed-in browser that counts statements and time spent in the database."""

    def __init__(self, client: FlaskClient, engine: Engine) -> None:
        self.client = client
        self.statements = 0
        self.database = 0.0
        self._started = 0.0
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)

    def _before(self, *_: object) -> None:
        self.statements += 1
        self._started = time.perf_counter()

    def _after(self, *_: object) -> None:
        self.database += time.perf_counter() - self._started

    def guard(self) -> str:
        with self.client.session_transaction() as kept:
            raw = kept.setdefault("csrf_token", "a" * 40)
        return URLSafeTimedSerializer(self.client.application.secret_key, salt="wtf-csrf-token").dumps(raw)

    def sign_in(self) -> None:
        form = {"csrf_token": self.guard(), "login": LOGIN, "password": PASSWORD}
        assert self.client.post("/sign-in", data=form).status_code == 303

    def measure(self, path: str, into: Measured, data: dict[str, str] | None = None) -> str:
        self.statements, self.database = 0, 0.0
        started = time.perf_counter()
        answer = self.client.get(path) if data is None else self.client.post(path, data=data)
        before = 0
        if data is not None and answer.status_code == 303:
            # Who searches waits for both answers; each of them has its own statements.
            before, self.statements = self.statements, 0
            answer = self.client.get(answer.headers["Location"])
        taken = 1000 * (time.perf_counter() - started)
        assert answer.status_code in (200, 204), (path, answer.status_code, answer.text[:300])
        into.milliseconds.append(taken)
        into.statements = max(into.statements, before, self.statements)
        into.database.append(1000 * self.database)
        into.size = max(into.size, len(answer.data))
        return answer.text


@contextmanager
def without_limits() -> Iterator[None]:
    """Leave the limits on how often a person may search out of the way: one person asks for all here."""
    from flask_limiter import Limiter

    checked = Limiter._check_request_limit
    Limiter._check_request_limit = lambda *_a, **_k: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        Limiter._check_request_limit = checked  # type: ignore[method-assign]


def report(title: str, limit: int, found: dict[str, Measured]) -> list[str]:
    """Print one table; returns what is over a limit."""
    over = []
    print(f"{title}: limit p95 {limit} ms, {MOST_STATEMENTS} statements, {MOST_BYTES:,} bytes")
    for name, one in sorted(found.items(), key=lambda item: -item[1].p95):
        marks = [
            word
            for word, bad in (
                ("slow", one.p95 > limit),
                ("statements", one.statements > MOST_STATEMENTS),
                ("size", one.size > MOST_BYTES),
            )
            if bad
        ]
        middle, database = statistics.median(one.milliseconds), statistics.median(one.database)
        print(
            f"  p95 {one.p95:6.1f} ms  median {middle:6.1f} (in the database {database:6.1f})"
            f"  {one.statements:2d} statements  {one.size:7,d} bytes  {name}  {' '.join(marks).upper()}"
        )
        over += [f"{name}: {word}" for word in marks]
    every = Measured([value for one in found.values() for value in one.milliseconds])
    print(f"  all {len(every.milliseconds)} requests together: p95 {every.p95:.1f} ms of {limit} ms\n")
    return over


def main() -> int:
    """Fill the database if needed, measure, compare."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--claims", type=int, default=200_000)
    options.add_argument("--persons", type=int, default=50_000)
    options.add_argument("--rounds", type=int, default=25)
    options.add_argument("--only", default="", help="measure the addresses that contain this")
    options.add_argument("--home", type=Path, default=ROOT / "var" / "benchmark-web")
    chosen = options.parse_args()
    chance = random.Random(4)
    with open_runtime(Settings(home=chosen.home, log_level="error")) as runtime, without_limits():
        sample = fill(runtime, chosen.claims, chosen.persons)
        browser = Browser(create_app(runtime).test_client(), runtime.engine)
        browser.sign_in()
        bare, lists, cases = Measured(), {}, {}
        for _ in range(50):
            browser.measure("/still-here", bare)

        def over(path: str, found: dict[str, Measured], ask: Callable[[Measured], object]) -> None:
            if chosen.only in path:
                ask(found.setdefault(path, Measured()))

        for path in LISTS:
            asked = path.format(**sample.words)
            for at in range(chosen.rounds + 1):
                if chosen.only not in path:
                    break
                into = Measured() if at == 0 else lists.setdefault(path, Measured())  # the first one warms up
                shown = browser.measure(asked, into)
                following = re.search(r'<a href="([^"]+)" rel="next"', shown)
                if following and at % 3 == 1 and path.startswith("/cases"):
                    later = following[1].replace("&amp;", "&")
                    browser.measure(later, lists.setdefault(f"{path} (next page)", Measured()))
        for asked in ("zgf", "wjg", "张", sample.words["number"]):
            for _ in range(chosen.rounds):
                form = {"csrf_token": browser.guard(), "q": asked}
                over(
                    f"search {asked[:3]}",
                    lists,
                    lambda into, form=form: browser.measure("/people", into, form),
                )
        for _ in range(chosen.rounds):
            for number in chance.sample(sample.numbers, 4):
                for part in PARTS:
                    over(
                        f"/cases/…{part}",
                        cases,
                        lambda into, number=number, part=part: browser.measure(
                            f"/cases/{number}{part}", into
                        ),
                    )
        with runtime.engine.connect() as connection:
            counts = connection.execute(
                text("SELECT (SELECT count(*) FROM claim), (SELECT count(*) FROM person)")
            ).one()
    print(f"{counts[0]:,} cases, {counts[1]:,} people")
    floor = statistics.median(bare.milliseconds)
    print(f"floor of the run, the bare request: p95 {bare.p95:.1f} ms, median {floor:.1f}")
    busy, cores = os.getloadavg()[0], os.cpu_count() or 1
    note = "; others are at work, so that every time is too long" if busy > cores else ""
    print(f"the machine: {cores} cores, load {busy:.1f}{note}\n")
    wrong = report("lists", LIST_MS, lists) + report("pages of a case", CASE_MS, cases)
    for line in wrong:
        print(f"OVER A LIMIT: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
