"""办理规则: the lifecycle table in the words of the desk, made from the table itself."""

from dataclasses import dataclass

from insurer.accounts.permissions import PERMISSIONS, ROLE_WORDS
from insurer.claims.lifecycle import ROWS, WORDS, State, Transition
from insurer.notices.catalogue import CATALOGUE, NoticeKind

TERMS = {
    "decide": "30 日内决定，重新计",
    "resume": "30 日内决定，接着计",
    "pay": "10 日内付款",
    "notify": "3 日内送达理由",
}
"""The statutory term that begins with an action."""

CLOCKS = {"runs": "计时", "stopped": "送达后停表", "done": "已结束"}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One action: from where, to where, who, what is recorded, which letter, which term begins."""

    action: str
    word: str
    sources: tuple[str, ...]
    target: str
    who: str
    records: str
    letter: str
    term: str


@dataclass(frozen=True, slots=True)
class RulesPage:
    """States with their meaning, and the actions between them."""

    states: tuple[tuple[str, str, str], ...]
    rows: tuple[RuleRow, ...]


def _letters(found: Transition) -> str:
    """Name the letters that an action orders."""
    titles = [CATALOGUE[NoticeKind(found.notice)].title] if found.notice else []
    if found.recovers:
        titles.append(f"{CATALOGUE[NoticeKind.RECOVERY].title}（以前多付的）")
    return "、".join(titles)


def load_rules() -> RulesPage:
    """Return the page; nothing is read but the table."""
    rows = []
    for sources, action, found in ROWS:
        holders = PERMISSIONS[found.permission]
        rows.append(
            RuleRow(
                action.value,
                found.word,
                tuple(WORDS[state].word for state in sources),
                WORDS[found.next].word,
                "、".join(word for role, word in ROLE_WORDS.items() if role in holders),
                found.records,
                _letters(found),
                TERMS.get(found.starts or "", ""),
            )
        )
    states = tuple((WORDS[state].word, WORDS[state].meaning, CLOCKS[WORDS[state].clock]) for state in State)
    return RulesPage(states, tuple(rows))
