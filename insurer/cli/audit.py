"""``insurer audit``: checking what must not have been changed."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@click.group("audit", help="核验日志 / Verify the log.")
def audit() -> None:
    """Group of audit commands."""


@audit.command("verify", help="逐条核验操作日志的链；断了退出码是 1 / Verify the chain of the log.")
def verify() -> None:
    """Walk the chain of the audit log; exit code 1 when a link does not hold."""
    from insurer.cli.acting import ready_runtime
    from insurer.platform import clock
    from insurer.platform.audit import verify_chain
    from insurer.platform.audit_head import check_head, keep_head

    with ready_runtime() as runtime, runtime.transaction() as session:
        place = runtime.settings.home / "audit-head.json"
        count, breaks = verify_chain(session, runtime.keyring)
        breaks += check_head(session, runtime.keyring, place)
        unbalanced = _unbalanced(session)
        if not breaks:
            keep_head(session, runtime.keyring, place, now=clock.now())
    for found in breaks:
        click.echo(f"日志第 {found.seq} 条：{found.message}", err=True)
    for entry in unbalanced:
        click.echo(f"账目 {entry}：借贷不平", err=True)
    if breaks or unbalanced:
        click.echo(f"核验了 {count} 条日志，有 {len(breaks) + len(unbalanced)} 处对不上。")
        raise SystemExit(1)
    click.echo(f"核验了 {count} 条日志和全部账目，没有发现改动。")


def _unbalanced(session: "Session") -> list[str]:
    """Return the ledger entries whose lines do not add up to zero, or that have no lines."""
    from sqlalchemy import text

    rows = session.execute(
        text(
            "SELECT e.id FROM journal_entry e LEFT JOIN journal_line l ON l.entry_id = e.id"
            " GROUP BY e.id HAVING coalesce(sum(l.amount_fen), 0) <> 0 OR count(l.entry_id) = 0"
            " ORDER BY e.id"
        )
    )
    return [str(row[0]) for row in rows]
