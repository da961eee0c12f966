"""The consultation of a procurement as the plain data that its documents are made of."""

from datetime import timedelta
from decimal import Decimal
from typing import Literal

from sqlmodel import Session, col, select

from models.award.ranking import PRICE_KINDS
from models.documents.dossier import Calendar, Conditions, Dossier
from models.documents.legal_sources import frame_of
from models.documents.parties import Signatory
from models.documents.purchase import Criterion, Duration, Item, Lot, Quantity
from models.errors import BadInput, Refused
from models.law.regime import Regime
from models.organisation.group import Group, Person
from models.process.forms import Strategy
from models.process.procurement import Item as ItemRow
from models.process.procurement import Need, Procurement
from models.signing.acts import Act
from tasks import clock
from tasks.documents.families import Example, FamilyContent, family_content, price_of, social_clause
from tasks.documents.french import month, plural
from tasks.organisation import people
from tasks.organisation.parties import buyer_of, member_of
from tasks.preparation.strategy import content_name
from tasks.signing.purchase_powers import Powers

DAYS_FOR_QUESTIONS = 10
VALIDITY_DAYS = 180
YEAR = 12
PRICE_METHOD = "Note = 100 × montant de l'offre la plus basse / montant de l'offre."


def dossier_of(session: Session, procurement: Procurement, version: int) -> Dossier:
    """Return the dossier of a procurement whose needs are collected; `BadInput` says what is missing."""
    if procurement.tenders_due_at is None:
        raise BadInput(f"{procurement.ref} : la date limite des offres n'est pas fixée.")
    strategy = Strategy.model_validate(procurement.strategy)
    regime = Regime.model_validate(procurement.regime)
    name = content_name(session, procurement.family_code)
    content = family_content(name)
    usual = content.example
    single = len(strategy.lots) == 1
    return Dossier(
        reference=procurement.ref,
        version=version,
        title=procurement.objet,
        description=_description(session, procurement),
        family=name,
        nature=_nature(procurement.nature),
        form="accord_cadre" if all(lot.maximum_ht for lot in strategy.lots) else "marche",
        single_lot_reason=strategy.single_lot_reason if single else None,
        dated_on=clock.today(),
        buyer=buyer_of(session),
        members=[member_of(house) for house in people.establishments(session, clock.today())],
        lots=lots_of(session, procurement, strategy, content),
        price=price_of(usual, month(procurement.tenders_due_at.astimezone(clock.PARIS).date())),
        duration=_duration(procurement.duration_months, strategy.renewals),
        criteria=criteria_of(strategy, content),
        calendar=_calendar(procurement, regime),
        platform=session.get_one(Group, 1).platform or "profil d'acheteur de l'établissement support",
        conditions=_conditions(usual, regime),
        signatory=signatory_of(session, procurement, Act.CONTRACT),
        legal=frame_of(regime, _advance_base(strategy), procurement.duration_months),
    )


def _conditions(usual: Example, regime: Regime) -> Conditions:
    """Return the conditions usual for the family, with the social condition that the law asks for."""
    found = Conditions.model_validate(usual.model_dump(include=set(Conditions.model_fields)))
    if regime.social_condition and found.social_clause is None:
        return found.model_copy(update={"social_clause": social_clause()})
    return found


def _description(session: Session, procurement: Procurement) -> str:
    """Return for whom the purchase is made and for how long, in one sentence: the object is said beside it."""
    houses = plural(len(people.establishments(session, clock.today())), "établissement")
    group = session.get_one(Group, 1).name
    months = plural(procurement.duration_months, "mois", "mois")
    return f"L'achat répond aux besoins de {houses} du {group} pendant {months}."


def _nature(nature: str) -> Literal["fournitures", "services", "travaux"]:
    if nature == "fournitures":
        return "fournitures"
    return "travaux" if nature == "travaux" else "services"


