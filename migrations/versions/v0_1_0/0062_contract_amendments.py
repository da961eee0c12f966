"""Amendments of contracts, and what a contract was before them"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import models.columns

revision = '0062'
down_revision = '0061'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('contract_amendment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('buyer_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('contract_number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('lot', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('dated_on', sa.Date(), nullable=True),
    sa.Column('ground', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('amount_ht', models.columns.Money(), nullable=True),
    sa.Column('total_ht', models.columns.Money(), nullable=True),
    sa.Column('new_ends_on', sa.Date(), nullable=True),
    sa.Column('source', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('imported_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('buyer_siret', 'contract_number', 'lot', 'number', name='uq_contract_amendment')
    )
    with op.batch_alter_table('contract_amendment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contract_amendment_contract_number'), ['contract_number'], unique=False)
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.add_column(sa.Column('amendment_count', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('initial_ht', models.columns.Money(), nullable=True))
        batch_op.add_column(sa.Column('initial_maximum_ht', models.columns.Money(), nullable=True))
        batch_op.add_column(sa.Column('initial_ends_on', sa.Date(), nullable=True))
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.alter_column('amendment_count', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('contract', schema=None) as batch_op:
        for name in ('initial_ends_on', 'initial_maximum_ht', 'initial_ht', 'amendment_count'):
            batch_op.drop_column(name)
    op.drop_table('contract_amendment')
