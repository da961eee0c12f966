"""Commands about one procurement: open it, see where it stands, read its documents."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from models.errors import BadInput
from models.reading.values import parse_date, parse_positive_amount

Json = Annotated[bool, Parameter(name="--json", help="Sortie en JSON.")]
Ref = Annotated[str, Parameter(help="Référence de l'achat, par exemple 2026-001.")]


def ouvrir(
    *,
    objet: Annotated[str, Parameter(help="Objet de l'achat.")],
    famille: Annotated[str, Parameter(help="Code de la famille d'achat.")],
    cpv: Annotated[str, Parameter(help="Code CPV, 8 chiffres.")],
    montant: Annotated[str, Parameter(help="Valeur estimée en euros HT, sur toute la durée.")],
    duree_mois: Annotated[str, Parameter(help="Durée en mois, reconductions comprises.")],
    nature: Annotated[
        str, Parameter(help="fournitures, services, travaux ou services_sociaux.")
    ] = "fournitures",
    demarrage: Annotated[str | None, Parameter(help="Jour où le marché doit commencer, AAAA-MM-JJ.")] = None,
    acheteur: Annotated[str | None, Parameter(help="Courriel de l'acheteur.")] = None,
    json: Json = False,
) -> None:
    """Ouvrir un achat."""
    from tasks.outgoing.dispatch import deliver
    from tasks.process.procurements import Request, open_procurement

    if not duree_mois.isdigit():
        raise BadInput(f"--duree-mois : « {duree_mois} » n'est pas un nombre de mois.")
    ref = open_procurement(
        Request(
            objet=objet,
            family=famille,
            cpv=cpv,
            amount_ht=parse_positive_amount(montant, "--montant"),
            duration_months=int(duree_mois),
            nature=nature,
            starts_on=parse_date(demarrage, "--demarrage") if demarrage else None,
            buyer=acheteur,
        )
    )
    delivery = deliver(ref)
    if json:
        print_json({"ref": ref})
        return
    print_line(f"Achat {ref} ouvert.")
    if delivery.motif:
        print_line(f"Il avancera dès que possible : {delivery.motif}.")


def statut(ref: Ref | None = None, *, json: Json = False) -> None:
    """Dire où en sont les achats, ou un achat."""
    from tasks.store import reading
    from tasks.views import status

    if ref:
        shown = status.status(ref)
        print_json(shown) if json else _show(shown)
        return
    with reading() as session:
        rows = status.portfolio(session)
    if json:
        print_json(rows)
        return
    print_table(
        "Portefeuille des achats",
        ["Réf.", "Objet", "Famille", "Étape", "Attendu", "Échéance", "Jours"],
        [[r.ref, r.objet, r.family, r.label, r.awaited, r.due, r.days] for r in rows],
    )


def _show(shown: object) -> None:
    from tasks.clock import local
    from tasks.views.status import Status

    assert isinstance(shown, Status)
    print_line(f"{shown.ref} · {shown.objet}")
    print_line(
        f"Étape : {shown.label}" + (f", échéance {local(shown.due_at):%d/%m/%Y}" if shown.due_at else "")
    )
    for one in shown.awaiting:
        print_line(
            f"  attendu : {one.role} ({', '.join(one.holders) or 'personne !'}) depuis le {one.since:%d/%m/%Y}"
        )
    for lock in shown.locks:
        print_line(f"  verrou : {lock}")
    for alert in shown.alerts:
        print_line(f"  ALERTE : {alert}")
    if shown.regime:
        print_line(f"Procédure : {shown.regime.procedure.label} ; publicité : {shown.regime.publicity.label}")
    for signed in shown.signatures:
        power = signed.delegation or "pouvoir propre"
        print_line(f"  signé : {signed.acte}, {signed.personne} ({power}), {signed.preuve}")
    rows = [[m.label, m.visit, f"{local(m.entered_at):%d/%m/%Y %H:%M}", m.outcome] for m in shown.timeline]
    print_table("Chronologie", ["Étape", "Passage", "Entrée", "Suite"], rows)
    if shown.documents:
        papers = [[d.title, d.version, d.path, d.sha256[:12]] for d in shown.documents]
        print_table("Documents", ["Document", "Version", "Fichier", "SHA-256"], papers)


def a_faire(
    *,
    personne: Annotated[
        str | None, Parameter(help="Courriel : seulement ce qui attend cette personne.")
    ] = None,
    json: Json = False,
) -> None:
    """Lister les réponses attendues."""
    from tasks.views.status import to_do

    tasks = to_do(personne)
    if json:
        print_json(tasks)
        return
    print_table(
        "À faire",
        ["Réf.", "Objet", "Étape", "Attendu", "Pour le", "Réponses"],
        [[t.ref, t.objet, t.label, t.ask, t.due, ", ".join(r.reponse for r in t.answers)] for t in tasks],
    )
    for ref, alert in dict.fromkeys((t.ref, alert) for t in tasks for alert in t.alerts):
        print_line(f"ALERTE {ref} : {alert}")


def documents(ref: Ref, *, json: Json = False) -> None:
    """Lister les documents d'un achat."""
    from tasks.settings import settings
    from tasks.views.status import status

    papers = status(ref).documents
    if json:
        print_json(papers)
        return
    print_table(
        f"Documents de {ref} (dans {settings().home})",
        ["Document", "Version", "Destinataire", "Fichier", "SHA-256"],
        [[d.title, d.version, d.recipient, d.path, d.sha256] for d in papers],
    )
