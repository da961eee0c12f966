"""`achats sauvegarder`, `achats sauvegarde cle|liste|verifier`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import REFUSED, print_json, print_line, print_table

Folder = Annotated[Path, Parameter(help="Dossier des sauvegardes, sur un autre disque que les données.")]
Json = Annotated[bool, Parameter(name="--json", help="Sortie en JSON.")]
Copy = Annotated[str | None, Parameter(help="Nom de la sauvegarde ; la dernière si absent.")]
Phrase = Annotated[
    str | None,
    Parameter(help="Phrase de passe (ou code de reprise) des clés : @FICHIER qui la contient, ou son texte."),
]


def sauvegarder(
    dossier: Folder,
    *,
    phrase: Phrase = None,
    cle_publique: Annotated[
        str | None,
        Parameter(help="Clé publique qui scelle les clés : 64 chiffres hexadécimaux, ou son fichier."),
    ] = None,
    garder_jours: Annotated[
        int | None,
        Parameter(help="Retirer ensuite les sauvegardes plus vieilles ; toutes restent si absent."),
    ] = None,
    json: Json = False,
) -> None:
    """Copier tout ce que l'application garde, pendant qu'elle tourne : base, fichiers, clés scellées à part."""
    from tasks.archive import backup, envelope
    from tasks.archive.envelope import secret

    usual = envelope.usual_sealing()
    sealing = envelope.Sealing(
        passphrase=secret(phrase) or (None if cle_publique else usual.passphrase),
        public_key=envelope.public_key_of(cle_publique)
        if cle_publique
        else None
        if phrase
        else usual.public_key,
    )
    done = backup.back_up(backup.Order(folder=dossier, sealing=sealing, keep_days=garder_jours))
    if json:
        print_json(done)
        return
    print_line(
        f"Sauvegarde {done.copie} dans {done.dossier} : {done.fichiers} fichiers, {done.octets} octets."
    )
    print_line(f"Journal : {done.journal_lignes} lignes ; manifeste : {done.manifeste_sha256}.")
    print_line(f"Clés scellées à part : {done.cles}.")
    if done.code:
        print_line(f"CODE DE REPRISE, montré cette seule fois, à garder ailleurs : {done.code}")
    for remark in done.remarques:
        print_line(remark)
    if done.retirees:
        print_line(f"Sauvegardes retirées : {', '.join(done.retirees)}.")


def cle(
    fichier: Annotated[Path, Parameter(help="Fichier de la clé privée, à garder hors de ce serveur.")],
) -> None:
    """Faire la paire de clés qui scelle les clés dans les sauvegardes programmées."""
    from tasks.archive.envelope import make_pair

    public = make_pair(fichier)
    print_line(f"Clé privée : {fichier}, à garder hors de ce serveur. Clé publique : {public}.")
    print_line(f"Réglage : ACHATS_BACKUP_PUBLIC_KEY={public.read_text(encoding='ascii').strip()}")


def liste(dossier: Folder, *, json: Json = False) -> None:
    """Lister les sauvegardes d'un dossier."""
    from tasks.archive import copies
    from tasks.clock import local

    found = [copies.load(dossier.resolve(), name) for name in copies.names(dossier.resolve())]
    if json:
        print_json(
            [
                {**one.model_dump(mode="json", exclude={"fichiers"}), "octets": one.bytes_of_all}
                for one in found
            ]
        )
        return
    rows = [
        [
            one.copie,
            f"{local(one.faite_le):%d/%m/%Y %H:%M}",
            len(one.fichiers),
            one.bytes_of_all,
            one.cles.scellees_par,
        ]
        for one in found
    ]
    print_table("Sauvegardes", ["Nom", "Faite le", "Fichiers", "Octets", "Clés"], rows)


def verifier(dossier: Folder, *, copie: Copy = None) -> int:
    """Relire une sauvegarde en entier et comparer chaque fichier à son empreinte."""
    from tasks.archive import copies

    manifest = copies.load(dossier.resolve(), copie)
    faults = copies.verify(dossier.resolve(), manifest)
    for fault in faults:
        print_line(fault)
    print_line(f"{manifest.copie} : {'ALTÉRÉE' if faults else 'entière'}, {len(manifest.fichiers)} fichiers.")
    return REFUSED if faults else 0
