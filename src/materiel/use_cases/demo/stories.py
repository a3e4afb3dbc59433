"""The loans of the demonstration: one story for each state, each case of the texts, each kind of document."""

from __future__ import annotations

from materiel.domain.incident.incident import DeclaredAs, IncidentKind, IncidentPaper
from materiel.domain.item.item import Condition
from materiel.domain.loan.loan import RemovalReason
from materiel.domain.loan.plan import Fault, Removal
from materiel.domain.papers.document import Party
from materiel.domain.usage import Basis, BasisKind, Custody
from materiel.use_cases.demo import people
from materiel.use_cases.demo.teller import Teller


async def tell_all(teller: Teller) -> None:
    """Tell every story, the oldest first: agreement numbers follow the days."""
    for story in STORIES:
        await story(teller)


async def beginnings(teller: Teller) -> None:
    """A draft, papers issued, partly signed, signed; then what is handed over, with or without a signature."""
    draft = await teller.lend("alix", people.ECOLE_BAULON, ["DEMO-ORD-001", "DEMO-SCA-001"], ago=2)
    issued = await teller.lend("sacha", people.COLLEGE_RENNES, ["DEMO-ORD-002"], ago=9)
    await teller.issue(issued, ago=8)
    # Not to Sacha's: each start of the demonstration makes a new link for her mother, which closes the one of a letter.
    two_homes = await teller.lend("camille", people.COLLEGE_RENNES, ["DEMO-SCA-003"], ago=4)
    await teller.issue(two_homes, ago=3)
    await teller.ask(two_homes, ago=2)
    partly = await teller.lend("noe", people.ECOLE_RENNES, ["DEMO-TEL-001"], ago=20, custody=Custody.SCHOOL)
    await teller.issue(partly, ago=19)
    await teller.sign(partly, ago=15, by=frozenset({Party.MANAGING_SERVICE, Party.BORROWER}))
    signed = await teller.lend("ines", people.COLLEGE_FOUGERES, ["DEMO-BRA-001", "DEMO-LOG-001"], ago=14)
    await teller.issue(signed, ago=13)
    await teller.sign(signed, ago=6)
    unsigned = await teller.lend("malo", people.COLLEGE_SAINT_MALO, ["DEMO-ORD-003"], ago=30)
    await teller.issue(unsigned, ago=29)
    await teller.hand(unsigned, ago=28)
    assert draft


async def ways_of_signing(teller: Teller) -> None:
    """Two homes, two parents, a guardian, an institution, an adult, protected adults, an emancipated minor."""
    for pupil, school, numbers in (
        ("camille", people.COLLEGE_RENNES, ["DEMO-ORD-004", "DEMO-CLA-001"]),
        ("lou", people.ECOLE_FOUGERES, ["DEMO-LOU-001"]),
        ("nils", people.ECOLE_RENNES, ["DEMO-TAB-001"]),
        ("mia", people.COLLEGE_FOUGERES, ["DEMO-TAB-002"]),
        ("leo", people.LYCEE_RENNES, ["DEMO-BRA-002"]),
        ("anna", people.LYCEE_RENNES, ["DEMO-EMT-001", "DEMO-REC-001"]),
        ("paul", people.EREA_REDON, ["DEMO-TRA-001"]),
        ("eva", people.LYCEE_RENNES, ["DEMO-LOU-002"]),
    ):
        waited = await teller.need(pupil, "Plage braille 32 cellules", ago=87) if pupil == "leo" else None
        loan_id = await teller.lend(pupil, school, numbers, ago=45, need=waited)
        await teller.begin(loan_id, ago=44)
        if pupil == "anna":
            # Her receiver goes home, the transmitter of her teachers stays at school.
            await teller.keep(loan_id, Custody.SCHOOL, only=["DEMO-EMT-001"], ago=12)


async def at_school(teller: Teller) -> None:
    """Equipment that stays at school: with a commune, a public school, a private one; shared deposits."""
    tripartite = await teller.lend("aya", people.LYCEE_RENNES, ["DEMO-TEL-002"], ago=40, custody=Custody.SCHOOL)
    await teller.begin(tripartite, ago=39)
    private = await teller.lend("zoe", people.PRIVATE_COLLEGE_RENNES, ["DEMO-BRS-001"], ago=12, custody=Custody.SCHOOL)
    await teller.issue(private, ago=11)
    shared = await teller.share(people.ECOLE_BAULON, ["DEMO-BOU-001", "DEMO-BOU-002"], ago=42)
    await teller.begin(shared, ago=41)
    prepared = await teller.share(people.COLLEGE_RENNES, ["DEMO-TEL-003"], ago=7)
    await teller.issue(prepared, ago=5)


async def bases(teller: Teller) -> None:
    """A PAS without notification, a decision that a manager takes, one soon over, one over."""
    pas = Basis(kind=BasisKind.PAS, decided_on=teller.day(60))
    trial = await teller.trial("tom", "Tablette avec lecture à voix haute", ago=60, until=-12)
    await teller.begin(
        await teller.lend("tom", people.PRIVATE_ECOLE_RENNES, ["DEMO-TAB-003"], ago=35, basis=pas, need=trial), ago=34
    )
    agricultural = await teller.lend(
        "ewen",
        people.AGRICULTURAL_LYCEE,
        ["DEMO-IMP-001"],
        ago=25,
        override_reason="Accord écrit de la DRAAF, qui n'a pas ce matériel (exemple).",
    )
    await teller.begin(agricultural, ago=24)
    soon = await teller.lend("jade", people.ECOLE_RENNES, ["DEMO-CLA-002"], ago=38, basis=teller.basis(until=-40))
    await teller.begin(soon, ago=37)
    over = await teller.lend("elio", people.EREA_REDON, ["DEMO-COM-001"], ago=48, basis=teller.basis(until=4))
    await teller.begin(over, ago=47)


