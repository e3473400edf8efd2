"""Security headers on every answer, of whatever status."""

from typing import Final

from flask import Flask, Response, current_app, g, request

from insurer.web.access import access_of
from insurer.web.units import runtime

_POLICY: Final[dict[str, str]] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}

POLICY: Final = _POLICY
"""No inline script or style, nothing from elsewhere, framed by nobody."""


def policy_text(*, shows_pdf: bool = False, is_pdf: bool = False) -> str:
    """Return the Content-Security-Policy of a page, of a page that frames our PDF, or of such a PDF."""
    if is_pdf:  # our pages may frame it, nobody else; it brings nothing along
        return (
            "default-src 'none'; object-src 'self'; img-src 'self' data:;"
            " form-action 'none'; frame-ancestors 'self'; base-uri 'none'"
        )
    policy = dict(POLICY)
    if shows_pdf:
        policy |= {"frame-src": "'self'", "object-src": "'self'"}
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def register_headers(app: Flask) -> None:
    """Add the headers after every request."""
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Set what is not set yet; data pages are never kept by a browser or a proxy."""
    access = access_of(current_app, request.endpoint)
    is_pdf = response.mimetype == "application/pdf"
    headers = response.headers
    headers.setdefault(
        "Content-Security-Policy",
        policy_text(shows_pdf=access is not None and access.shows_pdf, is_pdf=is_pdf),
    )
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "SAMEORIGIN" if is_pdf else "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
    headers["X-Request-ID"] = g.get("request_id", "")
    headers.setdefault("Cache-Control", "no-store")
    if runtime().settings.secure_cookies:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
