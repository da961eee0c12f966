"""Which encoding a text was written in: recognised by its letters, said, and never spoilt without a word. Pure."""

import re
from typing import NamedTuple

from models.errors import BadInput

FRENCH = frozenset("àâäçéèêëîïôöùûüÿœæÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŒÆ")
OTHER_LETTERS = frozenset("áíóúñãõåøìòßÁÍÓÚÑÃÕÅØÌÒ")
SIGNS = frozenset("°²³«»€–—‘’“”…•·§µ½¼¾×©®™ªº£¿¡ ")
LOST = "\ufffd"
OLD = ("cp1252", "cp850", "mac_roman")
NAMES = {"cp1252": "Windows-1252", "cp850": "MS-DOS 850", "mac_roman": "Macintosh"}
TWICE = re.compile("Ã[\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œŸ ]|â€[™œ˜¦“”]|Â[°«»²³\u00a0]")
SAMPLE = 200_000


class Decoded(NamedTuple):
    """A text, and what is to be said of how it was read."""

    text: str
    remarks: tuple[str, ...] = ()


def decode(content: bytes, name: str) -> Decoded:
    """Return the text of a file; a byte that no encoding explains is kept as U+FFFD, whose line is to be refused.

    Raises `BadInput` for a content that is no text.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Decoded(content.decode("utf-16", errors="replace"))
    if utf16 := _without_mark(content):
        return Decoded(content.decode(utf16, errors="replace"), ("Texte lu en UTF-16.",))
    if b"\x00" in content[:10_000]:
        raise BadInput(f"Le fichier {name} n'est ni un texte ni un classeur lisible.")
    try:
        return _written_twice(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _old(content.removeprefix(b"\xef\xbb\xbf"))


def _without_mark(content: bytes) -> str:
    """Return UTF-16 without its mark when every other byte is nought, as in a text of Latin letters."""
    head = content[:2000]
    if len(head) < 8 or len(content) % 2:
        return ""
    pairs = len(head) // 2
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[start::2].count(0) > 0.9 * pairs and head[1 - start :: 2].count(0) == 0:
            return name
    return ""


def _old(content: bytes) -> Decoded:
    """Return a text that is not UTF-8: one old encoding, or lines in UTF-8 among lines in an old one."""
    raw = content.splitlines(keepends=True)
    strange = [one for one in raw if not one.isascii() and not _is_utf8(one)]
    is_mixed = any(not one.isascii() and _is_utf8(one) for one in raw)
    chosen = chosen_among(b"".join(strange)[:SAMPLE])
    remarks = [f"Texte lu en {NAMES[chosen]}."] if chosen != "cp1252" else []
    if is_mixed:
        remarks = [
            f"Le fichier mêle les encodages : {len(strange)} lignes lues en {NAMES[chosen]}, les autres en UTF-8."
        ]
        return Decoded("".join(_line(one, chosen) for one in raw), tuple(remarks))
    return Decoded(_plausible(content.decode(chosen, errors="replace")), tuple(remarks))


def _line(raw: bytes, encoding: str) -> str:
    return raw.decode("utf-8") if _is_utf8(raw) else _plausible(raw.decode(encoding, errors="replace"))


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def chosen_among(sample: bytes) -> str:
    """Return the old encoding that makes words of the bytes: the most French letters, the fewest strange signs.

    >>> chosen_among("Société générale".encode("cp850")), chosen_among("Société – 12 €".encode("cp1252"))
    ('cp850', 'cp1252')
    """
    scores = [(_score(sample.decode(one, errors="replace")), -rank, one) for rank, one in enumerate(OLD)]
    return max(scores)[2]


def _score(text: str) -> int:
    found = 0
    for place, sign in enumerate(text):
        if sign.isascii():
            continue
        around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
        inside = len(around) == 2 and all(one.isalpha() and one.isascii() for one in around)
        if sign in FRENCH:
            is_capital_inside = inside and sign.isupper() and around[0].islower()
            found += -2 if is_capital_inside else 2
        elif sign in OTHER_LETTERS:
            found -= 1 if inside else 2
        else:
            found += -3 if inside or sign not in SIGNS else 0
    return found


def _plausible(text: str) -> str:
    """Return a text with U+FFFD in the place of control characters that no one types."""
    return re.sub("[\x80-\x9f]", LOST, text)


def _written_twice(text: str) -> Decoded:
    """Return a text whose accents were encoded twice (« Ã© ») as it was first written, line by line where sure."""
    if not TWICE.search(text[:SAMPLE]):
        return Decoded(text)
    mended = 0
    lines = []
    for line in text.splitlines(keepends=True):
        try:
            better = line.encode("cp1252").decode("utf-8") if TWICE.search(line) else line
        except UnicodeError:
            better = line
        mended += better != line
        lines.append(better)
    said = (f"Accents encodés deux fois, rétablis sur {mended} lignes.",) if mended else ()
    return Decoded("".join(lines), said)
