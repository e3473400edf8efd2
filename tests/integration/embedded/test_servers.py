"""The embedded servers start, are shared, survive crashes, and are gone when nobody uses them."""

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from insurer.kernel.errors import Unavailable
from insurer.platform.embedded.client import Endpoints, ServerLease, use_servers
from insurer.platform.embedded.layout import HomeLayout, SystemUser
from insurer.platform.embedded.processes import processes_inside
from insurer.platform.embedded.state import read_state

ROOT = Path(__file__).resolve().parents[3]
BUSY = """
import sys, psycopg
loop = "DO $$ BEGIN FOR i IN 1..2000000000 LOOP NULL; END LOOP; END $$"
psycopg.connect(sys.argv[1]).execute(loop)
"""
Start = Callable[[Path], ServerLease]


@pytest.fixture
def start() -> Iterator[Start]:
    leases: list[ServerLease] = []

    def one(home: Path) -> ServerLease:
        leases.append(use_servers(home, durable=False))
        return leases[-1]

    yield one
    for lease in leases:
        lease.close()


def connect(endpoints: Endpoints) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(endpoints.database_url.replace("+psycopg", ""), autocommit=True)


def server_pids(home: Path) -> set[int]:
    """The supervisor and everything that works in the data folders."""
    layout = HomeLayout(home)
    state = read_state(layout)
    found = {state.pid} if state is not None and state.is_current() else set()
    for data in (layout.postgres_data, layout.valkey_data):
        if data.exists():
            owner = pwd.getpwuid(data.stat().st_uid)
            found |= processes_inside(data, _as_system_user(owner))
    return found


def _as_system_user(entry: pwd.struct_passwd) -> SystemUser:
    return SystemUser(entry.pw_uid, entry.pw_gid, entry.pw_name)


def postmaster_pid(home: Path) -> int:
    return int((HomeLayout(home).postgres_data / "postmaster.pid").read_text().split("\n", 1)[0])


def eventually(holds: Callable[[], bool], limit: float = 15.0) -> None:
    deadline = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.05)


def answers(endpoints: Endpoints, query: str = "SELECT 1") -> bool:
    try:
        with connect(endpoints) as connection:
            return connection.execute(query.encode()).fetchone() is not None
    except psycopg.OperationalError:
        return False


