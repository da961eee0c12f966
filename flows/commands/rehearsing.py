"""`achats repetition preparer|avancer`: a home to rehearse in, with any group, and its clock."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_line


def preparer() -> None:
    """Faire d'un dossier neuf celui d'une répétition, pour toujours : son horloge peut avancer."""
    from tasks.rehearsal import home

    home.begin()
    print_line("Dossier de répétition : l'horloge peut y avancer, ce qui y est fait n'engage personne.")


def avancer(jour: Annotated[str, Parameter(help="Jour à atteindre (AAAA-MM-JJ), à huit heures.")]) -> None:
    """Avancer l'horloge d'une répétition jusqu'à un jour ; elle ne recule pas."""
    from models.reading.values import parse_date
    from tasks import clock
    from tasks.outgoing import dispatch
    from tasks.rehearsal import home

    home.move_to(clock.at(parse_date(jour, "jour")))
    dispatch.reschedule()
    print_line(f"Il est maintenant le {clock.local(clock.now()):%d/%m/%Y à %H:%M} dans ce dossier.")
