"""From the stops that fired to the status of a settlement and its reasons, the same for every scheme."""

from collections.abc import Mapping, Sequence

from insurer.schemes.recording import Step

HARD_GATES = ("amounts_mismatch", "lines_mismatch")
"""A settlement whose figures contradict each other is held, whatever else is known of it."""

Reason = tuple[str, str]


def verdict(
    fired: Sequence[Step], stands_for: Mapping[str, Sequence[Reason]] | None = None
) -> tuple[str, list[dict[str, str]]]:
    """Return ``payable``, ``rejected`` or ``held`` with the reasons (code and clause), each once.

    A hard gate holds; otherwise a rejection is final and its reasons alone are told; the rest holds.
    ``stands_for`` replaces a code by the reasons it stands for.
    """
    found = [(*step.stop, step.cite) for step in fired if step.stop]
    if not found:
        return "payable", []
    held = any(code in HARD_GATES for _, code, _ in found)
    rejected = not held and any(status == "rejected" for status, _, _ in found)
    reasons: list[Reason] = []
    for status, code, clause in found:
        if not rejected or status == "rejected":
            reasons += (stands_for or {}).get(code, [(code, clause)])
    told = [{"code": code, "clause": clause} for code, clause in dict.fromkeys(reasons)]
    return ("rejected" if rejected else "held"), told
