"""The page `docs/process.md`: the process table drawn and told for people. `make golden` writes it again."""

from itertools import pairwise

from models.organisation.group import Role
from models.process.table import (
    FIRST,
    PROCESS,
    STAGES,
    Action,
    AnyStage,
    EachEstablishment,
    Final,
    Gate,
    Roles,
    Signatory,
    Timer,
    Visas,
    onward,
)
from models.signing.acts import Act

INTRODUCTION = """# Le parcours d'un achat

Cette page est tirée de la table `models/process/table.py` ; un test échoue quand elle n'en dit plus autant.

Rectangle : l'application travaille. Losange : des personnes décident. Bords ronds : une date. Cercle : la fin.
Une étape que le droit n'exige pas est sautée : la demande de devis remplace la publication sous le seuil de dispense,
et le délai de suspension n'est dû qu'en procédure formalisée. Une demande de modification renvoie en arrière et annule
les visas donnés depuis ; l'étape reprise est un nouveau passage, avec ses propres documents.
"""

ACTS = {
    Act.LAUNCH: "le lancement",
    Act.AWARD: "l'attribution",
    Act.CONTRACT: "la signature du marché",
}

REPLACED = frozenset(end for stage in STAGES if stage.otherwise for end in (stage.key, stage.otherwise))
RENEWED = "le marché arrive à terme"


def short_diagram() -> str:
    """Return the drawing of the README: the way of a purchase for which all goes well, every optional stage kept."""
    way = [PROCESS[FIRST]]
    while not isinstance(way[-1], Final):
        way.append(PROCESS[onward(way[-1])])
    way.pop()
    edges = [f"    {one.key} --> {following.key}" for one, following in pairwise(way)]
    lines = [f"    {_short(stage)}" for stage in way]
    return "\n".join(["flowchart LR", *lines, *edges, f"    {way[-1].key} -. {RENEWED} .-> {way[0].key}"])


def _short(stage: AnyStage) -> str:
    label = f'"{stage.label}"'
    return stage.key + {Action: f"([{label}])", Gate: f"{{{label}}}", Timer: f"[[{label}]]"}[type(stage)]


def page() -> str:
    """Return the whole page, in Markdown with a Mermaid drawing."""
    rows = "\n".join(_row(stage) for stage in STAGES)
    return (
        f"{INTRODUCTION}\n```mermaid\n{diagram()}\n```\n\n"
        "| Étape | Clé | Nature | Qui | Réponses | Délai ou fondement |\n"
        f"| --- | --- | --- | --- | --- | --- |\n{rows}\n"
    )


def diagram() -> str:
    """Return the Mermaid drawing of the table."""
    lines = ["flowchart TD"]
    lines += [f"    {_node(stage)}" for stage in STAGES]
    lines += [f"    {edge}" for stage in STAGES for edge in _edges(stage)]
    return "\n".join(lines)


def _node(stage: AnyStage) -> str:
    alone = stage.when and stage.key not in REPLACED
    label = f'"{stage.label}<br/>(si {stage.when.value})"' if stage.when and alone else f'"{stage.label}"'
    shapes = {Action: f"[{label}]", Gate: f"{{{label}}}", Timer: f"([{label}])", Final: f"((({label})))"}
    return f"{stage.key}{shapes[type(stage)]}"


def _edges(stage: AnyStage) -> list[str]:
    edges = []
    if isinstance(stage, Gate):
        edges = [f'{stage.key} -->|"{answer.label}"| {answer.leads_to}' for answer in stage.answers]
    elif not isinstance(stage, Final):
        edges = [f"{stage.key} --> {stage.leads_to}"]
    if isinstance(stage, Action) and stage.fallback:
        edges.append(f'{stage.key} -.->|"le droit a changé"| {stage.fallback}')
    if stage.otherwise and (condition := PROCESS[stage.otherwise].when):
        edges.append(f'{stage.key} -.->|"{condition.value}"| {stage.otherwise}')
    return edges


def _row(stage: AnyStage) -> str:
    kinds = {Action: "travail", Gate: "décision", Timer: "date", Final: "fin"}
    answers = ", ".join(f"`{a.key}` ({a.label})" for a in stage.answers) if isinstance(stage, Gate) else ""
    said: list[str] = []
    if isinstance(stage, Gate):
        said = [f"{stage.due_days} jours avant la relance", "un verrou l'interdit" if stage.locked else ""]
    elif isinstance(stage, Timer):
        said = [stage.ground]
    said.append(f"seulement si {stage.when.value}" if stage.when else "")
    when = " ; ".join(filter(None, said))
    cells = [stage.label, f"`{stage.key}`", kinds[type(stage)], who(stage), answers, when]
    return "| " + " | ".join(cells) + " |"


def who(stage: AnyStage) -> str:
    """Return in French who answers at a stage, empty where nobody is asked."""
    if not isinstance(stage, Gate):
        return ""
    match stage.asks:
        case Roles(roles=roles, seats=seats):
            return ("" if seats == 1 else f"{seats} personnes : ") + _any_of(roles)
        case Visas(groups=groups):
            return "circuit de visa du groupement ; à défaut " + ", et ".join(map(_any_of, groups))
        case EachEstablishment(role=role):
            return f"{role.label.lower()} de chaque établissement"
        case Signatory(act=act):
            return f"qui a délégation pour {ACTS[act]} ce jour-là"


def _any_of(roles: tuple[Role, ...]) -> str:
    return " ou ".join(role.label.lower() for role in roles)
