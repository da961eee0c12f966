"""`achats dependances verifier`, `licences`, `sbom`: what the product is built from, checked offline."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import FAILED, print_json, print_line, print_table

Json = Annotated[bool, Parameter(help="Sortie en JSON.")]
Lock = Annotated[Path | None, Parameter(help="Liste des paquets épinglés ; requirements.lock si absente.")]


def verifier(
    listes: Annotated[
        list[Path],
        Parameter(help="Avis téléchargés : all.zip d'OSV pour PyPI, son dossier, ou des fichiers JSON."),
    ],
    *,
    paquets: Lock = None,
    json: Json = False,
) -> int:
    """Chercher les vulnérabilités connues des paquets épinglés, sans aller sur le réseau ; code 1 s'il y en a."""
    from tasks.supply.advisories import audit
    from tasks.supply.packages import LOCK, pinned

    done = audit(pinned(paquets or LOCK), listes)
    if json:
        print_json(done)
    else:
        until = f", liste du {done.liste_du:%d/%m/%Y}" if done.liste_du else ""
        print_line(
            f"{done.paquets} paquets, {done.avis_lus} avis{until} : {len(done.vulnerabilites)} vulnérabilités."
        )
        for one in done.vulnerabilites:
            fixed = (
                f" ; corrigé en {', '.join(one.corrige_en)}"
                if one.corrige_en
                else " ; pas de correction connue"
            )
            use = " (développement)" if one.developpement else ""
            print_line(f"- {one.paquet} {one.version}{use} : {one.avis} {one.resume}{fixed}")
    return FAILED if done.vulnerabilites else 0


def licences(*, paquets: Lock = None, json: Json = False) -> None:
    """Lister la licence de chaque paquet installé."""
    from tasks.supply.licences import licences as found
    from tasks.supply.packages import LOCK, pinned

    rows = found(pinned(paquets or LOCK))
    if json:
        print_json(rows)
        return
    table = [
        [one.paquet, one.version, one.licence, "développement" if one.developpement else ""] for one in rows
    ]
    print_table("Licences des paquets", ["Paquet", "Version", "Licence", "Usage"], table)


def sbom(fichier: Annotated[Path, Parameter(help="Fichier à écrire (CycloneDX 1.6, JSON).")]) -> None:
    """Écrire la nomenclature des composants du produit (SBOM)."""
    from tasks import storage
    from tasks.supply.bill import bill
    from tasks.supply.packages import pinned

    packages = pinned()
    storage.write_asked(fichier, bill(packages).encode())
    print_line(f"{fichier} : {len(packages)} composants.")
