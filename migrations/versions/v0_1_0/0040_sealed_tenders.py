"""Sealed tenders"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import models.columns  # noqa: F401

revision = '0040'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('opening_key',
    sa.Column('person_email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('public_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('salt', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('wrapped_private', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('made_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_email'], ['person.email'], ),
    sa.PrimaryKeyConstraint('person_email')
    )
    op.create_table('tender_seal',
    sa.Column('ref', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('public_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('is_personal', sa.Boolean(), nullable=False),
    sa.Column('made_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('opened_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['ref'], ['procurement.ref'], ),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_table('tender_share',
    sa.Column('ref', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('person_email', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('encrypted', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('released', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('released_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_email'], ['person.email'], ),
    sa.ForeignKeyConstraint(['ref'], ['procurement.ref'], ),
    sa.PrimaryKeyConstraint('ref', 'rank')
    )


def downgrade() -> None:
    op.drop_table('tender_share')
    op.drop_table('tender_seal')
    op.drop_table('opening_key')
