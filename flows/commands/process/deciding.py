"""`achats decider`: the answer of one person at the open gate."""

import json as jsonlib
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line
from flows.commands.process.procurement import Json, Ref
from models.errors import BadInput


def decider(
    ref: Ref,
    *,
    personne: Annotated[str, Parameter(help="Courriel de la personne qui décide.")],
    reponse: Annotated[str, Parameter(help="Réponse, parmi celles que « achats a-faire » indique.")],
    champ: Annotated[list[str] | None, Parameter(help="Champ du formulaire, clé=valeur ; répétable.")] = None,
    fichier: Annotated[Path | None, Parameter(help="Formulaire rempli, en JSON.")] = None,
    etape: Annotated[
        str | None, Parameter(help="Étape à laquelle la personne répond ; celle en cours si absente.")
    ] = None,
    cle: Annotated[str | None, Parameter(help="Clé personnelle, ou @FICHIER qui la contient.")] = None,
    code: Annotated[str | None, Parameter(help="Code à usage unique, pour signer.")] = None,
    json: Json = False,
) -> None:
    """Enregistrer la réponse d'une personne à l'étape en cours."""
    from tasks.access.proofs import given
    from tasks.gates.decisions import Reply, decide
    from tasks.outgoing.dispatch import deliver

    fields = _file_fields(fichier) if fichier else {}
    for pair in champ or []:
        _put(fields, pair)
    reply = Reply(person=personne, answer=reponse, fields=fields, stage=etape, credentials=given(cle, code))
    outcome = decide(ref, reply)
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


def signer_actes(
    ref: Ref,
    *,
    personne: Annotated[str, Parameter(help="Courriel de la personne qui a signé le marché.")],
    code: Annotated[
        str | None, Parameter(help="Code à usage unique que le service de signature lui a envoyé.")
    ] = None,
) -> None:
    """Signer les actes d'engagement avec le certificat de la personne, dont elle tape la phrase de passe."""
    from getpass import getpass

    from pydantic import SecretStr

    from tasks.award import signed_papers
    from tasks.signing.pades import Opener

    opener = Opener(
        passphrase=SecretStr(getpass("Phrase de passe (ou secret de la clé à distance) : ")),
        code=SecretStr(code) if code else None,
    )
    count = signed_papers.sign_as(ref, personne, opener)
    print_line(f"{ref} : {count} acte(s) d'engagement signé(s) ; la phrase de passe n'est pas gardée.")


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
