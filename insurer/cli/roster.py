"""``insurer roster``: comparing a bureau's roster with what is known, and taking it in."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from insurer.people.operations import RosterOutcome

_SHOWN = 20
_WORDS = {
    "psn_name": "姓名",
    "householder": "户主",
    "holder": "户名",
    "category": "类别",
    "insutype": "险种",
    "relation": "关系",
    "town": "镇街",
    "village": "村居",
    "start": "起始",
    "change": "变动",
    "bank": "开户行",
    "account": "账号末四位",
    "tel": "电话",
    "card_no": "低保证号",
    "happened_on": "日期",
}
_KINDS = ("full", "additions", "deaths", "moves")


@click.group("roster", help="人社局名册。/ Rosters of the bureau.")
def roster() -> None:
    """Group of the roster commands."""


@roster.command(
    "import",
    help="比对名册（xlsx、xls、csv），确认后写入。/ Compare a roster, apply it when confirmed."
    "\n\n名册是当月全量：上次有、这次没有的人列为“不在名册”，他们当年的保障不变。"
    "只有新增或更正、死亡、迁出的名单用 --kind 说明。"
    " The roster is the full list of its month unless --kind says otherwise.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--scheme", required=True, help="项目编号，例如 changzhou-xinbei。/ Scheme id.")
@click.option("--month", "month_words", required=True, help="名册月份，例如 2026-01。/ Month of the roster.")
@click.option(
    "--kind",
    type=click.Choice(_KINDS),
    default="full",
    show_default=True,
    help="哪种名单：全量、新增或更正、死亡、迁出。/ Full list, additions, deaths or moves.",
)
@click.option(
    "--sender",
    default="",
    metavar="NAME",
    help="发送单位：按网页上给它记下的对列读，并记在这次导入上。/ Sender, read by its remembered columns.",
)
@click.option("--dry-run", is_flag=True, help="只看差异，不写入。/ Show the difference, write nothing.")
@click.option("--yes", is_flag=True, help="不再询问，直接写入。/ Apply without asking.")
@click.option("--hidden", "use_hidden", is_flag=True, help="也读隐藏的工作表。/ Use hidden sheets too.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="给机器读的结果；不加 --yes 只比对。/ For a machine; dry without --yes.",
)
def import_(
    file: Path,
    scheme: str,
    month_words: str,
    kind: str,
    sender: str,
    dry_run: bool,
    yes: bool,
    use_hidden: bool,
    as_json: bool,
) -> None:
    """Print the difference and apply the roster when ``--yes`` or the person at the terminal says so."""
    from insurer.cli.acting import admin_actor, ready_runtime
    from insurer.kernel.dates import parse_month
    from insurer.kernel.errors import Invalid, Problem
    from insurer.people.arriving import ArrivingFile
    from insurer.people.at_once import preview_file, take_file
    from insurer.people.rules import SCHEMES
    from insurer.people.sender_columns import heads_of
    from insurer.platform import clock

    if scheme not in SCHEMES:
        message = f"没有项目“{scheme}”，可用的有 {'、'.join(SCHEMES)}"
        raise Invalid(message, (Problem("scheme", message),))
    try:
        month = parse_month(month_words)
    except ValueError as error:
        raise Invalid(str(error), (Problem("month", str(error)),)) from error
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Invalid(f"文件“{file.name}”打不开，请核对路径") from error
    arriving = ArrivingFile(scheme, month, file.name, kind, sender.strip()[:60], use_hidden)
    actor = admin_actor()
    with ready_runtime() as runtime:
        if arriving.sender:
            with runtime.transaction() as session:
                if not heads_of(session, scheme=scheme, sender=arriving.sender):
                    click.echo(f"“{arriving.sender}”没有记下的对列，按表头读。", err=True)
        if dry_run or not yes:
            with runtime.transaction() as session:
                outcome = preview_file(
                    session,
                    actor=actor,
                    arriving=arriving,
                    content=content,
                )
            _show(outcome, as_json)
            if dry_run or as_json or outcome.state == "unchanged" or not _confirmed(outcome):
                return
        with runtime.transaction() as session:
            outcome = take_file(
                session,
                actor=actor,
                arriving=arriving,
                content=content,
                storage=runtime.storage,
                now=clock.now(),
            )
    if yes:
        _show(outcome, as_json)
    _tell_done(outcome, as_json)


def _confirmed(outcome: "RosterOutcome") -> bool:
    """Ask the person at the terminal; without one nothing is written."""
    if not sys.stdin.isatty():
        click.echo("没有写入。要写入，请加 --yes 再运行一次。")
        return False
    report = outcome.report
    return click.confirm(
        f"写入 {report['new'] + report['changed'] + report['unchanged']} 行？", default=False
    )


def _show(outcome: "RosterOutcome", as_json: bool) -> None:
    report = outcome.report
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    rejected = len(report["rejected"])
    click.echo(
        f"{report['file']}：{report['rows']} 行 = 新增 {report['new']} + 变更 {report['changed']}"
        f" + 相同 {report['unchanged']} + 没有收下 {rejected}"
    )
    click.echo(
        f"不在名册 {report['gone']} 人，自动更正 {len(report['repaired'])} 处，"
        f"跳过 {len(report['skipped'])} 行"
    )
    for sheet in report["sheets"]:
        if not sheet["used"]:
            why = "隐藏" if sheet["hidden"] else "没有表头"
            click.echo(f"工作表“{sheet['name']}”没有用（{why}），里面有 {sheet['rows']} 人")
    for warning in outcome.listing.get("warnings", ())[:_SHOWN]:
        click.echo(f"请看：{warning}")
    _show_people(outcome)
    for line in report["rejected"][:_SHOWN]:
        click.echo(f"没有收下：{line['sheet']} {line['message']}")
    if rejected > _SHOWN:
        click.echo(f"还有 {rejected - _SHOWN} 行没有收下，加 --json 可看全部")


def _show_people(outcome: "RosterOutcome") -> None:
    for person in outcome.listing.get("changed", ())[:_SHOWN]:
        what = "，".join(
            f"{_WORDS.get(f['field'], f['field'])} {f['before'] or '空'} 改为 {f['after'] or '空'}"
            for f in person["fields"]
        )
        click.echo(
            f"变更：{person['sheet']} 第 {person['row']} 行 {person['name']} {person['certno']}：{what}"
        )
    for kind, word in (("new", "新增"), ("gone", "不在名册")):
        for person in outcome.listing.get(kind, ())[:_SHOWN]:
            where = f"{person['sheet']} 第 {person['row']} 行 " if "row" in person else ""
            click.echo(f"{word}：{where}{person['name']} {person['certno']}")
        more = outcome.report[kind] - _SHOWN
        if more > 0:
            click.echo(f"{word}还有 {more} 人")


def _tell_done(outcome: "RosterOutcome", as_json: bool) -> None:
    if as_json:
        return
    report = outcome.report
    if outcome.state != "applied":
        click.echo("与已导入的完全相同，没有写入。")
        return
    click.echo(
        f"已写入 {report['accepted']} 行：新增 {report['new']}，变更 {report['changed']}，"
        f"相同 {report['unchanged']}。{len(report['rejected'])} 行没有写入。"
    )
