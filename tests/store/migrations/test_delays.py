"""Services created before the migration `delays`: what waits is coloured as it was, until they say otherwise."""

from dataclasses import replace

from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import empty, insert

from materiel.domain.accounts.delays import Delays
from materiel.store.accounts import service as services
from materiel.store.engine import migrate
from materiel.store.engine.ids import new_id

__all__ = ["empty"]
ID = "2026-11-29T00:01:11:000000"


async def test_a_service_on_file_keeps_the_usual_delays_until_it_changes_them(empty, capsys):
    every = await migrate.check()
    assert (await run_forwards("materiel", migration_id=[each for each in every if each < ID][-1])).success
    capsys.readouterr()
    service_id, later_id = new_id(), new_id()
    values = {"kind": "dsden", "renewal_policy": "yearly", "academie": "14", "departement": "035"}
    address = '{"lines": [], "postcode": "", "city": ""}'
    await insert("managing_service", id=service_id, address=address, **values)

    await migrate.upgrade()

    service = await services.get(service_id)
    assert service.delays == Delays(3, 21)
    await services.save(replace(service, amber_days=7, red_days=30))
    assert (await services.zone_and_delays(service_id))[1] == Delays(7, 30)
    # The previous release still creates services on this schema.
    await insert("managing_service", id=later_id, address=address, code="DSDEN22", **values)
    assert (await services.get(later_id)).delays == Delays(3, 21)
