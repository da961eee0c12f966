"""The regime of a purchase: what the law of the launch day attaches to a need.

A need *equal* to a threshold is above it. The regime is computed from the day on which the consultation is
launched; frozen on the procurement, it keeps the values used and the day each took effect.
"""

from datetime import date
from decimal import Decimal

from pydantic import ConfigDict

from models.law.dated import Frozen, Ground, Law, Status, Used
from models.law.exemptions import ExemptionGround, check_exemption
from models.law.lots import LotRegime, lot_regimes
from models.law.need import FAMILY, Nature, Need, Procedure, Publicity, Thresholds, thresholds_for
from models.law.wording import euros, percent

__all__ = [
    "Ground",
    "LotRegime",
    "Nature",
    "Need",
    "Procedure",
    "Publicity",
    "Regime",
    "Thresholds",
    "regime_for",
]


class Regime(Frozen):
    """What the law asks for one purchase; periods in calendar days, None where the law has none.

    Kept for years on a procurement: fields that a later version no longer has are ignored.
    """

    model_config = ConfigDict(extra="ignore")

    launched_on: date
    nature: Nature
    amount_ht: Decimal
    thresholds: Thresholds
    procedure: Procedure
    publicity: Publicity
    buyer_profile: bool
    standstill_days: int | None
    standstill_days_paper: int | None
    tender_days: int | None
    written_contract: bool
    essential_data: bool
    yearly_list: bool
    environmental_criterion: bool
    environmental_condition: bool
    social_condition: bool
    award_notice_days: int | None
    payment_days: int
    is_ipi: bool = False
    lots: tuple[LotRegime, ...]
    grounds: tuple[Ground, ...]
    versions: tuple[Used, ...]

    @property
    def to_confirm(self) -> tuple[str, ...]:
        """The figures used that a lawyer has yet to read in their text, by name."""
        return tuple(used.parameter for used in self.versions if used.status is Status.RECALLED)

    @property
    def law_has_changed_from(self) -> date:
        """The latest day on which one of the values used took effect."""
        return max(used.effective for used in self.versions)


def regime_for(need: Need) -> Regime:
    """Return the regime of a need under the law of its launch day.

    Raises `NoValueYet` before the first known threshold, `ExemptionRefused` when the ground does not hold.
    """
    law = Law(need.launched_on)
    limits = thresholds_for(need.nature, law)
    procedure, why = _procedure(need, limits, law)
    publicity, where = _publicity(need, procedure, limits, law)
    formalised = procedure is Procedure.FORMALISED
    competed = procedure is not Procedure.WITHOUT_PUBLICITY
    above_europe = need.amount_ht >= limits.european
    return Regime(
        launched_on=need.launched_on,
        nature=need.nature,
        amount_ht=need.amount_ht,
        thresholds=limits,
        procedure=procedure,
        publicity=publicity,
        buyer_profile=competed and need.amount_ht >= law.value("seuil_profil_acheteur"),
        standstill_days=_standstill("electronique", law) if formalised else None,
        standstill_days_paper=_standstill("autre", law) if formalised else None,
        tender_days=law.days("delai_ao_ouvert_electronique") if formalised else None,
        written_contract=need.amount_ht >= law.value("seuil_marche_ecrit"),
        essential_data=_essential_data(need, law),
        yearly_list=_yearly_list(need, procedure, law),
        environmental_criterion=competed and law.flag("critere_environnemental_obligatoire"),
        environmental_condition=law.flag("condition_environnementale_obligatoire"),
        social_condition=above_europe and law.flag("condition_sociale_obligatoire"),
        award_notice_days=law.days("delai_avis_attribution") if above_europe else None,
        payment_days=law.days("delai_paiement"),
        is_ipi=ipi_applies(need, law),
        lots=lot_regimes(need, procedure, limits, law),
        grounds=(why, where, *_other_grounds(need, procedure, law)),
        versions=law.used,
    )


def _procedure(need: Need, limits: Thresholds, law: Law) -> tuple[Procedure, Ground]:
    amount, family = need.amount_ht, FAMILY[need.nature]
    if amount < limits.dispense:
        text = f"Besoin inférieur à {euros(limits.dispense)} HT : ni publicité ni mise en concurrence."
        return Procedure.WITHOUT_PUBLICITY, law.ground(f"dispense_{family}", text)
    if need.exemption and not _only_lots_are_exempt(need, law):
        return Procedure.WITHOUT_PUBLICITY, check_exemption(need.exemption, need.nature, amount, law)
    if limits.formalised is None:
        text = "Services sociaux et autres services spécifiques : procédure adaptée quel que soit le montant."
        return Procedure.MAPA, law.ground("seuil_services_sociaux", text)
    if amount < limits.formalised:
        text = f"Besoin inférieur au seuil de {euros(limits.formalised)} HT : procédure adaptée."
        return Procedure.MAPA, law.ground(f"seuil_{family}", text)
    text = f"Besoin égal ou supérieur au seuil de {euros(limits.formalised)} HT : procédure formalisée."
    return Procedure.FORMALISED, law.ground(f"seuil_{family}", text)


