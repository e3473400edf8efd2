"""Counters for Prometheus: durations of requests in this process, and what the database counts when asked."""

import time
from collections.abc import Iterable

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import text

from insurer.platform.runtime import Runtime

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
            registry=self.registry,
        )
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


def register_metrics(app: Flask, runtime: Runtime) -> None:
    """Measure every request of the application."""
    metrics = Metrics(runtime)
    app.extensions["insurer.metrics"] = metrics

    def start() -> None:
        g.started = time.perf_counter()

    def stop(response: Response) -> Response:
        if "started" in g:
            labels = (request.endpoint or "none", request.method, str(response.status_code))
            metrics.seconds.labels(*labels).observe(time.perf_counter() - g.started)
        return response

    app.before_request(start)
    app.after_request(stop)
