"""What the page of a calculation warns of, read from the stored result of one settlement."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from insurer.kernel.money import display, parse_yuan
from insurer.schemes.packdata import UNSETTLED
from insurer.worklists.views.calculation import Alert

_AMOUNT: Final = re.compile(r"\d+\.\d{2}")

FINDINGS: Final[Mapping[str, str]] = {
    "critical_illness_tilt": "大病保险待核对",
    "early_warning": "高额费用预警",
}
"""The findings of a settlement by code, with the words of their banner and list."""


def alerts_of(result: Mapping[str, Any]) -> tuple[Alert, ...]:
    """Return the control line exceeded, the findings, and the figures that are not settled."""
    return tuple(_alerts(result))


def _alerts(result: Mapping[str, Any]) -> Iterator[Alert]:
    line = result.get("control_line") or {}
    if line.get("alert"):
        borne, above, limit = (
            display(parse_yuan(str(line[key]))) for key in ("personal", "above_by", "limit")
        )
        text = f"个人负担 {borne} 元，比控制线 {limit} 元多 {above} 元，请通知医疗机构核对。"
        yield Alert("超过控制线", text)
    for finding in result.get("findings") or ():
        basis = standing_words(finding)
        yield Alert(
            FINDINGS.get(finding["code"], "提示"), f"{finding['message']}{basis}（{finding['clause']}）。"
        )
    behind = [
        f"{figure['label']} {_written(figure['value'])}（{UNSETTLED.get(figure['status'], '')}）"
        for figure in result.get("provisional") or ()
    ]
    if behind:
        yield Alert("暂定的数", f"金额依据还没有正式定下来的数：{'、'.join(behind)}。", calm=True)


def _written(value: str) -> str:
    """Return a figure as people read it: an amount with its separators and its unit."""
    return f"{display(parse_yuan(value))} 元" if _AMOUNT.fullmatch(value) else value


def standing_words(finding: Mapping[str, Any]) -> str:
    """Say in words that the figures behind a finding are not settled; empty when they are."""
    word = UNSETTLED.get((finding.get("parameter") or {}).get("status", ""))
    return f"，所用标准是{word}，先核实标准" if word else ""
