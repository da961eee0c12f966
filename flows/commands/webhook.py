"""`achats webhook ajouter|liste|retirer|livraisons|renvoyer`: the hospital's own tools told of events."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from flows.commands.in_service import Code, Key, check_herself

Json = Annotated[bool, Parameter(name="--json", negative="", help="Réponse en JSON.")]
Number = Annotated[str, Parameter(help="Numéro de l'abonnement (« achats webhook liste »).")]
Someone = Annotated[
    str, Parameter(name="--personne", help="Courriel de la personne dont l'abonnement a les droits.")
]


def ajouter(
    url: Annotated[str, Parameter(help="Adresse https de l'outil.")],
    *,
    personne: Someone,
    evenement: Annotated[
        tuple[str, ...],
        Parameter(
            help="Événement voulu, répétable : ght.procurement.*, ght.document.ready… ; tous si absent."
        ),
    ] = ("ght.*",),
    cle: Key = None,
    code: Code = None,
    json: Json = False,
) -> None:
    """Abonner une adresse à des événements ; le secret des signatures n'est montré qu'une fois."""
    from tasks.outgoing import subscriptions

    check_herself(personne, cle, code, "s'abonner aux événements")
    made = subscriptions.subscribe(personne, url, list(evenement))
    if json:
        return print_json(made)
    print_line(f"Abonnement {made.id} : {made.url}, {', '.join(made.evenements)}.")
    print_line(made.secret)
    print_line("Gardez ce secret dans la configuration de l'outil : il ne sera plus montré.")
    return None


def liste(
    *,
    personne: Annotated[str | None, Parameter(help="Courriel d'une personne ; toutes si absent.")] = None,
    json: Json = False,
) -> None:
    """Lire les abonnements."""
    from tasks.outgoing import subscriptions

    lines = subscriptions.listed(personne)
    if json:
        return print_json(lines)
    rows = [
        (one.id, one.url, ", ".join(one.evenements), one.personne, one.etat.value, one.motif, one.en_attente)
        for one in lines
    ]
    columns = ("Numéro", "Adresse", "Événements", "Personne", "État", "Motif", "En attente")
    print_table("Abonnements aux événements", columns, rows)
    return None


def retirer(numero: Number, *, personne: Someone, cle: Key = None, code: Code = None) -> None:
    """Retirer un abonnement ; ce qui attendait n'est pas envoyé."""
    from tasks.outgoing import subscriptions

    check_herself(personne, cle, code, "retirer un abonnement")
    subscriptions.remove(numero, personne)
    print_line(f"Abonnement {numero} retiré.")


def livraisons(numero: Number, *, personne: Someone, json: Json = False) -> None:
    """Lire ce qui a été envoyé, ce qui attend et ce qui a échoué."""
    from tasks.documents.french import instant
    from tasks.outgoing import subscriptions

    lines = subscriptions.deliveries(numero, personne)
    if json:
        return print_json(lines)
    rows = [
        (
            one.numero,
            instant(one.le),
            one.type,
            one.ref or "",
            one.etat,
            one.essais,
            one.code or "",
            one.motif,
        )
        for one in lines
    ]
    columns = ("Envoi", "Le", "Événement", "Achat", "État", "Essais", "Code", "Motif")
    print_table(f"Envois de {numero}", columns, rows)
    return None


def renvoyer(
    numero: Number,
    envoi: Annotated[int, Parameter(help="Numéro de l'envoi (« achats webhook livraisons »).")],
    *,
    personne: Someone,
    json: Json = False,
) -> None:
    """Renvoyer un événement sous le même identifiant ; un abonnement suspendu reprend."""
    from tasks.outgoing import deliveries, subscriptions

    subscriptions.send_again(numero, envoi, personne)
    deliveries.send_due()
    line = next(one for one in subscriptions.deliveries(numero, personne) if one.numero == envoi)
    if json:
        return print_json(line)
    print_line(f"Envoi {envoi} : {line.etat}{f' ({line.motif})' if line.motif else ''}.")
    return None
