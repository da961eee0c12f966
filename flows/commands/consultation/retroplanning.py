"""Command of the backward planning."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from models.law import answers
from models.law.planning import Plan, PlannedProcedure, PlanRequest, plan
from models.law.wording import french_day
from models.reading.values import parse_choice, parse_date


def retroplanning(
    kind: Annotated[
        str, Parameter(name="--procedure", help="ao_ouvert, ao_restreint, mapa, sans_publicite…")
    ],
    start: Annotated[str, Parameter(name="--demarrage", help="Premier jour du marché, AAAA-MM-JJ")],
    today: Annotated[str | None, Parameter(name="--aujourdhui", help="Jour de référence, AAAA-MM-JJ")] = None,
    ics: Annotated[Path | None, Parameter(name="--ics", help="Fichier d'agenda à écrire")] = None,
    image: Annotated[Path | None, Parameter(name="--image", help="Diagramme de Gantt (PNG) à écrire")] = None,
    json: Annotated[bool, Parameter(name="--json", negative="", help="Réponse en JSON")] = False,
) -> None:
    """Remonter du démarrage d'un marché à la date où il faut commencer au plus tard."""
    from tasks.clock import today as current_day

    request = PlanRequest(
        procedure=parse_choice(PlannedProcedure, kind, "--procedure"),
        starts_on=parse_date(start, "--demarrage"),
    )
    made = plan(request, parse_date(today, "--aujourdhui") if today else current_day())
    _write_files(made, ics, image)
    if json:
        return print_json(answers.PlanAnswer.of(made))
    rows = [(french_day(one.on), one.label, one.ground) for one in made.milestones]
    print_table(
        f"Pour un démarrage le {french_day(made.starts_on)}", ("Au plus tard", "Étape", "Durée"), rows
    )
    for gain in made.shortenings:
        print_line(
            f"{gain.shortcut} : {gain.days_gained} jours de moins ({gain.ground}), si {gain.condition}."
        )
    print_line(
        f"Durées d'usage du groupement : {made.own_working_days} jours ouvrés, à raccourcir par décision."
    )
    return print_line("Faisable." if made.feasible else f"Infaisable : {made.days_late} jours de retard.")


def _write_files(made: Plan, ics: Path | None, image: Path | None) -> None:
    from tasks import storage
    from tasks.preparation import planning

    if ics:
        storage.write_asked(ics, planning.calendar_ics(made))
    if image:
        storage.write_asked(image, planning.gantt_png(made))
