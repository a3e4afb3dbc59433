"""Contents that tests and benchmarks draw: an agreement as long as a real one, a letter, and awkward
cases.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from materiel.documents.content import (
    Block,
    BulletList,
    Content,
    Details,
    Heading,
    Letter,
    Paragraph,
    Run,
    SignatureBox,
    Signatures,
    Table,
    Text,
)

SENDER = (
    "Direction des services départementaux de l’éducation nationale d’Ille-et-Vilaine",
    "Service de l’école inclusive",
    "1, quai Dujardin, 35000 Rennes",
    "02 99 00 00 00 – materiel-adapte@exemple.fr",
)

ARTICLES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "Objet",
        (
            "L’État prête à l’élève, gratuitement, le matériel pédagogique adapté décrit plus haut. Ce prêt"
            " est un prêt à usage au sens des articles 1875 et suivants du code civil : le matériel reste "
            "la propriété de l’État et demeure inscrit à l’inventaire du service gestionnaire.",
            "Le matériel est destiné à compenser les difficultés que l’élève rencontre dans ses "
            "apprentissages. Il est choisi par le service gestionnaire à partir du besoin reconnu, et peut "
            "être remplacé par un matériel équivalent lorsque la scolarité ou le besoin évolue.",
        ),
        (),
    ),
    (
        "Durée et usage autorisé",
        (
            "Le prêt commence le jour de la remise et se termine à la date indiquée au tableau des "
            "conditions. Il peut être prolongé par un avenant écrit si le besoin demeure.",
            "Le matériel sert au travail scolaire de l’élève, dans l’établissement, à son domicile et "
            "pendant les trajets entre les deux. Il peut être utilisé lors des examens selon les "
            "aménagements accordés.",
        ),
        (),
    ),
    (
        "Devoirs de l’emprunteur",
        ("L’emprunteur veille raisonnablement à la garde et à la conservation du matériel :",),
        (
            "il le range dans sa housse et le tient à l’abri des chocs, de l’eau et de la chaleur ;",
            "il ne le prête, ne le cède et ne le confie à personne d’autre qu’aux adultes qui entourent l’élève ;",
            "il ne le démonte pas, ne le modifie pas et ne tente pas de le réparer ;",
            "il conserve l’étiquette d’inventaire et les logiciels installés, dont l’État détient les licences ;",
            "il signale sans attendre toute panne, toute perte et tout vol, et tout changement d’adresse.",
        ),
    ),
    (
        "Perte, vol et dommages",
        (
            "En cas de perte ou de vol sans faute de l’emprunteur, l’État remplace le matériel. Le vol "
            "donne lieu à un dépôt de plainte dont une copie est adressée au service gestionnaire dans les "
            "cinq jours.",
            "L’usure qui résulte de l’usage normal n’est pas à la charge de l’emprunteur. Par dérogation à "
            "l’article 1883 du code civil, la perte par accident ne lui est pas imputée, même si une valeur"
            " a été indiquée.",
        ),
        (),
    ),
    (
        "Livraison et mise en service",
        (
            "Le matériel est livré et mis en service par le service gestionnaire ou par la personne qu’il "
            "désigne. L’élève et les adultes qui l’accompagnent reçoivent les explications nécessaires à la"
            " prise en main.",
            "La remise est constatée par un bon qui décrit l’état de chaque objet et la liste de ses accessoires.",
        ),
        (),
    ),
    (
        "Entretien et réparation",
        (
            "L’entretien courant, qui consiste à nettoyer le matériel et à charger ses batteries, revient à"
            " l’emprunteur. Les réparations et le remplacement des pièces reviennent à l’État, qui en "
            "supporte le coût ; l’emprunteur apporte le matériel au lieu que le service gestionnaire lui "
            "indique.",
            "Pendant la réparation, un matériel de remplacement est prêté dans la limite du stock disponible.",
        ),
        (),
    ),
    (
        "Frais de fonctionnement",
        (
            "Les consommables, tels que l’encre, le papier et les piles, sont à la charge de l’emprunteur "
            "pour l’usage au domicile. Aucune somme n’est demandée à la remise, ni loyer, ni caution.",
        ),
        (),
    ),
    (
        "Données et comptes",
        (
            "L’emprunteur fait lui-même les copies de sauvegarde de ses documents. Au retour du matériel, "
            "toutes les données qui s’y trouvent sont effacées.",
            "Le service gestionnaire tient un fichier des prêts pour les besoins de sa mission d’intérêt "
            "public. L’emprunteur peut demander à consulter et à faire rectifier les données qui le "
            "concernent auprès du délégué à la protection des données de l’académie, et saisir la CNIL "
            "d’une réclamation.",
        ),
        (),
    ),
    (
        "Changement de situation",
        (
            "Le matériel suit l’élève lorsqu’il change de classe ou d’établissement dans l’académie. "
            "Lorsqu’il quitte l’académie, le matériel est rendu et le service du nouveau lieu de "
            "scolarisation est informé.",
            "Le prêt prend fin avant son terme si l’élève cesse d’être scolarisé dans un établissement "
            "public ou privé sous contrat, ou si la décision qui fonde le prêt arrive à échéance.",
        ),
        (),
    ),
    (
        "Restitution",
        (
            "À la fin du prêt, l’emprunteur rend le matériel avec tous ses accessoires, au lieu et à la "
            "date convenus. Un récépissé constate l’état du matériel et libère l’emprunteur de ses "
            "obligations.",
        ),
        (),
    ),
    (
        "Signature et exemplaires",
        (
            "La présente convention est établie en autant d’exemplaires que de signataires. Le code imprimé"
            " sur chaque page permet de vérifier qu’elle est authentique et de connaître son état.",
        ),
        (),
    ),
)

EQUIPMENT = (
    ("Ordinateur portable", "HP ProBook 440 G11, écran 14″"),
    ("Chargeur", "HP 65 W, USB-C"),
    ("Housse de protection", "Port Designs 14″"),
    ("Clavier braille", "Focus 40 Blue"),
    ("Souris adaptée", "BIGtrack à boule"),
    ("Casque audio", "Jabra Evolve 20"),
    ("Loupe électronique", "Ruby 7 HD"),
    ("Logiciel de lecture", "Licence NVDA accompagnée"),
    ("Scanner à main", "C-Pen Reader 2"),
    ("Tablette", "Galaxy Tab A9+, 11 pouces"),
    ("Stylet", "Wacom Bamboo"),
    ("Micro-émetteur HF", "Phonak Roger On"),
)


def plain(text: str, *, bold: bool = False) -> Text:
    """A text of one run."""
    return (Run(text, bold=bold),)


def box(party: str, name: str, capacity: str, *, optional: bool = False) -> SignatureBox:
    """A signature box with the usual mention."""
    mention = "Écrire « lu et approuvé », dater et signer"
    return SignatureBox(party=party, name=name, capacity=capacity, mention=mention, optional=optional)


STATE = box("Pour le service gestionnaire", "Mme Hélène Dœuvre", "Inspectrice d’académie, par délégation")
MOTHER = box("L’emprunteur", "Mme Anaïs N’Guyen-Lefèvre", "Mère de l’élève")
FATHER = box("L’emprunteur", "M. Loïc Lefèvre", "Père de l’élève", optional=True)
MAYOR = box("Pour la commune de Rennes", "M. Théo Kovač", "Maire, propriétaire de l’école")


def equipment_table(count: int) -> Table:
    """A table of items: number, designation, model, serial number."""
    rows = []
    for rank in range(count):
        designation, model = EQUIPMENT[rank % len(EQUIPMENT)]
        rows.append((f"35-2026-{rank + 1:05d}", designation, model, f"SN{7919 * (rank + 1):08d}"))
    header = ("N° d’inventaire", "Désignation", "Marque et modèle", "N° de série")
    return Table(caption="Matériel prêté", header=header, rows=tuple(rows), widths=(1.3, 1.6, 2.1, 1.3))


def content(*blocks: Block, number: str = "35-2026-00042", **changes: object) -> Content:
    """A document of these blocks, from the same service on the same day."""
    made = Content(
        kind="loan_agreement",
        number=number,
        title="Convention de prêt de matériel pédagogique adapté",
        subtitle="Prêt à usage consenti par l’État pour la scolarité d’un élève",
        issued_on=date(2026, 9, 1),
        wording=date(2026, 9, 1),
        sender=SENDER,
        verify_url="https://pret.exemple.fr/v/7KQ2M9RWT4XBC",
        blocks=blocks,
        footer="DSDEN d’Ille-et-Vilaine – exemplaire à conserver",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def agreement(rank: int = 1, *, items: int = 12, boxes: tuple[SignatureBox, ...] = ()) -> Content:
    """A loan agreement of about 900 words and four pages; `rank` changes number, names and code."""
    blocks: list[Block] = [
        Heading(level=2, text="Entre les soussignés"),
        Details(
            caption="Le prêteur",
            rows=(
                ("Service gestionnaire", plain(SENDER[0], bold=True)),
                ("Représenté par", plain("Mme Hélène Dœuvre, inspectrice d’académie, par délégation")),
            ),
        ),
        Details(
            caption="L’emprunteur",
            rows=(
                ("Élève", plain(f"Zoé N’Guyen-Lefèvre {rank}", bold=True)),
                ("Établissement", plain("École primaire publique Camille-Claudel, Rennes (0350122T)")),
                ("Représentants légaux", plain("Mme Anaïs N’Guyen-Lefèvre, mère ; M. Loïc Lefèvre, père")),
                ("Domicile de la mère", plain("12 bis, rue de l’Église, 35000 Rennes")),
                ("Domicile du père", plain("3, allée des Îles, 35170 Bruz")),
            ),
        ),
        Heading(level=2, text="Le matériel et les conditions"),
        equipment_table(items),
        Details(
            caption="Conditions du prêt",
            rows=(
                ("Durée", plain("Du 1er septembre 2026 au 5 juillet 2027 inclus")),
                ("Fondement", plain("Notification de la CDAPH du 12 mai 2026, jusqu’au 31 août 2029")),
                ("Usage", plain("Travail scolaire en classe et au domicile")),
            ),
        ),
        Heading(level=2, text="Clauses"),
    ]
    for order, (title, paragraphs, bullets) in enumerate(ARTICLES, 1):
        blocks.append(Heading(level=3, text=f"Article {order} – {title}", numbered=True))
        blocks += [Paragraph(text=plain(paragraph)) for paragraph in paragraphs]
        if bullets:
            blocks.append(BulletList(items=tuple(plain(bullet) for bullet in bullets)))
    blocks.append(Heading(level=2, text="Signatures"))
    blocks.append(
        Signatures(
            made_at="Fait à Rennes, le 1er septembre 2026, en trois exemplaires.",
            boxes=boxes or (STATE, MOTHER, FATHER),
        )
    )
    code = f"{rank:05d}".translate(str.maketrans("0123456789", "7KQ2M9RWT4"))
    return content(*blocks, number=f"35-2026-{rank:05d}", verify_url=f"https://pret.exemple.fr/v/{code}XBCDEFGH")


LETTER = Letter(
    recipient=(
        "Monsieur le Maire",
        "Mairie de Saint-Étienne-en-Coglès",
        "Service de l’enfance et de la vie scolaire",
        "14, place de l’Hôtel-de-Ville",
        "35460 SAINT-ÉTIENNE-EN-COGLÈS",
    ),
    place_and_date="Rennes, le 1er septembre 2026",
    reference="35-2026-00042",
    subject="matériel pédagogique adapté prêté à une élève de votre école",
    salutation="Monsieur le Maire,",
    closing="Je vous prie d’agréer, Monsieur le Maire, l’expression de ma considération distinguée.",
    signatory=("L’inspectrice d’académie,", "Hélène Dœuvre"),
)


def notice(*, letter: Letter = LETTER, blocks: tuple[Block, ...] = ()) -> Content:
    """The letter that tells a mayor of a loan."""
    return content(
        *(
            blocks
            or (
                Paragraph(
                    text=plain(
                        "J’ai l’honneur de vous informer que l’État a prêté à Zoé N’Guyen-Lefèvre, élève de"
                        " l’école primaire publique Camille-Claudel, un ordinateur portable et un clavier "
                        "braille qu’elle utilise en classe et à son domicile du 1er septembre 2026 au 5 "
                        "juillet 2027."
                    )
                ),
                Paragraph(
                    text=plain(
                        "Ce matériel reste la propriété de l’État. Cette lettre vous est adressée pour "
                        "information : elle n’appelle pas de réponse de votre part."
                    )
                ),
            )
        ),
        kind="notice",
        title="Notification de prêt de matériel pédagogique adapté",
        letter=letter,
    )
