"""The stages of each procedure in order, with what fixes the time that each of them takes."""

from collections.abc import Mapping
from enum import StrEnum

from models.law.dated import Frozen


class PlannedProcedure(StrEnum):
    """The procedures that can be planned."""

    AO_OUVERT = "ao_ouvert"
    AO_RESTREINT = "ao_restreint"
    NEGOTIATION = "avec_negociation"
    MAPA = "mapa"
    WITHOUT_PUBLICITY = "sans_publicite"


class Shortcut(StrEnum):
    """What the code allows for shortening a period."""

    PRIOR_NOTICE = "preinformation"
    URGENCY = "urgence"
    AGREEMENT = "accord"


class Pace(StrEnum):
    """How a stage spends its time.

    WORK: working days of the organisation. WAIT: calendar days, date to date, until the next stage may begin.
    TENDER: calendar days until a closing day, itself worked, after which the next stage begins.
    """

    WORK = "work"
    WAIT = "wait"
    TENDER = "tender"


class Step(Frozen):
    """One line of a timetable: the figure that gives its length, and the figures of its variants."""

    stage: str
    label: str
    figure: str
    pace: Pace = Pace.WORK
    on_paper: str = ""
    shortened: Mapping[Shortcut, str] = {}

    def figure_for(self, electronic: bool, shortcut: Shortcut | None) -> str:
        """Return the name of the figure that applies."""
        if shortcut and shortcut in self.shortened:
            return self.shortened[shortcut]
        return self.figure if electronic or not self.on_paper else self.on_paper


def _before(kind: str) -> tuple[Step, ...]:
    """Return the stages before the consultation (kind: formalisee, mapa, sans_publicite)."""
    return (
        Step(stage="strategy", label="Stratégie d'achat", figure=f"duree_strategie_{kind}"),
        Step(stage="needs", label="Recueil des besoins", figure=f"duree_recueil_{kind}"),
        Step(stage="drafting", label="Rédaction du DCE commun", figure=f"duree_redaction_{kind}"),
        Step(stage="review", label="Visa du DCE", figure="duree_visa"),
        Step(stage="dce_approval", label="Validation du DCE", figure="duree_validation"),
    )


def _decision(kind: str) -> tuple[Step, ...]:
    return (
        Step(stage="opening", label="Ouverture des plis", figure="duree_ouverture"),
        Step(stage="analysis", label="Analyse des offres", figure=f"duree_analyse_{kind}"),
        Step(stage="award_decision", label="Décision d'attribution", figure="duree_decision"),
        Step(stage="information", label="Information des candidats évincés", figure="duree_information"),
    )


PUBLICATION = Step(stage="publication", label="Publication", figure="duree_publication")
QUOTES = Step(stage="quotes", label="Demande de devis", figure="duree_publication")
STANDSTILL = Step(
    stage="standstill",
    label="Délai de suspension",
    figure="standstill_electronique",
    on_paper="standstill_autre",
    pace=Pace.WAIT,
)
CONCLUSION = (
    Step(stage="contract_signature", label="Signature du marché", figure="duree_signature"),
    Step(
        stage="notification",
        label="Notification, avis d'attribution, données essentielles",
        figure="duree_notification",
    ),
)


def _tendering(figure: str, label: str = "Consultation en cours") -> Step:
    return Step(stage="tendering", label=label, figure=figure, pace=Pace.TENDER)


OPEN = _tendering("delai_ao_ouvert_electronique").model_copy(
    update={
        "on_paper": "delai_ao_ouvert",
        "shortened": dict.fromkeys((Shortcut.PRIOR_NOTICE, Shortcut.URGENCY), "delai_ao_ouvert_reduit"),
    }
)


def _two_rounds(kind: str, by_agreement: str) -> tuple[Step, ...]:
    """Return the two periods of a procedure with a choice of candidates (kind: ao_restreint, negociation).

    `by_agreement` is the figure of the floor of a date fixed with the candidates (R. 2161-9, R. 2161-16).
    """
    applications = _tendering(f"delai_candidatures_{kind}", "Réception des candidatures").model_copy(
        update={"shortened": {Shortcut.URGENCY: f"delai_candidatures_{kind}_urgence"}}
    )
    choice = Step(
        stage="tendering", label="Sélection des candidatures", figure="duree_selection_candidatures"
    )
    tenders = _tendering(f"delai_offres_{kind}_electronique", "Réception des offres").model_copy(
        update={
            "on_paper": f"delai_offres_{kind}",
            "shortened": {
                Shortcut.PRIOR_NOTICE: f"delai_offres_{kind}_reduit",
                Shortcut.URGENCY: f"delai_offres_{kind}_reduit",
                Shortcut.AGREEMENT: by_agreement,
            },
        }
    )
    return applications, choice, tenders


def _formalised(tendering: tuple[Step, ...]) -> tuple[Step, ...]:
    kind = "formalisee"
    return (*_before(kind), PUBLICATION, *tendering, *_decision(kind), STANDSTILL, *CONCLUSION)


TIMETABLES: Mapping[PlannedProcedure, tuple[Step, ...]] = {
    PlannedProcedure.AO_OUVERT: _formalised((OPEN,)),
    PlannedProcedure.AO_RESTREINT: _formalised(
        _two_rounds("ao_restreint", "delai_offres_ao_restreint_reduit")
    ),
    PlannedProcedure.NEGOTIATION: _formalised(_two_rounds("negociation", "delai_offres_negociation_accord")),
    PlannedProcedure.MAPA: (
        *_before("mapa"),
        PUBLICATION,
        _tendering("duree_consultation_mapa"),
        *_decision("mapa"),
        *CONCLUSION,
    ),
    PlannedProcedure.WITHOUT_PUBLICITY: (
        *_before("sans_publicite"),
        QUOTES,
        _tendering("duree_consultation_sans_publicite"),
        *_decision("sans_publicite"),
        *CONCLUSION,
    ),
}
