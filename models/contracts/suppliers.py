"""What is left of a supplier's name once the noise of files is taken away. Pure."""

import re

from sqlmodel import Field, SQLModel, UniqueConstraint

from models.reading.values import fold


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


LEGAL_FORMS = _set(
    "sa sas sasu sarl eurl snc sca scs selarl sci scop scic gie gip srl bv nv ag gmbh kg oy ab "
    "ltd limited plc llp lp inc incorporated corp corporation co company cie compagnie societe ste ets "
    "etablissements the uk france"
)
STOP_WORDS = _set("and et of de du des la le les d l for a")
SHORT_FORMS = {
    "univ": "university",
    "uni": "university",
    "hosp": "hospital",
    "hosps": "hospital",
    "hospitals": "hospital",
    "ft": "foundation trust",
    "nhsft": "nhs foundation trust",
    "fnd": "foundation",
    "found": "foundation",
    "tst": "trust",
    "ctre": "centre",
    "center": "centre",
    "ctr": "centre",
    "pract": "practice",
    "serv": "services",
    "ccg": "clinical commissioning group",
    "chu": "centre hospitalier universitaire",
    "chru": "centre hospitalier regional universitaire",
    "ch": "centre hospitalier",
    "labo": "laboratoire",
    "laboratoires": "laboratoire",
    "pharma": "pharmaceutical",
    "pharmaceuticals": "pharmaceutical",
}
REMARKS = re.compile(
    r"\b(?:do not use|use supplier \d+|pay by direct debit|ne pas utiliser|a supprimer|obsol[eè]te)\b",
    re.IGNORECASE,
)
STRONG_KINDS = _set(
    "hospital hospitalier universitaire university council college school charity hospice pharmacy surgery "
    "practice ambulance laboratoire clinic clinique partnership mairie departement region"
)
"""Words that make another body of the same place: a university is not the university hospital."""

KINDS = STRONG_KINDS | _set(
    "medical centre health healthcare care home house group groupe nhs trust foundation borough county city "
    "district metropolitan service services partner clinical commissioning authority board local community "
    "primary teaching acute system solution international consulting consultant management holding "
    "pharmaceutical distribution diffusion sante europe"
)
"""Words that say what a body is, not which one: two names may differ by them."""


def core_name(name: str) -> str:
    """Return the name folded, without legal form, ledger reference, remark in brackets or linking word.

    >>> core_name("KINGS COLLEGE LONDON:03529700"), core_name("Laboratoires Exemple S.A.S. (ex-Modèle)")
    ('kings college london', 'laboratoire exemple')

    Empty only for a name without letter or figure: a name made of noise alone is kept whole.
    """
    bare = REMARKS.sub(" ", re.sub(r"\([^)]*\)", " ", name))
    bare = re.sub(r"\b(?:[A-Za-z]\.){2,}", lambda found: found[0].replace(".", ""), bare)
    bare = re.sub(r"(?<=[A-Za-z])(?=\d{6,})", " ", bare)
    kept = [SHORT_FORMS.get(word, word) for word in fold(bare).split() if not _is_noise(word)]
    return " ".join(kept) or fold(name)


def _is_noise(word: str) -> bool:
    return word in LEGAL_FORMS or word in STOP_WORDS or _is_reference(word)


def _is_reference(word: str) -> bool:
    """Return whether a word is a reference added by a ledger ("HA70362", "951PV00159066", "03529700")."""
    figures = sum(map(str.isdigit, word))
    return figures >= 5 or 3 <= figures < len(word)


def kinds_and_names(core: str) -> tuple[frozenset[str], list[str]]:
    """Return the words of a core name that say what it is, and those that say which one it is, sorted."""
    kinds: set[str] = set()
    names: list[str] = []
    for word in core.split():
        kind = word if word in KINDS else word.removesuffix("s")
        if kind in KINDS:
            kinds.add(kind)
        else:
            names.append(word)
    return frozenset(kinds), sorted(names)


class Supplier(SQLModel, table=True):
    """A real supplier under one key: its SIREN when a file gave it, else its first spelling without noise."""

    __table_args__ = (UniqueConstraint("siren", name="uq_supplier_siren"),)

    key: str = Field(primary_key=True)
    name: str
    siren: str | None = Field(default=None, max_length=9)


class SupplierSpelling(SQLModel, table=True):
    """A way of writing a supplier (folded), and how sure the link is: 100 is the same name."""

    __tablename__ = "supplier_spelling"

    folded: str = Field(primary_key=True)
    supplier_key: str = Field(foreign_key="supplier.key", index=True)
    score: int = 100
