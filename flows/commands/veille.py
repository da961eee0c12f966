"""`achats veille`: the whole watch for a day, or the shortages of medicines alone."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from models.watch import Finding, Sweep

Json = Annotated[bool, Parameter(name="--json", negative="", help="Écrire le résultat en JSON.")]
Day = Annotated[
    str | None, Parameter(name="--date", help="Jour de la veille, AAAA-MM-JJ ; aujourd'hui par défaut.")
]

TITLES = {
    "expirations": "Marchés arrivant à leur terme",
    "ruptures": "Ruptures d'approvisionnement",
    "litiges": "Litiges",
    "paiements": "Paiements",
    "consommations": "Consommations et achats hors procédure",
    "relances": "Relances",
    "reprises": "Reprises",
}


def veille(*, date: Day = None, as_json: Json = False) -> None:
    """Surveiller les échéances et les risques d'un jour : seul ce qui est nouveau ou a changé est dit.

    Fonctionne sans serveur Prefect : les renouvellements s'ouvrent alors directement.
    """
    from tasks.settings import join_prefect

    join_prefect()
    from tasks import watch

    sweep = watch.whole(watch.day_of(date))
    if as_json:
        print_json(sweep)
    else:
        _show(sweep)


def _show(sweep: Sweep) -> None:
    found = 0
    for name, title in TITLES.items():
        findings: list[Finding] = getattr(sweep, name)
        found += len(findings)
        if findings:
            show_findings(title, findings)
    for remark in sweep.remarques:
        print_line(f"Remarque : {remark}")
    print_line(f"Veille du {sweep.jour:%d/%m/%Y} : {found} nouveautés ou changements.")


def show_findings(title: str, findings: list[Finding]) -> None:
    """Print a list of findings for people."""
    rows = [
        (one.niveau, one.objet, f"{one.echeance:%d/%m/%Y}" if one.echeance else "", one.action, one.cle)
        for one in findings
    ]
    print_table(title, ("niveau", "objet", "échéance", "action", "clé"), rows)
