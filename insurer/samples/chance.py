"""Repeatable chance for invented data: the same seed gives the same bytes on every machine."""

import random


def seeded(*parts: object) -> random.Random:
    """Return a generator that depends on ``parts`` alone (text seeds do not vary between processes)."""
    return random.Random("/".join(str(part) for part in parts))  # noqa: S311 - invented data, no secret
