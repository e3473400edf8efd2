"""``insurer findings``: what the agency and the early-warning list should know, for a person or a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from insurer.worklists.findings import FindingRow

HEAD = (
    "案件编号", "结算号", "结算日期", "事项", "条款", "金额（元）", "已付（元）", "应付（元）",
    "年度", "个人负担（元）", "监测标准（元）", "说明", "标准",
)  # fmt: skip


@click.command("findings", short_help="待经办机构核对和预警 / findings for the agency")
@click.option("--scheme", required=True, help="方案编号，例如 nantong。/ Scheme id.")
@click.option(
    "--code",
    type=click.Choice(["critical_illness_tilt", "early_warning"]),
    help="只列一种：大病保险核对，或高额费用预警。/ One kind only.",
)
@click.option("--settled", is_flag=True, help="只列标准已经定下来的。/ Leave out unsettled figures.")
@click.option(
    "--csv", "csv_path", type=click.Path(path_type=Path), metavar="PATH", help="存成 CSV。/ Write CSV."
)
@click.option("--json", "as_json", is_flag=True, help="给机器读的结果，每行一个。/ One JSON object a line.")
def findings(scheme: str, code: str | None, settled: bool, csv_path: Path | None, as_json: bool) -> None:
    """列出每件最新一次计算里的提示：大病保险没有按倾斜支付的，个人负担超过监测标准的。

    不写姓名和证号，经办机构按结算号查找。

    Lists the findings of the newest calculation of every case, without names; the agency finds a settlement
    by its number. Writing a file is recorded in the audit log.
    """
    from insurer.cli.acting import admin_actor, ready_runtime
    from insurer.cli.options import known_scheme
    from insurer.cli.simulate_input import writable
    from insurer.platform import clock
    from insurer.platform.audit import note
    from insurer.worklists.findings import list_findings

    known_scheme(scheme)
    writable("--csv", csv_path)
    with ready_runtime() as runtime, runtime.transaction() as session:
        rows = list_findings(session, scheme=scheme, code=code or "", settled_only=settled)
        if csv_path is not None:
            data = {"scheme": scheme, "code": code or "", "count": len(rows)}
            subject = ("export", "findings")
            note(session, admin_actor(), "platform:findings:exported", subject, now=clock.now(), data=data)
            _write_csv(csv_path, rows)
    if as_json:
        _as_json(rows)
        return
    for row in rows:
        click.echo(f"{row.case_no} {row.setl_id} {row.word}：{row.message}{_aside(row)}")
    click.echo(f"共 {len(rows)} 项。")


def _aside(row: "FindingRow") -> str:
    return f"（所用标准是{row.standing}，先核实标准）" if row.standing else ""


def _write_csv(path: Path, rows: "Sequence[FindingRow]") -> None:
    import csv

    with path.open("w", encoding="utf-8-sig", newline="") as target:
        sheet = csv.writer(target)
        sheet.writerow(HEAD)
        for row in rows:
            sheet.writerow(
                (
                    row.case_no,
                    row.setl_id,
                    row.settled_on or "",
                    row.word,
                    row.clause,
                    _yuan(row.amount_fen),
                    _yuan(row.paid_fen),
                    _yuan(row.expected_fen),
                    row.year,
                    _yuan(row.burden_fen),
                    _yuan(row.threshold_fen),
                    row.message,
                    row.standing or "已定",
                )
            )


def _yuan(fen: int | None) -> str:
    from insurer.kernel.money import to_yuan

    return "" if fen is None else to_yuan(fen)


def _as_json(rows: "Sequence[FindingRow]") -> None:
    import orjson

    for row in rows:
        told = {
            name.removesuffix("_fen"): _yuan(value) or None if name.endswith("_fen") else value
            for name, value in row._asdict().items()
        }
        click.echo(orjson.dumps(told).decode())
