"""The risk board shown in Prefect."""

from datetime import date

from models.risks.register import RiskKind
from tasks.risks import register
from tasks.risks.board import LEVELS, board
from tasks.runs.artifacts import cell, day, table
from tasks.steps import step
from tasks.store import reading

SHOWN = 50


def board_markdown(on: date) -> str:
    """Return the board as Markdown: the counts, then the worst risks."""
    found = board()
    counts: list[list[object]] = [
        [kind.label, *(found.nombre[kind][level] or "" for level in LEVELS)] for kind in RiskKind
    ]
    with reading() as session:
        worst: list[list[object]] = [
            [
                one.level.value,
                one.kind.label,
                one.title,
                day(one.due_on),
                one.action,
                one.acknowledged_by or "",
            ]
            for one in register.open_risks(session)[:SHOWN]
        ]
    return "\n\n".join(
        [
            f"# Tableau des risques au {on:%d/%m/%Y}",
            f"{found.total} risques en cours, dont {found.vitaux} vitaux ; {found.non_acquittes} non acquittés.",
            table(["Risque", *(cell(level.value.capitalize()) for level in LEVELS)], counts),
            f"## Les plus graves ({min(found.total, SHOWN)} sur {found.total})",
            table(["Niveau", "Risque", "Objet", "Échéance", "Action", "Acquitté par"], worst),
        ]
    )


@step("Montrer le tableau des risques")
def show_board(on: date) -> None:
    """Refresh the artifact `risk-board`."""
    from prefect.artifacts import create_markdown_artifact

    create_markdown_artifact(key="risk-board", markdown=board_markdown(on), description="Tableau des risques")
