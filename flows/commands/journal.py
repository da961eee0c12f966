"""`achats journal [REF]`, `achats journal verifier`."""

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


def verifier(*, json: Annotated[bool, Parameter(name="--json", help="Sortie en JSON.")] = False) -> int:
    """Recalculer la chaîne du journal et dire si elle est entière."""
    from tasks import journal
    from tasks.store import reading

    with reading() as session:
        verdict = journal.verify(session)
    if json:
        print_json(verdict)
    elif verdict.valide:
        print_line(f"Journal intact : {verdict.lignes} lignes, empreinte {verdict.empreinte}.")
    else:
        print_line(f"JOURNAL ALTÉRÉ à la ligne {verdict.premiere_anomalie} : {verdict.motif}.")
    return 0 if verdict.valide else REFUSED
