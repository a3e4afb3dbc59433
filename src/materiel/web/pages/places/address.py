"""A postal address in a form: its lines in one text area, its postcode, its city, the country of a home."""

from __future__ import annotations

from materiel.domain.address import Address
from materiel.web.http.forms import Form


def show_address(form: Form, name: str, address: Address | None) -> None:
    """Put a known address into the fields `name/lines`, `name/postcode`, `name/city`, `name/country`."""
    if address is not None:
        form.set(f"{name}/lines", "\n".join(address.lines))
        form.set(f"{name}/postcode", address.postcode)
        form.set(f"{name}/city", address.city)
        form.set(f"{name}/country", address.country)


def address_typed(form: Form, name: str) -> bool:
    """Whether anything of it was typed."""
    return any(form.typed(f"{name}/{part}").strip() for part in ("lines", "postcode", "city", "country"))


def read_address(form: Form, name: str) -> Address:
    """What was typed; the use case tells what is missing."""
    lines = tuple(line for line in form.lines(f"{name}/lines").splitlines() if line)
    return Address(
        lines=lines,
        postcode=form.text(f"{name}/postcode"),
        city=form.text(f"{name}/city"),
        country=form.text(f"{name}/country"),
    )


def address_faults(form: Form) -> None:
    """Bring the faults of single lines to the text area that holds them all."""
    for rank, fault in enumerate(form.faults):
        head, found, tail = fault.name.partition("/lines/")
        if found and tail.isdigit():
            form.faults[rank] = type(fault)(f"{head}/lines", fault.detail)
