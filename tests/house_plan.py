"""The plan of the house as `docs/architecture.md` draws it: the floors of the import contracts, each room in a line.

`python -m tests.house_plan` writes the plan again after a change of the contracts or of a room's first line.
"""

import graphlib
import tomllib
from importlib import import_module

import grimp

from tasks.settings import ROOT

PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- plan: python -m tests.house_plan -->\n", "<!-- end of the plan -->\n"
TOPS = ("flows", "tasks", "models", "portal")


def floors(top: str) -> list[list[str]]:
    """Return the floors of `tasks` or `models` from the highest, each with its rooms, as the contracts hold them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    found = next(one for one in contracts["contracts"] if one["name"] == f"the floors of {top}")
    return [[room.strip() for room in layer.split(":")] for layer in found["layers"]]


def plan() -> str:
    """Return the drawing: a line for each room, from the highest floor to the ground."""
    lines = [f"{top}/\n{_rooms(top)}" for top in ("tasks", "models")]
    return "```text\n" + "\n".join(lines) + "```\n"


def _rooms(top: str) -> str:
    """Return the rooms of `tasks` or `models`, one line each; rooms beside each other share the number of a floor."""
    highest = len(floors(top)) - 1
    return "".join(
        f"  {highest - down if place == 0 else '':>2}  {room.removeprefix(f'{top}.'):<15} {_says(room)}\n"
        for down, floor in enumerate(floors(top))
        for place, room in enumerate(floor)
    )


def _says(room: str) -> str:
    return (import_module(room).__doc__ or "").partition("\n")[0]


def in_page() -> str:
    """Return the drawing that the page holds today."""
    text = PAGE.read_text(encoding="utf-8")
    return text.partition(BEGIN)[2].partition(END)[0]


def imports() -> dict[str, set[str]]:
    """Return what each module of the product imports, imports inside functions included."""
    graph = grimp.build_graph(*TOPS, cache_dir=None)
    return {name: set(graph.find_modules_directly_imported_by(name)) for name in graph.modules}


def longest_chain() -> list[str]:
    """Return the longest chain of imports, from the page or command to the ground. Raises `graphlib.CycleError`."""
    known = imports()
    chains: dict[str, list[str]] = {}
    for name in graphlib.TopologicalSorter(known).static_order():
        below = max((chains[one] for one in known[name]), key=len, default=[])
        chains[name] = [name, *below]
    return max(chains.values(), key=len)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text.replace(BEGIN + in_page() + END, BEGIN + plan() + END), encoding="utf-8")
