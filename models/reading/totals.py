"""Lines of totals among the lines of a file: they name no supplier, contract or order. Pure."""

import re
from collections.abc import Collection

from models.reading.values import FRENCH_MONTHS, fold

FIRST = re.compile(r"(?:sous totaux|sous total|total|totaux|cumul|a reporter|report|solde)\b")
BESIDE = frozenset(
    [
        "sous",
        "total",
        "totaux",
        "general",
        "generale",
        "generaux",
        "cumul",
        "cumule",
        "partiel",
        "intermediaire",
        "mensuel",
        "annuel",
        "du",
        "de",
        "des",
        "la",
        "le",
        "les",
        "l",
        "d",
        "au",
        "en",
        "par",
        "et",
        "mois",
        "annee",
        "exercice",
        "page",
        "periode",
        "jour",
        "compte",
        "budget",
        "fournisseur",
        "fournisseurs",
        "tiers",
        "famille",
        "service",
        "marche",
        "marches",
        "commande",
        "commandes",
        "facture",
        "factures",
        "lot",
        "lots",
        "lignes",
        "ht",
        "ttc",
        "tva",
        "eur",
        "euros",
        "montant",
        "nouveau",
        "ancien",
        "precedent",
        "anterieur",
        "a",
        "reporter",
        "report",
        "debit",
        "credit",
    ]
) | frozenset(FRENCH_MONTHS)


def is_total(text: str, names: Collection[str] = ()) -> bool:
    """Return whether a cell says a total and names nobody; `names` are the folded names that the file has beside.

    >>> is_total("Sous-total janvier 2026"), is_total("TOTAL GENERAL"), is_total("Total Alpha", {"alpha"})
    (True, True, True)
    >>> is_total("TotalEnergies"), is_total("Total Direct Énergie"), is_total("Report de Bruxelles")
    (False, False, False)
    """
    folded = fold(text)
    found = FIRST.match(folded)
    if not found:
        return False
    rest = folded[found.end() :].split()
    while rest and (rest[0] in BESIDE or rest[0].isdigit()):
        rest.pop(0)
    return not rest or " ".join(rest) in names or folded.startswith("sous tota")
