"""Administration on the command line, as whoever runs the machine does it."""

import getpass

from sqlalchemy import Engine, text

from tests.integration.cli.command import PASSWORD, Run, add


def test_an_account_is_made_listed_and_recorded_as_the_systems_user(run: Run, fresh_engine: Engine) -> None:
    done = add(run)
    assert (done.returncode, done.stderr) == (0, "")
    assert "wangfang\t王芳\t初审\t在用" in run("user", "list").stdout
    with fresh_engine.connect() as connection:
        entry = connection.execute(text("SELECT actor_kind, actor_id, tag FROM audit_entry")).one()
    assert entry == ("admin_shell", getpass.getuser(), "account:staff:created")
    again = add(run)
    assert again.returncode == 2
    assert "已经有人用了" in again.stderr


def test_a_weak_password_is_refused_and_nothing_written(run: Run, fresh_engine: Engine) -> None:
    done = run("user", "add", "a1", "--name", "甲", "--role", "clerk", "--password-stdin", input="short\n")
    assert done.returncode == 2
    assert "至少要 12 个字" in done.stderr
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM staff")) == 0


def test_a_password_is_never_taken_from_a_pipe_unasked(run: Run) -> None:
    done = run("user", "add", "a1", "--name", "甲", "--role", "clerk", input=PASSWORD + "\n")
    assert done.returncode == 2
    assert "--password-stdin" in done.stderr


def test_a_token_is_printed_once_and_kept_as_a_hash(run: Run, fresh_engine: Engine) -> None:
    add(run)
    done = run("user", "token", "wangfang", "--client", "HIS", "--scope", "claims.view")
    token = done.stdout.strip()
    assert len(token) == 43
    with fresh_engine.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM api_token")).one())
    assert token not in kept


def test_an_ended_account_is_shown_as_such(run: Run) -> None:
    add(run)
    assert run("user", "deactivate", "wangfang").returncode == 0
    assert "停用" in run("user", "list").stdout
    assert run("user", "deactivate", "nobody").returncode == 2


def test_verifying_finds_an_untouched_log_whole(run: Run) -> None:
    add(run)
    done = run("audit", "verify")
    assert done.returncode == 0
    assert "核验了 1 条日志" in done.stdout


def test_verifying_names_what_was_changed_and_what_was_cut_off(run: Run, fresh_engine: Engine) -> None:
    for number in range(4):
        add(run, f"staff-{number}")
    assert run("audit", "verify").returncode == 0
    with fresh_engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE audit_entry SET actor_name = '别人' WHERE seq = 2"))
        connection.execute(text("DELETE FROM audit_entry WHERE seq = 4"))
    done = run("audit", "verify")
    assert done.returncode == 1
    assert "日志第 2 条：内容与封印不符" in done.stderr
    assert "日志第 4 条" in done.stderr
    assert "末尾被删过" in done.stderr


def test_verifying_names_an_entry_of_the_ledger_that_does_not_balance(run: Run, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as connection:
        columns = connection.execute(
            text(
                "SELECT column_name, data_type FROM information_schema.columns"
                " WHERE table_name = 'journal_entry' AND is_nullable = 'NO' AND column_default IS NULL"
            )
        ).all()
        samples = {"uuid": "gen_random_uuid()", "timestamp with time zone": "now()", "date": "current_date",
                   "jsonb": "'{}'", "bigint": "1"}  # fmt: skip
        names = ", ".join(name for name, _ in columns)
        values = ", ".join(samples.get(kind, "'x'") for _, kind in columns)
        connection.execute(text(f"INSERT INTO journal_entry ({names}) VALUES ({values})"))
    done = run("audit", "verify")
    assert done.returncode == 1
    assert "借贷不平" in done.stderr


def test_an_upgrade_that_is_not_due_changes_nothing(run: Run) -> None:
    done = run("db", "upgrade")
    assert (done.returncode, done.stdout) == (0, run("db", "upgrade").stdout)
    assert "已经是最新的" in done.stdout


def test_a_blank_database_is_upgraded_when_asked_for_only(run: Run, blank_database_url: str) -> None:
    refused = run("user", "list", database_url=blank_database_url)
    assert refused.returncode == 2
    assert "insurer db upgrade" in refused.stderr
    assert run("db", "status", database_url=blank_database_url).returncode == 1
    assert run("db", "upgrade", database_url=blank_database_url).returncode == 0
    assert run("user", "list", database_url=blank_database_url).returncode == 0


def test_a_database_that_does_not_answer_is_said_plainly(run: Run) -> None:
    for command in (("user", "list"), ("db", "upgrade"), ("audit", "verify")):
        done = run(*command, database_url="postgresql://nobody@127.0.0.1:9/none")
        assert done.returncode == 2
        assert "数据库连不上" in done.stderr
        assert "Traceback" not in done.stderr
