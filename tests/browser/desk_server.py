"""Serves the example pages and the built assets under the policy of the real application."""

import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from insurer.web.assets import Assets, build_assets
from insurer.web.filters import register
from tests.browser.pages import PAGES, shell

ROOT = Path(__file__).resolve().parents[2]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'self'"
)
SHEET = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 576 800">'
    '<rect width="576" height="800" fill="#fffdf8"/>'
    '<g fill="none" stroke="#333"><path d="M30 80h516v100H30zM30 105h516M30 130h516M30 155h516"/>'
    '<path d="M30 193h516v224H30zM30 218h516M30 390h516"/></g></svg>'
)

SENT = b"<!doctype html><title>200</title>"


def environment(assets: Assets) -> Environment:
    """Return the templates as the application loads them, strict about names."""
    env = Environment(loader=FileSystemLoader(ROOT / "templates"), autoescape=True, undefined=StrictUndefined)
    env.globals.update(csrf_token=lambda: "example-token")
    register(env, assets.url)
    return env


def render(env: Environment, name: str) -> str:
    """Render one example page."""
    template, current, page = PAGES[name]
    around = shell(current, staff_name="") if name == "sign-in" else shell(current)
    if name == "cases":
        around = shell(current, density="dense")
    return env.get_template(f"pages/{template}").render(page=page, shell=around)


@contextmanager
def serving(target: Path) -> Iterator[str]:
    """Run the server; yields its address."""
    build_assets(ROOT, target)
    env = environment(Assets.load(target))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlparse(self.path).path
            name = path.strip("/")
            if path.startswith("/static/") and (target / path[8:]).is_file():
                kind = mimetypes.guess_type(path)[0] or "text/plain"
                self._send(200, kind, (target / path[8:]).read_bytes())
            elif name == "sheet.svg":
                self._send(200, "image/svg+xml", SHEET.encode())
            elif name in PAGES:
                self._send(200, "text/html; charset=utf-8", render(env, name).encode())
            else:
                self._send(404, "text/html; charset=utf-8", b"<!doctype html><title>404</title>")

        def do_POST(self) -> None:
            """Take what a page sends, to the end: a browser waits for an answer before it closes a page."""
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            alone = urlparse(self.path).path.endswith("/presence")
            self._send(204 if alone else 200, "text/html; charset=utf-8", b"" if alone else SENT)

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
