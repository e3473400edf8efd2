"""The page ``docs/lifecycle.md``, written from the table by ``python -m insurer.cli.describe``."""

from collections.abc import Iterator

from insurer.claims.lifecycle import ROWS, TABLE, WORDS, Action, State

_HEAD = """\
# The life of a case

<!-- Written by `python -m insurer.cli.describe` from `insurer/claims/lifecycle.py`: edit that. -->

A pair of state and action that is not in the second table is refused with a sentence that says where the
case stands and where the action belongs. `insurer.claims.operations.moves.move` is the only writer of the
state: it asks the table, checks the permission, raises the version, begins the statutory term and notes the
audit entry `claim:state:<new state>`: who, when, both states, the reason, and what the table names. The page
`/rules` of the desk shows the same table, and a test compares the two.

## States

| state | shown as | shape | statutory clock | meaning |
| --- | --- | --- | --- | --- |
"""

TERM_WORDS = {
    "decide": "30 days to decide begin",
    "resume": "the term to decide goes on",
    "pay": "10 days to pay begin",
    "notify": "3 days to send the reasons begin",
}
"""What a transition does to the statutory term."""

_CLOCKS = {"runs": "runs", "stopped": "stands still", "done": "ended"}


def lifecycle_page() -> str:
    """Return the page: the states, the actions, who may take them, and a diagram."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from _HEAD.splitlines()
    for state in State:
        word = WORDS[state]
        yield f"| `{state}` | {word.word} | {word.shape} | {_CLOCKS[word.clock]} | {word.meaning} |"
    yield ""
    yield "## Actions"
    yield ""
    yield "| action | shown as | from | to | permission | recorded beside who and when | letter | term |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for action in Action:
        yield from _rows(action)
    yield ""
    yield "\\* where more was paid before than is due since, once for each decision. An amount paid ahead"
    yield "moves no case: agreeing to it orders the letter `advance`."
    yield ""
    yield "## Diagram"
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for (state, action), found in TABLE.items():
        yield f"    {state} --> {found.next}: {action}"
    yield "```"


def _rows(action: Action) -> Iterator[str]:
    """Write one row for each target that the action has; its sources share the row."""
    for states, known, found in ROWS:
        if known is not action:
            continue
        sources = ", ".join(f"`{state}`" for state in states)
        letters = [f"`{found.notice}`"] if found.notice else []
        letter = ", ".join([*letters, *(["`recovery` \\*"] if found.recovers else [])])
        term = TERM_WORDS.get(found.starts or "", "")
        cells = [f"`{action}`", found.word, sources, f"`{found.next}`", f"`{found.permission}`"]
        yield f"| {' | '.join([*cells, found.records, letter, term])} |"
