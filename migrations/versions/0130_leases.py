"""Leases: who is at work now; attempts of a stay and its rest after failures"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0130'
down_revision = '0097'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'lease',
        sa.Column('token', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('ref', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column('work', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('visit', sa.Integer(), nullable=False),
        sa.Column('run_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column('holder', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('taken_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('expires_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('token'),
    )
    op.create_index('ix_lease_work', 'lease', ['ref', 'work', 'visit'])
    op.create_index(op.f('ix_lease_run_id'), 'lease', ['run_id'])
    op.create_index(op.f('ix_lease_expires_at'), 'lease', ['expires_at'])
    with op.batch_alter_table('stage_visit', schema=None) as batch_op:
        batch_op.add_column(sa.Column('attempts', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('rests_until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    with op.batch_alter_table('dispatch', schema=None) as batch_op:
        batch_op.drop_column('worked_by')


def downgrade() -> None:
    with op.batch_alter_table('dispatch', schema=None) as batch_op:
        batch_op.add_column(sa.Column('worked_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    with op.batch_alter_table('stage_visit', schema=None) as batch_op:
        batch_op.drop_column('rests_until')
        batch_op.drop_column('attempts')
    op.drop_table('lease')
