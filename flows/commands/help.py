"""The help of the command line in French; what a command does is read from its source, without importing it."""

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts.help import DefaultFormatter, HelpEntry, HelpPanel
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions

PLACEHOLDERS = {"STR": "TEXTE", "PATH": "FICHIER", "INT": "NOMBRE", "CHOICE": "CHOIX", "FLOAT": "NOMBRE"}
USAGE_WORDS = {"COMMAND": "COMMANDE", "[ARGS]": "[ARGUMENTS]", "[ARGS...]": "[ARGUMENTS...]", **PLACEHOLDERS}

GROUP_HELP = {
    "importer": "Charger des données dans l'application.",
    "offre": "Recevoir les offres des candidats.",
    "sequestre": "Garder hors ligne une part de la clé des plis.",
    "journal": "Lire et vérifier le journal des décisions.",
    "acte": "Signer les actes d'engagement d'un marché.",
    "repetition": "Répéter dans un dossier neuf, dont l'horloge avance.",
    "dce": "Produire le dossier de consultation des entreprises.",
    "modele": "Vérifier un modèle de document.",
    "delegation": "Tenir le registre des délégations de signature.",
    "conflit": "Déclarer ses intérêts, et lire les déclarations d'un achat.",
    "litige": "Suivre les litiges.",
    "marche": "Lire un marché du registre, le renouveler.",
    "commande": "Vérifier une commande avant de la passer.",
    "risque": "Suivre les risques.",
    "veille": "Surveiller les échéances et les risques.",
    "utilisateur": "Gérer les accès.",
    "archive": "Suivre la conservation des achats, les éliminer à deux.",
    "sauvegarde": "Tenir les sauvegardes.",
    "restaurer": "Remettre une sauvegarde en place, puis confirmer.",
    "dependances": "Vérifier de quoi le produit est fait.",
    "secrets": "Lister et renouveler les secrets du dossier des données.",
    "webhook": "Prévenir les outils de l'établissement de ce qui se passe.",
}


class FrenchHelp(DefaultFormatter):
    """Cyclopts' own layout with French words; `paths` gives where each command of the group is written."""

    def __init__(self, paths: dict[str, str]) -> None:
        super().__init__()
        self.paths = paths

    def __call__(self, console: "Console", options: "ConsoleOptions", panel: HelpPanel) -> None:
        """Print one panel of the help."""
        super().__call__(console, options, panel.copy(entries=[self._in_french(e) for e in panel.entries]))

    def render_usage(self, console: "Console", options: "ConsoleOptions", usage: object) -> None:
        """Print the first line: how the command is written."""
        words = str(usage or "").removeprefix("Usage:").split()
        console.print(Text("Usage : " + " ".join(_placeholder(word) for word in words) + "\n", "bold"))

    def _in_french(self, entry: HelpEntry) -> HelpEntry:
        if "--help" in entry.names:
            return entry.copy(description=Text("Afficher cette aide."))
        said = [_plain(entry.description) or self._summary(entry)]
        if entry.choices:
            said.append(f"[choix : {', '.join(entry.choices)}]")
        if entry.default is not None and entry.default not in ("False", "True"):
            said.append(f"[par défaut : {entry.default}]")
        if entry.required:
            said.append("[obligatoire]")
        return entry.copy(
            description=Text(" ".join(filter(None, said))),
            metavar=_placeholder(entry.metavar) if entry.metavar else None,
            required=False,
            default=None,
            choices=None,
        )

    def _summary(self, entry: HelpEntry) -> str:
        path = self.paths.get(entry.names[0]) if entry.names else None
        return summary(path) if path else ""


def _plain(description: object) -> str:
    """Return the text of a description, which Cyclopts keeps ready to be drawn."""
    drawn = getattr(description, "primary_renderable", description)
    return str(getattr(drawn, "plain", drawn) or "").strip()


def _placeholder(word: str) -> str:
    """Return the French word for the value of an option (`STR` becomes `TEXTE`)."""
    bare = word.rstrip(".")
    return USAGE_WORDS.get(word) or USAGE_WORDS.get(bare, bare) + word[len(bare) :]


def summary(path: str) -> str:
    """Return the first line of the docstring of the function at `module:name`."""
    module, _, name = path.partition(":")
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return ""
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    found = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    text = next((ast.get_docstring(node) for node in found), None) or ""
    return text.partition("\n")[0]
