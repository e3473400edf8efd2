"""Structured logs: JSON lines, UTC, no personal data.

Fields are free, values are not: anything that looks like a person number, a card or a telephone number
is masked before it is written, whatever field it stands in.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from insurer.platform.settings import Settings

_LONG_DIGITS = re.compile(r"(?<![0-9A-Fa-f-])\d{11,19}[0-9Xx]?(?![0-9A-Fa-f-])")


def hide_numbers(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace long digit runs in every text value; a safety net behind careful callers."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _LONG_DIGITS.sub("[号码]", value).replace("\r", "\\r").replace("\n", "\\n")
    return event


def configure_logs() -> None:
    """Send structlog and the standard library's warnings to standard error as JSON lines.

    ``INSURER_LOG_LEVEL`` chooses what is written; :class:`~insurer.kernel.errors.Invalid` when it is none.
    """
    level = logging.getLevelNamesMapping()[Settings.from_env().log_level.upper()]
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s", force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            hide_numbers,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> Any:
    """Return a logger bound to ``name``; log ids, counts and durations, never names or numbers."""
    return structlog.get_logger(room=name)
