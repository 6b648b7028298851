"""`vekha web`: serve the pages with gunicorn."""

from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from gunicorn.app.base import BaseApplication

from app.kernel import queue
from app.kernel.db import db


class Server(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """Gunicorn around a program that is already built."""

    def __init__(self, program: Flask, options: dict[str, Any]) -> None:
        self.program = program
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        """Hand over our options; no file and no environment variable changes them."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the program for a worker process."""
        return self.program


def serve(program: Flask, *, bind: str, workers: int, threads: int) -> None:
    """Serve the pages until somebody asks to stop; ends the process."""
    with program.app_context():
        db.engine.dispose()  # connections do not survive a fork
    options = {
        "bind": [bind],
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "timeout": 60,
        "graceful_timeout": 8,
        "control_socket_disable": True,
        "post_fork": _end_with_master,
        "accesslog": "-",
    }
    Server(program, options).run()


def _end_with_master(_server: object, worker: Any) -> None:
    import signal

    from app.jobs.process import die_with_parent

    die_with_parent(signal.SIGTERM, parent=worker.ppid)


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Address and port to listen on.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--threads", default=8, show_default=True, help="Threads in each process.")
@with_appcontext
def web(bind: str, workers: int, threads: int) -> None:
    """Serve the pages.

    Example: vekha web --bind 0.0.0.0:8000 --workers 4
    """
    program = current_app._get_current_object()  # type: ignore[attr-defined]
    if program.extensions["settings"].demo and not bind.startswith("127.0.0.1:"):
        raise click.ClickException("The demo has a known password: it listens on 127.0.0.1 only.")
    queue.connect(program.extensions["settings"].redis_url)
    serve(program, bind=bind, workers=workers, threads=threads)
