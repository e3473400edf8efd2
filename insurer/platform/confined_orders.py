"""An order to a confined child: what to do with foreign bytes, answered with bytes or a refusal in words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

import orjson

from insurer.kernel.errors import InsurerError, Invalid, Problem, TooLarge
from insurer.platform.confined import run_confined

_LENGTH: Final = 4
_GOOD, _REFUSED = b"\1", b"\0"


def ask_confined(
    module: str, order: Mapping[str, Any], content: bytes, *, seconds: int, megabytes: int
) -> bytes:
    """Return what ``module.answer`` makes of an order and the bytes that it is about.

    Raises the refusal of the child as it was raised there (:class:`Invalid`, :class:`TooLarge`), and
    :class:`~insurer.platform.confined.GaveUp` when the child ran out of time or memory or died.
    """
    head = orjson.dumps(order)
    sent = len(head).to_bytes(_LENGTH) + head + content
    answer = run_confined(module, sent, seconds=seconds, megabytes=megabytes)
    if answer[:1] == _GOOD:
        return answer[1:]
    refused = orjson.loads(answer[1:])
    kind = TooLarge if refused["kind"] == TooLarge.__name__ else Invalid
    raise kind(refused["message"], tuple(Problem(**one) for one in refused["problems"]))


def answer_order(content: bytes, act: Callable[[dict[str, Any], bytes], bytes]) -> Iterator[bytes]:
    """Do in the child what was ordered, and answer with what ``act`` returns or why it refuses."""
    size = int.from_bytes(content[:_LENGTH])
    order = orjson.loads(content[_LENGTH : _LENGTH + size])
    try:
        yield _GOOD + act(order, content[_LENGTH + size :])
    except InsurerError as refusal:
        problems = [asdict(problem) for problem in refusal.problems]
        told = {"kind": type(refusal).__name__, "message": refusal.message, "problems": problems}
        yield _REFUSED + orjson.dumps(told)