async def changes(teller: Teller) -> None:
    """A renewal, a swap after a breakage, a theft and a loss, another school, another custody."""
    renewed = await teller.lend("rose", people.COLLEGE_RENNES, ["DEMO-COM-002"], ago=46, basis=teller.basis(until=-60))
    await teller.begin(renewed, ago=45)
    swapped = await teller.lend("rose", people.COLLEGE_RENNES, ["DEMO-IMP-002", "DEMO-TRA-002"], ago=43)
    await teller.begin(swapped, ago=42)
    broken = Removal(
        item_id=teller.items["DEMO-IMP-002"],
        reason=RemovalReason.BROKEN,
        fault=Fault.NONE,
        came_back=True,
        condition=Condition.OUT_OF_ORDER,
        description="Ne prend plus le papier, usure (exemple).",
    )
    await teller.swap(swapped, ago=20, remove=[broken], add=["DEMO-IMP-003"])
    await teller.hand(swapped, ago=18)
    await teller.prepare("DEMO-IMP-002", ago=19, condition=Condition.OUT_OF_ORDER)
    stolen = Removal(
        item_id=teller.items["DEMO-TRA-002"],
        reason=RemovalReason.STOLEN,
        fault=Fault.NONE,
        description="Vol avec effraction au domicile, plainte déposée (exemple).",
    )
    await teller.swap(swapped, ago=10, remove=[stolen], add=["DEMO-TRA-003"])
    lost = await teller.lend("sacha", people.COLLEGE_RENNES, ["DEMO-SCA-002", "DEMO-LOG-002"], ago=33)
    await teller.begin(lost, ago=32)
    told = await teller.tell(
        "DEMO-SCA-002", IncidentKind.LOSS, "Oubliée dans le car, introuvable au dépôt (exemple).", ago=5
    )
    await teller.receive(told, IncidentPaper.STATEMENT, IncidentPaper.INSURANCE, ago=4)
    gone = Removal(item_id=teller.items["DEMO-SCA-002"], reason=RemovalReason.LOST, fault=Fault.NONE)
    await teller.swap(lost, ago=3, remove=[gone])
    await teller.answer(
        told,
        Fault.NONE,
        "Trajet scolaire habituel, recherches faites (exemple).",
        "Rien ne vous est demandé. Une autre souris scanner sera proposée dès qu'une se libère (exemple).",
        ago=2,
    )
    moved = await teller.lend("noe", people.ECOLE_RENNES, ["DEMO-TAB-004"], ago=36)
    await teller.begin(moved, ago=35)
    await teller.move(moved, people.COLLEGE_RENNES, ago=16)
    goes_home = await teller.lend("ines", people.COLLEGE_FOUGERES, ["DEMO-LOU-003"], ago=31, custody=Custody.SCHOOL)
    await teller.begin(goes_home, ago=30)
    await teller.keep(goes_home, Custody.HOME, ago=17)
    await teller.renew(renewed, ago=4)


async def incidents(teller: Teller) -> None:
    """A breakdown that a lycée tells, a theft whose file still waits for the insurer's certificate."""
    flickers = await teller.tell(
        "DEMO-TEL-002",
        IncidentKind.BREAKDOWN,
        "L'image tremble depuis lundi, puis l'écran s'éteint (exemple).",
        ago=7,
        side=DeclaredAs.INSTITUTION,
    )
    await teller.photograph(flickers, people.LYCEE_RENNES, ago=6)
    theft = await teller.tell(
        "DEMO-TAB-001", IncidentKind.THEFT, "Sac volé dans le bus, la tablette était dedans (exemple).", ago=9
    )
    await teller.receive(theft, IncidentPaper.STATEMENT, IncidentPaper.COMPLAINT, ago=6)


async def endings(teller: Teller) -> None:
    """Returned and to be prepared, prepared, lost then found again; closed, cancelled, claimed back."""
    returned = await teller.lend("malo", people.COLLEGE_SAINT_MALO, ["DEMO-LOU-004", "DEMO-CLA-003"], ago=41)
    await teller.begin(returned, ago=40)
    await teller.take(returned, ago=13, condition=Condition.WORN, missing="Étui")
    closed = await teller.lend("alix", people.ECOLE_BAULON, ["DEMO-EMT-002"], ago=47)
    await teller.begin(closed, ago=46)
    await teller.take(closed, ago=27)
    await teller.prepare("DEMO-EMT-002", ago=27)
    await teller.close(closed, ago=26)
    await teller.lose("DEMO-EMT-003", "Introuvable au dernier rangement (exemple).", ago=15)
    await teller.find("DEMO-EMT-003", "Retrouvé derrière une étagère (exemple).", ago=8)
    cancelled = await teller.lend("tom", people.PRIVATE_ECOLE_RENNES, ["DEMO-BRS-002"], ago=23)
    await teller.issue(cancelled, ago=22)
    await teller.hand(cancelled, ago=22)
    await teller.undo_hand_over(cancelled, "Mauvais prêt choisi : rien n'a été remis (exemple).", ago=22)
    await teller.cancel(cancelled, ago=21)
    deposit = await teller.share(people.COLLEGE_FOUGERES, ["DEMO-BOU-003"], ago=44)
    await teller.begin(deposit, ago=43)
    await teller.recall(deposit, ago=6)
    ended = await teller.lend("leo", people.LYCEE_RENNES, ["DEMO-REC-002"], ago=39)
    await teller.begin(ended, ago=38)
    await teller.leave("leo", ago=5)


STORIES = (ways_of_signing, at_school, bases, changes, incidents, endings, beginnings)
