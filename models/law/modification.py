"""Modification of a contract in execution (CCP art. L. 2194-1, R. 2194-1 to R. 2194-10)."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from models.errors import BadInput
from models.law.dated import Frozen, Ground, Law, Status, Used
from models.law.need import FAMILY, Nature, thresholds_for
from models.law.wording import euros, percent
from models.reading.values import fold, to_cents


class ModificationGround(StrEnum):
    """The six cases of article L. 2194-1."""

    REVIEW_CLAUSE = "clause_de_reexamen"
    ADDITIONAL = "prestations_supplementaires"
    UNFORESEEN = "circonstances_imprevues"
    SUBSTITUTION = "substitution"
    NON_SUBSTANTIAL = "non_substantielle"
    SMALL = "faible_montant"


ARTICLES: Mapping[ModificationGround, str] = {
    ModificationGround.REVIEW_CLAUSE: "CCP art. R. 2194-1",
    ModificationGround.ADDITIONAL: "CCP art. R. 2194-2 et R. 2194-3",
    ModificationGround.UNFORESEEN: "CCP art. R. 2194-5",
    ModificationGround.SUBSTITUTION: "CCP art. R. 2194-6",
    ModificationGround.NON_SUBSTANTIAL: "CCP art. R. 2194-7",
    ModificationGround.SMALL: "CCP art. R. 2194-8 et R. 2194-9",
}
TO_PROVE: Mapping[ModificationGround, str] = {
    ModificationGround.REVIEW_CLAUSE: "la clause de réexamen est claire, précise et sans équivoque",
    ModificationGround.ADDITIONAL: "les prestations sont nécessaires et changer de titulaire est impossible",
    ModificationGround.UNFORESEEN: "un acheteur diligent ne pouvait pas prévoir les circonstances",
    ModificationGround.SUBSTITUTION: "le nouveau titulaire vient d'une clause ou d'une restructuration",
    ModificationGround.NON_SUBSTANTIAL: "aucun indice de modification substantielle n'est présent",
    ModificationGround.SMALL: "la nature globale du marché n'est pas changée",
}
EACH_CAPPED = {
    ModificationGround.ADDITIONAL: "modification_services_supplementaires",
    ModificationGround.UNFORESEEN: "modification_circonstances_imprevues",
}
MAY_COST_NOTHING = {
    ModificationGround.REVIEW_CLAUSE,
    ModificationGround.SUBSTITUTION,
    ModificationGround.NON_SUBSTANTIAL,
}
ALIASES = {article: ground for ground, text in ARTICLES.items() for article in re.findall(r"2194-\d+", text)}


class SubstantialSign(StrEnum):
    """Signs of a substantial change, not an exhaustive list (CCP art. R. 2194-7)."""

    OTHER_CANDIDATES = "d'autres candidats ou une autre offre auraient pu être retenus"
    ECONOMIC_BALANCE = "l'équilibre économique change en faveur du titulaire"
    WIDER_SCOPE = "le champ du marché est considérablement étendu"
    NEW_HOLDER = "un nouveau titulaire remplace l'ancien hors des cas permis"


class Modification(Frozen):
    """A planned change, EUR HT.

    `initial_ht`: initial amount, updated by the price clause if any (R. 2194-4); `previous_ht`: net total of
    the earlier changes on the same ground; `amount_ht`: this change, negative when it lowers the price.
    """

    nature: Nature
    initial_ht: Decimal
    previous_ht: Decimal = Decimal()
    amount_ht: Decimal
    ground: ModificationGround
    on: date
    formalised: bool | None = None
    changes_nature: bool = False
    signs: frozenset[SubstantialSign] = frozenset()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.initial_ht <= 0:
            raise BadInput("Le montant initial doit être supérieur à zéro.")
        if self.amount_ht == 0 and self.ground not in MAY_COST_NOTHING:
            raise BadInput(
                "Le montant de la modification ne peut pas être nul sur ce fondement : il peut l'être pour une clause "
                "de réexamen, une substitution ou une modification non substantielle (R. 2194-1, -6 et -7)."
            )
        return self


class Verdict(Frozen):
    """Whether a modification is allowed and why; shares in percent of the initial amount."""

    allowed: bool
    reason: str
    to_prove: str
    share: Decimal
    cumulated_ht: Decimal
    cumulated_share: Decimal
    ceiling: Decimal | None
    new_total_ht: Decimal
    notice_due: bool
    grounds: tuple[Ground, ...]
    versions: tuple[Used, ...]


def ground_named(text: str) -> ModificationGround:
    """Return the ground named by its article (R. 2194-8) or its word (faible_montant)."""
    found = re.search(r"2194\D(\d+)", fold(text))
    wanted = ALIASES.get(f"2194-{found[1]}") if found else fold(text).replace(" ", "_")
    for ground in ModificationGround:
        if ground == wanted:
            return ground
    raise BadInput(
        f"Fondement « {text} » inconnu : donnez un article (R. 2194-1, -2, -5, -6, -7 ou -8) ou un mot parmi "
        f"{', '.join(ModificationGround)}."
    )


def judge(change: Modification) -> Verdict:
    """Return whether the law allows a modification on its day, what to prove, and whether a notice is due."""
    law = Law(change.on)
    cumulated = change.previous_ht + change.amount_ht
    refusal, ceiling = _refusal(change, cumulated, law)
    article = ARTICLES[change.ground]
    return Verdict(
        allowed=refusal is None,
        reason=refusal or f"Modification possible ({article}).",
        to_prove=TO_PROVE[change.ground],
        share=to_cents(_share(change.amount_ht, change)),
        cumulated_ht=cumulated,
        cumulated_share=to_cents(_share(cumulated, change)),
        ceiling=ceiling,
        new_total_ht=change.initial_ht + cumulated,
        notice_due=refusal is None and _notice_due(change, law),
        grounds=(_ground(change, law),),
        versions=law.used,
    )


def _share(amount: Decimal, change: Modification) -> Decimal:
    return abs(amount) * 100 / change.initial_ht


def _refusal(change: Modification, cumulated: Decimal, law: Law) -> tuple[str | None, Decimal | None]:
    """Return the reason of a refusal, if any, and the ceiling in percent, if any."""
    if change.changes_nature:
        return (
            "Une modification ne peut jamais changer la nature globale du marché (CCP art. L. 2194-1).",
            None,
        )
    if change.ground is ModificationGround.SMALL:
        return _small(change, cumulated, law)
    if figure := EACH_CAPPED.get(change.ground):
        ceiling = law.value(figure)
        if _share(change.amount_ht, change) > ceiling:
            share = percent(_share(change.amount_ht, change))
            return (
                f"La modification atteint {share} du montant initial, au-delà de {percent(ceiling)}.",
                ceiling,
            )
        return None, ceiling
    if change.ground is ModificationGround.NON_SUBSTANTIAL and change.signs:
        return f"La modification est substantielle : {min(change.signs)}.", None
    return None, None


def _small(change: Modification, cumulated: Decimal, law: Law) -> tuple[str | None, Decimal]:
    """Apply R. 2194-8 to the cumulated changes (R. 2194-9): under the share and under the EU threshold."""
    ceiling = law.value(f"modification_faible_{FAMILY[change.nature]}")
    european = thresholds_for(change.nature, law).european
    if _share(cumulated, change) >= ceiling:
        share = percent(_share(cumulated, change))
        return (
            f"Le cumul atteint {share} du montant initial, il doit rester sous {percent(ceiling)}.",
            ceiling,
        )
    if abs(cumulated) >= european:
        return f"Le cumul de {euros(cumulated)} HT atteint le seuil européen de {euros(european)}.", ceiling
    return None, ceiling


def _notice_due(change: Modification, law: Law) -> bool:
    """Return whether a modification notice is due (R. 2194-10: formalised contracts, two grounds)."""
    if change.ground not in EACH_CAPPED or not law.flag("modification_avis_obligatoire"):
        return False
    formalised = change.formalised
    if formalised is None:
        threshold = thresholds_for(change.nature, law).formalised
        formalised = threshold is not None and change.initial_ht >= threshold
    return formalised


def _ground(change: Modification, law: Law) -> Ground:
    text = f"À justifier au dossier : {TO_PROVE[change.ground]}."
    figure = EACH_CAPPED.get(change.ground)
    if change.ground is ModificationGround.SMALL:
        figure = f"modification_faible_{FAMILY[change.nature]}"
    if figure:
        return Ground(article=ARTICLES[change.ground], text=text, status=law.ground(figure, text).status)
    return Ground(article=ARTICLES[change.ground], text=text, status=Status.VERIFIED)
