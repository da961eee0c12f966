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


def depenses(
    fichier: File,
    *,
    etablissement: Annotated[
        str,
        Parameter(
            name="--etablissement", help="SIRET ou FINESS, ou « colonne » si une colonne du fichier le donne."
        ),
    ],
    famille: Annotated[
        str, Parameter(name="--famille", help="Code de la famille, ou « auto » : par colonne, sinon par mots.")
    ] = "auto",
    colonne: Annotated[
        list[str] | None,
        Parameter(name="--colonne", help="sens=nom, par exemple montant=Amount ; plusieurs noms séparés par |."),
    ] = None,
    remplacer: Annotated[
        bool, Parameter(name="--remplacer", negative="", help="Reprendre un contenu déjà importé.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Importer des lignes de dépense (CSV, CSV compressé ou classeur).

    Chaque ligne refusée est listée avec son numéro et son motif ; les totaux se recoupent au centime.
    Sens des colonnes : date, montant, fournisseur, libelle, famille, marche, siren, etablissement.
    """
    from models.spend_reading import parse_mapping
    from tasks.spending import import_spend

    report = import_spend(fichier, etablissement, famille, parse_mapping(colonne or []), replace=remplacer)
    if as_json:
        print_json(report)
    else:
        _show_import(report)


def _show_import(report: ImportReport) -> None:
    print_line(f"{report.fichier} : {report.lus} lus, {report.acceptes} acceptés, {len(report.refuses)} refusés")
    print_line(
        f"Totaux : {french_amount(report.total_lu)} lus = {french_amount(report.total_accepte)} acceptés "
        f"+ {french_amount(report.total_refuse)} refusés"
    )
    for line in report.remarques:
        print_line(line)
    for one in report.refuses[:SHOWN]:
        print_line(f"  ligne {one.ligne} : {one.motif}")
    if len(report.refuses) > SHOWN:
        print_line(f"  … et {len(report.refuses) - SHOWN} autres (toutes avec --json)")
