"""The settings of one installation, read once from the environment (SAWHORSE_*); company settings are rows instead."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from admin_app.kernel.errors import Unmet

LEAST_SECRET = 32
"""Characters that a secret key must have."""


@dataclass(frozen=True)
class Settings:
    """What an installation is told from outside; frozen, handed to whoever needs it.

    `home` holds the files and the embedded database; `database_url` is an SQLAlchemy address; times in seconds.
    """

    home: Path
    database_url: str
    secret_key: str
    public_url: str | None = None
    reports_url: str | None = None
    smtp_url: str | None = None
    sms_url: str | None = None
    stripe_url: str | None = None
    imap_url: str | None = None
    reply_address: str | None = None
    hook_key: str | None = None
    trusted_proxies: int = 0
    idle_seconds: int = 12 * 3600
    session_seconds: int = 14 * 24 * 3600
    hash_time_cost: int = 3
    hash_memory_kib: int = 65536
    demo: bool = False
    testing: bool = False

    @property
    def files(self) -> Path:
        """The folder of stored files."""
        return self.home / "files"

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")

    @property
    def secure_cookies(self) -> bool:
        """Whether the site is reached by https, so that cookies may demand it."""
        return bool(self.public_url and self.public_url.startswith("https://"))


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read SAWHORSE_* (design section 11) and make what is missing in HOME; raises Unmet for a short secret."""
    given = os.environ if environment is None else environment
    home = Path(given.get("SAWHORSE_HOME") or "var").resolve()
    home.mkdir(parents=True, exist_ok=True)
    secret = given.get("SAWHORSE_SECRET_KEY") or _kept_secret(home)
    if len(secret) < LEAST_SECRET:
        raise Unmet(f"SAWHORSE_SECRET_KEY needs at least {LEAST_SECRET} characters")
    public_url = (given.get("SAWHORSE_PUBLIC_URL") or "").rstrip("/") or None
    return Settings(
        home=home,
        database_url=_with_driver(given.get("SAWHORSE_DATABASE_URL") or f"sqlite:///{home / 'sawhorse.db'}"),
        secret_key=secret,
        public_url=public_url,
        reports_url=_with_driver(given.get("SAWHORSE_REPORTS_URL") or "") or None,
        smtp_url=given.get("SAWHORSE_SMTP_URL") or None,
        sms_url=given.get("SAWHORSE_SMS_URL") or None,
        stripe_url=given.get("SAWHORSE_STRIPE_URL") or None,
        imap_url=given.get("SAWHORSE_IMAP_URL") or None,
        reply_address=given.get("SAWHORSE_REPLY_ADDRESS") or None,
        hook_key=given.get("SAWHORSE_HOOK_KEY") or None,
        trusted_proxies=int(given.get("SAWHORSE_TRUSTED_PROXIES") or 0),
    )


def _with_driver(url: str) -> str:
    """PostgreSQL addresses as people write them, with the driver that the product ships."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def _kept_secret(home: Path) -> str:
    """The secret of this home, drawn on the first run and readable by its owner only."""
    path = home / "secret_key"
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
