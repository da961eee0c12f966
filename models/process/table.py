"""The process as data: every stage of a procurement, who decides there, which answers exist, where each leads.

Flows interpret this table; the diagram (`docs/process.md`), the forms and the tests come from it. A procurement keeps
the `PROCESS_VERSION` under which it was opened.
"""

from models.law.regime import Regime
from models.organisation.group import Role
from models.process import forms
from models.process.stages import (
    Action,
    Answer,
    AnyStage,
    Condition,
    EachEstablishment,
    Final,
    Gate,
    Roles,
    Signatory,
    Stage,
    Timer,
    Visas,
)
from models.signing.acts import Act

__all__ = [
    "CHANGE",
    "FIRST",
    "PROCESS",
    "PROCESS_VERSION",
    "STAGES",
    "Action",
    "Answer",
    "AnyStage",
    "Condition",
    "EachEstablishment",
    "Final",
    "Gate",
    "Roles",
    "Signatory",
    "Stage",
    "Timer",
    "Visas",
    "destination",
    "is_on_the_way",
    "onward",
    "stage_of",
    "successors",
    "visas_at",
]

PROCESS_VERSION = 1
CHANGE = "change"
WITHOUT_FOLLOW_UP = Answer(
    key="refuse",
    label="Sans suite",
    leads_to="without_follow_up",
    form=forms.Reason,
    settles=True,
    act=Act.WITHOUT_FOLLOW_UP,
)


def _change(to: str) -> Answer:
    return Answer(key=CHANGE, label="Demander une modification", leads_to=to, form=forms.Reason, settles=True)


def _approve(to: str, label: str, form: type[forms.Form] = forms.Approval) -> Answer:
    return Answer(key="approve", label=label, leads_to=to, form=form)


def _unsuccessful(to: str = "unsuccessful") -> Answer:
    return Answer(key="unsuccessful", label="Infructueux", leads_to=to, form=forms.Reason, settles=True)


STAGES: tuple[AnyStage, ...] = (
    Action(key="identified", label="Besoin identifié", leads_to="diagnostic"),
    Action(key="diagnostic", label="Diagnostic partagé", leads_to="strategy"),
    Gate(
        key="strategy",
        label="Stratégie d'achat",
        asks=Roles(roles=(Role.PURCHASING_DIRECTOR,)),
        due_days=10,
        foresees=True,
        ground="CSP art. R. 6132-16 (stratégie d'achat du groupement)",
        answers=(
            _approve("needs", "Retenir la stratégie", forms.Strategy),
            Answer(
                key="join",
                label="Recourir à une centrale d'achat",
                leads_to="joined",
                form=forms.Join,
                settles=True,
            ),
            Answer(key="abandon", label="Abandonner", leads_to="abandoned", form=forms.Reason, settles=True),
        ),
    ),
    Gate(
        key="needs",
        label="Recueil des besoins",
        asks=EachEstablishment(role=Role.PURCHASING_CORRESPONDENT),
        due_days=15,
        ground="CCP art. L. 2111-1 (définition des besoins)",
        answers=(_approve("drafting", "Transmettre les besoins", forms.Needs),),
    ),
    Action(key="drafting", label="Rédaction du DCE commun", leads_to="review"),
    Gate(
        key="review",
        label="Visa du DCE",
        asks=Visas(act=Act.LAUNCH, groups=((Role.PRESCRIBER, Role.PHARMACIST), (Role.LEGAL_OFFICER,))),
        due_days=7,
        answers=(_approve("dce_approval", "Viser le DCE"), _change("drafting")),
    ),
    Gate(
        key="dce_approval",
        label="Validation du DCE",
        asks=Signatory(act=Act.LAUNCH),
        due_days=5,
        answers=(_approve("publication", "Valider et lancer"), _change("drafting"), WITHOUT_FOLLOW_UP),
    ),
    Action(
        key="publication",
        label="Publication",
        when=Condition.PUBLISHED,
        otherwise="quotes",
        leads_to="tendering",
        fallback="drafting",
    ),
    Action(
        key="quotes",
        label="Demande de devis",
        when=Condition.UNPUBLISHED,
        leads_to="tendering",
        fallback="drafting",
    ),
    Timer(
        key="tendering",
        label="Consultation en cours",
        until="tenders_due_at",
        ground="CCP art. R. 2161-2 et R. 2161-3 (appel d'offres ouvert), R. 2123-4 (procédure adaptée)",
        leads_to="opening",
    ),
    Gate(
        key="opening",
        label="Ouverture des plis",
        asks=Roles(roles=(Role.BUYER, Role.LEGAL_OFFICER, Role.PURCHASING_DIRECTOR), seats=2),
        due_days=3,
        opens=True,
        declares=True,
        ground="CCP art. L. 2132-1 (confidentialité des offres)",
        answers=(_approve("analysis", "Ouvrir les plis", forms.Opening), _unsuccessful()),
    ),
    Gate(
        key="analysis",
        label="Analyse des offres",
        asks=Roles(roles=(Role.BUYER,)),
        due_days=21,
        declares=True,
        ground="CCP art. L. 2152-7 (critères d'attribution)",
        answers=(
            _approve("award_decision", "Remettre l'analyse", forms.Analysis),
            _unsuccessful(),
            WITHOUT_FOLLOW_UP,
        ),
    ),
    Gate(
        key="award_decision",
        label="Décision d'attribution",
        asks=Signatory(act=Act.AWARD),
        due_days=7,
        declares=True,
        answers=(_approve("information", "Attribuer"), _change("analysis"), WITHOUT_FOLLOW_UP),
    ),
    Action(key="information", label="Information des candidats évincés", leads_to="standstill"),
    Timer(
        key="standstill",
        label="Délai de suspension",
        when=Condition.STANDSTILL,
        until="standstill_ends_at",
        ground="CCP art. R. 2182-1",
        leads_to="contract_signature",
    ),
    Gate(
        key="contract_signature",
        label="Signature du marché",
        asks=Signatory(act=Act.CONTRACT),
        due_days=7,
        locked=True,
        declares=True,
        answers=(_approve("notification", "Signer le marché"), WITHOUT_FOLLOW_UP),
    ),
    Action(
        key="notification",
        label="Notification, avis d'attribution, données essentielles",
        leads_to="notified",
    ),
    Final(key="notified", label="Marché notifié"),
    Final(key="without_follow_up", label="Sans suite", tells=True),
    Final(key="unsuccessful", label="Infructueux", tells=True),
    Final(key="joined", label="Achat par une centrale"),
    Final(key="abandoned", label="Abandonné"),
)

