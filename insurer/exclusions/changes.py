"""Dated changes of the lists: a word or a code added or retired, as a policy officer proposes it; pure."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, cast

from insurer.exclusions.herbs import Standing
from insurer.exclusions.names import BORDER, fold, without_borders
from insurer.kernel.errors import Invalid, Problem

Kind = Literal["add", "retire"]

LISTS: Final[dict[str, str]] = {
    "transplant": "器官源、组织源",
    "expensive": "点名的新型昂贵项目",
    "special": "特需服务",
    "unrelated": "与疾病诊疗无关",
    "drugs": "药典范围以外的药品",
    "unclear": "打包、大类名称",
    "herbs": "不予支付的中药饮片",
}
"""Every list with its Chinese name, in the order of the clauses; ``herbs`` holds pieces, the others words."""

ANSWERS: Final[dict[str, dict[str, str]]] = {
    "words": {
        "excluded": "不予支付：名称里有这个词就除外",
        "review": "待核：名称里有这个词就请人看",
        "covered": "可赔：这个词不算，里面含的短词也不算",
    },
    "herbs": {
        "never": "单味、复方均不予支付",
        "single": "单味使用不予支付",
        "ask": "待核：请人看品种",
        "covered": "可赔：这个写法不算",
    },
}
"""What an added word may decide, by the nature of its list."""

SHORTEST: Final = 2
LONGEST: Final = 40
_CODE = re.compile(r"T\d{9}")


@dataclass(frozen=True, slots=True)
class Change:
    """One word or national code added to a list or retired from it, half-open ``[starts_on, ends_on)``.

    ``answer`` is one of :data:`ANSWERS` of the list and empty when a word is retired; ``meaning`` is what
    the word stands for, as the reason beside a fee line says it; ``basis`` the document or decision.
    """

    id: str
    list_id: str
    kind: Kind
    term: str
    answer: str
    meaning: str
    basis: str
    starts_on: date
    ends_on: date | None = None

    @property
    def key(self) -> str:
        """Return the term as names are compared: a national code in capitals, a word folded."""
        return term_key(self.term)

    @property
    def is_code(self) -> bool:
        """Tell whether the term is the national code of a piece."""
        return bool(_CODE.fullmatch(self.key))

    @property
    def standing(self) -> Standing:
        """Return the answer as the standing of a piece; only for ``herbs`` and not for ``covered``."""
        return cast(Standing, self.answer)

    def holds_on(self, day: date | None) -> bool:
        """Tell whether the change is in force on ``day``; without a day the open-ended ones are."""
        if day is None:
            return self.ends_on is None
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)

    def content(self) -> dict[str, Any]:
        """Return the change as plain values: what an edition of the lists is known by."""
        return {
            "id": self.id,
            "list": self.list_id,
            "kind": self.kind,
            "term": self.term,
            "answer": self.answer,
            "meaning": self.meaning,
            "basis": self.basis,
            "starts_on": self.starts_on.isoformat(),
            "ends_on": self.ends_on.isoformat() if self.ends_on else None,
        }


def change_of(content: dict[str, Any]) -> Change:
    """Read :meth:`Change.content` again."""
    ends = content["ends_on"]
    return Change(
        id=content["id"],
        list_id=content["list"],
        kind=content["kind"],
        term=content["term"],
        answer=content["answer"],
        meaning=content["meaning"],
        basis=content["basis"],
        starts_on=date.fromisoformat(content["starts_on"]),
        ends_on=date.fromisoformat(ends) if ends else None,
    )


def term_key(term: str) -> str:
    """Return a term as names are compared with it."""
    code = term.strip().upper()
    return code if _CODE.fullmatch(code) else fold(term)


def answers_of(list_id: str) -> dict[str, str]:
    """Return what an added word of this list may decide."""
    return ANSWERS["herbs" if list_id == "herbs" else "words"]


def check_change(change: Change, *, known: bool) -> None:
    """Refuse a change that cannot work; :class:`Invalid` names each field.

    ``known`` tells whether the list holds the term on the first day of the change.
    """
    problems = [*_text_problems(change), *_date_problems(change)]
    if not problems and change.kind == "retire" and not known:
        problems.append(Problem("term", f"清单里没有“{change.term}”，请照清单里的写法填"))
    if not problems and change.kind == "add" and known:
        problems.append(Problem("term", f"清单里那天已经有“{change.term}”。要改它，先停用，再新增"))
    if problems:
        raise Invalid("这条修改还不能提交，请改好下面几处", tuple(problems))


def _text_problems(change: Change) -> list[Problem]:
    problems = []
    if change.list_id not in LISTS:
        problems.append(Problem("list", "请选一张清单"))
        return problems
    if change.kind not in ("add", "retire"):
        problems.append(Problem("kind", "请选新增还是停用"))
    key = change.key
    if len(without_borders(key)) < SHORTEST:
        problems.append(Problem("term", "词太短，会误伤别的名称。请至少写两个字"))
    elif len(key) > LONGEST:
        problems.append(Problem("term", f"词太长，最多 {LONGEST} 个字"))
    elif BORDER in key and change.list_id != "herbs":
        problems.append(Problem("term", "词里不要有括号、逗号，请拆成几个词"))
    if change.kind == "add":
        if change.answer not in answers_of(change.list_id):
            problems.append(Problem("answer", "请选这个词怎么判"))
        if not change.meaning.strip():
            problems.append(Problem("meaning", "没有写它是什么，请写一句，会显示在费用行旁边"))
        if change.is_code and change.answer == "covered":
            problems.append(Problem("answer", "编码不能设成可赔，请停用这个编码"))
    if not change.basis.strip():
        problems.append(Problem("basis", "没有写依据，请写文号或谁在何时确认"))
    return problems


def _date_problems(change: Change) -> list[Problem]:
    if change.ends_on is not None and change.ends_on <= change.starts_on:
        return [Problem("ends_on", "停止日期要晚于开始日期")]
    return []
