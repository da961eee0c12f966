"""`achats systeme`, `achats entretenir`: the state of the installation, and its upkeep."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line


def systeme(*, json: Annotated[bool, Parameter(help="Sortie en JSON.")] = False) -> None:
    """Dire l'état de l'installation : place libre, sauvegarde, ce qui demande une action."""
    from tasks.views.system import view

    found = view()
    if json:
        print_json(found)
        return
    print_line(f"Place       {found.place}")
    if (backup := found.sauvegarde) is None:
        print_line("Sauvegarde  aucune (achats sauvegarder DOSSIER)")
    else:
        print_line(f"Sauvegarde  {backup.copie}, il y a {backup.age_heures} h, dans {backup.dossier}")
    print_line("\n".join(found.remarques) or "Rien à faire.")


def entretenir(*, json: Annotated[bool, Parameter(help="Sortie en JSON.")] = False) -> None:
    """Retirer ce qui se refait (aperçus, restes), tourner les journaux, rendre la place libre des bases."""
    from tasks.outgoing.dispatch import server_silence
    from tasks.runs.upkeep import keep_up

    done = keep_up.fn(bool(server_silence()))
    if json:
        return print_json(done)
    print_line(
        f"Aperçus retirés : {done.apercus} ; restes : {done.restes} ; rendus : {done.octets_rendus} octets."
    )
    for name, one in (("application", done.base), ("Prefect", done.prefect)):
        what = "récrite" if one.est_compactee else one.motif or "laissée telle quelle"
        print_line(f"Base de {name} : {one.avant} octets, {what}, {one.apres} octets.")
    return None
