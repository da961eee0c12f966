"""`achats secrets liste`, `achats secrets renouveler`: what only this home knows, and how it is changed."""

from typing import Annotated, Literal

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from models.errors import Refused

Json = Annotated[bool, Parameter(help="Sortie en JSON.")]


def liste(*, json: Json = False) -> None:
    """Lister les secrets du dossier des données : où ils sont, comment ils se renouvellent ; jamais leur valeur."""
    from tasks.access.renewal import secrets_of_home

    found = secrets_of_home()
    if json:
        print_json(found)
        return
    rows = [[one.nom, one.lieu, one.renouveler] for one in found]
    print_table("Secrets", ["Secret", "Où", "Renouveler"], rows)


def renouveler(
    quoi: Annotated[
        Literal["prefect", "scellement", "sessions"],
        Parameter(help="L'accès à Prefect, la clé de scellement, ou les sessions des pages."),
    ],
    *,
    json: Json = False,
) -> None:
    """Renouveler un secret : ce que l'ancien protégeait l'est par le nouveau, et l'ancien ne sert plus à rien."""
    from tasks.access import renewal

    if quoi != "sessions":
        _refuse_while_running()
    ways = {
        "prefect": renewal.renew_prefect,
        "scellement": renewal.renew_sealing,
        "sessions": renewal.renew_sessions,
    }
    done = ways[quoi]()
    if json:
        print_json(done)
        return
    again = f" ; {done.refaits} concernés" if done.refaits else ""
    print_line(f"Renouvelé : {done.nom}{again}. {done.suite}".rstrip())


def _refuse_while_running() -> None:
    from tasks.outgoing.dispatch import is_ready
    from tasks.settings import running_server

    server = running_server()
    if server and is_ready(server):
        raise Refused(
            "Le service est en marche et garde l'ancien secret : arrêtez-le d'abord (Ctrl-C, systemctl stop)."
        )
