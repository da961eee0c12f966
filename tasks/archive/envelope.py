"""The keys of a home in a sealed envelope: by a passphrase (Argon2id), a public key (X25519), or a code shown once."""

import base64
import json
import secrets
from pathlib import Path

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError

from models.archive.manifest import KeptKeys, SealedBy
from models.errors import BadInput, NotAllowed, Refused
from tasks import key_files, storage
from tasks.access import sealed_boxes
from tasks.settings import settings

CODE_BYTES = 20


class Sealing(BaseModel):
    """What seals the envelope: a passphrase, or the public half of a key kept elsewhere."""

    passphrase: SecretStr | None = None
    public_key: str | None = None


class Opening(BaseModel):
    """What opens it: the passphrase or the code, or the private half."""

    passphrase: SecretStr | None = None
    private_key: SecretBytes | None = None


class Envelope(BaseModel):
    """The envelope as its file holds it."""

    format: int = 1
    scellees_par: SealedBy
    sel: str = ""
    contenu: str


class SealedKeys(BaseModel):
    """The keys once sealed: the envelope, what the manifest says of it, the code to show if one was made."""

    content: bytes
    kept: KeptKeys
    code: str | None = None


def usual_sealing() -> Sealing:
    """Return what the settings say, for the scheduled backups."""
    chosen = settings()
    phrase = chosen.backup_passphrase_file
    return Sealing(
        passphrase=read_secret(phrase) if phrase else None,
        public_key=public_key_of(chosen.backup_public_key) if chosen.backup_public_key else None,
    )


def read_secret(path: Path) -> SecretStr:
    """Return what a file holds, its last line end left out, or refuse a file that holds nothing."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"Le fichier {path} ne se lit pas.") from error
    if not text:
        raise BadInput(f"Le fichier {path} est vide.")
    return SecretStr(text)


def secret(given: str | None) -> SecretStr | None:
    """Return a secret given as text or as `@FILE`."""
    if given is None:
        return None
    return read_secret(Path(given[1:])) if given.startswith("@") else SecretStr(given)


def public_key_of(given: str) -> str:
    """Return a public key given as 64 hexadecimal digits or as the file that holds them."""
    text = given.strip()
    if Path(text).is_file():
        text = read_secret(Path(text)).get_secret_value()
    try:
        if len(bytes.fromhex(text)) == len(bytes.fromhex(sealed_boxes.new_pair().public)):
            return text
    except ValueError:
        pass
    raise BadInput("La clé publique est faite de 64 chiffres hexadécimaux, ou du fichier qui les contient.")


def make_pair(path: Path) -> Path:
    """Write a new private key in a file that must not exist, its public half beside it; return the latter's path."""
    pair = sealed_boxes.new_pair()
    public = path.with_name(f"{path.name}.pub")
    try:
        if not storage.write_new(path, pair.private.get_secret_value().hex().encode() + b"\n", 0o600):
            raise BadInput(f"Le fichier {path} existe déjà : une clé n'en remplace jamais une autre.")
    except OSError as error:
        raise BadInput(f"Le fichier {path} ne peut pas être écrit : {error.strerror}.") from error
    storage.write_asked(public, f"{pair.public}\n".encode())
    return public


def seal_keys(sealing: Sealing, *, by_code: bool) -> SealedKeys | None:
    """Return the keys of the home sealed, or None when there is nothing to seal them with.

    `by_code` makes a code when neither a passphrase nor a public key is given; someone must be there to note it.
    """
    home = settings().home
    if not key_files.of_home():
        return SealedKeys(content=b"", kept=KeptKeys(scellees_par=SealedBy.NOBODY))
    names = [path.relative_to(home).as_posix() for path in key_files.of_home()]
    content = json.dumps(
        {name: base64.b64encode((home / name).read_bytes()).decode() for name in names}
    ).encode()
    code = None
    if sealing.public_key:
        made = Envelope(
            scellees_par=SealedBy.PUBLIC_KEY, contenu=sealed_boxes.encrypt_to(sealing.public_key, content)
        )
    elif sealing.passphrase or by_code:
        how = SealedBy.PASSPHRASE if sealing.passphrase else SealedBy.CODE
        code = None if sealing.passphrase else secrets.token_hex(CODE_BYTES)
        wrapped = sealed_boxes.wrap(SecretBytes(content), sealing.passphrase or SecretStr(code or ""))
        made = Envelope(scellees_par=how, sel=wrapped.salt, contenu=wrapped.content)
    else:
        return None
    raw = made.model_dump_json().encode()
    kept = KeptKeys(scellees_par=made.scellees_par, noms=names, sha256=storage.sha256(raw))
    return SealedKeys(content=raw, kept=kept, code=code)


def open_keys(content: bytes, opening: Opening) -> dict[str, bytes]:
    """Return the keys by name, or refuse what does not open the envelope."""
    try:
        envelope = Envelope.model_validate_json(content)
    except ValidationError as error:
        raise BadInput("L'enveloppe des clés ne se lit pas.") from error
    found = json.loads(_opened(envelope, opening))
    return {name: base64.b64decode(text) for name, text in found.items()}


def _opened(envelope: Envelope, opening: Opening) -> bytes:
    if envelope.scellees_par is SealedBy.PUBLIC_KEY:
        if opening.private_key is None:
            raise BadInput(
                "Les clés sont scellées par une clé publique : donnez la clé privée (--cle-privee)."
            )
        try:
            return sealed_boxes.decrypt_with(opening.private_key, envelope.contenu)
        except Refused as error:
            raise NotAllowed("Cette clé privée n'ouvre pas l'enveloppe des clés.") from error
    if opening.passphrase is None:
        raise BadInput(
            f"Les clés sont scellées par une {envelope.scellees_par} : donnez-la (--phrase @FICHIER)."
            if envelope.scellees_par is SealedBy.PASSPHRASE
            else "Les clés sont scellées par un code de reprise : donnez-le (--phrase)."
        )
    wrapped = sealed_boxes.Wrapped(salt=envelope.sel, content=envelope.contenu)
    try:
        return sealed_boxes.unwrap(wrapped, opening.passphrase).get_secret_value()
    except NotAllowed as error:
        raise NotAllowed("Cette phrase ou ce code n'ouvre pas l'enveloppe des clés.") from error
