"""The escrow of sealed tenders; deposits set aside by two people"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0172'
down_revision = '0171'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'escrow_key',
        sa.Column('public_key', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column('made_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('made_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('retired_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint('public_key'),
    )
    op.create_table(
        'tender_objection',
        sa.Column('ref', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('asked_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('asked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('confirmed_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('confirmed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['ref'], ['procurement.ref']),
        sa.PrimaryKeyConstraint('ref', 'number'),
    )
    with op.batch_alter_table('tender', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_set_aside', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table('tender', schema=None) as batch_op:
        batch_op.drop_column('is_set_aside')
    op.drop_table('tender_objection')
    op.drop_table('escrow_key')
