"""What imports print for people; the JSON holds everything."""

from flows.commands.application import print_line, print_table
from models.contracts.report import ContractReport
from models.law.wording import euros
from models.organisation.file import OrganisationReport, SkeletonReport
from models.spend.lines import ImportReport

SHOWN = 20  # corrected or refused lines shown to a person; all of them are in the JSON


def show_organisation(report: OrganisationReport) -> None:
    """Print what loading an organisation did, and what still lacks."""
    rows = [(name, one.ajoutes, one.modifies, one.inchanges) for name, one in report.tables.items()]
    print_table(
        f"{report.fichier} : groupement {report.ght}", ("table", "ajoutés", "modifiés", "inchangés"), rows
    )
    for line in report.a_completer:
        print_line(f"À compléter. {line}")


def show_spend(report: ImportReport) -> None:
    """Print what an import of spend did, its totals, and the first refused lines."""
    print_line(
        f"{report.fichier} : {report.lus} lus, {report.acceptes} acceptés, {len(report.refuses)} refusés"
    )
    if report.total_lu is not None and report.total_accepte is not None and report.total_refuse is not None:
        print_line(
            f"Totaux : {euros(report.total_lu)} lus = {euros(report.total_accepte)} acceptés "
            f"+ {euros(report.total_refuse)} refusés"
        )
    for line in report.remarques:
        print_line(line)
    _show_some("Refusés", [f"  ligne {one.ligne} : {one.motif}" for one in report.refuses])


def show_contracts(report: ContractReport) -> None:
    """Print what an import of contracts did, its totals, and the first corrections and refusals."""
    print_line(
        f"{report.fichier} ({report.format}) : {report.lus} lus, {report.acceptes} acceptés, "
        f"{len(report.corriges)} corrigés, {len(report.refuses)} refusés"
    )
    print_line(
        f"Registre : {report.ajoutes} ajoutés, {report.modifies} modifiés, {report.inchanges} inchangés ; "
        f"{report.sans_fin} sans date de fin, "
        f"{report.sans_famille} sans famille"
    )
    print_line(
        f"Montants HT : {euros(report.total_lu)} lus = {euros(report.total_accepte)} acceptés "
        f"+ {euros(report.total_refuse)} refusés + {euros(report.total_ecarte)} écartés par correction"
    )
    corrections = [f"  {one.ligne} ({one.numero}) : {' ; '.join(one.corrections)}" for one in report.corriges]
    _show_some("Corrigés", corrections)
    _show_some("Refusés", [f"  {one.ligne} : {one.motif}" for one in report.refuses])


def _show_some(title: str, lines: list[str]) -> None:
    if not lines:
        return
    print_line(f"{title} :")
    for line in lines[:SHOWN]:
        print_line(line)
    if len(lines) > SHOWN:
        print_line(f"  … et {len(lines) - SHOWN} autres (tous avec --json)")


def show_skeleton(report: SkeletonReport) -> None:
    """Print what a skeleton holds, what was left out and what people must complete."""
    done = f"écrit dans {report.sortie}" if report.sortie else "chargé"
    print_line(f"Groupement {report.ght} : squelette {done}, {len(report.etablissements)} établissements")
    for one in report.etablissements:
        print_line(f"  {one}{' (support)' if one == report.support else ''}")
    _show_some("Écartés", [f"  {line}" for line in report.ecartes])
    _show_some("À compléter", [f"  {line}" for line in report.a_completer])
