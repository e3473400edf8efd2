"""``insurer serve``, ``insurer worker`` and ``insurer scheduler``: the processes that keep running."""

import socket
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from insurer.cli.crew import Member
    from insurer.platform.runtime import Runtime
    from insurer.platform.settings import Settings


@click.command(
    "worker", help="做后台工作（信函、名册、重新计算），直到按 Ctrl-C。/ Do background work until Ctrl-C."
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="同时做几件。/ How many at once.",
)
def worker(processes: int) -> None:
    """Hand outbox rows to the queue and do them."""
    from insurer.cli.acting import ready_runtime
    from insurer.platform.logs import configure_logs

    configure_logs()
    with ready_runtime() as runtime:
        run_members(runtime, background(processes))


@click.command("scheduler", help="按时间做的事，直到按 Ctrl-C。/ Run the periodic jobs until Ctrl-C.")
def scheduler() -> None:
    """Do what the clock asks for; any number of these may run."""
    from insurer.cli.acting import ready_runtime
    from insurer.platform.logs import configure_logs

    configure_logs()
    with ready_runtime() as runtime:
        run_members(runtime, [clockwork()])


@click.command("serve", help="开启网页服务，直到按 Ctrl-C。/ Serve the web application until Ctrl-C.")
@click.option(
    "--with-workers",
    is_flag=True,
    help="同时做后台工作和定时的事，一台机器时用。/ Also run a worker and the scheduler.",
)
def serve(with_workers: bool) -> None:
    """Serve the web application, alone or with everything that one machine needs."""
    from insurer.cli.acting import ready_runtime
    from insurer.platform.logs import configure_logs

    configure_logs()
    with ready_runtime() as runtime:
        settings = runtime.settings
        need_port(settings)
        announce(settings)
        if not with_workers:
            click.echo("信函等后台工作由 insurer worker 和 insurer scheduler 做；一台机器可加 --with-workers")
        run_members(runtime, [web(), *([*background(1), clockwork()] if with_workers else [])])


def need_port(settings: "Settings") -> None:
    """Exit with 2 and what to do when the address is taken."""
    if not _port_is_free(settings.host, settings.port):
        click.echo(
            f"{settings.host}:{settings.port} 已被别的程序占用。请停掉它，或用 INSURER_PORT 指定另一个端口",
            err=True,
        )
        raise SystemExit(2)


def announce(settings: "Settings") -> None:
    """Print the address of the desk."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - shown
    click.echo(f"http://{host}:{settings.port}/ （按 Ctrl-C 停止）")


def web() -> "Member":
    """Return the web server as a member of a crew."""
    from insurer.cli.crew import Member

    return Member("web", "insurer.web.server", essential=True)


def background(processes: int) -> "list[Member]":
    """Return the relay and so many queue workers as members of a crew."""
    from insurer.cli.crew import Member

    queues = [Member(f"queue-{number}", "workers.run", ("queue",)) for number in range(1, processes + 1)]
    return [Member("relay", "workers.run", ("relay",)), *queues]


def clockwork() -> "Member":
    """Return the scheduler as a member of a crew."""
    from insurer.cli.crew import Member

    return Member("scheduler", "workers.run", ("scheduler",))


def environment(runtime: "Runtime") -> dict[str, str]:
    """Return the variables that make children use the servers, keys and files of ``runtime``.

    The children need no lease of the embedded servers: they end when the holder of the lease does.
    """
    return {
        "DATABASE_URL": runtime.engine.url.render_as_string(hide_password=False),
        "REDIS_URL": runtime.redis_url,
        "INSURER_HOME": str(runtime.settings.home),
        "INSURER_KEYS_FILE": str(runtime.settings.keyring_path),
    }


def run_members(runtime: "Runtime", members: "list[Member]") -> None:
    """Keep the members running until Ctrl-C or SIGTERM; exits with 1 when one does not come up."""
    from insurer.cli.crew import Crew
    from insurer.platform.queue_server import check_queue_server, connect

    with connect(runtime.redis_url) as connection:
        check_queue_server(connection)
    runtime.engine.dispose()
    sys.stdout.flush()
    status = Crew(members, environment(runtime)).run()
    if status:
        click.echo("服务没有启动起来，原因见上面的记录", err=True)
        raise SystemExit(status)


def _port_is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
