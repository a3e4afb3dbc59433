"""Whether the process lives and whether it can serve, for a supervisor or a load balancer."""

from __future__ import annotations

from litestar import MediaType, get

from materiel.use_cases.running import check_schema


@get("/healthz", media_type=MediaType.TEXT, name="health:live")
async def live() -> str:
    """The process answers; asks nothing of the database."""
    return "ok"


@get("/readyz", media_type=MediaType.TEXT, name="health:ready")
async def ready() -> str:
    """The database answers too, with the schema of this version; 503 otherwise, saying what is wrong."""
    await check_schema()
    return "ok"
