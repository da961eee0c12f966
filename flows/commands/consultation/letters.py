"""`achats courrier liste|remettre|renvoyer`: the letters to candidates, and how each left."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from flows.commands.process.procurement import Json, Ref

Numbers = Annotated[int, Parameter(help="Numéros de courrier ; tous ceux qui attendent si absents.")]
Person = Annotated[str, Parameter(help="Courriel de la personne qui le dit.")]
STATES = {"parti": "parti", "en_attente": "en attente", "a_remettre": "à remettre par une personne"}


def liste(ref: Ref, *, json: Json = False) -> None:
    """Lire les courriers aux candidats d'un achat, et ce qui retient ceux qui ne sont pas partis."""
    from tasks.outgoing.handing_over import listed

    letters = listed(ref)
    if json:
        return print_json(letters)
    rows = [
        (
            one.numero,
            one.destinataire,
            one.adresse,
            STATES[one.etat],
            one.parti_le or one.motif,
            one.recepisse,
        )
        for one in letters
    ]
    headings = ("N°", "Destinataire", "Adresse", "État", "Parti le, ou motif", "Récépissé")
    print_table(f"Courriers de {ref}", headings, rows)
    return None


def remettre(
    ref: Ref,
    *numeros: Numbers,
    personne: Person,
    moyen: Annotated[str, Parameter(help="profil_acheteur, recommande, main_propre ou courriel.")],
    le: Annotated[
        str, Parameter(help="Instant du départ, « 2026-11-28T10:15 » ; maintenant si absent.")
    ] = "",
    recepisse: Annotated[str, Parameter(help="Numéro qui prouve l'envoi.")] = "",
    json: Json = False,
) -> None:
    """Noter comment des courriers sont partis autrement que par l'application."""
    from tasks.outgoing import handing_over

    said = handing_over.said_of(moyen, le, recepisse)
    done = handing_over.hand_over(handing_over.viewer(personne), ref, numeros, said)
    if json:
        return print_json(done)
    for one in done:
        print_line(
            f"Courrier n° {one.numero} ({one.destinataire}) : parti le {one.parti_le} par {one.moyen}."
        )
    return None


def renvoyer(
    ref: Ref,
    *numeros: Numbers,
    personne: Person,
    adresse: Annotated[str, Parameter(help="Autre adresse, quand celle du candidat est refusée.")] = "",
    json: Json = False,
) -> None:
    """Envoyer de nouveau des courriers qui ne sont pas partis."""
    from tasks.outgoing import handing_over

    sent = handing_over.send_again(handing_over.viewer(personne), ref, numeros, adresse)
    if json:
        return print_json(sent)
    print_line(f"Partis : {sent.envoyes} ; encore en attente : {sent.en_attente}. {sent.motif}".rstrip())
    return None
