"""The rules of the house that a linter does not hold: sizes, names, one reader of the environment, entrypoints."""

import ast
import inspect
import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from flows.__main__ import COMMANDS
from flows.commands.help import summary
from tasks.settings import ROOT
from tasks.views import process_page
from tests.house_plan import floors, in_page, longest_chain, plan
from tests.reading_code import nodes_of, sources, tree

LONGEST_FILE = {"models": 300, "tasks": 300, "portal": 300, "flows": 150, "tests": 400}
LONGEST_FUNCTION = 40
LARGEST_ROOM = 25
LONGEST_CHAIN = 20
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "base"}
# The only reader; two more build the environment of the processes that they start.
ENVIRONMENT_READERS = {
    "tasks/settings.py",
    "tasks/runs/parts.py",
    "tasks/runs/server.py",
    "tasks/runs/worker.py",
}
PRODUCT = ("models", "tasks", "portal", "flows")


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def nodes(path, *kinds):
    return [node for node in nodes_of(path) if isinstance(node, kinds)]


def test_files_stay_small():
    long = [
        f"{name_of(path)} : {count} lines, {LONGEST_FILE[top]} at most"
        for top in LONGEST_FILE
        for path in sources(top)
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE[top]
    ]
    assert long == []


def test_functions_stay_short():
    """The body counts, docstring included; a command has one line of signature for each option."""
    long = [
        f"{name_of(path)}:{node.lineno} {node.name} : {count} lines"
        for path in sources(*PRODUCT)
        for node in nodes(path, ast.FunctionDef, ast.AsyncFunctionDef)
        if (count := node.end_lineno - node.body[0].lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_folder_is_a_hall():
    """The revisions of the tables have one folder for each version that was published."""
    folders = Counter(path.parent for path in sources(*PRODUCT, "migrations"))
    assert [f"{name_of(folder)} : {count}" for folder, count in folders.items() if count > LARGEST_ROOM] == []


def test_imports_make_no_circle_and_no_long_chain():
    chain = longest_chain()  # a circle is refused here, imports inside functions included
    assert len(chain) < LONGEST_CHAIN, " → ".join(chain)


def test_every_room_stands_on_a_floor_of_the_plan():
    for top in ("tasks", "models"):
        known = {room for floor in floors(top) for room in floor}
        rooms = {f"{top}.{path.parent.name}" for path in (ROOT / top).glob("*/__init__.py")}
        assert rooms - known == set()


def test_the_plan_of_the_house_is_the_one_of_the_contracts():
    assert in_page() == plan(), "run `python -m tests.house_plan` and read the difference"


def test_no_file_is_a_drawer():
    assert [name_of(path) for path in sources(*LONGEST_FILE) if path.stem in FORBIDDEN_NAMES] == []


def test_the_environment_is_read_in_one_place():
    readers = {
        name_of(path)
        for path in sources(*PRODUCT)
        for node in nodes(path, ast.Attribute)
        if node.attr in ("environ", "getenv") and isinstance(node.value, ast.Name) and node.value.id == "os"
    }
    assert readers <= ENVIRONMENT_READERS


def test_models_never_ask_what_time_it_is():
    clocks = {"date", "datetime", "time", "clock"}
    asked = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources("models")
        for node in nodes(path, ast.Attribute)
        if node.attr in ("now", "today", "utcnow")
        and isinstance(node.value, ast.Name)
        and node.value.id in clocks
    ]
    assert asked == []


def test_the_last_day_of_a_duration_is_counted_in_one_place():
    """`models.law.days.last_day`: a day taken off a month counted elsewhere is wrong at the ends of months."""
    counted = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources(*PRODUCT)
        for node in nodes(path, ast.BinOp)
        if isinstance(node.op, ast.Sub)
        and isinstance(node.left, ast.Call)
        and ast.unparse(node.left.func).rpartition(".")[2] in ("months_after", "years_after")
        and ast.unparse(node.right) in ("timedelta(days=1)", "ONE_DAY")
    ]
    assert counted == []


def test_flows_hold_no_class_and_read_aloud():
    for path in sorted((ROOT / "flows").glob("*.py")):
        assert not nodes(path, ast.ClassDef), name_of(path)
        for node in nodes(path, ast.FunctionDef):
            assert len(node.body) <= 12, f"{name_of(path)} {node.name}"


def test_every_public_function_and_class_says_what_it_is():
    silent = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in sources(*PRODUCT)
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_the_text_of_the_repository_speaks_of_the_project_alone():
    words = re.compile(r"\b(TODO|FIXME|XXX)\b|/wor[k]/|\bissue #?\d+\b")
    found = [
        f"{name_of(path)}:{number}"
        for path in [*sources(*PRODUCT, "migrations", "tests"), *sorted((ROOT / "docs").rglob("*.md"))]
        if path.name != Path(__file__).name
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if words.search(line)
    ]
    assert found == []


def deployments():
    return yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]


@pytest.mark.slow
@pytest.mark.parametrize("deployment", deployments(), ids=lambda one: one["entrypoint"])
def test_every_deployment_names_a_flow_and_parameters_that_exist(deployment):
    from prefect import Flow

    module, _, name = deployment["entrypoint"].rpartition(".")
    found = getattr(import_module(module), name)
    assert isinstance(found, Flow)
    assert found.name == name  # `achats deployer` and the outbox name it flow/deployment
    given = {key for trigger in deployment.get("triggers", []) for key in trigger.get("parameters", {})}
    assert given <= set(inspect.signature(found.fn).parameters)


def test_what_the_outbox_asks_for_is_deployed():
    from tasks.outgoing import outbox

    known = {f"{one['entrypoint'].rpartition('.')[2]}/{one['name']}" for one in deployments()}
    assert {outbox.LIFECYCLE, outbox.REMINDER} <= known


@pytest.mark.parametrize("path", COMMANDS.values(), ids=COMMANDS.keys())
def test_every_command_is_there_and_says_in_french_what_it_does(path):
    module, _, name = path.partition(":")
    assert callable(getattr(import_module(module), name))
    assert summary(path).endswith((".", "…"))


def test_the_page_of_the_process_is_fresh(request):
    page = ROOT / "docs" / "process.md"
    if request.config.getoption("--golden"):
        page.write_text(process_page.page(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == process_page.page(), (
        "run `make golden` and read the difference"
    )


def test_the_drawing_of_the_readme_is_that_of_the_table(request):
    page = ROOT / "README.md"
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition("```mermaid\n")
    drawn, _, after = rest.partition("\n```\n")
    if request.config.getoption("--golden"):
        page.write_text(f"{before}```mermaid\n{process_page.short_diagram()}\n```\n{after}", encoding="utf-8")
    assert request.config.getoption("--golden") or drawn == process_page.short_diagram(), (
        "run `make golden` and read the difference"
    )