def _only_lots_are_exempt(need: Need, law: Law) -> bool:
    """Return whether innovation exempts lots of a larger need, not the need (CCP art. R. 2122-9-1)."""
    innovation = need.exemption is not None and need.exemption.ground is ExemptionGround.INNOVATION
    return innovation and bool(need.lots) and need.amount_ht >= law.value("seuil_achat_innovant")


def _publicity(need: Need, procedure: Procedure, limits: Thresholds, law: Law) -> tuple[Publicity, Ground]:
    if procedure is Procedure.WITHOUT_PUBLICITY:
        return Publicity.NONE, _no_publicity(need, limits)
    if procedure is Procedure.FORMALISED:
        text = "Avis de marché au BOAMP et au JOUE."
        return Publicity.BOAMP_AND_JOUE, Ground(
            article="CCP art. R. 2131-16", text=text, status=Status.VERIFIED
        )
    if need.nature is Nature.SOCIAL_SERVICES:
        return _social_publicity(need, limits, law)
    floor = law.value("seuil_publicite_boamp_jal")
    if need.amount_ht >= floor:
        text = f"À partir de {euros(floor)} HT : avis au BOAMP ou dans un journal d'annonces légales."
        return Publicity.BOAMP_OR_JAL, law.ground("seuil_publicite_boamp_jal", text)
    text = f"Sous {euros(floor)} HT : publicité adaptée à l'objet et au montant."
    return Publicity.ADAPTED, law.ground("seuil_publicite_boamp_jal", text)


def _no_publicity(need: Need, limits: Thresholds) -> Ground:
    if need.exemption and need.amount_ht >= limits.dispense:
        article, text = need.exemption.article, "Aucune publicité préalable."
    else:
        article = "CCP art. R. 2122-8"
        text = "Aucune publicité ; choisir une offre pertinente, sans toujours retenir le même fournisseur."
    return Ground(article=article, text=text, status=Status.VERIFIED)


def _social_publicity(need: Need, limits: Thresholds, law: Law) -> tuple[Publicity, Ground]:
    if need.amount_ht >= limits.european:
        text = f"Services sociaux à partir de {euros(limits.european)} HT : avis au JOUE seul (R. 2131-15)."
        return Publicity.JOUE, law.ground("seuil_services_sociaux", text)
    text = f"Services sociaux sous {euros(limits.european)} HT : publicité adaptée."
    return Publicity.ADAPTED, law.ground("seuil_services_sociaux", text)


def ipi_applies(need: Need, law: Law) -> bool:
    """Return whether the measure of the international procurement instrument on medical devices applies."""
    if not need.cpv or not law.flag("mesure_ipi_dispositifs"):
        return False
    first, last = (str(law.value(f"ipi_cpv_{end}")) for end in ("premier", "dernier"))
    code = need.cpv.partition("-")[0].ljust(len(first), "0")
    return first <= code <= last and need.amount_ht >= law.value("seuil_ipi_dispositifs")


def _standstill(means: str, law: Law) -> int:
    return law.days(f"standstill_{means}") + law.days("standstill_jours_de_securite")


def _essential_data(need: Need, law: Law) -> bool:
    due = law.flag("donnees_essentielles_obligatoires")
    return due and need.amount_ht >= law.value("seuil_donnees_essentielles")


def _yearly_list(need: Need, procedure: Procedure, law: Law) -> bool:
    """Return whether the yearly list may stand for essential data (contracts under the dispense)."""
    if procedure is not Procedure.WITHOUT_PUBLICITY or _essential_data(need, law):
        return False
    due = law.flag("liste_annuelle_admise")
    return due and need.amount_ht >= law.value("seuil_liste_annuelle")


def _other_grounds(need: Need, procedure: Procedure, law: Law) -> tuple[Ground, ...]:
    """Return the grounds of periods, criteria and publication of data that apply."""
    found = _period_grounds(law) if procedure is Procedure.FORMALISED else []
    if procedure is not Procedure.WITHOUT_PUBLICITY and law.flag("critere_environnemental_obligatoire"):
        text = "Au moins un critère d'attribution environnemental ; le prix seul est exclu."
        found.append(law.ground("critere_environnemental_obligatoire", text))
    if _essential_data(need, law):
        text = "Données essentielles à publier sur le portail national."
        found.append(law.ground("seuil_donnees_essentielles", text))
    if need.lots:
        share = percent(law.value("petits_lots_part_maximale"))
        text = f"Petits lots allégés si leur total ne dépasse pas {share} du besoin."
        found.append(law.ground("petits_lots_part_maximale", text))
    return tuple(found)


def _period_grounds(law: Law) -> list[Ground]:
    electronic = law.days("delai_ao_ouvert_electronique")
    wait = _standstill("electronique", law)
    return [
        law.ground(
            "delai_ao_ouvert_electronique",
            f"Appel d'offres ouvert électronique : {electronic} jours au moins pour les offres.",
        ),
        law.ground(
            "standstill_electronique",
            f"Signature au plus tôt {wait} jours après l'envoi électronique des rejets.",
        ),
    ]
