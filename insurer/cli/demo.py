"""``insurer demo``: a month of the insurer's work on sample input, then the desk to look at it."""

import os
import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from insurer.platform.runtime import Runtime
    from insurer.samples.summary import Summary

LETTER_PATIENCE = 90.0
"""Seconds that ``--once`` waits for the letters of the decided cases."""


@click.command(
    help="用样例数据走完一个月的业务，再打开理赔台。/ Run a month of sample work, then serve the desk."
)
@click.option("--once", is_flag=True, help="走完就退出，不开网页。/ Do the work, print the summary, exit.")
@click.option(
    "--persons",
    type=click.IntRange(100, 100_000),
    default=320,
    show_default=True,
    help="样例人数。/ Persons.",
)
@click.option(
    "--settlements",
    type=click.IntRange(60, 100_000),
    default=220,
    show_default=True,
    help="样例结算记录数。/ Settlement records.",
)
def demo(once: bool, persons: int, settlements: int) -> None:
    """Prepare the embedded servers, do the main job through the real operations, serve or summarise."""
    from insurer.cli.acting import ready_runtime
    from insurer.cli.processes import need_port
    from insurer.platform.logs import configure_logs

    os.environ.setdefault("INSURER_LOG_LEVEL", "warning")  # a visitor reads the address, not the log
    configure_logs()
    with ready_runtime() as runtime:
        if not once:
            need_port(runtime.settings)
        started = time.monotonic()
        summary = _work(runtime, persons, settlements)
        click.echo(f"用时 {time.monotonic() - started:.0f} 秒")
        _print(summary)
        if not once:
            _serve(runtime)


def _work(runtime: "Runtime", persons: int, settlements: int) -> "Summary":
    """Do the month while a worker renders letters beside it; wait for the letters of decided cases."""
    from insurer.cli.crew import CrewThread
    from insurer.cli.processes import background, environment
    from insurer.platform import clock
    from insurer.samples.month import run_month
    from insurer.samples.summary import letters_waiting, summarise

    with CrewThread(background(1), environment(runtime)):
        run_month(
            runtime,
            now=clock.now,
            today=clock.today(),
            say=click.echo,
            persons=persons,
            settlements=settlements,
        )
        deadline = time.monotonic() + LETTER_PATIENCE
        while time.monotonic() < deadline:
            with runtime.transaction() as session:
                waiting = letters_waiting(session)
            if not waiting:
                break
            time.sleep(0.5)
    with runtime.transaction() as session:
        return summarise(session)


def _print(summary: "Summary") -> None:
    click.echo("")
    click.echo(f"人员 {summary.persons}，其中在保 {summary.covered}")
    click.echo("案件 " + "，".join(f"{word} {count}" for word, count in summary.claims))
    click.echo(f"已付 {summary.paid} 元，在付款批次 {summary.in_batches} 元")
    click.echo(f"通知书 {summary.letters}，已生成 {summary.letters_rendered}，排队 {summary.letters_queued}")


def _serve(runtime: "Runtime") -> None:
    from insurer.cli.processes import announce, background, clockwork, run_members, web
    from insurer.samples.crew import PASSWORD, POSTS

    click.echo("")
    click.echo(f"样例登录（口令都是 {PASSWORD}）")
    for post in POSTS:
        click.echo(f"  {post.login:<12} {post.name} {post.word}")
    click.echo("")
    announce(runtime.settings)
    run_members(runtime, [web(), *background(1), clockwork()])
