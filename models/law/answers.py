"""The answers of the commands of law, under the French names that people and programs read."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StrictBool

from models.law.dated import Figure, Ground, Status
from models.law.interest import Interest
from models.law.modification import Modification, Verdict
from models.law.need import Procedure, Publicity
from models.law.planning import Plan
from models.law.regime import Regime
from models.law.wording import french_day, number


def as_number(amount: Decimal) -> int | float:
    """Return a decimal as the JSON number that writes it (display only: nothing is computed from it)."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


Number = Annotated[Decimal, PlainSerializer(as_number, when_used="json")]


class Answer(BaseModel):
    """An answer printed as JSON."""

    model_config = ConfigDict(frozen=True)


class Seuils(Answer):
    """The thresholds of the nature on that day."""

    dispense: Number
    formalisee: Number | None


class LotAnswer(Answer):
    """One lot and the lightest procedure open to it."""

    amount: Number
    procedure: Procedure


class ProcedureAnswer(Answer):
    """Answer of `achats procedure`."""

    procedure: Procedure
    seuils: Seuils
    publicite: Publicity
    profil_acheteur: bool
    standstill_jours: int | None
    delai_offres_jours: int | None
    donnees_essentielles: bool
    liste_annuelle: bool
    critere_environnemental: bool
    avis_attribution_jours: int | None
    delai_paiement_jours: int
    marche_ecrit: bool
    condition_environnementale: bool
    condition_sociale: bool
    mesure_ipi: bool
    lots: tuple[LotAnswer, ...]
    fondements: tuple[Ground, ...]
    a_confirmer: tuple[str, ...]

    @classmethod
    def of(cls, regime: Regime) -> Self:
        """Return the answer for a regime."""
        limits = regime.thresholds
        return cls(
            procedure=regime.procedure,
            seuils=Seuils(dispense=limits.dispense, formalisee=limits.formalised),
            publicite=regime.publicity,
            profil_acheteur=regime.buyer_profile,
            standstill_jours=regime.standstill_days,
            delai_offres_jours=regime.tender_days,
            donnees_essentielles=regime.essential_data,
            liste_annuelle=regime.yearly_list,
            critere_environnemental=regime.environmental_criterion,
            avis_attribution_jours=regime.award_notice_days,
            delai_paiement_jours=regime.payment_days,
            marche_ecrit=regime.written_contract,
            condition_environnementale=regime.environmental_condition,
            condition_sociale=regime.social_condition,
            mesure_ipi=regime.is_ipi,
            lots=tuple(LotAnswer(amount=lot.amount_ht, procedure=lot.procedure) for lot in regime.lots),
            fondements=regime.grounds,
            a_confirmer=regime.to_confirm,
        )


class Jalon(Answer):
    """One milestone: the latest day on which the stage begins."""

    stage: str
    label: str
    date: date
    fondement: str


class Raccourci(Answer):
    """What the code allows for starting later."""

    moyen: str
    jours_gagnes: int
    fondement: str
    condition: str
    faisable: bool


class PlanAnswer(Answer):
    """Answer of `achats retroplanning`."""

    procedure: str
    demarrage: date
    jalons: tuple[Jalon, ...]
    debut_au_plus_tard: date
    faisable: bool
    retard_jours: int
    jours_ouvres_usage: int
    raccourcis: tuple[Raccourci, ...]
    solutions_attente: tuple[str, ...]

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """Return the answer for a plan."""
        return cls(
            procedure=plan.procedure,
            demarrage=plan.starts_on,
            jalons=tuple(
                Jalon(stage=one.stage, label=one.label, date=one.on, fondement=one.ground)
                for one in plan.milestones
            ),
            debut_au_plus_tard=plan.latest_start,
            faisable=plan.feasible,
            retard_jours=plan.days_late,
            jours_ouvres_usage=plan.own_working_days,
            raccourcis=tuple(
                Raccourci(
                    moyen=one.shortcut,
                    jours_gagnes=one.days_gained,
                    fondement=one.ground,
                    condition=one.condition,
                    faisable=one.feasible,
                )
                for one in plan.shortenings
            ),
            solutions_attente=plan.bridging,
        )


class InterestAnswer(Answer):
    """Answer of `achats interets`; amounts in EUR, rate in percent."""

    echeance: date
    jours_retard: int
    taux: Number | None
    interets: Number
    indemnite: Number
    total: Number
    fondements: tuple[Ground, ...]

    @classmethod
    def of(cls, due: Interest) -> Self:
        """Return the answer for a payment."""
        return cls(
            echeance=due.due_on,
            jours_retard=due.days_late,
            taux=due.rate,
            interets=due.interest,
            indemnite=due.indemnity,
            total=due.total,
            fondements=due.grounds,
        )


class ModificationAnswer(Answer):
    """Answer of `achats modification`; amounts in EUR HT, shares in percent of the initial amount."""

    fondement: str
    autorisee: bool
    motif: str
    a_justifier: str
    part: Number
    cumul: Number
    part_cumulee: Number
    plafond: Number | None
    nouveau_montant: Number
    avis_modification: bool
    fondements: tuple[Ground, ...]

    @classmethod
    def of(cls, change: Modification, verdict: Verdict) -> Self:
        """Return the answer for a modification."""
        return cls(
            fondement=change.ground,
            autorisee=verdict.allowed,
            motif=verdict.reason,
            a_justifier=verdict.to_prove,
            part=verdict.share,
            cumul=verdict.cumulated_ht,
            part_cumulee=verdict.cumulated_share,
            plafond=verdict.ceiling,
            nouveau_montant=verdict.new_total_ht,
            avis_modification=verdict.notice_due,
            fondements=verdict.grounds,
        )


class ValueAnswer(Answer):
    """One value of a figure, from a day (included) to another (included)."""

    du: date
    au: date | None
    valeur: StrictBool | Number
    reference: str
    source: str
    statut: Status
    note: str

    @property
    def span(self) -> str:
        """The days of the value, in French."""
        start = f"du {french_day(self.du)}" if self.au else f"depuis le {french_day(self.du)}"
        return f"{start} au {french_day(self.au)}" if self.au else start

    @property
    def text(self) -> str:
        """The value, in French."""
        if isinstance(self.valeur, bool):
            return "oui" if self.valeur else "non"
        return number(self.valeur)


class FigureAnswer(Answer):
    """One figure in the answer of `achats parametres`."""

    nom: str
    description: str
    unite: str
    article: str
    verifie_le: date | None = Field(description="day on which a person last checked it")
    valeurs: tuple[ValueAnswer, ...]

    @classmethod
    def of(cls, figure: Figure) -> Self:
        """Return the answer for a figure."""
        return cls(
            nom=figure.name,
            description=figure.description,
            unite=figure.unit,
            article=figure.article,
            verifie_le=figure.last_verified,
            valeurs=tuple(
                ValueAnswer(
                    du=one.effective,
                    au=last,
                    valeur=one.value,
                    reference=one.reference,
                    source=one.source,
                    statut=one.status,
                    note=one.note,
                )
                for one, last in zip(figure.values, figure.lasts, strict=True)
            ),
        )
