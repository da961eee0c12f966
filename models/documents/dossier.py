"""Everything a consultation needs, as plain data: the root of the JSON file given to `achats dce depuis`."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, Field, model_validator

from models.documents.legal import LegalFrame
from models.documents.parties import Buyer, Member, Signatory
from models.documents.plain import Line, Percent, Plain, Text
from models.documents.purchase import Criterion, Duration, Lot, Price

Family = Literal[
    "perfusion", "medicaments", "blanchisserie", "imagerie", "alimentation", "hebergement", "generale"
]
Ccag = Literal["CCAG-FCS", "CCAG-TIC", "CCAG-Travaux"]


class Calendar(Plain):
    """Dates of the consultation; instants carry their zone."""

    launched_on: date
    questions_until: AwareDatetime
    offers_due_at: AwareDatetime
    validity_days: int = Field(gt=0, le=730)

    @model_validator(mode="after")
    def _in_order(self) -> "Calendar":
        if not self.launched_on <= self.questions_until.date() <= self.offers_due_at.date():
            raise ValueError("lancement, fin des questions et remise des offres doivent se suivre")
        return self


class Conditions(Plain):
    """Choices of the buyer for the performance of the contract."""

    ccag: Ccag
    delivery_days: int = Field(gt=0, description="Délai normal de livraison ou d'intervention, en jours")
    urgent_hours: int | None = Field(default=None, gt=0, description="Délai en urgence, en heures")
    guarantee_rate: Percent | None = Field(
        default=None, description="Retenue de garantie ; absente si aucune"
    )
    subcontracting: bool
    samples: Text | None = Field(default=None, description="Échantillons demandés ; absent si aucun")
    site_visit: Text | None = Field(default=None, description="Visite des lieux ; absent si aucune")
    personal_data: bool = False
    at_holders_cost: bool = True
    environmental_clause: Text | None = None
    social_clause: Text | None = None


class Terms(Plain):
    """What every piece of the consultation says, lots left out."""

    reference: Line
    version: int = Field(default=1, ge=1)
    title: Line
    description: Text
    family: Family
    nature: Literal["fournitures", "services", "travaux"]
    form: Literal["marche", "accord_cadre"]
    award: Literal["mono_attributaire", "multi_attributaire"] = "mono_attributaire"
    single_lot_reason: Text | None = Field(default=None, description="Motif de non-allotissement")
    dated_on: date = Field(description="Date d'établissement du dossier")
    buyer: Buyer
    members: list[Member] = Field(min_length=1)
    price: Price
    duration: Duration
    criteria: list[Criterion] = Field(min_length=1)
    variants: bool = False
    negotiation: bool = False
    calendar: Calendar
    platform: Line = Field(description="Adresse du profil d'acheteur")
    conditions: Conditions
    signatory: Signatory
    legal: LegalFrame


class Dossier(Terms):
    """A consultation ready to be written."""

    lots: list[Lot] = Field(min_length=1)

    @model_validator(mode="after")
    def _coherent(self) -> "Dossier":
        problems = [*self._lot_problems(), *self._criteria_problems(), *self._clause_problems()]
        if problems:
            raise ValueError(" ; ".join(problems))
        return self

    def _lot_problems(self) -> list[str]:
        codes = Counter(member.code for member in self.members)
        problems = [f"établissement « {code} » donné deux fois" for code, times in codes.items() if times > 1]
        if [lot.number for lot in self.lots] != list(range(1, len(self.lots) + 1)):
            problems.append("les lots doivent être numérotés de 1 en 1 à partir de 1")
        if len(self.lots) == 1 and self.single_lot_reason is None and self.legal.procedure != "gre_a_gre":
            problems.append("un lot unique demande son motif (single_lot_reason, CCP art. L. 2113-11)")
        for lot in self.lots:
            if self.form == "accord_cadre" and lot.maximum is None:
                problems.append(f"lot {lot.number} : un accord-cadre a un maximum (CCP art. R. 2162-4)")
            unknown = {q.member for item in lot.items for q in item.quantities} - set(codes)
            problems += [f"lot {lot.number} : établissement « {code} » inconnu" for code in sorted(unknown)]
        return problems

    def _criteria_problems(self) -> list[str]:
        problems = []
        total = sum((criterion.weight for criterion in self.criteria), Decimal(0))
        if total != 100:
            problems.append(f"les critères font {total} %, et non 100 %")
        green = any(criterion.kind in ("environnement", "cout") for criterion in self.criteria)
        if self.legal.environmental_criterion and not green:
            problems.append("un critère doit porter sur l'environnement (CCP art. L. 2152-7)")
        return problems

    def _clause_problems(self) -> list[str]:
        problems = []
        if self.legal.environmental_condition and self.conditions.environmental_clause is None:
            problems.append("conditions.environmental_clause est exigée (CCP art. L. 2112-2)")
        if self.legal.social_condition and self.conditions.social_clause is None:
            problems.append("conditions.social_clause est exigée (CCP art. L. 2112-2-1)")
        return problems
