"""Sealing what must be read again but never seen: the secrets of one-time codes.

The sealing key comes from `ACHATS_SECRET_KEY`, else from a file of the home directory that only its owner reads.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlmodel import col, select

from models.access.proofs import CodeEnrolment
from models.errors import Refused
from models.outgoing.subscriptions import WebhookSubscription
from models.tendering.seals import TenderShare
from tasks import key_files
from tasks.settings import settings
from tasks.store import reading

KEY_FILE = "cle-de-scellement"


def seal(text: str) -> str:
    """Return the text encrypted and authenticated."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the text that was sealed, or refuse when the sealing key is not the same any more."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Refused(
            "Un secret scellé ne se lit plus : la clé de scellement a changé. Remettez l'ancienne "
            "ou inscrivez de nouveau la personne."
        ) from error


def derived(use: bytes) -> bytes:
    """Return a key of 32 bytes for another use, derived from the sealing key."""
    given = settings().secret_key
    source = given.get_secret_value().encode() if given else key_files.read(key_of_home()).split()[0]
    return _derived(source, use)


def _derived(source: bytes, use: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"achats-ght " + use).derive(source)


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in present_keys()])


def present_keys() -> list[bytes]:
    """Return the keys that open what is sealed; the first one seals. There is a second one while they are renewed."""
    here = settings()
    given = [
        base64.urlsafe_b64encode(_derived(key.get_secret_value().encode(), b"sealing"))
        for key in (here.secret_key, here.former_secret_key)
        if key
    ]
    if here.secret_key is None:
        return [*key_files.read(key_of_home()).split(), *given]
    path = here.home / KEY_FILE
    return [*given, *(path.read_bytes().split() if path.exists() else ())]


def key_of_home() -> key_files.KeyFile:
    """Return how the sealing key of the home directory is kept."""
    return key_files.KeyFile(
        name=KEY_FILE,
        label="La clé de scellement",
        make=Fernet.generate_key,
        is_whole=_is_whole,
        is_used=_has_sealed,
    )


def _is_whole(content: bytes) -> bool:
    try:
        return len([Fernet(key) for key in content.split()]) > 0
    except ValueError:
        return False


def _has_sealed() -> bool:
    """Return whether the database keeps anything that only the sealing key opens."""
    shares = select(TenderShare.ref).where(col(TenderShare.person_email).is_(None))
    kept = (shares, select(CodeEnrolment.person_email), select(WebhookSubscription.id))
    with reading() as session:
        return any(session.exec(query.limit(1)).first() is not None for query in kept)
