"""Whether the process lives and whether it can serve, for a supervisor or a load balancer."""

from __future__ import annotations

from litestar import MediaType, get

from materiel.use_cases.running import ping


@get("/healthz", media_type=MediaType.TEXT, name="health:live")
async def live() -> str:
    """The process answers; asks nothing of the database."""
    return "ok"


@get("/readyz", media_type=MediaType.TEXT, name="health:ready")
async def ready() -> str:
    """The database answers too; 503 otherwise."""
    await ping()
    return "ok"
