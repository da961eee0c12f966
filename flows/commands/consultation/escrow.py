"""`achats sequestre creer|etat|remettre`: the share of sealed tenders kept on paper, offline."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_line
from flows.commands.in_service import Code, Key, check_herself
from models.errors import BadInput

By = Annotated[str, Parameter(name="--par", help="Courriel de la personne, qui n'a pas de part des plis.")]


def creer(
    *,
    remplacer: Annotated[
        bool, Parameter(negative="", help="Faire une nouvelle clé pour les plis à venir.")
    ] = False,
    par: By = "achats",
    cle: Key = None,
    code: Code = None,
) -> None:
    """Faire la clé de séquestre des plis ; elle n'est montrée qu'une fois, à imprimer et à garder hors ligne."""
    from tasks.outgoing.access_changes import check_administrator
    from tasks.tendering import escrow

    check_administrator(par)
    check_herself(par, cle, code, "faire la clé de séquestre")
    secret = escrow.make(par, remplacer).get_secret_value()
    print_line(secret)
    print_line(
        f"Empreinte : {escrow.prints()}. Imprimez ces chiffres deux fois, mettez-les sous pli dans deux coffres,"
    )
    print_line(
        "puis effacez l'écran : ils ne seront plus montrés. Avec une seule personne qui ouvre, ils ouvrent les plis."
    )


def etat() -> None:
    """Dire si un séquestre est en place, et son empreinte."""
    from tasks.tendering import escrow

    print_line(f"Séquestre en place, empreinte {escrow.prints()}." if escrow.prints() else "Aucun séquestre.")


def remettre(
    ref: Annotated[str, Parameter(help="Référence de l'achat.")],
    *,
    sequestre: Annotated[Path, Parameter(help="Fichier où les chiffres du papier sont recopiés.")],
    par: By = "achats",
    cle: Key = None,
    code: Code = None,
) -> None:
    """Remettre la part du séquestre à l'ouverture, quand des personnes ont perdu la leur."""
    from pydantic import SecretStr

    from tasks.tendering import escrow

    check_herself(par, cle, code, "remettre le séquestre")
    try:
        written = SecretStr(sequestre.read_text(encoding="utf-8"))
    except (OSError, UnicodeError) as error:
        raise BadInput(f"--sequestre : fichier {sequestre} illisible.") from error
    escrow.release(ref, written, par.strip().lower())
    print_line(
        f"{ref} : la part du séquestre est remise. Une personne qui a la sienne ouvre les plis, une autre répond."
    )
