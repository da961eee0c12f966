"""One loading of an organisation file under way: typed entries, rows kept, faults noted with their place."""

import json
from collections.abc import Iterator, Sequence
from typing import TypeVar

from pydantic import ValidationError
from sqlmodel import Session, SQLModel, select

from models.organisation.file import Entry, TableCount
from models.organisation.group import Establishment
from models.reading.toml_faults import faults_of
from models.reading.values import fold

E = TypeVar("E", bound=Entry)


class Loading:
    """One loading under way: its session, what it changed so far, the faults found so far."""

    def __init__(self, session: Session) -> None:
        """Start with nothing loaded."""
        self.session = session
        self.tables: dict[str, TableCount] = {}
        self.faults: list[str] = []

    def entries(self, table: str, kind: type[E], key: str, raw: object) -> Iterator[tuple[str, E]]:
        """Yield the entries of a list of tables, each with its place; what cannot be read is noted."""
        self.tables[table] = TableCount()
        if not isinstance(raw, list):
            self.faults.append(f"{table} : une liste de tables est attendue, écrivez [[{table}]]")
            return
        seen: dict[str, int] = {}
        for rank, one in enumerate(raw, 1):
            named = str(one.get(key, "")) if isinstance(one, dict) else ""
            place = f"[[{table}]] n° {rank}" + (f" ({named})" if named else "")
            if named and fold(named) in seen:
                self.faults.append(f"{place} : même {key} que le n° {seen[fold(named)]}")
            seen.setdefault(fold(named), rank)
            entry = self.entry(place, kind, one)
            if entry is not None:
                yield place, entry

    def entry(self, place: str, kind: type[E], raw: object) -> E | None:
        """Return one typed entry, or None after its faults were noted."""
        try:
            return kind.model_validate(raw)
        except ValidationError as error:
            self.faults += [f"{place} : {fault}" for fault in faults_of(error)]
            return None

    def establishment(self, place: str, text: str) -> Establishment | None:
        """Return the establishment that has a SIRET or FINESS, or None after noting the fault."""
        bare = "".join(text.split()).upper()
        either = (Establishment.siret == bare) | (Establishment.finess == bare)
        found = self.session.exec(select(Establishment).where(either)).first()
        if found is None:
            self.faults.append(f"{place} : établissement « {text} » inconnu (SIRET ou FINESS attendu)")
        return found

    def keep(
        self, table: str, row: SQLModel, old: Sequence[SQLModel] = (), parts: Sequence[SQLModel] = ()
    ) -> None:
        """Add or update a row and replace its dependent rows, only when something differs."""
        count = self.tables[table]
        identity = [getattr(row, column.name) for column in row.__table__.primary_key]  # type: ignore[attr-defined]
        known = self.session.get(type(row), tuple(identity))
        same_parts = _plain(old) == _plain(parts)
        if known is None:
            self.session.add(row)
            count.ajoutes += 1
        elif known.model_dump() != row.model_dump() or not same_parts:
            known.sqlmodel_update(row.model_dump())
            count.modifies += 1
        else:
            count.inchanges += 1
        if not same_parts:
            for part in old:
                self.session.delete(part)
            self.session.flush()
            self.session.add_all(parts)
        self.session.flush()


def _plain(rows: Sequence[SQLModel]) -> list[str]:
    return sorted(json.dumps(row.model_dump(mode="json", exclude={"id"}), sort_keys=True) for row in rows)
