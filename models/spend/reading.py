"""What a spend file's columns mean, and one line of it once read. Pure."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from models.errors import BadInput

COLUMN_NAMES = {
    "date": "date|date de paiement|date paiement|date mandat|date de mandat|date facture|date comptable"
    "|date of payment|payment date|paid_on",
    "montant": "montant|montant ht|montant ttc|montant paye|montant mandate|montant en euros|amount"
    "|amount in sterling|amount £|amount in eur",
    "fournisseur": "fournisseur|nom fournisseur|nom du fournisseur|tiers|nom du tiers|titulaire|beneficiaire"
    "|supplier|supplier name",
    "libelle": "libelle|objet|designation|description|libelle ecriture|expense type|expensetype",
    "famille": "famille|famille d achat|segment|code famille",
    "marche": "marche|numero de marche|n marche|reference marche|contrat",
    "siren": "siren|siret|siret fournisseur|siren fournisseur|siret du tiers",
    "etablissement": "etablissement|finess|code etablissement",
}
"""For each meaning, the headings by which a column is recognised when no one says which it is."""

REQUIRED = ("date", "montant", "fournisseur")


class SpendRead(NamedTuple):
    """One spend line that could be read, before its supplier has a key."""

    line: int
    establishment_siret: str
    family_code: str | None
    supplier: str
    siren: str | None
    paid_on: date
    amount: Decimal
    label: str
    contract_number: str | None


def parse_mapping(options: list[str]) -> dict[str, str]:
    """Return which heading has which meaning, from options like `montant=Amount|Amount in Sterling`."""
    mapping: dict[str, str] = {}
    for option in options:
        meaning, sign, heading = option.partition("=")
        meaning = meaning.strip().lower()
        if not sign or not heading.strip():
            raise BadInput(
                f"--colonne « {option} » : écrivez sens=nom de colonne, par exemple montant=Amount."
            )
        if meaning not in COLUMN_NAMES:
            raise BadInput(f"--colonne « {option} » : sens inconnu (possibles : {', '.join(COLUMN_NAMES)}).")
        if meaning in mapping:
            raise BadInput(f"--colonne : le sens « {meaning} » est donné deux fois (séparez les noms par |).")
        mapping[meaning] = heading.strip()
    return mapping
