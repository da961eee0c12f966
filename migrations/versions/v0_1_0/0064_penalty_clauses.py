"""Penalties that contracts state themselves"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import models.columns

revision = '0064'
down_revision = '0063'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('penalty_clause',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('buyer_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('contract_number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('divisor', sa.Integer(), nullable=True),
    sa.Column('daily_ht', models.columns.Money(), nullable=True),
    sa.Column('cap_percent', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('exemption_ht', models.columns.Money(), nullable=True),
    sa.Column('grace_days', sa.Integer(), nullable=True),
    sa.Column('observation_days', sa.Integer(), nullable=True),
    sa.Column('imported_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('buyer_siret', 'contract_number', name='uq_penalty_clause')
    )
    with op.batch_alter_table('penalty_clause', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_penalty_clause_contract_number'), ['contract_number'], unique=False)


def downgrade() -> None:
    op.drop_table('penalty_clause')
