"""`achats delegation fonction-fin`: the end of a function and what it leaves uncovered."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from models.reading import parse_date

Json = Annotated[bool, Parameter(name="--json", negative="", help="Réponse en JSON.")]


def fonction_fin(
    *,
    personne: Annotated[str, Parameter(help="Courriel de la personne qui quitte sa fonction.")],
    le: Annotated[str, Parameter(help="Dernier jour de fonction, AAAA-MM-JJ.")],
    par: Annotated[str, Parameter(help="Courriel de la personne qui tient le registre.")] = "achats",
    json: Json = False,
) -> None:
    """Enregistrer la fin de fonction d'une personne et dire ce que plus personne ne pourra signer."""
    from tasks.departures import end_function

    done = end_function(personne, parse_date(le, "--le"), par)
    if json:
        return print_json(done)
    print_line(f"{done.nom} : fin de fonction au {done.fin:%d/%m/%Y} ({', '.join(done.fonctions)}).")
    print_line(f"Délégations données qui prennent fin : {', '.join(done.delegations_donnees) or 'aucune'}.")
    print_line(f"Délégations reçues qui prennent fin : {', '.join(done.delegations_recues) or 'aucune'}.")
    if not done.non_couvert:
        return print_line("Tout ce que cette personne couvrait reste couvert.")
    rows = [(one.libelle, ", ".join(one.familles), one.a_partir_de, one.motif) for one in done.non_couvert]
    return print_table(
        "Plus personne ne pourra signer", ("Acte", "Familles", "À partir de (EUR HT)", "Raison"), rows
    )
