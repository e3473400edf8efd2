"""Whether the process lives, whether it can work, and what it measures."""

from collections.abc import Callable

import redis
from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from insurer.platform.logs import get_logger
from insurer.web.access import PUBLIC, api
from insurer.web.units import runtime

blueprint = Blueprint("health", __name__)
log = get_logger("insurer.web")


@api(blueprint, "/healthz", permission=PUBLIC)
def healthz() -> ResponseReturnValue:
    """Answer that the process lives; it looks at nothing else."""
    return jsonify(status="ok")


@api(blueprint, "/readyz", permission=PUBLIC)
def readyz() -> ResponseReturnValue:
    """Answer whether database, queue and storage work; 503 names each one that does not."""
    states = {name: _state(name, check) for name, check in _CHECKS.items()}
    ready = all(state == "ok" for state in states.values())
    response = jsonify(status="ok" if ready else "unavailable", **states)
    response.status_code = 200 if ready else 503
    return response


@api(blueprint, "/metrics", permission=PUBLIC)
def metrics() -> ResponseReturnValue:
    """Answer the counters in the Prometheus text form; no personal data, no ids."""
    registry = current_app.extensions["insurer.metrics"].registry
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database() -> None:
    with runtime().engine.connect() as connection:
        connection.execute(text("SELECT 1 FROM alembic_version"))


def _queue() -> None:
    connection = redis.Redis.from_url(runtime().redis_url, socket_connect_timeout=1, socket_timeout=1)
    try:
        connection.ping()
    finally:
        connection.close()


def _storage() -> None:
    runtime().storage.check()


_CHECKS: dict[str, Callable[[], None]] = {"database": _database, "queue": _queue, "storage": _storage}


def _state(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except Exception as error:
        log.warning("not ready", part=name, kind=type(error).__name__)
        return "down"
    return "ok"
