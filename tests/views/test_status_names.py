"""What `achats statut --json` and `achats a-faire --json` give: names that other tools read."""

import pytest

from tasks.store import reading
from tasks.views import status
from tests.signing_scene import load, waiting

STATUS = [
    "ref", "objet", "famille", "montant_ht", "stage", "label", "visit", "echeance", "awaiting", "attente", "courriers",
    "verrous", "alertes",
    "regime", "lance_le", "notifie_le", "documents", "timeline", "preuve_identite", "signatures",
]  # fmt: skip


@pytest.fixture
def ref(home):
    load()
    return waiting()


def test_the_status_of_a_purchase_keeps_its_names(ref):
    said = status.status(ref).model_dump(mode="json", by_alias=True)
    assert list(said) == STATUS
    assert list(said["awaiting"][0]) == ["role", "personnes", "since", "due"]
    assert (said["famille"], said["montant_ht"], said["preuve_identite"]) == (
        "Dispositifs de perfusion", "150000.00", "declaration",
    )  # fmt: skip


def test_the_list_of_purchases_keeps_its_names(ref):
    with reading() as session:
        (line,) = status.portfolio(session)
    said = line.model_dump(mode="json", by_alias=True)
    assert list(said) == ["ref", "objet", "famille", "stage", "label", "attendu", "echeance", "jours"]
    assert (said["attendu"], said["jours"]) == ("Signataire habilité", 7)


def test_what_is_to_do_keeps_its_names(ref):
    (task,) = status.to_do()
    said = task.model_dump(mode="json", by_alias=True)
    assert list(said) == [
        "ref", "objet", "stage", "label", "attendu", "personnes", "depuis", "echeance", "alertes",
        "reponses", "exemple",
    ]  # fmt: skip
    assert said["personnes"] == ["karim.benali@ch-rocheval.invalid", "helene.marchand@ch-rocheval.invalid"]
