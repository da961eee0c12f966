"""The contexts of the documents of the performance: orders, renewal, default, penalties, amendment."""

from datetime import date

from pydantic import Field

from models.documents.head import Piece
from models.documents.legal import PenaltyRule
from models.documents.parties import Company, Site
from models.documents.passing import Letter
from models.documents.plain import Amount, Line, Percent, Plain, Signed, Text


class OrderLine(Plain):
    """A line of an order."""

    code: Line
    label: Text
    unit: Line
    quantity: Amount
    unit_price: Amount
    amount: Amount


class PurchaseOrder(Letter):
    """Order form (bon de commande)."""

    number: Line
    establishment: Line
    commitment: Line = Field(description="Numéro d'engagement")
    service_code: Line
    site: Site
    deliver_by: date
    lines: list[OrderLine] = Field(min_length=1)
    total: Amount = Field(description="Total HT")
    vat: Amount
    total_with_vat: Amount
    remaining: Amount | None = Field(default=None, description="Reste disponible sous le maximum, HT")


class ServiceOrder(Letter):
    """Service order (ordre de service)."""

    number: Line
    instruction: Text
    starts_on: date
    ends_on: date | None = None
    amount: Amount | None = None


class RenewalLetter(Letter):
    """Letter that renews a contract."""

    period: Line = Field(description="Par exemple « première reconduction »")
    starts_on: date
    ends_on: date


class NonRenewalLetter(Letter):
    """Letter that does not renew a contract."""

    ends_on: date
    notice_months: int = Field(ge=0)
    closing: Text = Field(description="Ce qui reste à exécuter d'ici le terme")


class FormalNotice(Letter):
    """Formal notice (mise en demeure)."""

    facts: list[Text] = Field(min_length=1)
    clause: Line
    days: int = Field(gt=0, description="Délai laissé, en jours")
    sanction: Text
    at_holders_cost: bool = False


class PenaltyLine(Plain):
    """The penalty of one late order."""

    order: Line
    due_on: date
    done_on: date
    days: int = Field(gt=0)
    base: Amount
    amount: Amount


class PenaltyStatement(Letter):
    """Penalty statement (décompte de pénalités)."""

    rule: PenaltyRule
    lines: list[PenaltyLine] = Field(min_length=1)
    total: Amount
    capped: Amount = Field(description="Montant retenu après plafond et exonération")
    observation: Text = Field(description="Échange préalable avec le titulaire")


class Amendment(Piece):
    """Amendment (avenant, CCP art. R. 2194-1 to -9)."""

    number: int = Field(gt=0)
    holder: Company
    notified_on: date = Field(description="Notification du marché initial")
    ground: Line
    reasons: Text
    changes: list[Text] = Field(min_length=1)
    initial: Amount
    previous: Signed = Field(description="Somme des modifications antérieures de même fondement, HT")
    amount: Signed
    new_total: Amount
    cumulative: Percent = Field(description="Part cumulée du montant initial, en %")
