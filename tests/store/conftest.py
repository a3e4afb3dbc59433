import pytest
from tests.store.cast import settle


@pytest.fixture
async def settled(db):
    """A database that knows the service and the school of the cast."""
    await settle()
    return db
