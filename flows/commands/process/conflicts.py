"""`achats conflit declarer|liste`: declarations of interests, procurement by procurement."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from flows.commands.in_service import Code, Key, check_herself

Ref = Annotated[str, Parameter(help="Référence de l'achat, par exemple 2026-001.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Réponse en JSON.")]


def declarer(
    ref: Ref,
    *,
    personne: Annotated[str, Parameter(help="Courriel de la personne qui déclare.")],
    nature: Annotated[str, Parameter(help="neant (aucun intérêt) ou conflit.")],
    motif: Annotated[str, Parameter(help="Le conflit, en une phrase ; exigé pour « conflit ».")] = "",
    cle: Key = None,
    code: Code = None,
    json: Json = False,
) -> None:
    """Déclarer ses intérêts pour un achat ; un conflit écarte la personne de tout l'achat."""
    from tasks.process import conflicts

    check_herself(personne, cle, code, "déclarer ses intérêts")
    declared = conflicts.declare(ref, personne, nature, motif)
    if json:
        return print_json(declared)
    print_line(f"{declared.nom} : déclaration « {declared.nature} » enregistrée pour {ref}.")
    if declared.deja_repondu:
        print_line(
            f"Attention, elle a déjà répondu : {', '.join(declared.deja_repondu)} ; faites revoir ces étapes."
        )
    return None


def liste(ref: Ref, *, json: Json = False) -> None:
    """Lister les déclarations d'intérêts d'un achat, et celles qui manquent."""
    from tasks.process import conflicts

    register = conflicts.listed(ref)
    if json:
        return print_json(register)
    rows = [(one.nom, one.nature, one.motif, one.le) for one in register.declarations]
    print_table(
        f"Déclarations d'intérêts de {ref} ({register.declaration})",
        ("Personne", "Nature", "Motif", "Le"),
        rows,
    )
    for missing in register.manquantes:
        print_line(f"Personne n'a encore déclaré pour : {missing}.")
    return None
