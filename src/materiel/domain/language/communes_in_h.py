"""Communes in h before which « de » is whole, « de Hem », where « d'Hyères » is the rule.

Source: « type de nom en clair » of INSEE's Code officiel géographique, in `@etalab/decoupage-administratif` 6.0.0
(Licence Ouverte 2.0), written by `scripts/prepare/place-names`. 239 names, and 11 that two types share.
"""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = """
Habsheim; Hachan; Hadancourt-le-Haut-Clocher; Haegen; Hagedet; Hagenbach; Hagenthal-le-Bas; Hagenthal-le-Haut; Haget;
Hagnicourt; Haguenau; Hailles; Haimps; Haims; Halles-sous-les-Côtes; Ham; Ham-en-Artois; Ham-les-Moines;
Ham-sous-Varsberg; Ham-sur-Meuse; Hamars; Hambach; Hambers; Hambye; Hamelet; Hames-Boucres; Hammeville; Hamonville;
Hampigny; Hampont; Han-devant-Pierrepont; Han-lès-Juvigny; Han-sur-Meuse; Han-sur-Nied; Handschuheim; Hangard;
Hangenbieten; Hangviller; Hannapes; Hannappes; Hannogne-Saint-Martin; Hannogne-Saint-Rémy; Hannonville-Suzémont;
Hannonville-sous-les-Côtes; Hans; Hanvec; Hanviller; Hanvoile; Happencourt; Haraumont; Harcy; Hardanges; Hardinvast;
Hargeville-sur-Chée; Harskirchen; Hartmannswiller; Harville; Hary; Hatten; Hattmatt; Hattstatt; Hauban; Haudivillers;
Haulies; Haulmé; Hausgauen; Haut Valromey; Haut-Bocage; Haut-Lieu; Haut-Loquin; Haut-du-Them-Château-Lambert; Hautbos;
Haute-Amance; Haute-Avesnes; Haute-Goulaine; Haute-Kontz; Haute-Rivoire; Haute-Vigneulles; Haute-Épine; Hautecloque;
Hautefage; Hautefontaine; Hautes-Duyes; Hauteville-la-Guichard; Hauteville-sur-Mer; Haution; Hautot-le-Vatois;
Hautot-sur-Seine; Hauts de Bienne; Hautteville-Bocage; Hauville; Hauviné; Haybes; Hecken; Hecmanville; Hegeney;
Heidolsheim; Heidwiller; Heiligenberg; Heiligenstein; Heilles; Heimersdorf; Heimsbrunn; Heiteren; Heiwiller;
Helfrantzkirch; Helleville; Hem; Hem-Hardinval; Hem-Lenglet; Hem-Monacu; Hengoat; Hengwiller; Henvic; Herbitzheim;
Herbsheim; Hercé; Hermerswiller; Hermes; Hermival-les-Vaux; Herpont; Herran; Herrlisheim; Herrlisheim-près-Colmar;
Hescamps; Hessenheim; Hettenschlag; Heudicourt-sous-les-Côtes; Heugon; Heugueville-sur-Sienne; Heurtevent; Heussé;
Hibarette; Hierges; Hiermont; Hiesville; Hiis; Hilsenheim; Hinacourt; Hindisheim; Hindlingen; Hinsbourg; Hinsingen;
Hipsheim; Hirschland; Hirsingue; Hirtzbach; Hirtzfelden; Hitte; Hiéville; Hochfelden; Hochstatt; Hochstett; Hocquigny;
Hodenc-en-Bray; Hodenc-l'Évêque; Hodeng-Hodenger; Hodeng-au-Bosc; Hoffen; Hohatzenheim; Hohengœft; Hohfrankenheim;
Hohrod; Hohwiller; Holnon; Holque; Holtzheim; Holtzwihr; Hombourg; Hombourg-Budange; Hombourg-Haut; Hommarting;
Hommert; Hon-Hergies; Hondainville; Hondouville; Honfleur; Honguemare-Guenouville; Honskirch; Horbourg-Wihr; Horgues;
Hornoy-le-Bourg; Hoste; Hotot-en-Auge; Hottot-les-Bagues; Hottviller; Houdan; Houdilcourt; Houesville; Houetteville;
Houeydets; Houlbec-près-le-Gros-Theil; Houldizy; Houlette; Houlgate; Houlle; Houppeville; Houquetot; Hourc; Hourges;
Houry; Houssen; Housset; Houville-en-Vexin; Hoymille; Huanne-Montmartin; Huelgoat; Huest; Hugleville-en-Caux; Huillé;
Huillé-Lézigné; Huiron; Huisnes-sur-Mer; Humes-Jorquenay; Hunawihr; Hundsbach; Huningue; Hunspach; Hurtigheim;
Husseren-Wesserling; Husseren-les-Châteaux; Husson; Huttendorf; Huttenheim; Hyenville; Hyet; Hyémondans; Hèches;
Hères; Hédé-Bazouges; Hégenheim; Hémevez; Hénansal; Hénon; Hérenguerville; Hésingue; Hœdic; Hœnheim; Hœrdt
"""

WHOLE = tuple(name.strip() for name in _NAMES.split(";"))
"""Every commune of that name is « de … »."""

HOMONYMS: Mapping[str, Mapping[str, bool]] = {
    "Halloy": {"": True, "60295": True, "62404": False},
    "Haraucourt": {"": False, "08211": True, "54250": False},
    "Hargnies": {"": False, "08214": True, "59283": False},
    "Harricourt": {"": True, "08215": True, "52238": False},
    "Hauterive": {"": False, "03126": False, "61202": True, "89200": False},
    "Hauteroche": {"": True, "21314": False, "39177": True},
    "Hauteville": {"": False, "02376": True, "08219": True, "51286": False, "62418": False, "73133": False},
    "Herly": {"": False, "62437": False, "80433": True},
    "Heuqueville": {"": True, "27337": False, "76361": True},
    "Homps": {"": False, "11172": False, "32154": True},
    "Houssay": {"": True, "41102": False, "53117": True},
}
"""Whether « de » is whole, by INSEE code; under no code, as it is of most of their inhabitants."""
