"""`achats exporter`, `achats importer export`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from pydantic import SecretBytes

from flows.commands.application import print_json, print_line
from flows.commands.archive.backup import Json, Phrase
from flows.commands.archive.restoration import PrivateKey
from models.errors import BadInput


def exporter(
    quoi: Annotated[str, Parameter(help="Référence d'un achat, ou TOUT pour le groupement.")],
    *,
    sortie: Annotated[Path, Parameter(help="Fichier à écrire (ZIP).")],
    phrase: Phrase = None,
    cle_publique: Annotated[
        str | None,
        Parameter(help="Clé publique qui scelle les clés jointes ; sans elle ni phrase, pas de clés."),
    ] = None,
    format: Annotated[  # noqa: A002 (the name of the option)
        str, Parameter(help="« zip », ou « seda » pour un transfert SEDA 2.3 au service d'archives.")
    ] = "zip",
    json: Json = False,
) -> None:
    """Donner tout d'un achat ou du groupement : documents, données en JSON et CSV, journal et preuves, plis scellés."""
    if format == "seda":
        return _transfer(quoi, sortie, json=json)
    if format != "zip":
        raise BadInput(f"--format : « {format} » inconnu, attendu : zip, seda.")
    from tasks.archive import envelope, exporting

    sealing = envelope.Sealing(
        passphrase=envelope.secret(phrase),
        public_key=envelope.public_key_of(cle_publique) if cle_publique else None,
    )
    done = exporting.export(quoi, sortie, sealing)
    if json:
        return print_json(done)
    print_line(f"Export de {done.porte_sur} : {done.fichier}, {done.octets} octets, sha256 {done.sha256}.")
    print_line(f"{done.tables} tables, {done.lignes} lignes, {done.fichiers} fichiers ; clés : {done.cles}.")
    return print_line("\n".join(done.remarques))


def _transfer(ref: str, target: Path, *, json: bool) -> None:
    from tasks.archive.seda import transfer

    done = transfer(ref, target)
    if json:
        return print_json(done)
    said = "conforme au schéma" if done.valide else "schéma non vérifié"
    print_line(f"Transfert SEDA 2.3 de {ref} : {done.fichier}, {done.fichiers} fichiers, {said}.")
    return print_line("\n".join(done.remarques))


def importer(
    fichier: Annotated[Path, Parameter(help="Export à lire.")],
    *,
    phrase: Phrase = None,
    cle_privee: PrivateKey = None,
    json: Json = False,
) -> None:
    """Faire entrer un export dans une installation vide, avec les mêmes empreintes."""
    from flows.commands.archive.restoration import hexadecimal
    from tasks.archive import envelope, importing

    private = SecretBytes(hexadecimal(envelope.read_secret(cle_privee))) if cle_privee else None
    opening = envelope.Opening(passphrase=envelope.secret(phrase), private_key=private)
    done = importing.bring_in(fichier, opening)
    if json:
        print_json(done)
        return
    print_line(f"Export de {done.porte_sur} importé : {done.lignes} lignes, {done.fichiers} fichiers.")
    for remark in done.remarques:
        print_line(remark)
