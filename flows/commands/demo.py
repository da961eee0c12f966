"""`achats demo`: a whole purchase on the real server and worker, from an expiring contract to its notification."""

import time
from pathlib import Path
from threading import Event, Thread
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_line
from flows.commands.playing import achats, play, say, wait

GROUP = "examples/ght-demo.toml"


def demo(
    *,
    garder: Annotated[
        bool, Parameter(name="--garder", negative="", help="Laisser le serveur en marche à la fin.")
    ] = False,
) -> None:
    """Jouer un achat entier sur un groupement fictif : du marché qui expire à la notification."""
    from tasks.runs.server import Ports, Service
    from tasks.settings import join_prefect, prefect_access_file

    join_prefect()
    from tasks.rehearsal import home

    home.begin()
    started = time.monotonic()
    service = Service(Ports())
    from tasks.runs.deployments import apply

    server = service.start(lambda: apply(only_changes=True), meanwhile=_load)
    stopping = Event()
    keeper = Thread(target=service.keep_up, args=(stopping.is_set,), daemon=True)
    keeper.start()
    try:
        say(started, f"Prefect répond : {server.ui_url}")
        ref = _open_by_event(started)
        play(ref, started)
        _conclude(ref, started)
        if garder:
            _invite(server.portal_url or "")
            print_line(f"Prefect : {server.ui_url} ; à l'invite, le contenu de {prefect_access_file()}.")
            print_line("Le serveur reste en marche. Ctrl-C pour l'arrêter.")
            stopping.wait()
    except KeyboardInterrupt:
        print_line("Arrêt demandé.")
    finally:
        stopping.set()
        keeper.join(timeout=5)
        service.stop()


INVITED = ("julie.perrin", "karim.benali", "helene.marchand", "sophie.lambert", "marc.dufour", "emma.roux")


def _invite(pages: str) -> None:
    """Give a one-time link to people of the fictional group, so that someone can click in their place."""
    from tasks.access.accounts import invite

    print_line(f"Pages : {pages}. Un lien par personne, valable une fois, pour choisir son mot de passe :")
    for name in INVITED:
        link = invite(f"{name}@ch-rocheval.invalid")
        print_line(f"  {link.personne:38} {link.lien}")


def _load() -> None:
    """Load the fictional group, its spend and its contracts through the import commands."""
    from tasks.rehearsal.playing import data_files
    from tasks.settings import ROOT

    files = data_files()
    achats("importer", "organisation", str(ROOT / GROUP))
    achats("importer", "depenses", str(files.spend), "--etablissement", "colonne", "--famille", "auto")
    achats("importer", "contrats", str(files.contracts), "--format", "csv")


def _open_by_event(started: float) -> str:
    """Run the watch: it rings for the contract near its end, and the trigger opens the renewal."""
    from tasks.rehearsal.playing import opened_renewal, run_watch

    say(started, "La veille cherche les marchés qui arrivent à leur terme…")
    run_watch()
    ref = wait(opened_renewal, "l'ouverture du renouvellement par l'événement")
    say(started, f"Achat {ref} ouvert par l'événement ght.contract.expiring.")
    return ref


def _conclude(ref: str, started: float) -> None:
    """Show the documents, check the journal, and say what to open next."""
    from tasks.settings import settings

    achats("documents", ref)
    achats("journal", "verifier")
    home: Path = settings().home
    say(started, f"Terminé. Documents : {home / 'documents' / ref} ; messages : {home / 'messages'}.")
    print_line(f"À voir ensuite : achats statut {ref} · achats journal {ref} · make serve")
