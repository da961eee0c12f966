"""`achats utilisateur cle|code|acces|revoquer`: the keys and one-time codes by which people prove who they are."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line
from models.errors import BadInput

Someone = Annotated[str, Parameter(help="Courriel de la personne.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Réponse en JSON.")]


def cle(*, personne: Someone, json: Json = False) -> None:
    """Remettre une clé personnelle pour la ligne de commande ; elle n'est montrée qu'une fois."""
    from tasks.access import proofs, service
    from tasks.store import transaction

    service.check_in_pages("sa clé personnelle")
    with transaction() as session:
        secret = proofs.issue_key(session, personne).get_secret_value()
    if json:
        return print_json({"personne": personne.strip().lower(), "cle": secret})
    print_line(secret)
    print_line("Gardez cette clé dans un fichier que vous seul lisez : elle ne sera plus montrée.")
    return None


def code(*, personne: Someone, json: Json = False) -> None:
    """Inscrire une personne aux codes à usage unique ; l'adresse à photographier n'est montrée qu'une fois."""
    from tasks.access import proofs, service
    from tasks.store import transaction

    service.check_in_pages("son téléphone")
    with transaction() as session:
        uri = proofs.enrol_totp(session, personne).uri.get_secret_value()
    if json:
        return print_json({"personne": personne.strip().lower(), "adresse": uri})
    for line in _drawn(uri).splitlines():
        print_line(line)
    print_line(uri)
    print_line("Photographiez ce dessin avec l'application de codes du téléphone : il ne sera plus montré.")
    return None


def _drawn(uri: str) -> str:
    """Return the QR code of an address as lines of text: two modules per character."""
    import segno

    modules = [[bool(dark) for dark in row] for row in segno.make(uri, error="l", micro=False).matrix]
    margin = [False] * (len(modules[0]) + 4)
    rows = [margin, margin, *([False, False, *row, False, False] for row in modules), margin, margin]
    if len(rows) % 2:
        rows.append(margin)
    drawn = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}  # light on dark
    return "\n".join(
        "".join(drawn[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )


def acces(*, personne: Someone, json: Json = False) -> None:
    """Dire quelles clés et quels codes une personne détient ; aucun secret n'est montré."""
    from tasks.access import proofs
    from tasks.store import reading

    with reading() as session:
        held = proofs.access(session, personne)
    if json:
        return print_json(held)
    print_line(f"Clés personnelles : {', '.join(held.cles) or 'aucune'}.")
    print_line(f"Codes à usage unique : {'oui' if held.codes else 'non'}.")
    return None


def revoquer(
    *,
    personne: Someone,
    cle: Annotated[
        str | None, Parameter(help="Numéro d'une clé (« achats utilisateur acces ») ; toutes si absent.")
    ] = None,
    codes: Annotated[
        bool, Parameter(negative="", help="Seulement les codes à usage unique, pas les clés.")
    ] = False,
    json: Json = False,
) -> None:
    """Retirer les clés et les codes d'une personne : tous, une clé, ou les codes."""
    from tasks.access import proofs
    from tasks.store import transaction

    with transaction() as session:
        held = proofs.access(session, personne)
        if cle is not None and cle not in held.cles:
            raise BadInput(f"--cle : « {cle} » n'est pas une clé en service de {held.personne}.")
        keys = [] if codes and cle is None else [cle] if cle else held.cles
        for number in keys:
            proofs.revoke_key(session, number)
        if held.codes and cle is None:
            proofs.revoke_code(session, personne)
        if not keys and not held.codes:
            raise BadInput(f"{held.personne} ne détient ni clé ni codes.")
        left = proofs.access(session, personne)
    if json:
        return print_json(left)
    print_line(
        f"Clés retirées : {', '.join(keys) or 'aucune'}. Codes en service : {'oui' if left.codes else 'non'}."
    )
    return None
