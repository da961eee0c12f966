"""What happened between a backup and its restoration, as far as anything still knows it."""

from datetime import datetime

from pydantic import BaseModel


class Unsent(BaseModel):
    """A message that the copy holds as not sent: it may have left since."""

    cle: str
    destinataire: str
    objet: str
    est_parti: bool | None = None  # None: nothing tells


class Further(BaseModel):
    """A purchase that went on after the copy: where it stands in the copy, the last stage known elsewhere."""

    ref: str
    etape_copie: str
    etape_depuis: str
    source: str


class Since(BaseModel):
    """The report of a restoration; `sources` names what could be asked, in French."""

    numero: int
    copie: str
    copiee_le: datetime
    restauree_le: datetime
    messages: list[Unsent] = []
    partis_depuis: list[str] = []  # messages unknown to the copy that left: the same words do not leave again
    publications: list[str] = []
    avances: list[Further] = []
    inconnus: list[str] = []  # references given since, whose purchase is not in the copy
    premiers_numeros: dict[str, int] = {}
    lignes_perdues: int | None = None
    sources: list[str] = []
    remarques: list[str] = []

    @property
    def doubtful(self) -> list[Unsent]:
        """Return the messages of which nothing tells whether they left."""
        return [one for one in self.messages if one.est_parti is None]

    def lines(self) -> list[str]:
        """Return the report as lines for people, the doubtful messages left out."""
        said = [f"Restauration {self.numero} : copie {self.copie}. Ce qui s'est passé depuis la copie :"]
        if not self.sources:
            said.append("  ni l'ancienne base ni Prefect ne répondent : rien d'autre n'est connu")
        if self.lignes_perdues:
            said.append(f"  {self.lignes_perdues} lignes du journal ne sont pas dans la copie")
        if self.partis_depuis:
            said.append(
                f"  {len(self.partis_depuis)} messages partis depuis : les mêmes mots ne repartiront pas"
            )
        said += [f"  publié depuis : {one}" for one in self.publications]
        said += [
            f"  {one.ref} : « {one.etape_copie} » dans la copie, « {one.etape_depuis} » selon {one.source}"
            for one in self.avances
        ]
        if self.inconnus:
            said.append(f"  achats ouverts depuis, absents de la copie : {', '.join(self.inconnus)}")
        said += [
            f"  la prochaine référence de {year} sera {year}-{number:03d} au moins"
            for year, number in sorted(self.premiers_numeros.items())
        ]
        return said + [f"  {remark}" for remark in self.remarques]


class RunSeen(BaseModel):
    """A segment that Prefect remembers: for which purchase, at which stage, when it was made."""

    ref: str
    stage: str
    created: datetime
    is_to_come: bool = False
    id: str = ""


class FormerLife(BaseModel):
    """What the database put aside knows: stages, messages sent, notices published, the number of its journal lines."""

    stages: dict[str, str] = {}
    sent: dict[str, str] = {}  # key and digest of the words
    notices: set[tuple[str, str, int]] = set()
    lines: int = 0
