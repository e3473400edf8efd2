"""A large desk for ``web.py``: some hundred cases through the product's operations, multiplied in SQL."""

import hashlib
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Table, text

from insurer.accounts.operations import create_staff
from insurer.accounts.queries import staff_by_login
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.deciding import propose
from insurer.claims.operations.intake import register_settlements
from insurer.claims.operations.papers import check_papers
from insurer.claims.reading import read_settlements
from insurer.kernel.dates import parse_month
from insurer.kernel.errors import InsurerError
from insurer.people.arriving import ArrivingFile
from insurer.people.operations import apply_roster, stage_roster
from insurer.platform import clock
from insurer.platform.audit import Actor
from insurer.platform.migrate import newest_revision, upgrade
from insurer.platform.runtime import Runtime
from insurer.registry import Base
from insurer.samples.people import make_population
from insurer.samples.rosters import write_rosters
from insurer.samples.settlements import iter_settlements

SCHEME = "changzhou-xinbei"
SHELL = Actor("admin_shell", "benchmark", "基准")
LOGIN, PASSWORD = "bench", "一张很长的口令-2026-benchmark"
PEOPLE, CASES, DETAILED = 1_500, 600, 25
"""People and cases that go through the operations; every so many-th case has its lines and calculation."""

STATES = (
    *(["paid"] * 118),
    *(["closed"] * 52),
    *(["refused"] * 10),
    *(["withdrawn"] * 2),
    *(["received"] * 2),
    *(["in_review"] * 6),
    *(["waiting_papers"] * 2),
    *(["waiting_upstream", "held", "sent_back"]),
    *(["proposed"] * 2),
    *(["approved", "in_payment"]),
)
"""States in their proportion: nine in ten finished."""


@dataclass(frozen=True)
class Sample:
    """Words that lists are asked for, and numbers of cases with lines and a calculation."""

    words: dict[str, str]
    numbers: list[str]


def fill(runtime: Runtime, claims: int, persons: int) -> Sample:
    """Make the data unless it is there already, and return what to ask for."""
    url = runtime.engine.url.render_as_string(hide_password=False)
    wanted = hashlib.sha256(
        json.dumps([newest_revision(), claims, persons, Path(__file__).read_text(encoding="utf-8")]).encode()
    ).hexdigest()
    with runtime.engine.connect() as connection:
        known = connection.scalar(text("SELECT obj_description('public'::regnamespace)"))
    if known != wanted:
        started = time.perf_counter()
        with runtime.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        runtime.engine.dispose()
        upgrade(url)
        _originals(runtime)
        with runtime.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers, no checks
            _multiply(connection, claims, persons)
            connection.execute(text(f"COMMENT ON SCHEMA public IS '{wanted}'"))
        with runtime.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
        print(f"filled in {time.perf_counter() - started:.0f} s")
    return _sample(runtime)


