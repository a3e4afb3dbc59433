import pytest

from materiel.domain.item.family import WORDS, ItemFamily, counted_families, guess_family

F = ItemFamily


@pytest.mark.parametrize(
    ("designation", "category", "family"),
    [
        ("Ordinateur portable 14 pouces", "Informatique", F.COMPUTER),
        ("ORDINATEUR  Portable avec logiciel de lecture", "", F.COMPUTER),
        ("Portable HP ProBook", "", F.COMPUTER),
        ("Micro-ordinateur", "", F.COMPUTER),
        ("Tablette 11 pouces", "", F.TABLET),
        ("iPad 9e génération", "Déficience visuelle", F.TABLET),
        ("Afficheur braille 40 caractères", "Déficience visuelle", F.COMPUTER_ACCESSORY),
        ("Plage braille", "", F.COMPUTER_ACCESSORY),
        ("Clavier agrandi à contrastes", "Saisie", F.COMPUTER_ACCESSORY),
        ("Souris scanner", "", F.COMPUTER_ACCESSORY),
        ("Écran 24 pouces", "", F.COMPUTER_ACCESSORY),
        ("Housse pour ordinateur", "", F.COMPUTER_ACCESSORY),
        ("Logiciel de retour vocal, licence", "", F.SOFTWARE),
        ("Antidote 11", "Logiciel", F.SOFTWARE),
        ("Clavier virtuel", "logiciels", F.SOFTWARE),
        ("Livre en relief", "", F.BOOK_OR_DOCUMENT),
        ("Manuel de mathématiques en braille", "", F.BOOK_OR_DOCUMENT),
        ("Boucle magnétique de table", "Déficience auditive", F.OTHER),
        ("Lecteur de livres audio", "", F.OTHER),
        ("Loupe électronique portable", "Informatique", F.OTHER),
        ("Bras articulé pour tablette", "Déficience motrice", F.OTHER),
        ("Pack ordinateur et logiciel", "", F.OTHER),
        ("Focus 40 Blue", "Périphériques", F.COMPUTER_ACCESSORY),
        ("Focus 40 Blue", "", F.OTHER),
        ("", "", F.OTHER),
    ],
)
def test_words_tell_the_family_and_a_doubt_is_other(designation, category, family):
    assert guess_family(designation, category) is family


def test_no_word_is_in_two_families():
    words = [word.removeprefix("^") for each in WORDS.values() for word in each]
    assert len(words) == len(set(words))


def test_families_are_counted_in_their_order():
    found = counted_families([F.COMPUTER_ACCESSORY, F.COMPUTER, F.COMPUTER_ACCESSORY])
    assert found == ("accessoire informatique (2)", "ordinateur (1)")
