"""The web application: built from a runtime, without any state of its own in modules."""

import atexit
import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from insurer.kernel.errors import Invalid
from insurer.platform.logs import get_logger
from insurer.platform.runtime import Runtime, open_runtime
from insurer.platform.settings import ROOT
from insurer.web import filters
from insurer.web.access import admit, begin, check_all_declared
from insurer.web.assets import Assets
from insurer.web.blueprints import register_blueprints
from insurer.web.errors import register_errors
from insurer.web.forms import form_key, new_form_key
from insurer.web.headers import register_headers
from insurer.web.layout import template_values
from insurer.web.limits import register_limits
from insurer.web.metrics import register_metrics
from insurer.web.units import EXTENSION, Desk, discard

STATIC = ROOT / "build" / "static"
TEMPLATES = ROOT / "templates"

_CONTENT_NAMED = re.compile(r"\.[0-9a-f]{12}\.\w+$")
log = get_logger("insurer.web")


def create_app(runtime: Runtime | None = None) -> Flask:
    """Return the application; without a ``runtime`` one is opened and kept until the process ends."""
    if runtime is None:
        stack = ExitStack()
        runtime = stack.enter_context(open_runtime())
        atexit.register(stack.close)
    settings = runtime.settings
    prefix = "__Host-" if settings.secure_cookies else ""
    app = Desk("insurer", root_path=str(ROOT), static_folder=None, template_folder=str(TEMPLATES))
    app.config.update(
        SECRET_KEY=runtime.keyring.web_key,
        SESSION_COOKIE_NAME=f"{prefix}insurer_form",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        STAFF_COOKIE=f"{prefix}insurer_session",
        MAX_CONTENT_LENGTH=settings.upload_max_mb * 1024 * 1024,
        MAX_FORM_PARTS=2_000,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the browser session: clerks keep forms open all day
        WTF_CSRF_CHECK_DEFAULT=False,  # checked in admit(), which knows pages from programs
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions[EXTENSION] = runtime
    CSRFProtect(app)
    app.before_request(begin)
    register_metrics(app, runtime)
    app.before_request(admit)
    app.teardown_request(_discard_rest)
    register_headers(app)
    register_errors(app)
    _prepare_templates(app)
    register_blueprints(app)
    register_limits(app, runtime.redis_url)
    check_all_declared(app)
    _serve_static(app)
    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    return app


def _prepare_templates(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(template_values)
    asset: Callable[[str], str]
    try:
        asset = Assets.load(STATIC).url
    except Invalid:
        # The pages work without styles and scripts; whoever starts the server is told.
        log.warning("assets are not built: run npm ci --ignore-scripts and python -m insurer.web.assets")
        asset = "/static/".__add__
    filters.register(app.jinja_env, asset)
    app.jinja_env.globals.update(form_key=form_key, new_form_key=new_form_key)


def _serve_static(app: Flask) -> None:
    if not STATIC.is_dir():
        return
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(STATIC),
        prefix="static/",
        max_age=60,
        immutable_file_test=lambda _path, url: bool(_CONTENT_NAMED.search(url)),
        add_headers_function=_static_headers,
        allow_all_origins=False,
    )


def _static_headers(headers: Any, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


def _discard_rest(_error: BaseException | None) -> None:
    discard()
