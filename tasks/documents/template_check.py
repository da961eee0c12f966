"""Checking the template of a hospital: is it safe, which placeholders does it use, misspell or forget."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args

from jinja2 import TemplateError, nodes
from pydantic import BaseModel

from models.documents.registry import DOCUMENTS, DocumentType, document_type
from models.errors import BadInput, Refused
from tasks.documents.confined import render_confined
from tasks.documents.docx_safety import read_safely
from tasks.documents.rendering import is_wordprocessing, mended
from tasks.documents.sandbox import WORD

ESSENTIAL: Final = ("head.reference", "head.organisation", "head.title")


class TemplateReport(BaseModel):
    """What a template is worth."""

    file: str
    document: str
    used: list[str]
    unknown: dict[str, str]
    missing: list[str]
    problems: list[str]
    usable: bool

    def lines(self) -> Iterator[str]:
        """Yield the report in French, line by line."""
        verdict = "utilisable" if self.usable else "refusé"
        yield f"Modèle {self.file}, document « {self.document} » : {verdict}."
        yield from (f"- {problem}" for problem in self.problems)
        for name, near in self.unknown.items():
            yield f"- balise inconnue : {name}" + (f" (vouliez-vous dire {near} ?)" if near else "")
        if self.missing:
            yield f"- données absentes du modèle : {', '.join(self.missing)}"
        yield f"- {len(self.used)} balises reconnues" + (f" : {', '.join(self.used)}" if self.used else "")


def check_template(path: Path, kind: str | None = None) -> TemplateReport:
    """Return the report on a template; an unsafe file raises `Refused` that names the danger."""
    document = document_type(kind) if kind else _guess(path)
    try:
        content = path.read_bytes()
        parts = read_safely(content)
    except OSError as error:
        raise BadInput(f"Fichier illisible : {path}.") from error
    except Refused as error:
        raise Refused(f"{path.name} : {error}.") from error
    used, problems = _placeholders(parts)
    known = set(paths_of(document.context))
    unknown = {name: _nearest(name, known) for name in sorted(used) if name not in known}
    if not unknown and not problems:
        problems += try_template(path.stem, content, document.kind)
    return TemplateReport(
        file=path.name,
        document=document.kind,
        used=sorted(used & known),
        unknown=unknown,
        missing=[name for name in _expected(document) if name not in used],
        problems=problems,
        usable=not unknown and not problems,
    )


def _guess(path: Path) -> DocumentType:
    kind = next(
        (name for name in sorted(DOCUMENTS, key=len, reverse=True) if path.stem.startswith(name)), None
    )
    if kind is None:
        kinds = ", ".join(sorted(DOCUMENTS))
        raise BadInput(f"{path.name} : dites de quel document c'est le modèle avec --document ({kinds}).")
    return DOCUMENTS[kind]


def paths_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield every path that a template of this context may write: `head.reference`, `lots[].title`."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        yield path
        for inner, mark in _inner_models(field.annotation):
            yield f"{path}{mark}"
            yield from paths_of(inner, f"{path}{mark}.")
        if _is_list(field.annotation):
            yield f"{path}[]"
            yield f"{path}[][]"


def _is_list(annotation: object) -> bool:
    return getattr(annotation, "__origin__", None) is list or any(map(_is_list, get_args(annotation)))


def _inner_models(annotation: object, mark: str = "") -> Iterator[tuple[type[BaseModel], str]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, mark
        return
    deeper = "[]" if getattr(annotation, "__origin__", None) is list else mark
    for argument in get_args(annotation):
        yield from _inner_models(argument, deeper)


def _expected(document: DocumentType) -> list[str]:
    """Return what a template of this document should write: what every piece carries, then its own lists."""
    own = [
        name
        for name in document.context.model_fields
        if name not in ("head", "signatory", "purchase", "legal")
    ]
    return [*ESSENTIAL, *own]


def _nearest(name: str, known: set[str]) -> str:
    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)), "")


def _placeholders(parts: dict[str, bytes]) -> tuple[set[str], list[str]]:
    used: set[str] = set()
    problems: list[str] = []
    for name, content in parts.items():
        if not name.endswith(".xml") or not (b"{{" in content or b"{%" in content):
            continue
        text = content.decode("utf-8", "replace")
        try:
            source = mended(text) if is_wordprocessing(name) else text
            tree = WORD.parse(source)
            WORD.compile(tree)
        except TemplateError as error:
            problems.append(f"balise incorrecte dans {name} : {error.message}")
            continue
        used |= set(_paths(tree, {}))
        problems += _forbidden(tree)
    return used, sorted(set(problems))


def _forbidden(tree: nodes.Template) -> Iterator[str]:
    """Yield what a template may not do: call anything, reach inside an object."""
    macros = {macro.name for macro in tree.find_all(nodes.Macro)}
    for call in tree.find_all(nodes.Call):
        if not (isinstance(call.node, nodes.Name) and call.node.name in macros):
            yield "un modèle ne peut rien appeler : il lit des données, c'est tout"
    for access in tree.find_all(nodes.Getattr):
        if access.attr.startswith("_"):
            yield f"accès interdit : {access.attr}"


def _paths(node: nodes.Node, scope: dict[str, str]) -> Iterator[str]:
    """Yield the context paths that a tree reads; a loop variable stands for the items of its list."""
    if isinstance(node, nodes.For):
        yield from _loop_paths(node, scope)
    elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
        yield from _paths(node.node, scope)
        scope[node.target.name] = _path(node.node, scope) or ""
    elif isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
        yield from _with_parents(_path(node, scope))
    else:
        for child in node.iter_child_nodes():
            yield from _paths(child, scope)


def _loop_paths(loop: nodes.For, scope: dict[str, str]) -> Iterator[str]:
    yield from _paths(loop.iter, scope)
    listed = _path(loop.iter, scope)
    inner = scope | {"loop": ""}
    inner |= {name.name: f"{listed}[]" if listed else "" for name in _targets(loop.target)}
    for child in [*loop.body, *loop.else_, *([loop.test] if loop.test else [])]:
        yield from _paths(child, inner)


def _targets(target: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(target, nodes.Name):
        yield target
    else:
        yield from target.find_all(nodes.Name)


def _with_parents(path: str | None) -> Iterator[str]:
    while path:
        yield path
        path = path.rsplit(".", 1)[0].removesuffix("[]") if "." in path else None


def _path(node: nodes.Node, scope: dict[str, str]) -> str | None:
    """Return the path of an expression, None when it is not one, empty when it is not of the context."""
    if isinstance(node, nodes.Name):
        return scope.get(node.name, node.name)
    if isinstance(node, nodes.Getattr):
        parent = _path(node.node, scope)
        return f"{parent}.{node.attr}" if parent else parent
    if isinstance(node, nodes.Getitem):
        parent = _path(node.node, scope)
        sliced = isinstance(node.arg, nodes.Slice)
        named = (
            node.arg.value if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str) else None
        )
        if not parent or sliced:
            return parent
        return f"{parent}.{named}" if named else f"{parent}[]"
    if isinstance(node, nodes.Filter) and node.node is not None:
        return _path(node.node, scope)
    return None


def try_template(name: str, template: bytes, kind: str) -> list[str]:
    """Return what goes wrong when a foreign template is filled with the example of its document."""
    from tasks.documents.samples import sample

    try:
        render_confined(name, template, kind, sample(kind))
    except Refused as error:
        return [str(error)]
    return []
