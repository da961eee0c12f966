"""Every legal case of `tests/cases/*.toml`: what the law answers, on both sides of each date and threshold."""

import pytest

from tests.law.questions import QUESTIONS, read_cases

CASES = [pytest.param(case, id=f"{case['fichier']} : {case['nom']}") for case in read_cases()]


def test_there_are_cases_and_each_names_its_article_once():
    names = [case.id for case in CASES]
    assert len(CASES) > 150
    assert len(set(names)) == len(names)
    assert all(any(c.isdigit() for c in case.values[0]["article"]) for case in CASES)
    assert {case.values[0]["question"] for case in CASES} == set(QUESTIONS)


@pytest.mark.parametrize("case", CASES)
def test_case(case):
    found = QUESTIONS[case["question"]](case["donnees"])
    expected = {key: None if value == "aucun" else value for key, value in case["attendu"].items()}
    assert {key: found[key] for key in expected} == expected
