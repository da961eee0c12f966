"""Commands of the tender documents: render a set from one file, print an example, publish the schemas."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line
from models.errors import BadInput

if TYPE_CHECKING:
    from tasks.documents.consultation_set import Manifest

Output = Annotated[str, Parameter(name="--sortie", help="Dossier où écrire les documents")]
Pdf = Annotated[bool, Parameter(name="--pdf", negative="", help="Ajouter une copie PDF de chaque document")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Réponse en JSON")]


def depuis(source: str, *, sortie: Output, pdf: Pdf = False, json: Json = False) -> None:
    """Écrire le dossier de consultation décrit par un fichier JSON, sans base de données."""
    from tasks.documents.consultation_set import read_dossier, write_set
    from tasks.documents.legal_check import departures

    dossier = read_dossier(Path(source))
    _told(write_set(dossier, Path(sortie)), Path(sortie), pdf=pdf, json=json)
    for departure in departures(dossier):
        sys.stderr.write(f"achats : à vérifier, {departure}\n")


def generer(ref: str, *, sortie: Output, pdf: Pdf = False, json: Json = False) -> None:
    """Écrire le dossier de consultation d'un achat, tel qu'il est aujourd'hui."""
    from tasks.consultation.drafting import generate

    _told(generate(ref, Path(sortie)), Path(sortie), pdf=pdf, json=json)


def _told(manifest: "Manifest", folder: Path, *, pdf: bool, json: bool) -> None:
    """Say what was written; add the PDF copies when they are asked for."""
    if json:
        print_json(manifest)
    else:
        print_line(f"{len(manifest.files)} documents écrits dans {folder} ; archive {manifest.archive.name}")
    if pdf:
        from tasks.documents.pdf import convert_to_pdf

        made = convert_to_pdf([folder / file.name for file in manifest.files], folder / "pdf")
        if not json:
            print_line(f"{len(made)} PDF écrits dans {folder / 'pdf'}")


def differences(avant: str, apres: str, *, json: Json = False) -> None:
    """Comparer deux versions d'un dossier écrit : ce qui change, document par document."""
    from tasks.consultation.editions import differences as between

    changes = between(Path(avant), Path(apres))
    if json:
        return print_json(changes)
    for change in changes:
        print_line(f"{change.name} : {change.state}")
        for line in change.diff:
            print_line(f"    {line}")
    return None


def exemple(
    *, famille: Annotated[str, Parameter(name="--famille", help="Famille d'achat")] = "perfusion"
) -> None:
    """Imprimer un dossier JSON complet et valable, à modifier."""
    from tasks.documents.families import example

    sys.stdout.write(example(famille).model_dump_json(indent=2) + "\n")


def schema(document: str | None = None) -> None:
    """Imprimer le schéma JSON des données d'un document (sans argument : celui du dossier)."""
    from models.documents.dossier import Dossier
    from models.documents.registry import WORKBOOKS, document_type

    of_dossier = document is None or document == "dossier" or document in WORKBOOKS
    model = Dossier if of_dossier else document_type(str(document)).context
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
    from tasks.documents.template_check import check_template

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
