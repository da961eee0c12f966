"""Contracts that had ended for long when the watch first saw them: history, out of the index of those due"""

import sqlalchemy as sa
from alembic import op

revision = '0065'
down_revision = '0064'
branch_labels = None
depends_on = None

BEFORE = 'renewal_ref IS NULL AND holder_rank = 1 AND alert_on IS NOT NULL'
DUE = f'{BEFORE} AND set_aside_on IS NULL'


def upgrade() -> None:
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.drop_index('ix_contract_due')
        batch_op.add_column(sa.Column('set_aside_on', sa.Date(), nullable=True))
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.create_index('ix_contract_due', ['alert_on'], unique=False, sqlite_where=sa.text(DUE), postgresql_where=sa.text(DUE))


def downgrade() -> None:
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.drop_index('ix_contract_due')
        batch_op.drop_column('set_aside_on')
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.create_index('ix_contract_due', ['alert_on'], unique=False, sqlite_where=sa.text(BEFORE), postgresql_where=sa.text(BEFORE))
