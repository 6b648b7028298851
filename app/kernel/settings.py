"""What the environment says, read once at start; nothing else reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEMO_MARK = "demo"
"""A file in the data folder of a demo region: commands beside the running demo then read its clock too."""


@dataclass(frozen=True)
class Settings:
    """Every setting of the program; `docs/settings.md` lists them for people who install it.

    Attributes:
        database_url: SQLAlchemy URL; SQLite below `data_dir` unless told otherwise.
        redis_url: a nudge only, the program is correct without it; empty means none.
        data_dir: the one folder the program writes to (database, files).
        secret_key: signs cookies; made and kept in `data_dir` by `make run`.
        base_url: the address people use, for links in mails.
        smtp_url: `smtp://host:port`; empty keeps mails in the outbox.
        mail_from: the sender of mails.
        demo: the demo region with its known password and the clock that can be moved.
        secure_cookies: cookies only over HTTPS; off for the loopback demo.
        max_upload_bytes: the largest file that can be attached.
    """

    database_url: str
    redis_url: str = ""
    data_dir: Path = Path("var")
    secret_key: str = ""
    base_url: str = "http://127.0.0.1:8000"
    smtp_url: str = ""
    mail_from: str = "vekha@localhost"
    demo: bool = False
    secure_cookies: bool = True
    max_upload_bytes: int = 20 * 1024 * 1024

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings from the environment, with defaults for a machine without any."""
        env = os.environ if environ is None else environ
        data_dir = Path(env.get("VEKHA_DATA_DIR", "var")).resolve()
        return cls(
            database_url=env.get("DATABASE_URL", f"sqlite:///{data_dir / 'vekha.sqlite3'}"),
            redis_url=env.get("REDIS_URL", ""),
            data_dir=data_dir,
            secret_key=env.get("SECRET_KEY", ""),
            base_url=env.get("BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
            smtp_url=env.get("SMTP_URL", ""),
            mail_from=env.get("MAIL_FROM", "vekha@localhost"),
            demo=env.get("VEKHA_DEMO", "1" if (data_dir / DEMO_MARK).is_file() else "") == "1",
            secure_cookies=env.get("VEKHA_SECURE_COOKIES", "1") == "1",
            max_upload_bytes=int(env.get("VEKHA_MAX_UPLOAD_BYTES", str(20 * 1024 * 1024))),
        )
