"""`vekha up`: everything on this machine under one supervisor."""

import sys
from contextlib import suppress

import click

from app.cli.ground import CannotStart


@click.command()
@click.option("--port", default=8000, envvar="PORT", show_default=True, type=click.IntRange(1, 65535))
@click.option("--demo", is_flag=True, help="Put in the demo region, once; its people share a known password.")
@click.option("--follow-parent", is_flag=True, help="Stop also when the calling process ends.")
def up(port: int, demo: bool, follow_parent: bool) -> None:
    """Run web, worker, ticker and, without REDIS_URL, a Valkey; stop all with Ctrl-C.

    It listens on 127.0.0.1 only. Data and logs are in the folder `var` (VEKHA_DATA_DIR).

    Example: PORT=8001 vekha up --demo
    """
    from app.cli import house  # takes a second, which `vekha up --help` need not wait

    try:
        house.run(house.Wishes(port=port, demo=demo, follow_parent=follow_parent), say=_say)
    except CannotStart as failure:
        click.echo(str(failure), err=True)
        sys.exit(1)


def _say(sentence: str) -> None:
    # The terminal may have been closed; what is running must still be stopped in order.
    with suppress(OSError):
        click.echo(f"  {sentence}" if sentence else "")
