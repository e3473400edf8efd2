"""The ``insurer`` command: every task by name; a task's code is imported when it is called."""

from typing import Final

import click

from insurer.cli.lazy import Lazy, Root

COMMANDS: Final[dict[str, Lazy]] = {
    "demo": Lazy("insurer.cli.demo:demo", "用示例数据走完全程，再打开网页 / Load samples, then serve"),
    "calculate": Lazy("insurer.cli.calculate:calculate", "计算案件文档 / Calculate case documents"),
    "check-items": Lazy("insurer.cli.check_items:check_items", "检查费用明细 / Check fee lines"),
    "roster": Lazy("insurer.cli.roster:roster", "导入人社局名册 / Import bureau rosters"),
    "claims": Lazy("insurer.cli.claims:claims", "导入结算记录 / Import settlement records"),
    "serve": Lazy("insurer.cli.processes:serve", "开启网页服务 / Serve the web application"),
    "worker": Lazy("insurer.cli.processes:worker", "做后台工作 / Do background work"),
    "scheduler": Lazy("insurer.cli.processes:scheduler", "做定时的事 / Run the periodic jobs"),
    "settle-year": Lazy("insurer.cli.settle_year:settle_year", "年度保费结算 / Annual settlement"),
    "recompute": Lazy("insurer.cli.recompute:recompute", "重算并比较已定的案件 / Recompute decisions"),
    "findings": Lazy("insurer.cli.findings:findings", "待核对和预警 / Findings for the agency"),
    "simulate": Lazy("insurer.cli.simulate:simulate", "换参数试算 / What-if calculation"),
    "audit": Lazy("insurer.cli.audit:audit", "核验日志 / Verify the log"),
    "db": Lazy("insurer.cli.database:db", "建立或升级数据库 / Build or upgrade the database"),
    "user": Lazy("insurer.cli.users:user", "管理账号和令牌 / Accounts and tokens"),
    "assets": Lazy("insurer.cli.assets:assets", "准备页面资源和信函字体 / Build assets and fonts"),
    "backup": Lazy("insurer.cli.backup:backup", "备份 / Back up"),
    "restore": Lazy("insurer.cli.backup:restore", "恢复备份 / Restore a backup"),
}
"""Every command in the order of a clerk's interest; one whose module is not there is not listed."""


@click.group(
    "insurer",
    cls=Root,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="大病补充保险理赔 / Supplementary critical-illness claims.\n\n"
    "设置来自环境变量，INSURER_HOME 是数据文件夹（默认 ./var）。"
    " Settings come from the environment; INSURER_HOME is the data folder (default ./var).\n\n"
    "退出码：0 办好；1 办好但结果有问题；2 输入有误。 Exit codes: 0 done, 1 a finding, 2 bad input.",
)
@click.version_option(package_name="insurer", message="%(prog)s %(version)s")
def main() -> None:
    """Choose a command."""


if __name__ == "__main__":
    main()
