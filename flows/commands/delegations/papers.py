"""`achats delegation fonction-fin|publication-docx|comptable-docx`: what comes after the act of delegation."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from models.reading.values import parse_date

Json = Annotated[bool, Parameter(name="--json", negative="", help="Réponse en JSON.")]


def fonction_fin(
    *,
    personne: Annotated[str, Parameter(help="Courriel de la personne qui quitte sa fonction.")],
    le: Annotated[str, Parameter(help="Dernier jour de fonction, AAAA-MM-JJ.")],
    garde_acces: Annotated[
        bool, Parameter(negative="", help="La personne reste dans le groupement : son accès n'est pas fermé.")
    ] = False,
    par: Annotated[str, Parameter(help="Courriel de la personne qui tient le registre.")] = "achats",
    json: Json = False,
) -> None:
    """Enregistrer la fin de fonction d'une personne et dire ce que plus personne ne pourra signer."""
    from tasks.delegations.departures import end_function

    done = end_function(personne, parse_date(le, "--le"), par, keeps_access=garde_acces)
    if json:
        return print_json(done)
    print_line(f"{done.nom} : fin de fonction au {done.fin:%d/%m/%Y} ({', '.join(done.fonctions)}).")
    print_line(f"Délégations données qui prennent fin : {', '.join(done.delegations_donnees) or 'aucune'}.")
    print_line(f"Délégations reçues qui prennent fin : {', '.join(done.delegations_recues) or 'aucune'}.")
    if not garde_acces:
        print_line("Son accès est fermé après ce jour : sessions, jetons, clés, téléphone, abonnements.")
    if not done.non_couvert:
        return print_line("Tout ce que cette personne couvrait reste couvert.")
    rows = [(one.libelle, ", ".join(one.familles), one.a_partir_de, one.motif) for one in done.non_couvert]
    return print_table(
        "Plus personne ne pourra signer", ("Acte", "Familles", "À partir de (EUR HT)", "Raison"), rows
    )


Reference = Annotated[str, Parameter(help="Référence de la délégation.")]
Output = Annotated[
    Path | None,
    Parameter(name="--sortie", help="Fichier à écrire ; un nom tiré de la référence, ici, si absent."),
]


def publication_docx(
    reference: Reference,
    *,
    moyen: Annotated[
        str, Parameter(help="Moyen de publication, tel que le certificat le cite.")
    ] = "recueil des actes administratifs et site internet de l'établissement",
    sortie: Output = None,
) -> None:
    """Écrire en Word le certificat de publication d'une délégation (CSP art. D. 6143-35)."""
    from tasks.delegations.papers import publication_docx as written

    _write(sortie, "publication", reference, written(reference, moyen))


def comptable_docx(reference: Reference, *, sortie: Output = None) -> None:
    """Écrire en Word la lettre qui transmet une délégation au comptable (CSP art. D. 6143-35)."""
    from tasks.delegations.papers import accountant_docx as written

    _write(sortie, "comptable", reference, written(reference))


def _write(given: Path | None, what: str, reference: str, content: bytes) -> None:
    from tasks.storage import slug, write_asked

    path = given or Path(f"{slug(reference)}-{what}.docx")
    write_asked(path, content)
    print_line(f"Document écrit : {path}")
