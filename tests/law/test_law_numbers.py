"""No legal number stands outside the parameter files; every change of a figure has cases on both sides of its day."""

import ast
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from models.law.dated import Status, figures
from tasks.settings import ROOT
from tests.law.questions import read_cases
from tests.reading_code import nodes_of, sources

FOLDERS = ("models", "tasks", "flows", "portal")
# What arithmetic on a calendar and on percentages needs: months of a year, Saturday, a hundred.
ARITHMETIC = {0, 1, 2, 5, 12, 100}
# Numbers that only happen to equal a figure of the law: file, number, what it is.
NOT_LEGAL = {
    ("tasks/spend/importing.py", 50_000): "lines read at once",
    ("tasks/connectors/bdpm.py", 50_000_000): "bytes of a file fetched",
    ("tasks/settings.py", 5_000_000): "bytes of a mail",
    ("tasks/technical_logs.py", 5_000_000): "bytes of a log",
    ("tasks/views/needs.py", 5_000_000): "bytes of a sheet",
}
LEGAL_NAME = re.compile(
    r"standstill|threshold|seuil|dispense|tender_days|award_notice|payment_days|penalit|advance_"
)


def literals(path):
    """Yield the whole numbers written as numbers or as whole strings, with their line."""
    for node in nodes_of(path):
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool):
            if isinstance(node.value, int | float):
                yield node.lineno, Decimal(str(node.value))
            elif isinstance(node.value, str) and re.fullmatch(r"\d+(\.\d+)?", node.value):
                yield node.lineno, Decimal(node.value)


def distinctive():
    """Amounts that can only come from the law: large, and not a round power of ten."""
    values = {one.value for figure in figures() for one in figure.values if not isinstance(one.value, bool)}
    return {v for v in values if v >= 10_000 and not re.fullmatch(r"10+", str(v))}


def test_the_package_of_law_computes_with_no_number_of_its_own():
    found = [
        f"{path.name}:{line} {number}"
        for path in sorted((ROOT / "models" / "law").glob("*.py"))
        for line, number in literals(path)
        if number not in ARITHMETIC
    ]
    assert found == []


def test_no_threshold_is_written_in_the_code():
    wanted = distinctive()
    assert Decimal(216000) in wanted and Decimal(90000) in wanted
    found = [
        f"{path.relative_to(ROOT)}:{line} {number}"
        for path in sources(*FOLDERS)
        for line, number in literals(path)
        if number in wanted and (path.relative_to(ROOT).as_posix(), int(number)) not in NOT_LEGAL
    ]
    assert found == []


def test_no_sentence_of_the_code_quotes_a_threshold():
    wanted = distinctive()
    found = [
        f"{path.relative_to(ROOT)}:{line} {number}"
        for path in sources(*FOLDERS)
        for line, text in strings(path)
        for number in re.findall(r"(\d[\d \u202f\u00a0]{3,})(?:€|EUR|euros)", text)
        if Decimal(re.sub(r"\D", "", number)) in wanted
    ]
    assert found == []


def strings(path):
    """Yield every text of the code, with its line."""
    for node in nodes_of(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def test_no_legal_name_is_given_a_number_in_the_code():
    found = []
    for path in sources(*FOLDERS):
        for node in nodes_of(path):
            for name, value in named_values(node):
                number = isinstance(value, ast.Constant) and type(value.value) in (int, float)
                if number and value.value > 1 and LEGAL_NAME.search(name.lower()):
                    found.append(f"{path.relative_to(ROOT)}:{value.lineno} {name} = {value.value}")
    assert found == []


def named_values(node):
    """Yield the names that a node gives a value to: assignments, keywords, defaults, comparisons."""
    if isinstance(node, ast.Assign):
        yield from ((ast.unparse(target), node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign) and node.value:
        yield ast.unparse(node.target), node.value
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
    elif isinstance(node, ast.Compare):
        yield from ((ast.unparse(node.left), one) for one in node.comparators)
    elif isinstance(node, ast.FunctionDef):
        positional = node.args.args[len(node.args.args) - len(node.args.defaults) :]
        yield from ((arg.arg, value) for arg, value in zip(positional, node.args.defaults, strict=True))


def changes():
    """Yield the days on which a figure of the law takes another value."""
    for figure in figures():
        if figure.name == "taux_bce" or figure.values[0].status is Status.PROPOSITION:
            continue
        for earlier, later in zip(figure.values, figure.values[1:], strict=False):
            if earlier.value != later.value:
                yield pytest.param(later.effective, id=f"{figure.name} {later.effective}")


def dates_of_cases():
    return {value for case in read_cases() for value in case["donnees"].values() if isinstance(value, date)}


@pytest.mark.parametrize("day", list(changes()))
def test_every_change_has_cases_on_both_sides(day):
    assert {day, day - timedelta(days=1)} <= dates_of_cases()
