"""`achats risque liste|acquitter|clore|carte`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table

if TYPE_CHECKING:
    from tasks.risks.register import RiskLine

Json = Annotated[bool, Parameter(name="--json", negative="", help="Écrire le résultat en JSON.")]
Key = Annotated[str, Parameter(help="Clé du risque (voir achats risque liste).")]
Person = Annotated[str, Parameter(name="--personne", help="Courriel de la personne.")]


def liste(
    *,
    tous: Annotated[bool, Parameter(name="--tous", negative="", help="Avec les risques clos.")] = False,
    nature: Annotated[
        str | None, Parameter(name="--nature", help="Une seule nature, par exemple rupture.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Lister les risques en cours, les plus graves d'abord."""
    from models.reading.values import parse_choice
    from models.risks.register import RiskKind
    from tasks.risks import register

    kind = parse_choice(RiskKind, nature, "--nature") if nature else None
    lines = [one for one in register.register(closed=tous) if kind in (None, one.nature)]
    if as_json:
        print_json(lines)
        return
    rows = [
        (one.niveau, one.nature.label, one.objet, one.echeance, one.action, one.acquitte_par or "", one.cle)
        for one in lines
    ]
    print_table(
        "Risques en cours", ("niveau", "nature", "objet", "échéance", "action", "acquitté par", "clé"), rows
    )


def acquitter(
    cle: Key,
    *,
    personne: Person,
    action: Annotated[str, Parameter(name="--action", help="Ce qui est entrepris.")] = "",
    responsable: Annotated[
        str | None, Parameter(name="--responsable", help="Courriel de qui s'en charge.")
    ] = None,
    echeance: Annotated[str | None, Parameter(name="--echeance", help="Pour quand, AAAA-MM-JJ.")] = None,
    as_json: Json = False,
) -> None:
    """Prendre un risque en main : il n'est plus escaladé, sauf s'il s'aggrave."""
    from models.reading.values import parse_date
    from tasks.risks import register

    due_on = parse_date(echeance, "--echeance") if echeance else None
    ack = register.Ack(person=personne, action=action, owner=responsable, due_on=due_on)
    _show(register.acknowledge(cle, ack), as_json)


def clore(
    cle: Key,
    *,
    personne: Person,
    motif: Annotated[str, Parameter(name="--motif", help="Pourquoi le risque est clos.")],
    as_json: Json = False,
) -> None:
    """Clore un risque avec un motif ; il ne revient que s'il s'aggrave."""
    from tasks.risks import register

    _show(register.close(cle, personne, motif), as_json)


def carte(
    *,
    sortie: Annotated[Path, Parameter(name="--sortie", help="Image à écrire (PNG).")],
) -> None:
    """Dessiner la carte des risques : nature et niveau, avec leur nombre."""
    from tasks.risks.board import heat_map
    from tasks.storage import write_asked

    write_asked(sortie, heat_map())
    print_line(f"Carte des risques écrite : {sortie}")


def _show(line: "RiskLine", as_json: bool) -> None:
    if as_json:
        print_json(line)
        return
    print_line(f"{line.cle} ({line.niveau}) : {line.objet}")
    for event in line.historique:
        print_line(f"  {event}")
    for action in line.actions:
        print_line(f"  Action : {action}")
