"""Letters to candidates, from their writing to their departure; one sender at a time for a message"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.columns import UTCDateTime

revision = '0184'
down_revision = '0182'
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        'candidate_letter',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('ref', TEXT(), nullable=False),
        sa.Column('stage', TEXT(), nullable=False),
        sa.Column('visit', sa.Integer(), nullable=False),
        sa.Column('kind', TEXT(), nullable=False),
        sa.Column('recipient', TEXT(), nullable=False),
        sa.Column('company', TEXT(), nullable=False),
        sa.Column('path', TEXT(), nullable=False),
        sa.Column('address', TEXT(), nullable=False),
        sa.Column('message_key', TEXT(), nullable=True),
        sa.Column('written_at', UTCDateTime(), nullable=False),
        sa.Column('left_at', UTCDateTime(), nullable=True),
        sa.Column('means', sa.String(length=40), nullable=True),
        sa.Column('receipt', TEXT(), nullable=False),
        sa.Column('recorded_by', TEXT(), nullable=False),
        sa.Column('recorded_at', UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['ref'], ['procurement.ref']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('message_key'),
        sa.UniqueConstraint('ref', 'kind', 'visit', 'recipient', name='uq_candidate_letter'),
    )
    op.create_index('ix_candidate_letter_stay', 'candidate_letter', ['ref', 'stage', 'visit'])
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.add_column(sa.Column('held', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('claimed_at', UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('next_try_at', UTCDateTime(), nullable=True))
    with op.batch_alter_table('stage_visit', schema=None) as batch_op:
        batch_op.add_column(sa.Column('awaits', TEXT(), nullable=False, server_default=''))


def downgrade() -> None:
    with op.batch_alter_table('stage_visit', schema=None) as batch_op:
        batch_op.drop_column('awaits')
    with op.batch_alter_table('message', schema=None) as batch_op:
        for name in ('next_try_at', 'claimed_at', 'held'):
            batch_op.drop_column(name)
    op.drop_index('ix_candidate_letter_stay', 'candidate_letter')
    op.drop_table('candidate_letter')
