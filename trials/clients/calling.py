"""Three calls by the generated client in Python: a list, a creation, a refusal. Run where `materiel_client` is."""

from __future__ import annotations

import sys

sys.path.insert(0, "")

from materiel_client import AuthenticatedClient
from materiel_client.api.mat_é_riels import list_items, register_item
from materiel_client.models import ItemBody, ItemOut, ItemPage, ItemStatus, Problem


def main(base_url: str, token: str) -> None:
    """Call, and insist on what was answered."""
    client = AuthenticatedClient(base_url=base_url, token=token)
    page = list_items.sync(client=client, limit=2)
    assert isinstance(page, ItemPage), page
    assert len(page.items) == 2, page
    keyboard = ItemBody(inventory_number="CLIENT-PY", designation="Clavier")
    made = register_item.sync(client=client, body=keyboard)
    assert isinstance(made, ItemOut), made
    assert made.status is ItemStatus.IN_STOCK, made
    refused = register_item.sync(client=client, body=ItemBody(inventory_number="CLIENT-2", designation=""))
    assert isinstance(refused, Problem), refused
    assert refused.code == "body.invalid", refused
    assert [fault.pointer for fault in refused.errors or []] == ["/designation"], refused
    print("Python: a list, a creation and a refusal are answered as the contract says.")


main(*sys.argv[1:])
