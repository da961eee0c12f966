"""Commands that load data: organisation, membership of a group, spend, contracts."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from models.organisation_file import OrganisationReport

Json = Annotated[bool, Parameter(name="--json", negative="", help="Écrire le résultat en JSON.")]
File = Annotated[Path, Parameter(help="Fichier à lire.")]


def organisation(fichier: File, *, as_json: Json = False) -> None:
    """Charger ou mettre à jour le groupement, ses établissements, ses personnes et ses familles d'achat.

    Le fichier (TOML) est chargé en entier ou pas du tout ; chaque faute est listée avec sa place.
    """
    from tasks.organisation_file import load_organisation

    _show_organisation(load_organisation(fichier), as_json)


def _show_organisation(report: OrganisationReport, as_json: bool) -> None:
    if as_json:
        print_json(report)
        return
    rows = [(name, one.ajoutes, one.modifies, one.inchanges) for name, one in report.tables.items()]
    print_table(
        f"{report.fichier} : groupement {report.ght}", ("table", "ajoutés", "modifiés", "inchangés"), rows
    )
    for line in report.a_completer:
        print_line(f"À compléter. {line}")
