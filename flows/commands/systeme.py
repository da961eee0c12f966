"""`achats systeme`: the state of the installation."""

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
