"""A rehearsal played by the commands that people type: answers at the gates, tenders, and time that passes."""

import time
from collections.abc import Callable

from flows.commands.application import print_line
from models.errors import Failure, Unavailable
from models.process.table import Final, Timer, stage_of

PATIENCE_SECONDS = 120


def say(started: float, text: str) -> None:
    """Print a line with the seconds since the start."""
    print_line(f"[{time.monotonic() - started:5.1f} s] {text}")


def achats(*words: str) -> None:
    """Run a command as a person would type it; its refusal stops the rehearsal."""
    from flows.__main__ import app
    from flows.commands.application import run

    if code := run(app, words):
        raise Failure(f"« achats {' '.join(words)} » a répondu {code}.")


def wait(look: Callable[[], str | None], what: str) -> str:
    """Return what a look finds, as soon as it finds something."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.2)
    raise Unavailable(f"Rien après {PATIENCE_SECONDS} s : {what}.")


def play(ref: str, started: float) -> None:
    """Play every stage until the procurement is over."""
    from tasks.rehearsal import playing
    from tasks.runs import segments

    while True:
        wait(lambda: "oui" if playing.is_settled(ref) else None, f"la fin du segment de {ref}")
        here = segments.place(ref)
        say(started, f"{ref} : {segments.waiting_name(here)}")
        stage = stage_of(here.stage)
        if isinstance(stage, Final):
            return
        if isinstance(stage, Timer):
            _pass_time(ref, here.stage, started)
        else:
            _answer(ref)


def _answer(ref: str) -> None:
    """Answer for everyone awaited at the gate, one after the other."""
    from tasks.rehearsal import playing
    from tasks.views import status

    for rank, task in enumerate(one for one in status.to_do() if one.ref == ref):
        reply = playing.reply_to(task, rank if task.stage == "opening" else 0)
        file = playing.write_form(ref, task.stage, rank, reply.fields)
        achats("decider", ref, "--personne", reply.person, "--reponse", reply.answer, "--fichier", str(file))


def _pass_time(ref: str, stage: str, started: float) -> None:
    """Receive the tenders, move the clock of the rehearsal to the legal date, and let Prefect's timer ring."""
    from tasks.outgoing import dispatch
    from tasks.rehearsal import playing
    from tasks.runs import segments

    files = playing.write_tenders(ref) if stage == "tendering" else []
    for file in files[:-1]:
        achats("offre", "deposer", ref, "--fichier", str(file))
    playing.jump(ref)
    dispatch.reschedule()
    say(started, "L'horloge de la répétition avance jusqu'à la date légale.")
    for file in files[-1:]:
        achats("offre", "deposer", ref, "--fichier", str(file))
    wait(lambda: None if segments.place(ref).stage == stage else "oui", f"le minuteur de l'étape {stage}")
