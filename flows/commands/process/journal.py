"""`achats journal [REF]`, `achats journal verifier|ancrer|exporter`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import REFUSED, print_json, print_line, print_table


def lire(
    ref: Annotated[str | None, Parameter(help="Référence de l'achat ; tout le journal si absente.")] = None,
    *,
    json: Annotated[bool, Parameter(name="--json", help="Sortie en JSON.")] = False,
) -> None:
    """Lire le journal."""
    from tasks import journal
    from tasks.clock import local
    from tasks.store import reading

    with reading() as session:
        lines = journal.read(session, ref)
    if json:
        print_json([line.model_dump(mode="json") for line in lines])
        return
    print_table(
        f"Journal{' de ' + ref if ref else ''}",
        ["N°", "Quand", "Qui", "Quoi", "Sur", "De", "À", "Pourquoi"],
        [
            [
                x.seq,
                f"{local(x.at):%d/%m/%Y %H:%M}",
                x.actor,
                x.fact.value,
                x.subject,
                x.before,
                x.after,
                x.reason,
            ]
            for x in lines
        ],
    )


def verifier(
    *,
    ancre: Annotated[
        Path | None,
        Parameter(
            help="Ancre ou export gardé ailleurs : révèle un journal coupé ou réécrit en entier ; "
            "sans elle, les ancres de chaque jour."
        ),
    ] = None,
    json: Annotated[bool, Parameter(name="--json", help="Sortie en JSON.")] = False,
) -> int:
    """Recalculer la chaîne du journal, et lui comparer registres, décisions et documents."""
    from tasks.process import anchoring, anchors, journal_check

    kept = [anchors.read(ancre)] if ancre else anchoring.kept()
    verdict = journal_check.verified(*kept)
    verdict.remarques += anchoring.remarks(kept)
    if json:
        print_json(verdict)
    elif verdict.valide:
        print_line(f"Journal intact : {verdict.lignes} lignes, empreinte {verdict.empreinte}.")
    else:
        where = f" à la ligne {verdict.premiere_anomalie}" if verdict.premiere_anomalie else ""
        print_line(f"JOURNAL ALTÉRÉ{where} : {verdict.motif}.")
        for other in verdict.anomalies[1:]:
            print_line(f"  {other}")
    if not json:
        for remark in verdict.remarques:
            print_line(f"À savoir : {remark}.")
    return 0 if verdict.valide else REFUSED


def ancrer(
    fichier: Annotated[Path, Parameter(help="Fichier à écrire, à garder hors de ce serveur.")],
) -> None:
    """Écrire l'ancre du journal : le numéro et l'empreinte de sa dernière ligne."""
    from tasks.process import anchors
    from tasks.store import reading

    with reading() as session:
        anchor = anchors.present(session)
    anchors.write(fichier, iter([anchor.model_dump_json()]))
    print_line(f"Ancre écrite : {fichier} ({anchor.lignes} lignes). Gardez-la hors de ce serveur.")


def cle(
    *,
    perdue: Annotated[
        bool,
        Parameter(name="--perdue", negative="", help="L'ancienne clé n'existe plus : le journal le dira."),
    ] = False,
) -> None:
    """Remplacer la clé qui signe le journal ; sans --perdue, l'ancienne signe la nouvelle."""
    from tasks.process import journal_keys

    made = journal_keys.replace(is_lost=perdue)
    print_line(f"Nouvelle clé du journal : {made}. Sauvegardez son fichier, lisible par l'application seule.")


def exporter(
    fichier: Annotated[Path, Parameter(help="Fichier à écrire, une ligne de JSON par ligne du journal.")],
) -> None:
    """Exporter le journal en lignes de JSON ; l'export sert aussi d'ancre."""
    from tasks.process import anchors
    from tasks.store import reading

    with reading() as session:
        count = anchors.write(fichier, anchors.exported(session))
    print_line(f"{count} lignes exportées dans {fichier}.")