PROCESS: dict[str, AnyStage] = {stage.key: stage for stage in STAGES}
FIRST = STAGES[0].key


def visas_at(gate: Gate) -> Act | None:
    """Return the act whose circuit of visas is followed at a gate: once per act, at the first gate that may.

    >>> visas_at(PROCESS["review"]), visas_at(PROCESS["dce_approval"]), visas_at(PROCESS["award_decision"])
    (<Act.LAUNCH: 'lancement'>, None, <Act.AWARD: 'attribution'>)
    """
    if isinstance(gate.asks, Visas):
        return gate.asks.act
    if not isinstance(gate.asks, Signatory):
        return None
    before = {stage.asks.act for stage in STAGES if isinstance(stage, Gate) and isinstance(stage.asks, Visas)}
    return None if gate.asks.act in before else gate.asks.act


def stage_of(key: str) -> AnyStage:
    """Return the stage of that key; an unknown key is a defect, not a user's mistake."""
    return PROCESS[key]


def destination(key: str, regime: Regime | None) -> str:
    """Return the stage really entered when `key` is aimed at: stages that the law does not require are left out.

    One that is replaced passes to the stage that replaces it, any other to where it leads.
    """
    stage = PROCESS[key]
    if regime is None or stage.when is None or stage.when.holds(regime):
        return key
    return destination(stage.otherwise or onward(stage), regime)


def is_on_the_way(stage: AnyStage, regime: Regime | None) -> bool:
    """Return whether a procurement under that regime stops at a stage; before the regime is known, at every one."""
    return destination(stage.key, regime) == stage.key


def onward(stage: AnyStage) -> str:
    """Return the stage to which a stage leads when all goes well; a gate, by its first answer."""
    if isinstance(stage, Gate):
        return stage.answers[0].leads_to
    if isinstance(stage, Action | Timer):
        return stage.leads_to
    return stage.key


def successors(stage: AnyStage) -> tuple[str, ...]:
    """Return every stage to which one leads, in the order of the table."""
    ends: list[str | None] = [stage.otherwise]
    if isinstance(stage, Gate):
        ends = [*(answer.leads_to for answer in stage.answers), stage.otherwise]
    elif isinstance(stage, Action):
        ends = [stage.leads_to, stage.fallback, stage.otherwise]
    elif isinstance(stage, Timer):
        ends = [stage.leads_to, stage.otherwise]
    return tuple(dict.fromkeys(end for end in ends if end))
