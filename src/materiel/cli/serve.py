"""`materiel serve` and `materiel worker`: what runs until it is stopped."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import AsyncExitStack, suppress

import click
import uvicorn

from materiel.cli.french import Command
from materiel.cli.opened import OpenedBase, clock, new_option, opened, read_settings
from materiel.cli.output import say
from materiel.errors import Conflict
from materiel.files import reason
from materiel.settings import Settings
from materiel.use_cases.process.collector import spare_the_collector
from materiel.use_cases.process.loop import Watch
from materiel.use_cases.process.running import prepare_database
from materiel.use_cases.signing.signed_copy import press_of
from materiel.use_cases.worker import run_worker, worker_loops
from materiel.web.app import create_app
from materiel.web.http.patience import Patience, patient

SHUTDOWN_SECONDS = 5
"""Long answers (progress of a job) are cut after that, and their clients connect again."""


@click.command(cls=Command, help="Sert l'API et les pages, et exécute les tâches de fond. Ctrl+C arrête.")
@click.option("--host", metavar="ADRESSE", help="Adresse d'écoute, à la place du réglage.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="PORT", help="Port, à la place du réglage.")
@new_option
def serve(*, host: str | None, port: int | None, new: bool) -> None:
    """Serve until interrupted; a SQLite file is brought up to date first."""
    settings = read_settings()
    listener = listen(host or settings.host, port or settings.port)
    try:
        on_sqlite = settings.database_file is not None
        base = prepare_database(
            settings.database_url, migrate=on_sqlite, data_dir=settings.data_dir, new=new and on_sqlite
        )
        asyncio.run(base)
    except BaseException:
        listener.close()
        raise
    watch = Watch()
    config = uvicorn.Config(
        create_app(settings, watch=watch),
        # Addresses hold the opaque codes of labels and documents: they are nobody's business in a log.
        access_log=False,
        log_level="warning",
        server_header=False,
        http=patient(Patience()),
        ws="none",
        # Anybody may send X-Forwarded-For: it says who visits only when a known proxy wrote it.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    name, number = listener.getsockname()[:2]
    say(f"materiel est servi sur http://{name}:{number} (Ctrl+C arrête).")
    tell_of_mail(settings)
    spare_the_collector()
    # Uvicorn stops cleanly, then raises the signal again: being stopped is how a server ends.
    with suppress(KeyboardInterrupt):
        WatchedServer(config, settings, watch).run(sockets=[listener])
    if watch.lost.is_set():
        raise watch.refusal()


@click.command(cls=Command, help="Exécute les tâches de fond, à part du serveur. Ctrl+C arrête.")
@opened
async def worker(opening: OpenedBase, /) -> None:
    """Run jobs until interrupted; the one under way is given back for another worker."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings = opening.settings
    spare_the_collector()
    say("Les tâches de fond sont exécutées (Ctrl+C arrête).")
    tell_of_mail(settings)
    await run_worker(
        stop,
        clock=clock,
        mail_server=settings.mail_server,
        base_url=settings.base_url,
        press=press_of(settings),
        sms_gateway=settings.sms_gateway,
        webhook_networks=settings.webhook_networks,
        secret_key=settings.secret_key,
    )


def tell_of_mail(settings: Settings) -> None:
    """Say when nothing will leave."""
    if settings.mail_server is None:
        say("Aucun serveur de courriel n'est réglé : les messages restent « à envoyer » (MATERIEL_SMTP_URL).")


class WatchedServer(uvicorn.Server):
    """A server that runs the jobs, unless another process does, and ends when one of its loops cannot be kept alive."""

    def __init__(self, config: uvicorn.Config, settings: Settings, watch: Watch) -> None:
        super().__init__(config)
        self._settings = settings
        self._watch = watch
        self._jobs = AsyncExitStack()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, which opens the database, then to run the jobs."""
        await super().startup(sockets)
        if self.started and self._settings.run_jobs:
            loops = worker_loops(
                clock=clock,
                mail_server=self._settings.mail_server,
                base_url=self._settings.base_url,
                press=press_of(self._settings),
                sms_gateway=self._settings.sms_gateway,
                webhook_networks=self._settings.webhook_networks,
                secret_key=self._settings.secret_key,
            )
            await self._jobs.enter_async_context(self._watch.running(*loops))

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether to stop."""
        return await super().on_tick(counter) or self._watch.lost.is_set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Give the job under way back for another worker, then stop to serve, which closes the database."""
        await self._jobs.aclose()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """Take the address before anything else is prepared.

    Raises:
        Conflict: `server.address_in_use`, or an address that is not this machine's.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        why = reason(error) if isinstance(error, OSError) else "ce n'est pas le nom d'une machine"
        raise Conflict(
            "server.address_in_use",
            f"Impossible d'écouter sur {host}, port {port} : {why}. Choisissez-en un autre par --host et --port, ou "
            "par MATERIEL_HOST et MATERIEL_PORT.",
        ) from error
