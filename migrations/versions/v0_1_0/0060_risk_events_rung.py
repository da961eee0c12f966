"""Which lines of the history of risks Prefect was told of"""

import sqlalchemy as sa
from alembic import op

revision = '0060'
down_revision = '0051'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What happened before is not rung for: it would come as a burst of old news.
    with op.batch_alter_table('risk_event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_rung', sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table('risk_event', schema=None) as batch_op:
        batch_op.alter_column('is_rung', server_default=None)
        batch_op.create_index('ix_risk_event_unrung', ['is_rung'], unique=False, sqlite_where=sa.text('is_rung = 0'), postgresql_where=sa.text('NOT is_rung'))


def downgrade() -> None:
    with op.batch_alter_table('risk_event', schema=None) as batch_op:
        batch_op.drop_index('ix_risk_event_unrung')
        batch_op.drop_column('is_rung')
