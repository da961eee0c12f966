"""Commands that load facts: items of contracts, stocks, orders, invoices, incidents, gains."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line

if TYPE_CHECKING:
    from tasks.fact_files import FactReport

Json = Annotated[bool, Parameter(name="--json", negative="", help="Écrire le résultat en JSON.")]
File = Annotated[Path, Parameter(help="Fichier à lire (CSV ou classeur).")]


def articles(fichier: File, *, as_json: Json = False) -> None:
    """Importer les articles des marchés : code, désignation, prix, CIS, CIP13, rang du titulaire."""
    from tasks.stocks import import_items

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
    from tasks import watch
    from tasks.stocks import import_stocks

    _show(import_stocks(fichier, watch.day_of(date)), as_json)


def escalades(fichier: File, *, as_json: Json = False) -> None:
    """Remplacer les règles d'escalade des risques par celles du fichier (TOML)."""
    from tasks.escalation import import_policy

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
