"""The kinds of stage of the process table, and what a gate says: who is asked, which answers, where each leads."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from models.law.regime import Publicity, Regime
from models.organisation.group import Role
from models.process import forms
from models.signing.acts import Act


class Row(BaseModel):
    """Part of the table; never changed at run time."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)


class Roles(Row):
    """`seats` different people, each holding one of the roles."""

    roles: tuple[Role, ...]
    seats: int = 1


class Visas(Row):
    """The visas before an act: those of the group's circuit, else one for each group of roles, in parallel."""

    act: Act
    groups: tuple[tuple[Role, ...], ...]


class EachEstablishment(Row):
    """One answer for each establishment of the group, by someone holding the role there."""

    role: Role


class Signatory(Row):
    """Whoever holds a valid delegation for this act, amount, family and establishment on that day.

    The visas of the group's circuit for the act come first, unless an earlier gate asks for them.
    """

    act: Act


class Condition(StrEnum):
    """When the law requires a stage; where it does not hold, the stage is left out."""

    PUBLISHED = "une publicité est due"
    UNPUBLISHED = "dispense de publicité"
    STANDSTILL = "un délai de suspension est dû"

    def holds(self, regime: Regime) -> bool:
        """Return whether the stage is required under the regime."""
        if self is Condition.STANDSTILL:
            return regime.standstill_days is not None
        return (regime.publicity is not Publicity.NONE) == (self is Condition.PUBLISHED)


class Answer(Row):
    """One possible answer at a gate. Those that settle it do so at once, the others wait for every seat.

    An answer that is itself an act (`act`) needs the power to sign that act, whatever the gate asks for.
    """

    key: str
    label: str
    leads_to: str
    form: type[forms.Form] = forms.Approval
    settles: bool = False
    act: Act | None = None


class Stage(Row):
    """What all stages share. Any of them may be optional: `when` says under which condition it is kept.

    A stage left out passes to `otherwise`, the stage that replaces it, or to where it leads: an action or a timer
    onward, a gate where its first answer leads.
    """

    key: str
    label: str
    when: Condition | None = None
    otherwise: str | None = None


class Action(Stage):
    """A subflow does it; `fallback` is where it leads when the work shows that the file must go back."""

    leads_to: str
    fallback: str | None = None


class Gate(Stage):
    """People decide, with a typed form. `due_days` counts calendar days before a reminder.

    `ground` is the text that asks for the decision; signatures have theirs in the matrix of competences.
    """

    asks: Roles | Visas | EachEstablishment | Signatory
    answers: tuple[Answer, ...]
    due_days: int
    ground: str = "circuit de visa du groupement"
    locked: bool = False  # refused while a lock stands on the procurement (CJA art. L. 551-4)
    foresees: bool = False  # says already whether nobody could sign what comes later
    opens: bool = False  # the sealed tenders are opened here, by the shares of the people who answer
    declares: bool = False  # who answers has declared her interests, where the group makes it a duty

    def answer(self, key: str) -> Answer | None:
        """Return the answer of that key, or None."""
        return next((answer for answer in self.answers if answer.key == key), None)


class Timer(Stage):
    """Nothing runs until a legal or contractual date; `ground` names the text."""

    leads_to: str
    until: str  # column of the procurement that holds the instant
    ground: str


class Final(Stage):
    """The end of a procurement; `tells` says whether tenderers must be written to."""

    tells: bool = False


AnyStage = Action | Gate | Timer | Final
