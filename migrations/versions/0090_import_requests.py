"""Imports asked through the API"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import models.columns  # noqa: F401

revision = '0090'
down_revision = '0081'
branch_labels = None
depends_on = None

INDEXED = ('person_email', 'token_id', 'state', 'asked_at')


def upgrade() -> None:
    op.create_table('import_request',
    sa.Column('number', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('person_email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('token_id', sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
    sa.Column('path', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('bytes', sa.Integer(), nullable=False),
    sa.Column('options', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('asked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('started_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('ended_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('worked_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('report', sa.JSON(), nullable=True),
    sa.Column('refusal', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['person_email'], ['person.email'], ),
    sa.PrimaryKeyConstraint('number')
    )
    with op.batch_alter_table('import_request', schema=None) as batch_op:
        for name in INDEXED:
            batch_op.create_index(batch_op.f(f'ix_import_request_{name}'), [name], unique=False)


def downgrade() -> None:
    op.drop_table('import_request')
