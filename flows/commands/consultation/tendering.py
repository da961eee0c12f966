"""`achats offre deposer`, `achats offre exemple`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line
from flows.commands.in_service import Code, Key, check_herself
from flows.commands.process.procurement import Json, Ref


def deposer(
    ref: Ref,
    *,
    fichier: Annotated[Path, Parameter(help="Offre, en JSON (voir « achats offre exemple »).")],
    personne: Annotated[
        str | None,
        Parameter(help="Courriel de qui dépose ; demandé en service, jamais quelqu'un qui évalue."),
    ] = None,
    cle: Key = None,
    code: Code = None,
    json: Json = False,
) -> None:
    """Enregistrer une offre avec son heure de réception."""
    from tasks.access.proofs import given
    from tasks.tendering.handing_over import who
    from tasks.tendering.tenders import receive

    receipt = receive(ref, fichier, who(personne, given(cle, code)))
    if json:
        print_json(receipt)
        return
    late = " HORS DÉLAI : elle sera mise de côté" if receipt.hors_delai else ""
    print_line(f"Offre n° {receipt.numero} de {receipt.candidat} reçue le {receipt.recu_le}.{late}")
    for number in receipt.remplace:
        print_line(
            f"Elle remplace l'offre n° {number} du même candidat, qui reste scellée sur les mêmes lots "
            "(CCP art. R. 2151-6)."
        )
    print_line(f"SHA-256 {receipt.sha256}")


def ecarter(
    ref: Ref,
    *,
    offre: Annotated[int, Parameter(help="Numéro du dépôt contesté, qui en remplace un autre.")],
    personne: Annotated[str, Parameter(help="Courriel d'une personne qui ouvre les plis.")],
    motif: Annotated[str, Parameter(help="Pourquoi ce dépôt n'est pas du candidat.")],
    cle: Key = None,
    code: Code = None,
    json: Json = False,
) -> None:
    """Écarter avant l'ouverture, à deux, un dépôt qui n'est pas du candidat : l'offre remplacée sera ouverte."""
    from tasks.tendering.objections import set_aside

    check_herself(personne, cle, code, "écarter un dépôt")
    done = set_aside(ref, offre, personne, motif)
    if json:
        return print_json(done)
    if not done.ecartee:
        return print_line(
            f"Offre n° {offre} contestée : une seconde personne qui ouvre les plis doit confirmer."
        )
    numbers = ", ".join(map(str, done.reprennent))
    return print_line(f"Offre n° {offre} écartée ; s'ouvre à sa place : offre n° {numbers}.")


def exemple(ref: Ref) -> None:
    """Écrire une offre à compléter, avec les lots et articles de l'achat."""
    from tasks.tendering.tenders import example

    print_json(example(ref))
