"""`achats mettre-en-service`: from a group that is tried to one that serves for real."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_line

Key = Annotated[
    str | None,
    Parameter(name="--cle", help="Clé personnelle, ou @FICHIER qui la contient ; demandée en service."),
]
Code = Annotated[str | None, Parameter(name="--code", help="Code à usage unique ; demandé en service.")]


def check_herself(person: str, key: str | None, code: str | None, what: str) -> None:
    """Refuse, once in service, what is done in the name of a person without her own key and code."""
    from tasks.access import proofs, service

    service.check_herself(person, proofs.given(key, code), what)


def mettre_en_service(
    *, par: Annotated[str, Parameter(name="--par", help="Courriel de la personne qui le décide.")] = "achats"
) -> None:
    """Mettre le groupement en service, pour toujours : plus aucune commande ne répond à la place des personnes."""
    from tasks.access.service import put_in_service

    put_in_service(par)
    print_line(
        "Le groupement est en service. Chacun répond et signe dans ses pages, ou avec sa clé et son code."
    )
    print_line("Les clés, téléphones et liens remis par la ligne de commande ne valent plus.")
