"""Lists by index: the seats that wait, the ends of contracts by buyer and by month"""

import sqlalchemy as sa
from alembic import op

revision = '0050'
down_revision = '0042'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.create_index('ix_seat_free', ['ref', 'stage', 'visit', 'rank'], unique=False, sqlite_where=sa.text('taken_by IS NULL'), postgresql_where=sa.text('taken_by IS NULL'))
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.create_index('ix_contract_buyer_end', ['buyer_siret', 'ends_on', 'holder_rank'], unique=False)
        batch_op.create_index('ix_contract_first_end', ['ends_on'], unique=False, sqlite_where=sa.text('holder_rank = 1'), postgresql_where=sa.text('holder_rank = 1'))


def downgrade() -> None:
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.drop_index('ix_contract_first_end')
        batch_op.drop_index('ix_contract_buyer_end')
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.drop_index('ix_seat_free')