def _duration(total: int, renewals: int) -> Duration:
    """Return the duration with its yearly renewals; the whole never passes what was announced."""
    first = total - renewals * YEAR
    if first < 1:
        raise BadInput(f"{renewals} reconductions d'un an ne tiennent pas dans {total} mois.")
    return Duration(months=first, renewals=renewals, renewal_months=YEAR if renewals else 0)


def _calendar(procurement: Procurement, regime: Regime) -> Calendar:
    """Return the dates of the consultation: questions close ten days before tenders, or half-way when it is short."""
    due_at = procurement.tenders_due_at
    assert due_at is not None
    launched_on = procurement.launched_on or clock.today()
    left = (due_at.astimezone(clock.PARIS).date() - launched_on).days
    questions = due_at - timedelta(days=min(DAYS_FOR_QUESTIONS, left // 2))
    return Calendar(
        launched_on=launched_on,
        questions_until=questions.astimezone(clock.PARIS),
        offers_due_at=due_at.astimezone(clock.PARIS),
        validity_days=VALIDITY_DAYS,
    )


def _advance_base(strategy: Strategy) -> Decimal:
    """Return the amount on which an advance is owed: the largest lot of an ordinary contract.

    A framework without minimum owes none (CCP art. R. 2191-17).
    """
    return max((lot.estimate_ht for lot in strategy.lots if lot.maximum_ht is None), default=Decimal(0))


def signatory_of(session: Session, procurement: Procurement, act: Act) -> Signatory:
    """Return who may sign the act today, with the delegation; a procurement that nobody may sign is refused."""
    powers = Powers(session, procurement)
    able = powers.signatories(act)
    if not able:
        raise Refused(
            f"Personne ne peut signer l'acte « {act} » pour {powers.amount(act)} € HT : complétez les délégations."
        )
    return named_signatory(powers, act, able[0])


def named_signatory(powers: Powers, act: Act, someone: Person) -> Signatory:
    """Return a person as the signatory of an act, with the delegation that allows it."""
    verdict = powers.verdict(someone.email, act)
    return Signatory(
        name=someone.name, function=someone.function or "Signataire", delegation=verdict.delegation or None
    )


def lots_of(
    session: Session, procurement: Procurement, strategy: Strategy, content: FamilyContent
) -> list[Lot]:
    """Return the lots with their items and the yearly quantities of each establishment."""
    rows = session.exec(
        select(ItemRow).where(ItemRow.ref == procurement.ref).order_by(col(ItemRow.rank))
    ).all()
    codes = {
        house.siret: house.finess or house.siret for house in people.establishments(session, clock.today())
    }
    needs: dict[str, list[Quantity]] = {}
    for need in session.exec(select(Need).where(Need.ref == procurement.ref)):
        if need.quantity and need.establishment_siret in codes:
            line = Quantity(member=codes[need.establishment_siret], yearly=need.quantity)
            needs.setdefault(need.item_code, []).append(line)
    return [
        Lot(
            number=lot.number,
            title=lot.label,
            description=lot.label,
            cpv=procurement.cpv,
            pricing="unitaire",
            estimate=lot.estimate_ht,
            maximum=lot.maximum_ht,
            items=[
                Item(
                    code=row.code,
                    label=row.label,
                    unit=row.unit,
                    vat=content.example.vat,
                    quantities=needs.get(row.code, []),
                )
                for row in rows
                if row.lot == lot.number
            ],
        )
        for lot in sorted(strategy.lots, key=lambda lot: lot.number)
    ]


def criteria_of(strategy: Strategy, content: FamilyContent) -> list[Criterion]:
    """Return the criteria of the strategy, with the sub-criteria and method of the family where they are the same."""
    usual = {(one.name, one.weight): one for one in content.criteria}
    return [
        usual.get((one.label, Decimal(one.weight)))
        or Criterion.model_validate(
            {
                "name": one.label,
                "kind": one.kind,
                "weight": one.weight,
                "method": PRICE_METHOD if one.kind in PRICE_KINDS else None,
            }
        )
        for one in strategy.criteria
    ]
