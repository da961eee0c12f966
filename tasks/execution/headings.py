"""The headings of the files of facts: for each field the names that people give it."""

from tasks.tables.lines import Columns

HOUSE = "Établissement|SIRET établissement|FINESS|SIRET"
CONTRACT = "Marché|Numéro de marché|Contrat"
SUPPLIER = "Fournisseur|Titulaire"

ORDERS = Columns(
    names={
        "number": "Numéro|Commande|Numéro de commande|Bon de commande",
        "house": HOUSE,
        "buyer": "Acheteur",
        "contract": CONTRACT,
        "lot": "Lot",
        "family": "Famille|Catégorie|Catégorie homogène",
        "supplier": SUPPLIER,
        "on": "Date|Date de commande",
        "amount": "Montant HT|Montant",
    },
    required=("number", "on", "amount"),
)
INVOICES = Columns(
    names={
        "number": "Numéro|Facture|Numéro de facture",
        "house": HOUSE,
        "contract": CONTRACT,
        "supplier": SUPPLIER,
        "received": "Date de réception|Reçue le|Réception|Date",
        "executed": "Date de service fait|Service fait|Livraison",
        "amount": "Montant TTC|Montant",
        "paid": "Date de paiement|Payée le|Paiement",
        "blocked": "Motif de blocage|Blocage|Motif",
    },
    required=("number", "supplier", "received", "amount"),
)
INCIDENTS = Columns(
    names={
        "number": "Numéro|Incident|Référence",
        "house": HOUSE,
        "contract": CONTRACT,
        "supplier": SUPPLIER,
        "kind": "Type|Nature|Objet",
        "on": "Date|Date de l'incident",
        "late": "Jours de retard|Retard",
        "amount": "Montant HT en retard|Montant HT|Montant",
        "contested": "Contesté|Contestée|Pénalité contestée",
    },
    required=("contract", "on"),
)
GAINS = Columns(
    names={
        "action": "Action|Intitulé|Projet",
        "year": "Année|Exercice",
        "family": "Famille",
        "forecast": "Gain prévu|Prévu|Gain prévisionnel",
        "realised": "Gain réalisé|Réalisé|Gain constaté",
        "on": "Date de mesure|Mesuré le|Date",
    },
    required=("action", "year", "forecast"),
)

OPTIONS = Columns(
    names={
        "contract": CONTRACT + "|Numéro",
        "buyer": "Acheteur",
        "rank": "Rang|Reconduction|Numéro de reconduction",
        "starts": "Date de début|Début|Date de reconduction",
        "months": "Durée (mois)|Mois|Durée",
        "notice": "Date limite|Date limite de décision|Préavis|Date de préavis",
        "tacit": "Tacite|Silence vaut reconduction",
        "decision": "Décision",
    },
    required=("contract", "starts", "notice"),
)
