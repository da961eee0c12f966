"""`achats archive echeances`, `achats archive eliminer`."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from flows.commands.archive.backup import Json
from flows.commands.process.procurement import Ref
from models.archive.keeping import Part
from models.reading.values import parse_choice


def echeances(*, json: Json = False) -> None:
    """Dire jusqu'à quand chaque achat est conservé : passation depuis la signature, marché depuis sa fin."""
    from tasks.archive.keeping import register

    found = register()
    if json:
        return print_json(found)
    rows = [
        [
            one.ref,
            one.objet,
            clock.partie.label,
            f"{clock.depuis:%d/%m/%Y}" if clock.depuis else "–",
            f"{clock.jusqu_au:%d/%m/%Y}" if clock.jusqu_au else "ne court pas",
            f"éliminé le {clock.elimine_le:%d/%m/%Y}" if clock.elimine_le else "",
        ]
        for one in found
        for clock in one.horloges
    ]
    return print_table("Conservation", ["Achat", "Objet", "Partie", "Depuis", "Jusqu'au", ""], rows)


def eliminer(
    ref: Ref,
    *,
    partie: Annotated[str, Parameter(help="passation ou marche.")],
    par: Annotated[str, Parameter(help="Courriel de la personne qui demande, puis de celle qui décide.")],
    visa: Annotated[str, Parameter(help="Référence du visa des archives, à la demande.")] = "",
    cle: Annotated[str | None, Parameter(help="Clé personnelle, ou @FICHIER qui la contient.")] = None,
    code: Annotated[
        str | None, Parameter(help="Code à usage unique, quand le groupement le demande.")
    ] = None,
    json: Json = False,
) -> None:
    """Demander l'élimination d'une partie d'un achat, dont la durée est échue ; une seconde personne la décide."""
    from tasks.access.proofs import given
    from tasks.archive.keeping import eliminate

    done = eliminate(ref, parse_choice(Part, partie, "--partie"), par, visa, given(cle, code))
    if json:
        return print_json(done)
    if done.est_faite:
        return print_line(f"{ref} : {done.documents} documents détruits, décision de {done.decidee_par}.")
    return print_line(f"{ref} : demande enregistrée ; une autre personne la décide par la même commande.")
