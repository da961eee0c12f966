"""The ends without a contract: each is real, with its reason, its decision and its letters."""

from datetime import timedelta

import pytest

from models.journal import Fact
from tasks.runs import segments
from tests.purchase_play import (
    DIRECTOR,
    LEGAL,
    PURCHASING,
    answer,
    assert_whole,
    documents,
    lines,
    messages,
    notices,
    open_purchase,
    play,
    reach_due_date,
    run_segment,
    where,
)

pytestmark = pytest.mark.flow


def letters(ref):
    return sorted(paper.recipient for paper in documents(ref) if paper.kind == "lettre_sans_suite")


def told_of_the_end(ref):
    return {m.to for m in messages() if m.ref == ref and ":fin:" in m.key and "Besoin disparu" in m.body}


def test_without_follow_up_before_the_publication_tells_the_buyers_and_nobody_else(scene):
    ref = open_purchase("120000")
    play(ref, scene, until="dce_approval")
    answer(ref, PURCHASING, "refuse", motif="Besoin disparu")
    assert run_segment(ref) == "Sans suite"
    assert [paper.kind for paper in documents(ref)].count("decision_sans_suite") == 1
    assert (letters(ref), notices(ref)) == ([], [])
    assert PURCHASING in told_of_the_end(ref)
    assert lines(ref, Fact.TRANSITION)[-1].reason == "Besoin disparu"
    assert_whole(ref)


def test_without_follow_up_after_the_tenders_writes_to_every_candidate(scene):
    ref = open_purchase("480000")
    play(ref, scene, until="award_decision")
    answer(ref, DIRECTOR, "refuse", motif="Besoin disparu")
    assert run_segment(ref) == "Sans suite"
    assert run_segment(ref) == "Sans suite"  # a second segment changes nothing
    everyone = ["Candidat Tardif", "Laboratoires Médivance", "Perfusions de l'Ouest", "Soins & Dispositifs"]
    assert letters(ref) == everyone
    paths = {paper.path for paper in documents(ref) if paper.kind == "lettre_sans_suite"}
    assert {path for message in messages() for path in message.attachments} >= paths
    assert [notice.kind for notice in notices(ref)] == ["avis_marche"]
    assert_whole(ref)


def test_unsuccessful_when_nobody_tendered(scene):
    ref = open_purchase("120000")
    play(ref, scene, until="tendering")
    assert_a_segment_too_early_changes_nothing(ref, scene)
    reach_due_date(ref, scene)
    assert run_segment(ref) == "En attente : Ouverture des plis"
    answer(ref, LEGAL, "unsuccessful", motif="Aucune offre reçue")
    assert run_segment(ref) == "Infructueux"
    assert [paper.kind for paper in documents(ref)].count("decision_infructueux") == 1
    assert letters(ref) == []
    assert_whole(ref)


def assert_a_segment_too_early_changes_nothing(ref, time):
    """Run two segments one second before the deadline of the tenders."""
    before = (len(documents(ref)), len(lines(ref)), len(messages()))
    time.instant = segments.place(ref).due_at - timedelta(seconds=1)
    for _ in range(2):
        assert run_segment(ref) == "En attente : Consultation en cours"
    assert where(ref) == "tendering"
    assert (len(documents(ref)), len(lines(ref)), len(messages())) == before


def test_joining_a_central_body_and_abandoning_end_at_the_strategy(scene):
    joined, abandoned = open_purchase("480000"), open_purchase("90000")
    for ref in (joined, abandoned):
        play(ref, scene, until="strategy")
    answer(joined, PURCHASING, "join", operateur="UniHA", motif="Marché national déjà passé")
    answer(abandoned, PURCHASING, "abandon", motif="Besoin disparu")
    assert run_segment(joined) == "Achat par une centrale"
    assert run_segment(abandoned) == "Abandonné"
    assert PURCHASING in told_of_the_end(abandoned)
    for ref in (joined, abandoned):
        assert {paper.kind for paper in documents(ref)} == {"diagnostic"}
        assert_whole(ref)
