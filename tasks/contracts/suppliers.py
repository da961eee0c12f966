"""One key per real supplier: by SIREN when a file gives it, else by grouping the spellings of its name.

Two names are taken as one supplier when the words that say *which* it is agree (one slip of the pen allowed
in a long word), and the words that say *what* it is do not contradict one another. A wrong merge hides a
supplier, a missed one only shows it twice: when in doubt the names stay apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple

from rapidfuzz.distance import OSA
from sqlmodel import Session, col, func, insert, select

from models.contracts.persons import is_person
from models.contracts.suppliers import STRONG_KINDS, Supplier, SupplierSpelling, core_name, kinds_and_names

MOST_MET = 50  # names that share a place: beyond, it tells nothing
MOST_COMPARED = 100  # names compared to one
MOST_WORDS = 8  # words of a name by which it is looked for
SAME, NEAR, SITE = 100, 90, 70
SAFE_FOR_SIREN = 84  # below, a SIREN is not given to a supplier that is only similar


class Named(NamedTuple):
    """A supplier as a file writes it: its name, and its SIREN when given."""

    name: str
    siren: str | None = None


class SupplierRegister:
    """The suppliers known to the database, and those that a file adds."""

    def __init__(
        self, suppliers: Iterable[Supplier] = (), spellings: Iterable[SupplierSpelling] = ()
    ) -> None:
        """Start from what is already known."""
        self.siren_of = {one.key: one.siren for one in suppliers}
        self.key_of_siren = {siren: key for key, siren in self.siren_of.items() if siren}
        self.key_of_core: dict[str, str] = {}
        self.new_suppliers: list[Supplier] = []
        self.new_spellings: list[SupplierSpelling] = []
        self.sirens_found: dict[str, str] = {}
        self._met: dict[str, list[str]] = defaultdict(list)
        for spelling in spellings:
            self._remember(spelling.folded, spelling.supplier_key)

    def keys(self, names: Iterable[Named]) -> dict[Named, str]:
        """Return the key of each supplier; the shortest names come first, others join them."""
        ordered = sorted(set(names), key=lambda one: (len(one.name.split()), one.name, one.siren or ""))
        return {one: self._key(one) for one in ordered}

    def _key(self, one: Named) -> str:
        core = core_name(one.name) or (one.siren or "")
        if one.siren and one.siren in self.key_of_siren:
            return self._spelled(core, self.key_of_siren[one.siren], SAME)
        key, score = self._nearest(core, one.siren)
        if key is None:
            return self._add(one, core)
        if one.siren:
            self._give_siren(key, one.siren)
        return self._spelled(core, key, score)

    def _nearest(self, core: str, siren: str | None) -> tuple[str | None, int]:
        """Return the known supplier that has this name or the most similar one, with the score."""
        known = self.key_of_core.get(core)
        candidates = [(known, SAME)] if known else self._similar(core)
        best, best_score = None, SAFE_FOR_SIREN if siren else 0
        for key, score in candidates:
            if score > best_score and not (siren and self.siren_of.get(key)):
                best, best_score = key, score
        return best, best_score

    def _similar(self, core: str) -> Iterator[tuple[str, int]]:
        """Yield the known suppliers that may be this one, at most so many whatever a file holds, with the score."""
        near = (other for place in _places(core) for other in self._met.get(place, ()))
        shorter = (name for name in _beginnings(core) if name in self.key_of_core)
        for other in islice(dict.fromkeys(chain(near, shorter)), MOST_COMPARED):
            yield self.key_of_core[other], similarity(core, other)

    def _spelled(self, core: str, key: str, score: int) -> str:
        if core not in self.key_of_core:
            self.new_spellings.append(SupplierSpelling(folded=core, supplier_key=key, score=score))
            self._remember(core, key)
        return key

    def _add(self, one: Named, core: str) -> str:
        key = one.siren or core
        self.new_suppliers.append(Supplier(key=key, name=one.name.strip() or key, siren=one.siren))
        self.siren_of[key] = one.siren
        if one.siren:
            self.key_of_siren[one.siren] = key
        return self._spelled(core, key, SAME)

    def _give_siren(self, key: str, siren: str) -> None:
        self.siren_of[key] = siren
        self.key_of_siren[siren] = key
        self.sirens_found[key] = siren

    def _remember(self, core: str, key: str) -> None:
        self.key_of_core[core] = key
        for place in (*_places(core), *_beginnings(core)):
            met = self._met[place]
            if len(met) < MOST_MET:
                met.append(core)


class Prepared(NamedTuple):
    """The keys of the suppliers of a file, and what is to be recorded for them, found by looking only."""

    keys: dict[Named, str]
    register: SupplierRegister
    known: tuple[int, ...]

    def is_current(self, session: Session) -> bool:
        """Return whether nobody has recorded a supplier since."""
        return self.known == _known(session)


def prepare(session: Session, names: Iterable[Named]) -> Prepared:
    """Return the key of each supplier; nothing is written, so that a long search holds nobody up."""
    known = _known(session)
    suppliers = session.exec(select(Supplier))
    spellings = session.exec(select(SupplierSpelling).order_by(col(SupplierSpelling.folded)))
    register = SupplierRegister(suppliers, spellings)
    return Prepared(register.keys(names), register, known)


def record(session: Session, prepared: Prepared) -> None:
    """Record the suppliers and the spellings that are new."""
    register = prepared.register
    for row in register.new_suppliers:
        row.siren = register.siren_of[row.key]
    for table, rows in ((Supplier, register.new_suppliers), (SupplierSpelling, register.new_spellings)):
        if rows:
            session.execute(insert(table), [row.model_dump() for row in rows])
    known = {row.key for row in register.new_suppliers}
    for key, siren in register.sirens_found.items():
        if key not in known and (supplier := session.get(Supplier, key)):
            supplier.siren = siren


def supplier_keys(session: Session, names: Iterable[Named]) -> dict[Named, str]:
    """Return the key of each supplier, and record those and the spellings that are new."""
    prepared = prepare(session, names)
    record(session, prepared)
    return prepared.keys


def _known(session: Session) -> tuple[int, ...]:
    """Return how many suppliers, SIREN and spellings are recorded; none is ever taken away."""
    counts = select(func.count(), func.count(col(Supplier.siren))).select_from(Supplier)
    spellings = session.exec(select(func.count()).select_from(SupplierSpelling)).one()
    return (*session.exec(counts).one(), spellings)


def _places(core: str) -> list[str]:
    """Return the places where the names that could be the same meet, so that not every pair is compared.

    Two names that `similarity` takes as one share one: written without spaces; all the distinctive words but one, and
    the beginning, the end or both tips of that one; the whole of one is the beginning of the other.
    """
    _, names = kinds_and_names(core)
    places = [core, core.replace(" ", "")]
    for rank, word in enumerate(names[:MOST_WORDS]):
        others = " ".join((*names[:rank], "*", *names[rank + 1 :]))
        places += [f"{others}/{form}" for form in _forms(word.removesuffix("s"))]
    return list(dict.fromkeys(places))


def _forms(word: str) -> tuple[str, ...]:
    """Return what is left of a word despite one slip of the pen; a number or a short word allows none."""
    if word.isdigit() or len(word) < 5:
        return (word,)
    return f"{word[:3]}-", f"-{word[-3:]}", f"{word[:2]}-{word[-2:]}"


def _beginnings(core: str) -> list[str]:
    """Return the names (three words or more) that this one would be a site of."""
    words = core.split()
    return [" ".join(words[:count]) for count in range(3, min(len(words), MOST_WORDS))]


def similarity(one: str, other: str) -> int:
    """Return how sure it is that two core names are one supplier, from 0 (no) to 100 (the same name).

    >>> similarity("exemple medical", "exempl medical"), similarity("leeds university", "leeds hospital")
    (0, 0)
    >>> similarity("blanchisserie exemple", "blanchiserie exemple") > 80
    True
    """
    if one.replace(" ", "") == other.replace(" ", ""):
        return SAME
    if _is_site(one, other) or _is_site(other, one):
        return SITE
    (kinds, names), (other_kinds, other_names) = kinds_and_names(one), kinds_and_names(other)
    if not names or len(names) != len(other_names) or _contradict(kinds, other_kinds):
        return 0
    slips = sum(first != second for first, second in zip(names, other_names, strict=True))
    alone = len(names) == 1
    are_people = is_person(one.split()) or is_person(other.split())  # MICHEL and MICHELE are two
    if slips > (0 if are_people else 1) or (alone and _is_too_bare(names[0], kinds, other_kinds, slips)):
        return 0
    if not all(_is_slip(first, second, alone) for first, second in zip(names, other_names, strict=True)):
        return 0
    return NEAR - 2 * len(kinds ^ other_kinds)


def _contradict(kinds: frozenset[str], others: frozenset[str]) -> bool:
    return not (kinds <= others or others <= kinds) or bool((kinds ^ others) & STRONG_KINDS)


def _is_too_bare(word: str, kinds: frozenset[str], others: frozenset[str], slips: int) -> bool:
    """Return whether one distinctive word is too little to take two different names as one."""
    return (slips > 0 and not (kinds and others)) or (len(word) < 4 and kinds != others)


def _is_slip(word: str, other: str, alone: bool) -> bool:
    """Return whether two words are one, a plural or one slip of the pen apart."""
    if word == other:
        return True
    if word.isdigit() or other.isdigit():
        return False
    if word.removesuffix("s") == other.removesuffix("s"):
        return True
    long_enough = min(len(word), len(other)) >= (9 if alone else 6)
    return long_enough and word[0] == other[0] and OSA.distance(word, other) <= 1


def _is_site(name: str, longer: str) -> bool:
    """Return whether a name is another one (three words or more) followed by a place or a department."""
    words, more = name.split(), longer.split()
    if len(words) < 3 or len(more) <= len(words) or more[: len(words)] != words:
        return False
    kinds, _ = kinds_and_names(" ".join(more[len(words) :]))
    return not kinds & STRONG_KINDS
