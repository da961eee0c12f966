"""Commands about one procurement: open, look, decide, receive a tender, read its documents and journal."""

import json as jsonlib
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from models.errors import BadInput
from models.reading import parse_date, parse_positive_amount

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
    from tasks.dispatch import deliver
    from tasks.procurements import Request, open_procurement

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
    from tasks import status
    from tasks.store import reading

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
        [[r.ref, r.objet, r.famille, r.label, r.attendu, r.echeance, r.jours] for r in rows],
    )


def _show(shown: object) -> None:
    from tasks.status import Status

    assert isinstance(shown, Status)
    print_line(f"{shown.ref} · {shown.objet}")
    print_line(f"Étape : {shown.label}" + (f", échéance {shown.echeance:%d/%m/%Y}" if shown.echeance else ""))
    for one in shown.awaiting:
        print_line(
            f"  attendu : {one.role} ({', '.join(one.personnes) or 'personne !'}) depuis le {one.since:%d/%m/%Y}"
        )
    for lock in shown.verrous:
        print_line(f"  verrou : {lock}")
    if shown.regime:
        print_line(f"Procédure : {shown.regime.procedure.value} ; publicité : {shown.regime.publicity.value}")
    for signed in shown.signatures:
        power = signed.delegation or "pouvoir propre"
        print_line(f"  signé : {signed.acte}, {signed.personne} ({power}), {signed.preuve}")
    rows = [[m.label, m.visit, f"{m.entered_at:%d/%m/%Y %H:%M}", m.outcome] for m in shown.timeline]
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
    from tasks.status import to_do

    tasks = to_do(personne)
    if json:
        print_json(tasks)
        return
    print_table(
        "À faire",
        ["Réf.", "Objet", "Étape", "Attendu", "Pour le", "Réponses"],
        [
            [t.ref, t.objet, t.label, t.attendu, t.echeance, ", ".join(r.reponse for r in t.reponses)]
            for t in tasks
        ],
    )


def decider(
    ref: Ref,
    *,
    personne: Annotated[str, Parameter(help="Courriel de la personne qui décide.")],
    reponse: Annotated[str, Parameter(help="Réponse, parmi celles que « achats a-faire » indique.")],
    champ: Annotated[list[str] | None, Parameter(help="Champ du formulaire, clé=valeur ; répétable.")] = None,
    fichier: Annotated[Path | None, Parameter(help="Formulaire rempli, en JSON.")] = None,
    cle: Annotated[str | None, Parameter(help="Clé personnelle, ou @FICHIER qui la contient.")] = None,
    code: Annotated[str | None, Parameter(help="Code à usage unique, pour signer.")] = None,
    json: Json = False,
) -> None:
    """Enregistrer la réponse d'une personne à l'étape en cours."""
    from tasks.decisions import Reply, decide
    from tasks.dispatch import deliver
    from tasks.identity import given

    fields = _file_fields(fichier) if fichier else {}
    for pair in champ or []:
        _put(fields, pair)
    outcome = decide(ref, Reply(person=personne, answer=reponse, fields=fields, credentials=given(cle, code)))
    delivery = deliver(ref)
    if json:
        print_json(outcome)
        return
    print_line(f"{outcome.ref} : « {outcome.reponse} » enregistré à l'étape « {outcome.etape} ».")
    if outcome.reste_attendu:
        print_line(f"Réponses encore attendues : {outcome.reste_attendu}.")
    else:
        print_line(f"Étape suivante : {outcome.etape_suivante}.")
    if delivery.motif:
        print_line(f"La suite partira dès que possible : {delivery.motif}.")


def _file_fields(file: Path) -> dict[str, object]:
    try:
        content = jsonlib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"Fichier {file} illisible : {error.strerror}.") from error
    except ValueError as error:
        raise BadInput(f"Fichier {file} : ce n'est pas du JSON ({error}).") from error
    if not isinstance(content, dict):
        raise BadInput(f"Fichier {file} : un objet JSON est attendu.")
    return content


def _put(fields: dict[str, object], pair: str) -> None:
    """Put `a.b=value` in nested fields; a value that is JSON (list, number, true) is read as such."""
    key, equals, text = pair.partition("=")
    if not equals or not key.strip():
        raise BadInput(f"--champ « {pair} » : clé=valeur attendu.")
    *parents, last = key.strip().split(".")
    place = fields
    for parent in parents:
        inner = place.setdefault(parent, {})
        if not isinstance(inner, dict):
            raise BadInput(f"--champ « {pair} » : « {parent} » a déjà une valeur simple.")
        place = inner
    place[last] = _value(text)


def _value(text: str) -> object:
    words: dict[str, object] = {"oui": True, "non": False}
    if text.strip().lower() in words:
        return words[text.strip().lower()]
    if text.lstrip().startswith(("[", "{")):
        try:
            return jsonlib.loads(text)
        except ValueError:
            return text
    return text


def deposer(
    ref: Ref,
    *,
    fichier: Annotated[Path, Parameter(help="Offre, en JSON (voir « achats offre exemple »).")],
    json: Json = False,
) -> None:
    """Enregistrer une offre avec son heure de réception."""
    from tasks.tenders import receive

    receipt = receive(ref, fichier)
    if json:
        print_json(receipt)
        return
    late = " HORS DÉLAI : elle sera mise de côté" if receipt.hors_delai else ""
    print_line(f"Offre n° {receipt.numero} de {receipt.candidat} reçue le {receipt.recu_le}.{late}")
    print_line(f"SHA-256 {receipt.sha256}")


def exemple(ref: Ref) -> None:
    """Écrire une offre à compléter, avec les lots et articles de l'achat."""
    from tasks.tenders import example

    print_json(example(ref))


def documents(ref: Ref, *, json: Json = False) -> None:
    """Lister les documents d'un achat."""
    from tasks.settings import settings
    from tasks.status import status

    papers = status(ref).documents
    if json:
        print_json(papers)
        return
    print_table(
        f"Documents de {ref} (dans {settings().home})",
        ["Document", "Version", "Destinataire", "Fichier", "SHA-256"],
        [[d.title, d.version, d.recipient, d.path, d.sha256] for d in papers],
    )
