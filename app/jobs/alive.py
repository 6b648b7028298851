"""Answers whether the ticker or a worker is alive, for the health checks of containers."""

import os
import sys
import time
from pathlib import Path

from app.jobs.ticker import heartbeat_file
from app.kernel import queue
from app.kernel.settings import Settings

SILENCE_SECONDS = 30


def ticker_is_alive(data_dir: Path) -> bool:
    """Tell whether a ticker has finished a round lately."""
    heartbeat = heartbeat_file(data_dir)
    return heartbeat.exists() and time.time() - heartbeat.stat().st_mtime < SILENCE_SECONDS


def main(what: str) -> int:
    """Return 0 when it is alive, 1 when not."""
    settings = Settings.from_environment(os.environ)
    if what == "ticker":
        return 0 if ticker_is_alive(settings.data_dir) else 1
    queue.connect(settings.redis_url)
    return 0 if queue.has_workers() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
