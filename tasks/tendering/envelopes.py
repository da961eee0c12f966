"""What is put in the sealed envelopes of a tender, and what comes out of them at the opening.

The file is sealed as it came, after a random number of 32 bytes; so is each of its lots. The journal keeps the SHA-256
of the number and the content: nobody finds a price by trying prices, and nobody changes one unseen.
"""

import base64
import hmac
import json
import secrets

from pydantic import BaseModel, SecretBytes

from models.errors import Refused
from models.process.procurement import Tender
from models.tendering.envelopes import FILE, NONCE_BYTES, SEALED, SEALED_FILE, altered, commitment, content_of
from models.tendering.tenders import Envelope, TenderFile
from tasks.access import sealed_boxes


class Sealed(BaseModel):
    """What is stored of a tender before its opening, and what binds it."""

    content: dict[str, object]
    commitments: dict[str, str]


def seal_file(public_key: str, tender: TenderFile, raw: bytes) -> Sealed:
    """Return a tender with who tenders and for which lots readable, its file and each lot in envelopes of their own.

    A later tender may replace this one on one lot alone: that envelope then stays shut, and so does the file.
    """
    contents = {FILE: raw}
    for part in tender.lots:
        alone = tender.model_copy(update={"lots": [part]})
        contents[str(part.lot)] = alone.model_dump_json(by_alias=True).encode()
    nonces = {name: secrets.token_bytes(NONCE_BYTES) for name in contents}
    boxed = {name: sealed_boxes.encrypt_to(public_key, nonces[name] + one) for name, one in contents.items()}
    shown: dict[str, object] = json.loads(tender.tenderer.model_dump_json(by_alias=True))
    return Sealed(
        content={
            "candidat": shown,
            "lots": [{"lot": part.lot} for part in tender.lots],
            SEALED: {name: box for name, box in boxed.items() if name != FILE},
            SEALED_FILE: boxed[FILE],
        },
        commitments={name: commitment(nonces[name], one) for name, one in contents.items()},
    )


def opened(private: SecretBytes, tender: Tender, kept_sealed: set[str]) -> dict[str, object]:
    """Return the content of a tender out of its envelopes, but those of the lots that stay sealed.

    Refuses a tender whose envelopes do not hold what the journal says was deposited.
    """
    if not tender.commitments:
        return _opened_as_before(private, tender.content, kept_sealed)
    boxed = _boxes_of(tender)
    wanted = [name for name in boxed if name not in kept_sealed and (name != FILE or not kept_sealed)]
    if set(boxed) != set(tender.commitments):
        raise Refused(altered(tender))
    unsealed = {name: _unsealed(private, tender, name, boxed[name]) for name in wanted}
    rest = {name: box for name, box in boxed.items() if name not in wanted and name != FILE}
    content = content_of(tender, unsealed, kept_sealed)
    if kept_sealed:
        content.update({SEALED: rest, SEALED_FILE: boxed[FILE]})
    return content


def _boxes_of(tender: Tender) -> dict[str, str]:
    by_lot, whole = tender.content.get(SEALED), tender.content.get(SEALED_FILE)
    found = {str(lot): str(box) for lot, box in by_lot.items()} if isinstance(by_lot, dict) else {}
    return {FILE: str(whole), **found} if whole else found


def _unsealed(private: SecretBytes, tender: Tender, name: str, box: str) -> dict[str, str]:
    try:
        both = sealed_boxes.decrypt_with(private, box)
    except Refused as error:
        raise Refused(altered(tender)) from error
    nonce, content = both[:NONCE_BYTES], both[NONCE_BYTES:]
    if not hmac.compare_digest(commitment(nonce, content), tender.commitments[name]):
        raise Refused(altered(tender))
    return {"alea": nonce.hex(), "brut": base64.b64encode(content).decode()}


def _opened_as_before(
    private: SecretBytes, content: dict[str, object], kept_sealed: set[str]
) -> dict[str, object]:
    """Return the content of a tender sealed before files were sealed whole: no number, nothing to compare with."""
    sealed = content.get(SEALED)
    if isinstance(sealed, str):  # one envelope for all its lots, as tenders were first sealed
        whole = json.loads(sealed_boxes.decrypt_with(private, sealed))
        parts = {str(part["lot"]): part for part in whole["lots"]}
        rest: dict[str, str] = {}
    elif isinstance(sealed, dict):
        open_now = {
            lot: json.loads(sealed_boxes.decrypt_with(private, box))
            for lot, box in sealed.items()
            if lot not in kept_sealed
        }
        parts = {lot: one["lots"][0] for lot, one in open_now.items()}
        whole = {**next(iter(open_now.values()))}
        rest = {lot: box for lot, box in sealed.items() if lot in kept_sealed}
    else:
        return content
    lots = Envelope.model_validate(content).lots
    whole["lots"] = [{"lot": one.lot} if str(one.lot) in kept_sealed else parts[str(one.lot)] for one in lots]
    return {**whole, SEALED: rest} if rest else whole
