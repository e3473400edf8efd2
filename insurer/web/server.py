"""The web application under gunicorn: ``python -m insurer.web.server PARENT``.

Address and number of processes come from the settings. Nothing is written to an access log: addresses
of pages carry ids, and what people search for is nobody's business.
"""

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from insurer.platform.logs import configure_logs
from insurer.platform.processes import end_with_parent
from insurer.platform.settings import Settings


class WebServer(BaseApplication):  # type: ignore[misc]
    """Gunicorn, configured by our settings instead of files and arguments."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults."""
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        values = {
            "bind": f"{host}:{settings.port}",
            "workers": settings.web_workers,
            "worker_class": "gthread",
            "threads": 4,
            "timeout": 60,
            "graceful_timeout": 10,
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        if Path("/dev/shm").is_dir():  # noqa: S108 - heartbeat files only; a slow disk must not kill workers
            values["worker_tmp_dir"] = "/dev/shm"  # noqa: S108
        for name, value in values.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Build the application; called in each web process."""
        from insurer.web.app import create_app

        return create_app()


def main() -> None:
    """Entry point of the web server's process."""
    end_with_parent(signal.SIGTERM, int(sys.argv[1]))
    configure_logs()
    settings = Settings.from_env()
    sys.argv = sys.argv[:1]  # gunicorn would read them
    owner, counters = os.getpid(), tempfile.mkdtemp(prefix="insurer-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = counters  # read when the web processes load the application
    try:
        WebServer(settings).run()
    finally:
        if os.getpid() == owner:  # a web process leaves through here, too, when it ends
            shutil.rmtree(counters, ignore_errors=True)


if __name__ == "__main__":
    main()
