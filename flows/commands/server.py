"""`achats demarrer`, `achats deployer`, `achats reprendre`."""

import signal
from threading import Event
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line
from models.errors import BadInput, Failure


def demarrer(
    *,
    port_prefect: Annotated[int | None, Parameter(help="Port de Prefect ; un port libre si absent.")] = None,
    port_pages: Annotated[
        int | None, Parameter(help="Port des pages ; 4280 si absent, ou un port libre quand 4280 est pris.")
    ] = None,
    limite: Annotated[int, Parameter(help="Nombre de traitements en même temps.")] = 2,
    processus_pages: Annotated[
        int | None, Parameter(help="Nombre de processus des pages ; un par cœur si absent, quatre au plus.")
    ] = None,
) -> None:
    """Démarrer le serveur Prefect, le worker et les pages, jusqu'à Ctrl-C."""
    from tasks.runs.server import Ports, Service, usual_pages
    from tasks.settings import prefect_access_file, settings
    from tasks.store import engine

    _clean_up()
    engine()
    _check_keys()
    pages = usual_pages() if processus_pages is None else processus_pages
    if pages < 1:
        raise BadInput("--processus-pages : il faut au moins un processus.")
    service = Service(Ports(prefect=port_prefect, pages=port_pages), limite, pages)
    asked_to_stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_stop.set())
    server = service.start(_deploy)
    _resume()
    print_line(f"Pages       {server.portal_url}")
    print_line(f"Prefect     {server.ui_url}  (à l'invite : le contenu de {prefect_access_file()})")
    print_line(f"Données     {settings().home}")
    print_line("Prêt. Ctrl-C pour tout arrêter.")
    try:
        service.keep_up(asked_to_stop.is_set)
    finally:
        service.stop()


def _clean_up() -> None:
    """Take away what killed processes left."""
    from tasks.runs import leftovers, upkeep
    from tasks.settings import prefect_folder, running_server

    done = leftovers.clean()
    if done.fichiers:
        print_line(f"Nettoyés    {done.fichiers} restes de processus interrompus ({done.octets // 1000} ko)")
    if running_server() is None and (file := upkeep.compact(prefect_folder() / "prefect.db")).est_compactee:
        print_line(f"Compactée   base de Prefect, de {file.avant // 1000} à {file.apres // 1000} ko")


def _check_keys() -> None:
    """Say now what is wrong with the sealing key; what needs it is refused until it is put back."""
    from tasks import key_files
    from tasks.access import sealed_secrets
    from tasks.settings import settings

    try:
        if (settings().home / sealed_secrets.KEY_FILE).exists():
            key_files.read(sealed_secrets.key_of_home())
    except Failure as failure:
        print_line(f"Clés        {failure}")


def _resume() -> None:
    """Start again what was moving when the service stopped; a failure here is said and does not stop it."""
    from tasks.runs.resumption import resume

    try:
        done = resume("démarrage")
    except Failure as failure:
        print_line(f"Reprise impossible pour l'instant : {failure}")
        return
    if done.reprises:
        print_line(f"Relancés    {', '.join(done.reprises)}")


def _deploy() -> object:
    from tasks.runs.deployments import apply

    return apply(only_changes=True)


def deployer(*, json: Annotated[bool, Parameter(help="Sortie en JSON.")] = False) -> None:
    """Mettre le serveur Prefect en accord avec prefect.yaml, et retirer ce qui n'y est plus."""
    from tasks.settings import join_prefect

    join_prefect()
    from tasks.runs.deployments import apply

    done = apply()
    if json:
        print_json(done)
        return
    print_line("Déployé : " + ", ".join(done.deploiements))
    if done.retires:
        print_line("Retiré : " + ", ".join(done.retires))


def reprendre(*, json: Annotated[bool, Parameter(help="Sortie en JSON.")] = False) -> None:
    """Relancer tout ce qui devrait avancer et n'avance pas."""
    from tasks.settings import join_prefect

    join_prefect()
    from tasks.runs.resumption import resume

    done = resume("demande d'un opérateur")
    if json:
        print_json(done)
        return
    print_line(f"Achats relancés : {', '.join(done.reprises) or 'aucun'} ; runs morts : {done.runs_morts}.")
    print_line(
        f"Runs demandés : {done.remis} ; messages envoyés : {done.messages} ; en attente : {done.en_attente}."
    )
    if done.motif:
        print_line(f"Encore en attente : {done.motif}.")
