"""Commands that load facts: items of contracts, amendments, stocks, orders, invoices, incidents, gains."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line

if TYPE_CHECKING:
    from tasks.tables.lines import FactReport

Json = Annotated[bool, Parameter(name="--json", negative="", help="Écrire le résultat en JSON.")]
File = Annotated[Path, Parameter(help="Fichier à lire (CSV ou classeur).")]


def articles(fichier: File, *, as_json: Json = False) -> None:
    """Importer les articles des marchés : code, désignation, prix, CIS, CIP13, rang du titulaire."""
    from tasks.execution.stocks import import_items

    _show(import_items(fichier), as_json)


def stocks(
    fichier: File,
    *,
    date: Annotated[
        str | None, Parameter(name="--date", help="Jour du comptage ; aujourd'hui par défaut.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Importer les stocks : article, établissement, stock utilisable, consommation journalière moyenne."""
    from tasks.execution.stocks import import_stocks
    from tasks.runs import watch

    _show(import_stocks(fichier, watch.day_of(date)), as_json)


def reconductions(fichier: File, *, as_json: Json = False) -> None:
    """Importer les reconductions prévues aux marchés : début, durée, date limite de décision, sens du silence."""
    from tasks.execution.facts import import_options

    _show(import_options(fichier), as_json)


def avenants(fichier: File, *, as_json: Json = False) -> None:
    """Importer les avenants des marchés : numéro, date, fondement (R. 2194-…), montant HT, nouvelle fin."""
    from tasks.execution.amendment_file import import_amendments

    _show(import_amendments(fichier), as_json)


def penalites(fichier: File, *, as_json: Json = False) -> None:
    """Importer les pénalités propres aux marchés : diviseur ou forfait par jour, plafond, exonération, franchise."""
    from tasks.execution.penalties import import_clauses

    _show(import_clauses(fichier), as_json)


def commandes(fichier: File, *, as_json: Json = False) -> None:
    """Importer les commandes : numéro, établissement, marché, lot, famille, date, montant HT."""
    from tasks.execution.facts import import_orders

    _show(import_orders(fichier), as_json)


def factures(fichier: File, *, as_json: Json = False) -> None:
    """Importer les factures : numéro, établissement, fournisseur, réception, montant TTC, paiement."""
    from tasks.execution.facts import import_invoices

    _show(import_invoices(fichier), as_json)


def incidents(fichier: File, *, as_json: Json = False) -> None:
    """Importer les incidents d'exécution : marché, date, type, jours de retard, montant HT, contestation."""
    from tasks.execution.facts import import_incidents

    _show(import_incidents(fichier), as_json)


def gains(fichier: File, *, as_json: Json = False) -> None:
    """Importer les gains du plan d'actions : action, année, gain prévu, gain réalisé."""
    from tasks.execution.facts import import_gains

    _show(import_gains(fichier), as_json)


def verifier(
    *,
    marche: Annotated[str, Parameter(name="--marche", help="Numéro du marché.")],
    montant: Annotated[str, Parameter(name="--montant", help="Montant de la commande, en euros HT.")],
    lot: Annotated[int, Parameter(name="--lot", help="Numéro du lot.")] = 1,
    date: Annotated[
        str | None, Parameter(name="--date", help="Jour de la commande ; aujourd'hui par défaut.")
    ] = None,
) -> None:
    """Dire si une commande est possible ; elle est refusée après la fin du marché ou au-delà du maximum."""
    from models.reading.values import parse_positive_amount
    from tasks.execution.consumption import check_order
    from tasks.runs import watch

    amount = parse_positive_amount(montant, "--montant")
    print_line(check_order(marche, lot, amount, watch.day_of(date)))


def escalades(fichier: File, *, as_json: Json = False) -> None:
    """Remplacer les règles d'escalade des risques par celles du fichier (TOML)."""
    from tasks.risks.escalation import import_policy

    policy = import_policy(fichier)
    if as_json:
        print_json(policy)
    else:
        print_line(f"{fichier.name} : {len(policy.ladders)} règles d'escalade en vigueur.")


def _show(report: "FactReport", as_json: bool) -> None:
    if as_json:
        print_json(report)
        return
    print_line(
        f"{report.fichier} : {report.lus} lus, {report.acceptes} acceptés ({report.ajoutes} ajoutés, "
        f"{report.modifies} modifiés, {report.inchanges} inchangés), {len(report.refuses)} refusés"
    )
    for one in report.refuses[:20]:
        print_line(f"  ligne {one.ligne} : {one.motif}")
    for remark in report.remarques:
        print_line(f"  {remark}")
