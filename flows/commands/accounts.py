"""`achats utilisateur inviter|reinitialiser|lier|desactiver`: the accesses to the pages."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line

Json = Annotated[bool, Parameter(name="--json", negative="", help="Réponse en JSON.")]
Email = Annotated[str, Parameter(help="Courriel de la personne, tel que l'organisation le donne.")]
By = Annotated[str, Parameter(name="--par", help="Courriel de la personne qui gère les accès.")]


def inviter(courriel: Email, *, par: By = "achats", json: Json = False) -> None:
    """Donner à une personne un lien, valable une fois, pour choisir son mot de passe."""
    from tasks.accounts import invite

    _say_link(invite(courriel, par), json)


def reinitialiser(
    courriel: Email,
    *,
    codes: Annotated[
        bool, Parameter(negative="", help="Sans effet : le téléphone est toujours oublié.")
    ] = False,
    par: By = "achats",
    json: Json = False,
) -> None:
    """Finir tout ce qu'une personne détient (mot de passe, sessions, jetons, clés, téléphone) et lui donner un lien."""
    from tasks.accounts import reset

    _say_link(reset(courriel, par), json)


def _say_link(made: object, json: bool) -> None:
    from tasks.accounts import Link

    assert isinstance(made, Link)
    if json:
        print_json(made)
        return
    print_line(f"Lien pour {made.personne}, valable une fois jusqu'au {made.expire_le:%d/%m/%Y %H:%M} UTC :")
    print_line(made.lien)


def lier(
    courriel: Email,
    identifiant: Annotated[str, Parameter(help="Ce qui désigne la personne chez le fournisseur d'identité.")],
    *,
    par: By = "achats",
) -> None:
    """Lier une personne à son identifiant chez le fournisseur d'identité, quand ce n'est pas son adresse."""
    from tasks.provider_access import link

    print_line(
        f"{link(courriel, identifiant, par)} entre par le fournisseur d'identité avec cet identifiant."
    )


def desactiver(courriel: Email, *, par: By = "achats", json: Json = False) -> None:
    """Fermer l'accès d'une personne tout de suite : sessions, liens, jetons et mot de passe."""
    from tasks.accounts import disable

    done = disable(courriel, par)
    if json:
        print_json(done)
        return
    print_line(f"Accès de {done.personne} désactivé ; sessions fermées : {done.sessions_fermees}.")
    if done.fini:
        print_line(f"Fini avec lui : {done.fini}.")
