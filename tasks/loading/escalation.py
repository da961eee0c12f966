"""The section `[[escalades]]` of the organisation file: who is told of a risk, before the rules of the product."""

from models.journal import Fact
from models.risks.escalation import EscalationEntry, EscalationOverride
from models.risks.register import Level, RiskKind
from tasks import journal
from tasks.loading.entries import Loading

TABLE = "escalades"


def read_escalations(loading: Loading, raw: object) -> None:
    """Store `[[escalades]]`, one row per kind and level; an entry without degrees gives the rule back."""
    given: dict[tuple[RiskKind, Level, bool], str] = {}
    for place, entry in loading.entries(TABLE, EscalationEntry, "", raw):
        for level in dict.fromkeys(entry.niveaux):
            key = (entry.nature, level, entry.vital)
            if key in given:
                loading.faults.append(
                    f"{place} : {entry.nature}, niveau {level}, déjà donné par {given[key]}"
                )
                continue
            given[key] = place
            _keep(loading, entry, level)
    count = loading.tables[TABLE]
    if count.ajoutes or count.modifies:
        changed = journal.Entry(fact=Fact.IMPORT, subject=TABLE, after="règles de l'organisation")
        journal.write(loading.session, changed)


def _keep(loading: Loading, entry: EscalationEntry, level: Level) -> None:
    steps = [one.model_dump(mode="json", by_alias=True) for one in entry.etapes]
    row = EscalationOverride(kind=entry.nature, level=level, is_vital=entry.vital, steps=steps)
    if steps:
        loading.keep(TABLE, row)
    elif known := loading.session.get(EscalationOverride, (row.kind, row.level, row.is_vital)):
        loading.session.delete(known)
        loading.session.flush()
        loading.tables[TABLE].modifies += 1
    else:
        loading.tables[TABLE].inchanges += 1
