"""What each question of the legal cases asks of the product, and the answer it gives, under the names of the cases."""

import tomllib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from models.law import answers, contract_terms, criteria, deadlines, framework, interest, modification
from models.law.answers import as_number
from models.law.days import last_day
from models.law.need import Nature, Need, Procedure
from models.law.regime import regime_for

Data = dict[str, Any]
FOLDER = Path(__file__).parent.parent / "cases"


@lru_cache
def read_cases() -> tuple[Data, ...]:
    """Return every legal case that asks a question of this module, with the name of its file."""
    return tuple(
        case | {"fichier": path.stem}
        for path in sorted(FOLDER.glob("*.toml"))
        for case in tomllib.loads(path.read_text(encoding="utf-8")).get("cas", [])
        if "question" in case
    )


def money(given: Data, key: str) -> Decimal | None:
    return Decimal(given[key]) if key in given else None


def procedure(given: Data) -> Data:
    need = Need(
        nature=given["nature"],
        amount_ht=Decimal(given["montant"]),
        launched_on=given["date"],
        lots=tuple(map(Decimal, given.get("lots", []))),
        cpv=given.get("cpv", ""),
    )
    found = answers.ProcedureAnswer.of(regime_for(need)).model_dump(mode="json")
    limits = found.pop("seuils")
    found["lots"] = [lot["procedure"] for lot in found["lots"]]
    return found | {"seuil_dispense": limits["dispense"], "seuil_formalisee": limits["formalisee"]}


def interets(given: Data) -> Data:
    payment = interest.Payment(
        amount_ttc=Decimal(given["montant_ttc"]),
        received_on=given["reception"],
        paid_on=given["paiement"],
        executed_on=given.get("execution"),
    )
    found = interest.late_interest(payment)
    return answers.InterestAnswer.of(found).model_dump(mode="json") | {"echeance": found.due_on}


def modification_(given: Data) -> Data:
    change = modification.Modification(
        nature=given["nature"],
        initial_ht=Decimal(given["montant_initial"]),
        previous_ht=Decimal(given["cumul_precedent"]),
        amount_ht=Decimal(given["montant"]),
        ground=modification.ground_named(given["fondement"]),
        on=given["date"],
        formalised=given.get("formalise"),
        changes_nature=given.get("change_la_nature", False),
    )
    return answers.ModificationAnswer.of(change, modification.judge(change)).model_dump(mode="json")


def delai(given: Data) -> Data:
    day = given.get("jour")
    return {"jour": DEADLINES[given["delai"]](given, day)}


DEADLINES: dict[str, Callable[[Data, date], date]] = {
    "signature": lambda given, _: deadlines.earliest_signature(given["envoi"], given["jours"]),
    "cloture": lambda given, _: deadlines.earliest_closing(given["envoi"], given["jours"]),
    "avis_attribution": lambda _, day: deadlines.award_notice_by(day),
    "donnees_essentielles": lambda _, day: deadlines.essential_data_by(day),
    "motifs": lambda _, day: deadlines.rejection_motives_by(day),
    "sous_traitant": lambda _, day: deadlines.subcontractor_accepted_on(day),
    "vigilance": lambda _, day: deadlines.vigilance_due_on(day),
    "refere_contractuel": lambda given, day: deadlines.contractual_appeal_until(day, given.get("avis")),
    "recours_validite": lambda given, day: deadlines.validity_appeal_until(day, published=given["publie"]),
    "refere_pas_avant": lambda given, day: proceedings(given, day).not_before,
    "refere_jugement": lambda given, day: proceedings(given, day).expected_by,
    "conservation_offres": lambda given, day: kept(given, day).tenders_until,
    "fin_de_marche": lambda given, _: last_day(given["debut"], given["mois"]),
    "conservation_marche": lambda given, day: kept(given, day).contract_until,
}


def proceedings(given: Data, day: date) -> deadlines.InterimProceedings:
    return deadlines.interim_proceedings(given["envoi"], day, electronic=given["electronique"])


def kept(given: Data, day: date) -> deadlines.Keeping:
    return deadlines.keeping(Nature(given["nature"]), day, given["fin"])


def faults(found: tuple[criteria.Fault, ...]) -> Data:
    return {"defauts": len(found), "articles": [fault.article for fault in found]}


def criteres(given: Data) -> Data:
    listed = [
        criteria.AwardCriterion(
            label=one["libelle"],
            kind=one["nature"],
            weight=one.get("poids"),
            environmental=one.get("environnemental", False),
        )
        for one in given["criteres"]
    ]
    return faults(criteria.criteria_faults(listed, Procedure(given["procedure"]), given["date"]))


def accord_cadre(given: Data) -> Data:
    one = framework.Framework(
        launched_on=given["date"],
        months=given["mois"],
        maximum_ht=money(given, "maximum"),
        maximum_quantity=money(given, "maximum_quantite"),
        minimum_ht=money(given, "minimum"),
        justification=given.get("justification", ""),
        in_directive=given.get("directive", True),
    )
    return faults(framework.framework_faults(one))


def avance(given: Data) -> Data:
    months, day = Decimal(given["mois"]), given["date"]
    low, high = contract_terms.advance_bounds(Decimal(given["montant_ttc"]), months, day)
    return {
        "due": contract_terms.advance_due(Decimal(given["montant_ht"]), months, day),
        "minimum": as_number(low),
        "maximum": None if high is None else as_number(high),
    }


def retenue(given: Data) -> Data:
    amount, changes = Decimal(given["montant_ttc"]), Decimal(given["modifications"])
    return {"maximum": contract_terms.highest_guarantee(amount, changes, given["date"])}


def penalites(given: Data) -> Data:
    terms = contract_terms.PenaltyTerms.of_ccag(contract_terms.Ccag(given["ccag"]), given["date"])
    found = contract_terms.late_penalty(
        terms, Decimal(given["valeur"]), given["jours"], Decimal(given["marche"])
    )
    return {"calcul": found.computed, "due": found.due}


def chiffre_affaires(given: Data) -> Data:
    return {"maximum": criteria.highest_turnover(Decimal(given["montant"]), given["date"])}


QUESTIONS: dict[str, Callable[[Data], Data]] = {
    "procedure": procedure,
    "interets": interets,
    "modification": modification_,
    "delai": delai,
    "criteres": criteres,
    "accord_cadre": accord_cadre,
    "avance": avance,
    "retenue": retenue,
    "penalites": penalites,
    "chiffre_affaires": chiffre_affaires,
}
