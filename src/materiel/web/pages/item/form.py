"""The form of an item: what is typed read whole, so that every fault is told at once."""

from __future__ import annotations

from typing import Any

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import TEXTS, WRITTEN, Item, Ownership
from materiel.errors import MaterielError
from materiel.use_cases.item.item import RegisterItem, UpdateItem
from materiel.web.http.forms import Form


def blank_form() -> Form:
    """The form of a new item: bought for the State unless told otherwise."""
    return Form.filled(ownership=Ownership.STATE.value)


def form_of(item: Item) -> Form:
    """The form of an item as it is."""
    price = "" if item.purchase_price_cents is None else f"{item.purchase_price_cents / 100:.2f}".replace(".", ",")
    shown = {name: getattr(item, name) for name in WRITTEN}
    shown |= {"accessories": "\n".join(item.accessories), "purchase_price_cents": price, "version": str(item.version)}
    return Form.filled(**shown)


def to_register(form: Form) -> RegisterItem:
    """The new item that was typed; faults of reading are noted in the form."""
    return RegisterItem(inventory_number=form.text("inventory_number"), **_typed(form))


def to_update(form: Form, item: Item) -> UpdateItem:
    """The corrections typed: every field of the form is what the item must say, an empty one included."""
    typed = _typed(form)
    if typed["family"] is None:
        del typed["family"]
    version = form.typed("version")
    return UpdateItem(item_id=item.id, version=int(version) if version.isdigit() else item.version, changes=typed)


def refuse(form: Form, error: MaterielError) -> None:
    """Note what the use case refused; the lines of accessories are one field here."""
    for each in error.errors:
        form.fault(each.pointer.lstrip("/").split("/")[0], each.detail)
    if not error.errors:
        form.refuse(error)


def _typed(form: Form) -> dict[str, Any]:
    return {each.name: form.text(each.name) for each in TEXTS} | {
        "family": form.choice("family", ItemFamily) if form.typed("family") else None,
        "accessories": tuple(line for line in form.lines("accessories").splitlines() if line),
        "ownership": form.choice("ownership", Ownership) or Ownership.STATE,
        "lease_ends_on": form.day("lease_ends_on"),
        "acquired_on": form.day("acquired_on"),
        "warranty_ends_on": form.day("warranty_ends_on"),
        "purchase_price_cents": form.cents(
            "purchase_price_cents", unread="Ce prix ne se lit pas. Écrivez-le ainsi : 1 234,50."
        ),
    }
