from materiel.store import migrate


async def test_a_migrated_database_misses_no_migration(db):
    assert await migrate.check() == []
