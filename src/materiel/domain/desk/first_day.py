"""What is needed before the first loan."""

from __future__ import annotations

from materiel.domain.language.labelled import LabelledEnum


class FirstStep(LabelledEnum):
    """One thing to do on the first day, in the order in which it helps most."""

    SERVICE = "service", "Le service et qui signe pour l'État"
    SCHOOLS = "schools", "L'annuaire des établissements"
    ITEMS = "items", "Votre inventaire"
    PUPILS = "pupils", "Les élèves"
    MAYORS = "mayors", "Les maires des communes"
    MAIL = "mail", "Le courriel"
    COLLEAGUES = "colleagues", "Vos collègues"
