"""How often a person or an address may do what can be abused: sign in, search, reveal.

Counters live in the queue server; when it is down, each process counts for itself.
"""

from typing import Any

from flask import Flask, g, request
from flask_limiter import Limiter

from insurer.web.access import access_of


def _who() -> str:
    staff = g.get("staff")
    return f"staff:{staff.id}" if staff else f"address:{request.remote_addr or '-'}"


def _storage(redis_url: str) -> str:
    return f"redis+{redis_url}" if redis_url.startswith("unix:") else redis_url


def register_limits(app: Flask, redis_url: str) -> None:
    """Apply the limits that the routes declare; call it when every route exists."""
    options: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 1}
    limiter = Limiter(
        _who,
        app=app,
        storage_uri=_storage(redis_url),
        storage_options=options,
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        strategy="moving-window",
        key_prefix="insurer",
    )
    app.extensions["insurer.limiter"] = limiter
    for endpoint, view in list(app.view_functions.items()):
        access = access_of(app, endpoint)
        if access is not None and access.limit:
            app.view_functions[endpoint] = limiter.limit(access.limit)(view)  # type: ignore[assignment]
