"""`achats restaurer DOSSIER`, `achats restaurer etat|confirmer`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from pydantic import SecretBytes, SecretStr

from flows.commands.application import print_json, print_line, print_table
from flows.commands.archive.backup import Copy, Folder, Json, Phrase
from models.archive.restorations import Waiting
from models.archive.since import Since
from models.errors import BadInput
from models.reading.values import parse_choice

PrivateKey = Annotated[
    Path | None, Parameter(help="Fichier de la clé privée qui ouvre les clés scellées par sa clé publique.")
]


def restaurer(
    dossier: Folder,
    *,
    copie: Copy = None,
    phrase: Phrase = None,
    cle_privee: PrivateKey = None,
    remplacer: Annotated[
        bool, Parameter(help="Mettre de côté les données présentes, puis restaurer.")
    ] = False,
    cles_seules: Annotated[bool, Parameter(help="Ne rendre que les clés.")] = False,
    json: Json = False,
) -> None:
    """Remettre une sauvegarde en place et dire ce qui s'est passé depuis ; rien ne repart sans confirmation."""
    from tasks.archive import restoring
    from tasks.archive.envelope import Opening, read_secret, secret

    private = SecretBytes(hexadecimal(read_secret(cle_privee))) if cle_privee else None
    order = restoring.Return(
        folder=dossier,
        copy_name=copie,
        opening=Opening(passphrase=secret(phrase), private_key=private),
        replaces=remplacer,
    )
    if cles_seules:
        print_line(f"Clés remises : {', '.join(restoring.restore_keys(order))}.")
        return
    _show(restoring.restore(order), json=json)


def hexadecimal(secret: SecretStr) -> bytes:
    """Return the private key that a file writes in hexadecimal."""
    try:
        return bytes.fromhex(secret.get_secret_value())
    except ValueError as error:
        raise BadInput("--cle-privee : ce fichier n'est pas une clé privée de sauvegarde.") from error


def etat(*, json: Json = False) -> None:
    """Dire ce qui attend une confirmation après une restauration."""
    from tasks.archive import reborn

    found = reborn.report()
    if found is None:
        print_line("Aucune restauration n'attend de confirmation.")
        return
    _show(found, json=json)


def _show(found: Since, *, json: bool) -> None:
    if json:
        print_json(found)
        return
    doubtful = [[one.destinataire, one.objet] for one in found.doubtful]
    if doubtful:
        print_table("Messages peut-être déjà partis", ["À", "Objet"], doubtful)
    print_line("\n".join(found.lines()))
    print_line("RIEN NE PART avant : achats restaurer confirmer --par COURRIEL [--messages envoyer|partis]")


def confirmer(
    *,
    par: Annotated[str, Parameter(help="Courriel de l'administrateur qui confirme.")],
    messages: Annotated[
        str | None,
        Parameter(
            help="Messages peut-être déjà partis : « envoyer », ou « partis » pour les tenir pour tels."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Confirmer une restauration : les achats repartent, avec des traitements neufs."""
    from tasks.settings import join_prefect

    join_prefect()
    from tasks.archive import reborn
    from tasks.runs.resumption import resume

    word = parse_choice(Waiting, messages, "--messages") if messages else None
    done = reborn.confirm(par, word)
    moved = resume("restauration confirmée")
    if json:
        print_json({**done.model_dump(mode="json"), "reprise": moved.model_dump(mode="json")})
        return
    print_line(f"Restauration {done.numero} confirmée ; runs d'avant retirés : {done.runs_retires}.")
    print_line(f"Messages tenus pour partis : {done.messages} ; envoyés : {moved.messages}.")
    print_line(f"Runs demandés : {moved.remis} ; achats relancés : {', '.join(moved.reprises) or 'aucun'}.")
