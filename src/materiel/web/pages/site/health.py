"""Whether the process lives and whether it can serve, for a supervisor or a load balancer."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import MediaType, Router, get
from litestar.di import NamedDependency, Provide

from materiel.errors import Unavailable
from materiel.use_cases.process.health import Check, Health
from materiel.use_cases.process.loop import Watch
from materiel.web.http.errors import READYZ


@get("/healthz", media_type=MediaType.TEXT, name="health:live")
async def live() -> str:
    """The process answers; asks nothing of the database."""
    return "ok"


@get(READYZ, media_type=MediaType.TEXT, name="health:ready")
async def ready(health: NamedDependency[Health]) -> str:
    """The database and every background loop work; else 503, a problem document that names in `checks` what does not.

    « degraded », with a line for each thing that waits for somebody, is still an answer of a process that serves.

    Raises:
        Unavailable: `server.not_ready`.
    """
    if faults := await health.faults():
        checks = [{"name": fault.name, "code": fault.code, "detail": fault.detail} for fault in faults]
        detail = " ".join(f"{fault.name} : {fault.detail}" for fault in faults)
        raise Unavailable("server.not_ready", detail, checks=checks)
    if warnings := await health.warnings():
        return "\n".join(["degraded", *(f"{each.name} ({each.code}) : {each.detail}" for each in warnings)])
    return "ok"


def health_routes(watch: Watch, warned_by: Mapping[str, Check]) -> Router:
    """Both routes, for a process whose loops `watch` knows."""
    health = Health(watch, warned_by=warned_by)

    async def provide_health() -> Health:
        return health

    return Router(
        "/", route_handlers=[live, ready], dependencies={"health": Provide(provide_health)}, include_in_schema=False
    )
