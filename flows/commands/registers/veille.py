"""`achats veille`: the whole watch for a day, or the shortages of medicines alone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table

if TYPE_CHECKING:
    from models.risks.watch import Finding, Sweep

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
    from tasks.runs import watch

    sweep = watch.whole(watch.day_of(date))
    if as_json:
        print_json(sweep)
    else:
        _show(sweep)


def _show(sweep: "Sweep") -> None:
    found = 0
    for name, title in TITLES.items():
        findings: list[Finding] = getattr(sweep, name)
        found += len(findings)
        if findings:
            show_findings(title, findings)
    for remark in sweep.remarques:
        print_line(f"Remarque : {remark}")
    print_line(f"Veille du {sweep.jour:%d/%m/%Y} : {found} nouveautés ou changements.")


def show_findings(title: str, findings: "list[Finding]") -> None:
    """Print a list of findings for people."""
    rows = [
        (one.niveau, one.objet, f"{one.echeance:%d/%m/%Y}" if one.echeance else "", one.action, one.cle)
        for one in findings
    ]
    print_table(title, ("niveau", "objet", "échéance", "action", "clé"), rows)


def ruptures(
    *,
    bdpm: Annotated[
        Path, Parameter(name="--bdpm", help="Dossier des fichiers de la base publique des médicaments.")
    ],
    stocks: Annotated[
        Path | None, Parameter(name="--stocks", help="Fichier des stocks (CSV ou classeur).")
    ] = None,
    date: Day = None,
    as_json: Json = False,
) -> None:
    """Croiser les ruptures publiées, les articles des marchés et les stocks ; tout ce qui est en cours est dit."""
    from tasks.execution.shortages import report
    from tasks.runs import watch

    told = report(bdpm, stocks, watch.day_of(date))
    if as_json:
        print_json(told)
        return
    rows = [
        (
            one.niveau,
            one.objet,
            "oui" if one.mitm else "",
            one.couverture_jours,
            ", ".join(one.marches),
            one.action,
        )
        for one in told.ruptures
    ]
    print_table(
        "Ruptures en cours", ("niveau", "médicament", "MITM", "couverture (jours)", "marchés", "action"), rows
    )
    for line in (*told.lignes_refusees, *told.remarques):
        print_line(f"Remarque : {line}")
    print_line(
        f"Veille du {told.jour} : {len(told.ruptures)} ruptures, {len(told.retablies)} rétablies, "
        f"{told.lignes_lues} lignes lues, {len(told.lignes_refusees)} refusées."
    )


def grouper(
    achats: Annotated[list[str], Parameter(help="Références des renouvellements ; le premier reste.")],
    *,
    personne: Annotated[str, Parameter(name="--personne", help="Courriel de la personne qui décide.")],
) -> None:
    """Renouveler plusieurs marchés en un seul achat : les autres renouvellements sont abandonnés à ce titre."""
    from tasks.contracts.grouping import group

    print_line(f"Achat groupé : {group(achats, personne)}")
