"""The page ``docs/lifecycle.md``, written from the table by ``python -m insurer.cli.describe``."""

from collections.abc import Iterator

from insurer.claims.lifecycle import TABLE, WORDS, Action, State

_HEAD = """\
# The life of a case

<!-- Written by `python -m insurer.cli.describe` from `insurer/claims/lifecycle.py`: edit that. -->

A pair of state and action that is not in the second table is refused with a sentence that says where the
case stands. `insurer.claims.operations.moves.move` is the only writer of the state: it asks the table,
checks the permission, raises the version and notes the audit entry `claim:state:<new state>`.

## States

| state | shown as | shape | statutory clock | meaning |
| --- | --- | --- | --- | --- |
"""

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
    yield "| action | shown as | from | to | permission | letter |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for action in Action:
        yield from _rows(action)
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
    sources: dict[tuple[str, str, str, str], list[str]] = {}
    for (state, known), found in TABLE.items():
        if known is action:
            target = (found.word, found.next.value, found.permission, found.notice or "")
            sources.setdefault(target, []).append(f"`{state}`")
    for (word, to, permission, notice), states in sources.items():
        letter = f"`{notice}`" if notice else ""
        yield f"| `{action}` | {word} | {', '.join(states)} | `{to}` | `{permission}` | {letter} |"
