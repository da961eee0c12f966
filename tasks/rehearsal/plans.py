"""What the fictional group buys, from whom, under which contracts: the matter of a rehearsal.

Every company is fictional: no SIREN begins with five zeros.
"""

from typing import NamedTuple

HOUSES = {"990000010": 46, "990000028": 20, "990000036": 18, "990000044": 10, "990000051": 6}
"""FINESS of the fictional establishments (`examples/ght-demo.toml`) and their share of the spend, in percent."""


class Company(NamedTuple):
    """A fictional supplier: SIREN stem, spellings found in the files, share of the family in percent."""

    stem: str
    spellings: tuple[str, ...]
    share: int
    has_contract: bool = True


class FamilyPlan(NamedTuple):
    """What the group spends in a family: EUR a year, its contract, labels and suppliers."""

    code: str
    yearly: int
    number: str
    objet: str
    cpv: str
    months_left: int
    labels: tuple[str, ...]
    companies: tuple[Company, ...]


PLANS = (
    FamilyPlan(
        "perfusion",
        310_000,
        "PERF",
        "Fourniture de dispositifs de perfusion pour les établissements du groupement",
        "33194000",
        0,  # ends soon: see `renewal_end`
        (
            "Perfuseurs et prolongateurs",
            "Cathéters courts sécurisés",
            "Seringues trois pièces 50 ml",
            "Robinets et rampes",
        ),
        (
            Company("00000011", ("Perfumédic SAS", "PERFUMEDIC", "Perfumedic S.A.S."), 38),
            Company("00000012", ("Cathélia Santé", "CATHELIA SANTE SA"), 30),
            Company("00000013", ("Seringo France SARL", "SERINGO"), 18),
            Company("00000014", ("Dispomed Ouest", "DISPOMED OUEST SARL"), 9, has_contract=False),
            Company(
                "00000015",
                ("Comptoir hospitalier Valmy", "COMPTOIR HOSPITALIER VALMY (DEPANNAGE)"),
                5,
                has_contract=False,
            ),
        ),
    ),
    FamilyPlan(
        "medicaments",
        1_450_000,
        "MED",
        "Fourniture de solutés massifs et d'anti-infectieux injectables",
        "33600000",
        30,
        ("Spécialités pharmaceutiques, liste 1", "Solutés massifs", "Antibiotiques injectables"),
        (
            Company("00000021", ("Laboratoires Ardel", "LABO ARDEL SA"), 55),
            Company("00000022", ("Solutalis SAS", "SOLUTALIS"), 35),
            Company(
                "00000023", ("Répartiteur Pharmavale", "REPARTITEUR PHARMAVALE SA"), 10, has_contract=False
            ),
        ),
    ),
    FamilyPlan(
        "blanchisserie",
        640_000,
        "LIN",
        "Location et entretien du linge et des tenues professionnelles",
        "98310000",
        34,
        ("Entretien du linge plat", "Location textile, tenues", "Linge des résidents"),
        (
            Company("00000031", ("Blanchisserie du Val Clair", "BLANCHISSERIE DU VAL CLAIR SCOP"), 92),
            Company("00000032", ("Pressing Martinot", "PRESSING MARTINOT SARL"), 8, has_contract=False),
        ),
    ),
    FamilyPlan(
        "imagerie",
        480_000,
        "IMG",
        "Échographes et maintenance des équipements d'imagerie",
        "33112000",
        38,
        ("Maintenance scanner, contrat annuel", "Sondes d'échographe", "Maintenance biomédicale, dépannage"),
        (
            Company("00000041", ("Imagex Systèmes", "IMAGEX SYSTEMES SAS"), 80),
            Company(
                "00000042",
                ("Ultrasonics Maintenance", "ULTRASONICS MAINTENANCE SARL"),
                20,
                has_contract=False,
            ),
        ),
    ),
    FamilyPlan(
        "alimentation",
        890_000,
        "ALI",
        "Fourniture de denrées alimentaires",
        "15500000",
        28,
        ("Laitages", "Viande surgelée", "Épicerie", "Légumes frais"),
        (
            Company("00000051", ("Saveurs Collectives", "SAVEURS COLLECTIVES SA"), 60),
            Company("00000052", ("Laiterie des Trois Ruisseaux", "LAITERIE DES TROIS RUISSEAUX"), 25),
            Company("00000053", ("Primeurs Audebert", "PRIMEURS AUDEBERT ET FILS"), 15, has_contract=False),
        ),
    ),
    FamilyPlan(
        "informatique",
        360_000,
        "INF",
        "Hébergement certifié de données de santé et infogérance",
        "72000000",
        32,
        ("Hébergement serveurs", "Infogérance, forfait mensuel", "Sauvegarde externalisée"),
        (
            Company("00000061", ("Hébergis Santé", "HEBERGIS SANTE SAS"), 85),
            Company("00000062", ("Numérique Appui", "NUMERIQUE APPUI SARL"), 15, has_contract=False),
        ),
    ),
)
REFUSED_LINES = (
    ("990000010", "31/02/{year}", "Perfumédic SAS", "Perfuseurs", "perfusion", "", "1 250,00"),
    ("990000028", "14/03/{year}", "", "Facture sans tiers", "alimentation", "", "84,10"),
    ("990000036", "02/04/{year}", "Hébergis Santé", "Avoir à recalculer", "informatique", "", "à vérifier"),
    ("990009993", "20/05/{year}", "Imagex Systèmes", "Sondes", "imagerie", "", "3 400,00"),
)
"""Lines that every real file has and that the import refuses: impossible day, no supplier, no amount, unknown house."""
