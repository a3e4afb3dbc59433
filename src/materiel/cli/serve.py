"""`materiel serve` and `materiel worker`: what runs until it is stopped."""

from __future__ import annotations

import os
import socket

import click
import uvicorn

from materiel.cli.french import Command
from materiel.cli.output import say
from materiel.errors import Conflict
from materiel.settings import Settings
from materiel.web.app import create_app

SHUTDOWN_SECONDS = 5
"""Long answers (progress of a job) are cut after that, and their clients connect again."""


@click.command(cls=Command, help="Sert l'API et les pages. Ctrl+C arrête.")
@click.option("--host", metavar="ADRESSE", help="Adresse d'écoute, à la place du réglage.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="PORT", help="Port, à la place du réglage.")
def serve(*, host: str | None, port: int | None) -> None:
    """Serve until interrupted; a SQLite file is brought up to date first."""
    settings = Settings.from_env(os.environ)
    listener = _listen(host or settings.host, port or settings.port)
    config = uvicorn.Config(
        create_app(settings),
        # Addresses hold the opaque codes of labels and documents: they are nobody's business in a log.
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    name, number = listener.getsockname()[:2]
    say(f"materiel est servi sur http://{name}:{number} (Ctrl+C arrête).")
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise Conflict(
            "server.address_in_use",
            f"Impossible d'écouter sur {host}, port {port} : {error.strerror}. Choisissez-en un autre par --port.",
        ) from error
