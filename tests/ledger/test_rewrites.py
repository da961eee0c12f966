"""What the administrator of the database rewrites is found and named: every table, every column, and a catalogue."""

import shutil
import sqlite3
import tomllib
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

import models.tables  # noqa: F401 (fills the metadata)
from models import decisive
from tasks import store
from tasks.ledger import held, rows
from tasks.process import journal_check
from tests import every_table
from tests.conftest import _settle, forget_settings

CATALOGUE = tomllib.loads((Path(__file__).parent / "rewrites.toml").read_text(encoding="utf-8"))["rewrite"]


@pytest.fixture(scope="module")
def built(made_tables, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        home = _settle(patch, tmp_path_factory.mktemp("every") / "home")
        home.mkdir()
        shutil.copy(made_tables, home / made_tables.name)
        every_table.build()
        found = journal_check.verified()
        assert found.valide, found.anomalies
        forget_settings()
    return home


@pytest.fixture
def scene(built, home):
    forget_settings()
    shutil.rmtree(home)
    shutil.copytree(built, home)
    return home


def rewritten(statement):
    with sqlite3.connect(store.settings().home / "achats.sqlite") as base:
        assert base.execute(statement).rowcount > 0, statement
    base.close()


@pytest.mark.parametrize("case", CATALOGUE, ids=[case["what"] for case in CATALOGUE])
def test_a_rewrite_is_found_and_named(scene, case):
    rewritten(case["sql"])
    found = journal_check.verified()
    assert not found.valide
    assert any(one.startswith(case["named"]) for one in found.anomalies), found.anomalies


def test_every_column_of_every_decisive_table_is_covered(scene):
    missed = []
    with store.engine().connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        connection.connection.driver_connection.execute("PRAGMA ignore_check_constraints=ON")
        for name, column in every_table.covered_columns():
            table = rows.table_of(name)
            former = connection.execute(sa.select(table.c[column])).scalars().first()
            other = next(
                value
                for value in (every_table.value_of(table.c[column], other) for other in (False, True))
                if value != former
            )
            connection.execute(sa.update(table).values({column: other}).where(_first(connection, table)))
            if not any(fault.table == name for fault in held.faults_of(connection, name)):
                missed.append(f"{name}.{column}")
            connection.rollback()
    assert missed == []


def _first(connection, table):
    keys = list(table.primary_key.columns)
    row = connection.execute(sa.select(*keys).limit(1)).one()
    return sa.and_(*(key == value for key, value in zip(keys, row, strict=True)))


def test_every_table_is_said_to_decide_or_not_and_why():
    known = set(SQLModel.metadata.tables)
    assert known == set(decisive.DECISIVE) | set(decisive.NOT_DECISIVE)
    assert not set(decisive.DECISIVE) & set(decisive.NOT_DECISIVE)
    assert all(len(reason) > 10 for reason in decisive.NOT_DECISIVE.values())
    for table, columns in decisive.LEFT_OUT.items():
        assert table in decisive.DECISIVE
        for column, reason in columns.items():
            assert column in SQLModel.metadata.tables[table].c, (table, column)
            assert len(reason) > 10


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE person SET active_until = 'jamais' WHERE email LIKE 'karim%'",
        "UPDATE role_grant SET role = 'roi' WHERE id = 1",
        "UPDATE procurement SET strategy = '{' WHERE ref = '2026-001'",
        "UPDATE procurement SET amount_ht = 'beaucoup' WHERE ref = '2026-001'",
        "UPDATE decision SET form = '['",
        "UPDATE delegation SET acts = '[\"tout\"]'",
        "UPDATE signature SET means = 'magie'",
        "UPDATE tender SET content = 'x' WHERE number = 1",
        "UPDATE journal SET fact = 'rien' WHERE seq = 2",
        "UPDATE journal SET at = 'hier' WHERE seq = 2",
        "UPDATE journal SET subject = x'ff00' WHERE seq = 2",
        "UPDATE journal SET signature = 'zz' WHERE seq = 2",
        "UPDATE journal SET signing_key = 'zz' WHERE seq = 2",
        "UPDATE journal_row SET digest = x'ff' WHERE seq = 2",
        "UPDATE journal_head SET salt = x'ff'",
    ],
)
def test_a_value_that_no_column_may_hold_is_a_fault_and_no_crash(scene, statement):
    rewritten(statement)
    found = journal_check.verified()
    assert not found.valide
    assert found.motif
