"""Settings come from the environment and nowhere else; ``.env.example`` documents each one."""

import os
from dataclasses import dataclass
from pathlib import Path

from insurer.kernel.errors import Invalid, Problem

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: ``templates/``, ``migrations/`` and ``build/`` stand here."""

SAMPLE_NAME = "示例保险股份有限公司常州中心支公司"
SAMPLE_PHONE = "0519-0000 0000"


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What the process that reads a received file may use, and what the file may hold.

    ``memory_mb`` is address space, ``seconds`` the processor's and the clock's, ``ratio`` how many times a
    part of a workbook may be larger than it arrived.
    """

    memory_mb: int = 2048
    seconds: int = 600
    received_mb: int = 256
    unpacked_mb: int = 2048
    ratio: int = 100


USUAL_READING = ReadingLimits()


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process needs to know before it starts; values only, nothing is opened here."""

    home: Path
    database_url: str | None = None
    redis_url: str | None = None
    keys_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    web_workers: int = 2
    idle_minutes: int = 15
    session_hours: int = 8
    secure_cookies: bool = False
    trusted_proxies: int = 0
    training: bool = False
    insurer_name: str = SAMPLE_NAME
    insurer_phone: str = SAMPLE_PHONE
    return_bank: str = ""
    return_account: str = ""
    upload_max_mb: int = 256
    reading: ReadingLimits = USUAL_READING
    roster_change_percent: int = 20
    unsettled_figures: str = "remark"
    log_level: str = "info"

    @classmethod
    def from_env(cls, environ: dict[str, str] | None = None) -> "Settings":
        """Read ``INSURER_*``, ``DATABASE_URL`` and ``REDIS_URL``; :class:`Invalid` names a bad one."""
        env = os.environ if environ is None else environ
        home = Path(env.get("INSURER_HOME") or "var").expanduser().absolute()
        keys = env.get("INSURER_KEYS_FILE")
        return cls(
            home=home,
            database_url=_database_url(env.get("DATABASE_URL")),
            redis_url=env.get("REDIS_URL") or None,
            keys_file=Path(keys).absolute() if keys else None,
            host=env.get("INSURER_HOST") or "127.0.0.1",
            port=_number(env, "INSURER_PORT", 8000, 1, 65535),
            web_workers=_number(env, "INSURER_WEB_WORKERS", 2, 1, 64),
            idle_minutes=_number(env, "INSURER_IDLE_MINUTES", 15, 1, 480),
            session_hours=_number(env, "INSURER_SESSION_HOURS", 8, 1, 24),
            secure_cookies=_switch(env, "INSURER_SECURE_COOKIES"),
            trusted_proxies=_number(env, "INSURER_TRUSTED_PROXIES", 0, 0, 5),
            training=_switch(env, "INSURER_TRAINING"),
            insurer_name=env.get("INSURER_NAME") or SAMPLE_NAME,
            insurer_phone=env.get("INSURER_PHONE") or SAMPLE_PHONE,
            return_bank=env.get("INSURER_RETURN_BANK", "").strip(),
            return_account=env.get("INSURER_RETURN_ACCOUNT", "").strip(),
            log_level=_choice(env, "INSURER_LOG_LEVEL", "info", ("debug", "info", "warning", "error")),
            upload_max_mb=_number(env, "INSURER_UPLOAD_MAX_MB", 256, 1, 1024),
            reading=ReadingLimits(
                memory_mb=_number(env, "INSURER_READING_MEMORY_MB", 2048, 256, 65536),
                seconds=_number(env, "INSURER_READING_SECONDS", 600, 1, 36000),
                received_mb=_number(env, "INSURER_UPLOAD_MAX_MB", 256, 1, 1024),
                unpacked_mb=_number(env, "INSURER_READING_UNPACKED_MB", 2048, 1, 65536),
                ratio=_number(env, "INSURER_READING_RATIO", 100, 10, 10000),
            ),
            unsettled_figures=_choice(env, "INSURER_UNSETTLED_FIGURES", "remark", ("remark", "refuse")),
            roster_change_percent=_number(env, "INSURER_ROSTER_CHANGE_PERCENT", 20, 0, 100),
        )

    @property
    def keyring_path(self) -> Path:
        """Where the keys lie: the configured file, or one beside the embedded database."""
        return self.keys_file or self.home / "keys.json"


def _database_url(value: str | None) -> str | None:
    """Accept the usual spellings of a PostgreSQL address and choose the psycopg driver."""
    if not value:
        return None
    for plain in ("postgres://", "postgresql://"):
        if value.startswith(plain):
            return "postgresql+psycopg://" + value.removeprefix(plain)
    return value


def _number(env: "os._Environ[str] | dict[str, str]", name: str, default: int, low: int, high: int) -> int:
    text = env.get(name)
    if not text:
        return default
    if not text.isdecimal() or not low <= int(text) <= high:
        message = f"环境变量 {name} 要写成 {low} 到 {high} 的整数，现在是“{text}”"
        raise Invalid(message, (Problem(name, message),))
    return int(text)


def _choice(env: "os._Environ[str] | dict[str, str]", name: str, default: str, known: tuple[str, ...]) -> str:
    text = (env.get(name) or default).lower()
    if text not in known:
        message = f"环境变量 {name} 要写成 {'、'.join(known)} 之一，现在是“{text}”"
        raise Invalid(message, (Problem(name, message),))
    return text


def _switch(env: "os._Environ[str] | dict[str, str]", name: str) -> bool:
    return (env.get(name) or "0").lower() in ("1", "true", "yes", "on")
