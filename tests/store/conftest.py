import pytest
from tests.conftest import SERVER
from tests.store.cast import settle

# What only a server does cannot be asked of a file.
collect_ignore = [] if SERVER else ["engine/test_server.py"]


@pytest.fixture
async def settled(db):
    """A database that knows the service and the school of the cast."""
    await settle()
    return db
