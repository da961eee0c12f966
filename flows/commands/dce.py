"""Commands of the tender documents: render a set from one file, print an example, publish the schemas."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line
from models.errors import BadInput

Output = Annotated[str, Parameter(name="--sortie", help="Dossier où écrire les documents")]
Pdf = Annotated[bool, Parameter(name="--pdf", negative="", help="Ajouter une copie PDF de chaque document")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Réponse en JSON")]


def depuis(source: str, *, output: Output, pdf: Pdf = False, json: Json = False) -> None:
    """Écrire le dossier de consultation décrit par un fichier JSON, sans base de données."""
    from tasks.dossiers import read_dossier, write_set

    folder = Path(output)
    manifest = write_set(read_dossier(Path(source)), folder)
    if json:
        print_json(manifest)
    else:
        print_line(f"{len(manifest.files)} documents écrits dans {folder} ; archive {manifest.archive.name}")
    if pdf:
        from tasks.pdf import convert_to_pdf

        made = convert_to_pdf([folder / file.name for file in manifest.files], folder / "pdf")
        if not json:
            print_line(f"{len(made)} PDF écrits dans {folder / 'pdf'}")


def exemple(
    *, famille: Annotated[str, Parameter(name="--famille", help="Famille d'achat")] = "perfusion"
) -> None:
    """Imprimer un dossier JSON complet et valable, à modifier."""
    from tasks.families import example

    sys.stdout.write(example(famille).model_dump_json(indent=2) + "\n")


def schema(document: str | None = None) -> None:
    """Imprimer le schéma JSON des données d'un document (sans argument : celui du dossier)."""
    from models.documents.registry import document_type
    from models.dossier import Dossier

    model = Dossier if document in (None, "dossier") else document_type(str(document)).context
    print_json(model.model_json_schema())


def verifier(
    template: str,
    *,
    document: Annotated[
        str | None, Parameter(name="--document", help="Document dont c'est le modèle")
    ] = None,
    json: Json = False,
) -> int:
    """Vérifier un modèle Word : sûreté du fichier, balises utilisées, inconnues, oubliées."""
    from tasks.templates_check import check_template

    path = Path(template)
    if not path.is_file():
        raise BadInput(f"Fichier introuvable : {path}.")
    report = check_template(path, document)
    if json:
        print_json(report)
    else:
        for line in report.lines():
            print_line(line)
    return 0 if report.usable else 2
