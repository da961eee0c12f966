"""Commands that load data: organisation, membership of a group, spend, contracts."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json
from flows.commands.registers.import_reports import (
    show_contracts,
    show_organisation,
    show_skeleton,
    show_spend,
)

Json = Annotated[bool, Parameter(name="--json", negative="", help="Écrire le résultat en JSON.")]
File = Annotated[Path, Parameter(help="Fichier à lire.")]


def organisation(fichier: File, *, as_json: Json = False) -> None:
    """Charger ou mettre à jour le groupement, ses établissements, ses personnes et ses familles d'achat.

    Le fichier (TOML) est chargé en entier ou pas du tout ; chaque faute est listée avec sa place.
    """
    from tasks.loading.file import load_organisation

    report = load_organisation(fichier)
    if as_json:
        print_json(report)
    else:
        show_organisation(report)


def ght(
    membres: File,
    *,
    code: Annotated[str, Parameter(name="--ght", help="Code du groupement, par exemple ARA-01.")],
    support: Annotated[
        str | None, Parameter(name="--support", help="SIRET ou FINESS de l'établissement support.")
    ] = None,
    sortie: Annotated[
        Path | None, Parameter(name="--sortie", help="Écrire le squelette dans ce fichier, sans le charger.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Préparer l'organisation d'un groupement réel à partir du fichier des membres (SAE).

    Avec --sortie, le squelette est écrit pour être complété ; sans elle, il est chargé aussitôt.
    Les personnes sont fictives (adresses en .invalid) : la sortie dit ce qui est à compléter.
    """
    from tasks.loading.skeleton import load_skeleton, write_skeleton

    report = (
        write_skeleton(membres, code, support, sortie) if sortie else load_skeleton(membres, code, support)
    )
    if as_json:
        print_json(report)
    else:
        show_skeleton(report)


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
        str,
        Parameter(name="--famille", help="Code de la famille, ou « auto » : par colonne, sinon par mots."),
    ] = "auto",
    colonne: Annotated[
        list[str] | None,
        Parameter(
            name="--colonne", help="sens=nom, par exemple montant=Amount ; plusieurs noms séparés par |."
        ),
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
    from models.spend.reading import parse_mapping
    from tasks.spend.importing import import_spend

    report = import_spend(fichier, etablissement, famille, parse_mapping(colonne or []), replace=remplacer)
    if as_json:
        print_json(report)
    else:
        show_spend(report)


def contrats(
    fichier: File,
    *,
    format_: Annotated[
        str | None,
        Parameter(name="--format", help="decp, csv ou xlsx ; reconnu au contenu sans cette option."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Importer des marchés au registre : données essentielles (DECP), CSV ou classeur.

    Chaque correction et chaque refus est listé avec son motif ; importer deux fois ne change rien.
    """
    from tasks.contracts.importing import import_contracts
    from tasks.execution.stocks import import_items_of

    report = import_contracts(fichier, format_)
    import_items_of(fichier, report.format)
    if as_json:
        print_json(report)
    else:
        show_contracts(report)
