"""Counters for Prometheus: durations of requests, and what the database counts when asked.

Several web processes share their durations through files when ``PROMETHEUS_MULTIPROC_DIR`` names a folder
(the server sets it before it starts them); one process alone keeps them in memory.
"""

import os
import time
from collections.abc import Iterable

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import text

from insurer.platform.logs import get_logger
from insurer.platform.runtime import Runtime

log = get_logger("insurer.web")

SLOW_SECONDS = 1.0
"""A request that takes longer is worth a line in the log."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SHARED = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 10.0)


class Metrics:
    """The registry of one application."""

    def __init__(self, runtime: Runtime) -> None:
        self.registry = CollectorRegistry()
        self.seconds = Histogram(
            "insurer_request_seconds",
            "Duration of requests",
            ["endpoint", "method", "status"],
            buckets=_BUCKETS,
            registry=None if _SHARED in os.environ else self.registry,
        )
        if _SHARED in os.environ:
            MultiProcessCollector(self.registry)  # type: ignore[no-untyped-call]
        self.registry.register(DatabaseCounts(runtime))


class DatabaseCounts(Collector):
    """Counts read from the database at the moment of scraping; without it, only that it is down."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Name nothing beforehand: registering must not read the database."""
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Read claims by state and the outbox's backlog."""
        up = GaugeMetricFamily("insurer_database_up", "1 when the database answers")
        claims = GaugeMetricFamily("insurer_claims", "Claims by scheme and state", labels=["scheme", "state"])
        outbox = GaugeMetricFamily("insurer_outbox", "Background work by state", labels=["job", "state"])
        late = GaugeMetricFamily("insurer_outbox_oldest_seconds", "Age of the oldest work that is due")
        try:
            with self._runtime.engine.connect() as connection:
                for scheme, state, count in connection.execute(_CLAIMS):
                    claims.add_metric([scheme, state], count)
                for job, state, count in connection.execute(_OUTBOX):
                    outbox.add_metric([job, state], count)
                late.add_metric([], float(connection.execute(_LATE).scalar_one()))
            up.add_metric([], 1)
        except Exception:  # a scrape must tell that the database is away, not fail with it
            up.add_metric([], 0)
            return [up]
        return [up, claims, outbox, late]


_CLAIMS = text("SELECT scheme, state, count(*) FROM claim GROUP BY scheme, state ORDER BY scheme, state")
_OUTBOX = text(
    """
    SELECT job, CASE WHEN state = 'stuck' THEN 'stuck' WHEN lease_until > now() THEN 'running'
                     WHEN next_at > now() THEN 'waiting' ELSE 'due' END AS kind, count(*)
      FROM outbox WHERE state <> 'done' GROUP BY 1, 2 ORDER BY 1, 2
    """
)
_LATE = text(
    """
    SELECT coalesce(extract(epoch FROM now() - min(next_at)), 0) FROM outbox
     WHERE state = 'pending' AND next_at <= now()
    """
)


def _note(status: int, seconds: float) -> None:
    """Log a request by its route: no address, no value that somebody typed."""
    actor = g.get("actor")
    log.info(
        "request",
        endpoint=request.endpoint,
        method=request.method,
        status=status,
        milliseconds=round(seconds * 1000),
        request_id=g.get("request_id", ""),
        actor=actor.id if actor is not None else "",
    )


def register_metrics(app: Flask, runtime: Runtime) -> None:
    """Measure every request of the application."""
    metrics = Metrics(runtime)
    app.extensions["insurer.metrics"] = metrics

    def start() -> None:
        g.started = time.perf_counter()

    def stop(response: Response) -> Response:
        if "started" in g:
            seconds = time.perf_counter() - g.started
            method = request.method if request.method in _METHODS else "other"
            labels = (request.endpoint or "none", method, str(response.status_code))
            metrics.seconds.labels(*labels).observe(seconds)
            if request.method not in ("GET", "HEAD") or response.status_code >= 500 or seconds > SLOW_SECONDS:
                _note(response.status_code, seconds)
        return response

    app.before_request(start)
    app.after_request(stop)
