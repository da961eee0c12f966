"""The tables come up from an empty database, agree with the models, and go down again."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlmodel import SQLModel

import models.tables  # noqa: F401
from tasks.settings import ROOT
from tasks.store import engine


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request):
    request.getfixturevalue("home" if request.param == "sqlite" else "postgres_home")
    return engine()


def test_tables_made_by_migrations_are_those_of_the_models(database):
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_every_revision_can_be_undone(database):
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("recursive_version_locations", "true")
    with database.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        names = database.dialect.get_table_names(connection)
    assert set(names) <= {"alembic_version"}