def test_both_servers_answer_and_keep_what_they_were_given(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    lease = start(home)
    with connect(lease.endpoints) as connection:
        settings = connection.execute(
            "SELECT current_setting('server_encoding'), current_setting('data_checksums'),"
            " current_setting('listen_addresses'), current_setting('TimeZone'), current_user"
        ).fetchone()
        assert settings == ("UTF8", "on", "", "UTC", "insurer")
        connection.execute("CREATE TABLE kept (id int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    with redis.Redis.from_url(lease.endpoints.redis_url) as queue:
        assert queue.config_get("appendonly") == {"appendonly": "yes"}
        assert queue.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        queue.set("kept", "1")
    lease.close()
    again = start(home)
    with connect(again.endpoints) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1,)
    with redis.Redis.from_url(again.endpoints.redis_url) as queue:
        assert queue.get("kept") == b"1"


def test_the_home_and_its_data_are_closed_to_others(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    start(home)
    layout = HomeLayout(home)
    for folder in (home, layout.run, layout.logs, layout.servers, layout.postgres_data, layout.valkey_data):
        assert folder.stat().st_mode & 0o077 == 0, folder


def test_nobody_else_may_connect_even_through_the_socket(start: Start, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can try to be somebody else")
    home = tmp_path / "home"
    endpoints = start(home).endpoints
    for folder in [home, *home.parents]:
        if folder.is_relative_to(tmp_path.parents[2]):
            folder.chmod(0o755)
    HomeLayout(home).run.chmod(0o755)
    sockets = HomeLayout(home).run / "sockets"
    sockets.chmod(0o755)
    (sockets / ".s.PGSQL.5432").chmod(0o777)
    code = (
        "import os, sys, psycopg\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(2)\n"  # account 'bin': neither owner nor root
        "psycopg.connect(sys.argv[1])\n"
    )
    url = endpoints.database_url.replace("+psycopg", "")
    done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=False)
    assert "Peer authentication failed" in done.stderr


def test_a_second_user_attaches_at_once_and_the_last_one_stops_everything(
    start: Start, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    first = start(home)
    before = time.monotonic()
    second = start(home)
    assert time.monotonic() - before < 0.3
    assert second.endpoints == first.endpoints
    first.close()
    time.sleep(0.5)
    assert answers(second.endpoints)
    pids = server_pids(home)
    assert len(pids) > 3
    second.close()
    assert server_pids(home) == set()
    eventually(lambda: not any(_alive(pid) for pid in pids), limit=1)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_user_that_is_killed_leaves_nothing_behind(tmp_path: Path) -> None:
    home = tmp_path / "home"
    code = (
        "import sys, time, pathlib; from insurer.platform.embedded.client import use_servers\n"
        "lease = use_servers(pathlib.Path(sys.argv[1]), durable=False); print('up', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == "up\n"
        assert len(server_pids(home)) > 3
        user.kill()
    eventually(lambda: server_pids(home) == set())


def test_a_user_that_comes_while_the_servers_stop_gets_running_ones(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for delay in (0.0, 0.1, 0.2, 0.25, 0.3):
        lease = use_servers(home, durable=False)
        # Close without waiting, as a process that ends does.
        lease._closing.set()
        os.close(lease._users)
        lease._users = -1
        time.sleep(delay)
        assert answers(start(home).endpoints)


def test_many_users_that_come_at_once_share_one_pair(tmp_path: Path) -> None:
    home = tmp_path / "home"
    code = (
        "import sys, pathlib; from insurer.platform.embedded.client import use_servers\n"
        "from insurer.platform.embedded.layout import HomeLayout\n"
        "from insurer.platform.embedded.state import read_state\n"
        "home = pathlib.Path(sys.argv[1])\n"
        "with use_servers(home, durable=False):\n"
        "    print(read_state(HomeLayout(home)).pid, flush=True); input()\n"
    )
    users = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(home)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    seen = {user.stdout.readline() for user in users if user.stdout is not None}
    assert len(seen) == 1
    for user in users:
        user.communicate("\n")
        assert user.returncode == 0
    assert server_pids(home) == set()


def test_a_killed_postgres_comes_back_with_all_it_had_promised(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    endpoints = start(home).endpoints
    with connect(endpoints) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 100)")
        # Its backend does not notice the end of its postmaster and keeps the shared memory in use.
        busy = subprocess.Popen(
            [sys.executable, "-c", BUSY, endpoints.database_url.replace("+psycopg", "")],
            stderr=subprocess.DEVNULL,
        )
        eventually(lambda: answers(endpoints, "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'DO %'"))
        killed = postmaster_pid(home)
        os.kill(killed, signal.SIGKILL)
    before = time.monotonic()
    eventually(lambda: answers(endpoints) and postmaster_pid(home) != killed)
    assert time.monotonic() - before < 10
    with connect(endpoints) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (100,)
    assert busy.wait(10) != 0


def test_a_killed_valkey_comes_back(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    endpoints = start(home).endpoints
    with redis.Redis.from_url(endpoints.redis_url) as queue:
        queue.rpush("queue", *range(50))
        pid = int(queue.info("server")["process_id"])
    os.kill(pid, signal.SIGKILL)

    def holds() -> bool:
        try:
            with redis.Redis.from_url(endpoints.redis_url) as queue:
                return queue.llen("queue") == 50
        except redis.ConnectionError:
            return False

    eventually(holds)


def test_a_killed_supervisor_is_replaced_while_somebody_uses_the_servers(
    start: Start, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    endpoints = start(home).endpoints
    with connect(endpoints) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    state = read_state(HomeLayout(home))
    assert state is not None
    os.kill(state.pid, signal.SIGKILL)

    def replaced() -> bool:
        now = read_state(HomeLayout(home))
        return now is not None and now.pid != state.pid and now.status == "ready"

    eventually(replaced)
    assert answers(endpoints, "SELECT count(*) FROM kept")


def test_the_next_user_recovers_from_supervisor_and_servers_killed_together(
    start: Start, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    first = start(home)
    with connect(first.endpoints) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    state = read_state(HomeLayout(home))
    assert state is not None
    first._closing.set()
    first._watch.join()  # this user shall not repair it
    os.kill(state.pid, signal.SIGSTOP)  # so that it cannot restart what is killed first
    os.kill(postmaster_pid(home), signal.SIGKILL)
    os.kill(state.pid, signal.SIGKILL)
    eventually(lambda: not _alive(state.pid))
    second = start(home)
    assert answers(second.endpoints, "SELECT count(*) FROM kept")


def test_ctrl_c_in_the_terminal_does_not_reach_the_servers(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    start(home)
    own = os.getsid(0)
    assert all(os.getsid(pid) != own for pid in server_pids(home))


def test_two_homes_do_not_disturb_each_other(start: Start, tmp_path: Path) -> None:
    one, two = start(tmp_path / "one"), start(tmp_path / "two")
    with connect(one.endpoints) as connection:
        connection.execute("CREATE TABLE only_in_one (id int)")
    with connect(two.endpoints) as connection:
        assert connection.execute("SELECT to_regclass('only_in_one')").fetchone() == (None,)
    one.close()
    assert answers(two.endpoints)
    assert server_pids(tmp_path / "one") == set()


def test_a_home_with_a_long_path_gets_its_sockets_elsewhere(start: Start, tmp_path: Path) -> None:
    home = tmp_path / ("long-" * 20) / ("路径" * 15)
    lease = start(home)
    assert answers(lease.endpoints)
    elsewhere = Path(HomeLayout(home).far_sockets_record.read_text(encoding="utf-8"))
    assert elsewhere.stat().st_mode & 0o077 == 0
    lease.close()
    assert not elsewhere.exists()


def test_a_home_that_cannot_be_used_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(Unavailable, match="INSURER_HOME"):
        use_servers(file / "home")


def test_servers_that_cannot_start_are_reported_with_the_log_that_says_why(
    start: Start, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    start(home).close()
    (HomeLayout(home).postgres_data / "PG_VERSION").write_text("9\n")
    (HomeLayout(home).postgres_data / "global" / "pg_control").unlink()
    with pytest.raises(Unavailable, match=r"log/(postgres|supervisor)\.log"):
        use_servers(home, durable=False)
    eventually(lambda: server_pids(home) == set())
