"""`achats demo`: a whole purchase on the real server and worker, from an expiring contract to its notification."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_line
from models.errors import Failure, Unavailable
from models.process import Final, Timer, stage_of

PATIENCE_SECONDS = 120
GROUP = "examples/ght-demo.toml"


def demo(
    *,
    garder: Annotated[
        bool, Parameter(name="--garder", negative="", help="Laisser le serveur en marche à la fin.")
    ] = False,
) -> None:
    """Jouer un achat entier sur un groupement fictif : du marché qui expire à la notification."""
    from tasks.server import Ports, Service
    from tasks.settings import join_prefect

    join_prefect()
    started = time.monotonic()
    service = Service(Ports())
    _load()
    from tasks.deployments import apply

    server = service.start(apply)
    stopping = Event()
    keeper = Thread(target=service.keep_up, args=(stopping.is_set,), daemon=True)
    keeper.start()
    try:
        _say(started, f"Prefect répond : {server.ui_url}")
        ref = _open_by_event(started)
        _play(ref, started)
        _conclude(ref, started)
        if garder:
            _invite(server.portal_url or "")
            print_line(f"Le serveur reste en marche (Prefect : {server.ui_url}). Ctrl-C pour l'arrêter.")
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
    from tasks.accounts import invite

    print_line(f"Pages : {pages}. Un lien par personne, valable une fois, pour choisir son mot de passe :")
    for name in INVITED:
        link = invite(f"{name}@ch-rocheval.invalid")
        print_line(f"  {link.personne:38} {link.lien}")


def _say(started: float, text: str) -> None:
    print_line(f"[{time.monotonic() - started:5.1f} s] {text}")


def achats(*words: str) -> None:
    """Run a command as a person would type it; its refusal stops the rehearsal."""
    from flows.__main__ import app
    from flows.commands.application import run

    if code := run(app, words):
        raise Failure(f"« achats {' '.join(words)} » a répondu {code}.")


def _load() -> None:
    """Load the fictional group, its spend and its contracts through the import commands."""
    from tasks.rehearsal import data_files
    from tasks.settings import ROOT

    files = data_files()
    achats("importer", "organisation", str(ROOT / GROUP))
    achats("importer", "depenses", str(files.spend), "--etablissement", "colonne", "--famille", "auto")
    achats("importer", "contrats", str(files.contracts), "--format", "csv")


def _open_by_event(started: float) -> str:
    """Run the watch: it rings for the contract near its end, and the trigger opens the renewal."""
    from tasks.rehearsal import opened_renewal, run_watch

    _say(started, "La veille cherche les marchés qui arrivent à leur terme…")
    run_watch()
    ref = _wait(opened_renewal, "l'ouverture du renouvellement par l'événement")
    _say(started, f"Achat {ref} ouvert par l'événement ght.contract.expiring.")
    return ref


def _wait(look: Callable[[], str | None], what: str) -> str:
    """Return what a look finds, as soon as it finds something."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.2)
    raise Unavailable(f"Rien après {PATIENCE_SECONDS} s : {what}.")


def _play(ref: str, started: float) -> None:
    """Play every stage until the procurement is over."""
    from tasks import rehearsal, segments

    while True:
        _wait(lambda: "oui" if rehearsal.is_settled(ref) else None, f"la fin du segment de {ref}")
        here = segments.place(ref)
        _say(started, f"{ref} : {segments.waiting_name(here)}")
        stage = stage_of(here.stage)
        if isinstance(stage, Final):
            return
        if isinstance(stage, Timer):
            _pass_time(ref, here.stage, started)
        else:
            _answer(ref)


def _answer(ref: str) -> None:
    """Answer for everyone awaited at the gate, one after the other."""
    from tasks import rehearsal, status

    for rank, task in enumerate(one for one in status.to_do() if one.ref == ref):
        reply = rehearsal.reply_to(task, rank if task.stage == "opening" else 0)
        file = rehearsal.write_form(ref, task.stage, rank, reply.fields)
        achats("decider", ref, "--personne", reply.person, "--reponse", reply.answer, "--fichier", str(file))


def _pass_time(ref: str, stage: str, started: float) -> None:
    """Receive the tenders, move the clock of the rehearsal to the legal date, and let Prefect's timer ring."""
    from tasks import dispatch, rehearsal, segments

    files = rehearsal.write_tenders(ref) if stage == "tendering" else []
    for file in files[:-1]:
        achats("offre", "deposer", ref, "--fichier", str(file))
    rehearsal.jump(ref)
    dispatch.reschedule()
    _say(started, "L'horloge de la répétition avance jusqu'à la date légale.")
    for file in files[-1:]:
        achats("offre", "deposer", ref, "--fichier", str(file))
    _wait(lambda: None if segments.place(ref).stage == stage else "oui", f"le minuteur de l'étape {stage}")


def _conclude(ref: str, started: float) -> None:
    """Show the documents, check the journal, and say what to open next."""
    from tasks.settings import settings

    achats("documents", ref)
    achats("journal", "verifier")
    home: Path = settings().home
    _say(started, f"Terminé. Documents : {home / 'documents' / ref} ; messages : {home / 'messages'}.")
    print_line(f"À voir ensuite : achats statut {ref} · achats journal {ref} · make serve")