def _originals(runtime: Runtime) -> None:
    """Cover people and take cases in, as the desk does."""
    population = make_population(seed=1, year=2026, persons=PEOPLE)
    with tempfile.TemporaryDirectory() as folder:
        for roster in write_rosters(population, Path(folder)):
            with runtime.transaction() as session:
                staged = stage_roster(
                    session,
                    actor=SHELL,
                    storage=runtime.storage,
                    arriving=ArrivingFile(SCHEME, parse_month(roster.month), roster.path.name),
                    content=roster.path.read_bytes(),
                    now=clock.now(),
                )
            with runtime.transaction() as session:
                apply_roster(
                    session, actor=SHELL, import_id=staged.import_id, storage=runtime.storage, now=clock.now()
                )
    records = [
        json.dumps(record, ensure_ascii=False).encode()
        for record in iter_settlements(CASES, lines=14, seed=3, population=population)
    ]
    with runtime.transaction() as session:
        for place, name in enumerate(["陈敏", "李文静", "王建国", "顾晓燕", "孙涛", "周梅"] * 2):
            login, roles = f"bench{place}", [["clerk"], ["clerk"], ["reviewer"], ["supervisor"]][place % 4]
            if place == 0:
                login, roles = LOGIN, ["clerk", "supervisor", "finance"]
            create_staff(
                session, actor=SHELL, login=login, name=name, roles=roles, password=PASSWORD, now=clock.now()
            )
    with runtime.transaction() as session:
        actor = staff_by_login(session, LOGIN).actor()
        done = register_settlements(
            session,
            actor=actor,
            scheme=SCHEME,
            records=read_settlements(b"\n".join(records), "benchmark.jsonl"),
            channel="file",
            now=clock.now(),
        )
        check_papers(session, actor=actor, claim_ids=done.new, now=clock.now())
        calculate_claims(session, actor=actor, claim_ids=done.new, now=clock.now())
    for claim_id in done.new[: CASES // 4]:
        try:
            with runtime.transaction() as session:
                propose(session, actor=actor, claim_id=claim_id, now=clock.now())
        except InsurerError:
            continue  # a line to judge first: it stays in review


def _copy(connection: Connection, name: str, source: str, **changed: str) -> int:
    """Insert rows of ``source`` (with ``o``, the original) into a table; ``changed`` gives SQL by column."""
    table: Table = Base.metadata.tables[name]
    columns = [column.name for column in table.columns]
    values = ", ".join(changed.get(column, f'o."{column}"') for column in columns)
    listed = ", ".join(f'"{column}"' for column in columns)
    return connection.execute(text(f"INSERT INTO {name} ({listed}) SELECT {values} {source}")).rowcount


def _multiply(connection: Connection, claims: int, persons: int) -> None:
    connection.execute(text("SELECT setseed(0.4)"))
    connection.execute(
        text(
            """
            CREATE TEMP TABLE more_people AS
            SELECT o.id AS was, gen_random_uuid() AS id, g.n,
                   lpad((random() * 9999)::int::text, 4, '0') AS tail
              FROM (SELECT id, row_number() OVER () AS place, count(*) OVER () AS many FROM person) o
              JOIN generate_series(1, :persons) g(n) ON o.place = 1 + g.n % o.many
            """
        ),
        {"persons": persons - PEOPLE},
    )
    _copy(
        connection,
        "person",
        "FROM more_people m JOIN person o ON o.id = m.was",
        id="m.id",
        certno_hash="sha256(m.id::text::bytea)",
        certno_mask="left(o.certno_mask, -4) || m.tail",
        phone_hash="NULL",
    )
    _copy(
        connection,
        "roster_statement",
        "FROM more_people m JOIN roster_statement o ON o.person_id = m.was",
        id="md5(m.n || o.id::text)::uuid",
        person_id="m.id",
        digest="sha256(m.id::text::bytea)",
    )
    _copy(
        connection,
        "roster_entry",
        "FROM more_people m JOIN roster_entry o ON o.person_id = m.was",
        person_id="m.id",
        statement_id="md5(m.n || o.statement_id::text)::uuid",
    )
    _copy(
        connection,
        "cover_period",
        "FROM more_people m JOIN cover_period o ON o.person_id = m.was",
        id="gen_random_uuid()",
        person_id="m.id",
    )
    connection.execute(text("CREATE INDEX ON more_people (n)"))
    connection.execute(
        text(
            """
            CREATE TEMP TABLE more_claims AS
            SELECT o.id AS was, gen_random_uuid() AS id, g.n, p.id AS person,
                   CASE WHEN g.n % :detailed = 0 THEN o.state
                        ELSE (CAST(:states AS text[]))[1 + floor(random() * :many)::int] END AS state,
                   now() - random() * interval '1000 days' AS received, random() AS r, random() AS s
              FROM (SELECT id, state, row_number() OVER () AS place, count(*) OVER () AS many FROM claim) o
              JOIN generate_series(1, :claims) g(n) ON o.place = 1 + g.n % o.many
              JOIN more_people p ON p.n = 1 + (g.n * 7) % :persons
            """
        ),
        {
            "detailed": DETAILED,
            "claims": claims - CASES,
            "persons": persons - PEOPLE,
            "states": list(STATES),
            "many": len(STATES),
        },
    )
    connection.execute(text("CREATE INDEX ON more_claims (was)"))
    ended = "m.state IN ('paid', 'closed', 'refused', 'withdrawn')"
    received = f"CASE WHEN {ended} THEN m.received ELSE now() - m.r * interval '18 days' END"
    due = f"(({received})::date + 14)"
    staff = "(SELECT array_agg(id) FROM staff)"
    _copy(
        connection,
        "claim",
        "FROM more_claims m JOIN claim o ON o.id = m.was",
        id="m.id",
        case_no="'XB' || extract(year FROM m.received)::int || '-' || lpad((100000 + m.n)::text, 6, '0')",
        person_id="m.person",
        state="m.state",
        settled_on=f"({received})::date - 7",
        received_at=received,
        updated_at=received,
        due_on=due,
        legal_due_on=f"{due} + 16",
        total_fen="(o.total_fen * (0.5 + m.r))::bigint",
        burden_fen="(o.burden_fen * (0.5 + m.s))::bigint",
        benefit_fen="(o.benefit_fen * (0.5 + m.r))::bigint",
        handler_id=f"CASE WHEN m.s < 0.7 THEN {staff}[1 + floor(m.s * 15)::int] END",
        proposed_by=f"CASE WHEN m.r < 0.8 THEN {staff}[1 + floor(m.r * 14)::int] END",
        entered_by="'file'",
    )
    _copy(
        connection,
        "settlement",
        "FROM more_claims m JOIN settlement o ON o.claim_id = m.was",
        id="md5(m.n || o.id::text)::uuid",
        claim_id="m.id",
        region="'more-' || m.n",  # the id itself stands in the calculation too
        invoice_key="o.invoice_key || m.n",
        original_cipher="''",
        facts=f"CASE WHEN m.n % {DETAILED} = 0 THEN o.facts ELSE '{{}}' END",
    )
    _copy(
        connection,
        "paper",
        "FROM more_claims m JOIN paper o ON o.claim_id = m.was",
        id="gen_random_uuid()",
        claim_id="m.id",
    )
    detailed = f"m.n % {DETAILED} = 0"
    _copy(
        connection,
        "fee_line",
        "FROM more_claims m JOIN settlement s ON s.claim_id = m.was"
        f" JOIN fee_line o ON o.settlement_id = s.id WHERE {detailed}",
        id="gen_random_uuid()",
        settlement_id="md5(m.n || s.id::text)::uuid",
    )
    _copy(
        connection,
        "decision",
        f"FROM more_claims m JOIN decision o ON o.claim_id = m.was WHERE {detailed}",
        id="md5(m.n || o.id::text)::uuid",
        claim_id="m.id",
    )
    _copy(
        connection,
        "decision_step",
        "FROM more_claims m JOIN decision d ON d.claim_id = m.was"
        f" JOIN decision_step o ON o.decision_id = d.id WHERE {detailed}",
        id="gen_random_uuid()",
        decision_id="md5(m.n || d.id::text)::uuid",
    )
    _copy(
        connection,
        "audit_entry",
        "FROM more_claims m JOIN audit_entry o ON o.claim_id = m.was",
        seq="1000000 + row_number() OVER ()",
        claim_id="m.id",
        subject_id="m.id::text",
        at="m.received",
    )


def _sample(runtime: Runtime) -> Sample:
    with runtime.engine.connect() as connection:
        hospital = connection.scalar(
            text("SELECT hospital FROM claim GROUP BY hospital ORDER BY count(*) DESC LIMIT 1")
        )
        town = connection.scalar(
            text("SELECT town FROM roster_fact WHERE town <> '' GROUP BY town ORDER BY count(*) DESC LIMIT 1")
        )
        numbers = connection.scalars(
            text("SELECT case_no FROM claim WHERE EXISTS (SELECT 1 FROM decision WHERE claim_id = claim.id)")
        ).all()
    from insurer.people.reading.names import initials

    month = f"{clock.now():%Y-%m}"
    words = {
        "hospital": str(hospital),
        "initials": min(initials(str(hospital)))[:3],
        "town": str(town),
        "month": month,
        "number": "320411196503071234",
    }
    return Sample(words, sorted(numbers))
