"""Renewals provided by contracts"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('contract_option',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('buyer_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('contract_number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('months', sa.Integer(), nullable=False),
    sa.Column('notice_on', sa.Date(), nullable=False),
    sa.Column('is_tacit', sa.Boolean(), nullable=False),
    sa.Column('decision', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('imported_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('buyer_siret', 'contract_number', 'rank', name='uq_contract_option')
    )
    with op.batch_alter_table('contract_option', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contract_option_contract_number'), ['contract_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_contract_option_notice_on'), ['notice_on'], unique=False)


def downgrade() -> None:
    op.drop_table('contract_option')
