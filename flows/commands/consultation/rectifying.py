"""`achats dce retrait|retraits|rectifier`: a published dossier, who took it, and its new versions."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from flows.commands.process.procurement import Json, Ref


def retrait(
    ref: Ref,
    *,
    nom: Annotated[str, Parameter(help="Nom de la personne qui retire le dossier.")],
    courriel: Annotated[str, Parameter(help="Courriel auquel elle sera prévenue des modifications.")],
    entreprise: Annotated[str, Parameter(help="Entreprise pour laquelle elle le retire.")] = "",
    json: Json = False,
) -> None:
    """Inscrire au registre des retraits une personne qui prend le dossier publié."""
    from tasks.consultation import withdrawals
    from tasks.store import transaction

    with transaction() as session:
        line = withdrawals.shown(withdrawals.record(session, ref, nom, courriel, entreprise))
    if json:
        return print_json(line)
    print_line(f"{line.nom} ({line.courriel}) : retrait de la version {line.version} inscrit.")
    return None


def retraits(ref: Ref, *, json: Json = False) -> None:
    """Lire le registre des retraits d'un achat."""
    from tasks.consultation import withdrawals
    from tasks.documents.french import instant

    lines = withdrawals.listed(ref)
    if json:
        return print_json(lines)
    rows = [
        (
            instant(datetime.fromisoformat(line.le)),
            line.nom,
            line.entreprise,
            line.courriel,
            str(line.version),
        )
        for line in lines
    ]
    print_table(f"Registre des retraits de {ref}", ("Le", "Nom", "Entreprise", "Courriel", "Version"), rows)
    return None


def rectifier(
    ref: Ref,
    *,
    personne: Annotated[str, Parameter(help="Courriel de la personne qui rectifie.")],
    motif: Annotated[str, Parameter(help="Motif de la rectification, que les candidats liront.")],
    fichier: Annotated[
        Path | None,
        Parameter(help="Corrections, en JSON (articles, quantites, lots, criteres, reponses, date_limite)."),
    ] = None,
    json: Json = False,
) -> None:
    """Rectifier un dossier publié : nouvelle version, délai, avis rectificatif, messages."""
    from models.consultation.corrections import Corrections
    from tasks.consultation.rectification import Order, read_corrections, rectify
    from tasks.documents.french import instant
    from tasks.outgoing.dispatch import deliver

    asked = read_corrections(fichier) if fichier else Corrections()
    report = rectify(ref, Order(person=personne, reason=motif, corrections=asked))
    delivery = deliver(ref)
    if json:
        return print_json(report)
    print_line(f"{ref} : version {report.version} du dossier publiée.")
    for one in report.documents:
        if one.state != "identique":
            print_line(f"    {one.name} : {one.state}")
    kept = "prolongée au" if report.prolongee else "maintenue au"
    print_line(f"Date limite {kept} {instant(datetime.fromisoformat(report.date_limite))} : {report.raison}.")
    print_line(f"Personnes prévenues : {len(report.prevenus)}.")
    if report.sans_courriel:
        print_line(f"Offres sans courriel, à prévenir autrement : {', '.join(report.sans_courriel)}.")
    if report.prolongee and delivery.motif:
        print_line(f"La nouvelle échéance partira dès que possible : {delivery.motif}.")
    return None
