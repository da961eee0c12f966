"""`achats demarrer`, `achats deployer`, `achats reprendre`."""

import signal
from threading import Event
from typing import Annotated, Literal

from cyclopts import Parameter

from flows.commands.application import print_json, print_line
from flows.commands.starting import Ports, clean_up, open_database, prepared
from models.errors import Failure


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
    seulement: Annotated[
        list[Literal["prefect", "worker", "pages"]] | None,
        Parameter(consume_multiple=True, help="Ces parties seules ; les autres sont sur d'autres machines."),
    ] = None,
) -> None:
    """Démarrer le serveur Prefect, le worker et les pages, jusqu'à Ctrl-C."""
    from tasks.settings import prefect_access_file, settings

    knows_purchases = seulement is None or set(seulement) != {"prefect"}
    clean_up()
    if knows_purchases:
        open_database()
    service = prepared(Ports(port_prefect, port_pages), limite, processus_pages, set(seulement or ()))
    asked_to_stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_stop.set())
    server = service.start(_deploy)
    if seulement is None or "worker" in seulement:
        _resume()
    if server.portal_url:
        print_line(f"Pages       {server.portal_url}")
    print_line(f"Prefect     {server.ui_url}  (à l'invite : le contenu de {prefect_access_file()})")
    print_line(f"Données     {settings().home}")
    print_line("Prêt. Ctrl-C pour tout arrêter.")
    try:
        service.keep_up(asked_to_stop.is_set)
    finally:
        service.stop()


def _resume() -> None:
    """Start again what was moving when the service stopped; a failure here is said and does not stop it."""
    from tasks.runs.resumption import resume

    try:
        done = resume("démarrage", by_person=False)
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
    """Relancer tout ce qui devrait avancer et n'avance pas ; le service le fait seul plusieurs fois par minute."""
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
