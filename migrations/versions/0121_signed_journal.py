"""Signed lines of the journal, and the digests of the rows that each of them made"""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0121'
down_revision = '0120'
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        'journal_row',
        sa.Column('table_name', TEXT(), nullable=False),
        sa.Column('key', TEXT(), nullable=False),
        sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('digest', TEXT(), nullable=False),
        sa.PrimaryKeyConstraint('table_name', 'key', 'seq'),
    )
    op.create_index('ix_journal_row_seq', 'journal_row', ['seq'])
    with op.batch_alter_table('journal', schema=None) as batch_op:
        batch_op.add_column(sa.Column('rows_digest', TEXT(length=64), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('signing_key', TEXT(length=64), nullable=True))
        batch_op.add_column(sa.Column('signature', TEXT(length=128), nullable=True))
    with op.batch_alter_table('journal_head', schema=None) as batch_op:
        batch_op.add_column(sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('salt', TEXT(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('registry', TEXT(), nullable=False, server_default=''))
    with op.batch_alter_table('journal', schema=None) as batch_op:
        batch_op.alter_column('rows_digest', server_default=None)
    with op.batch_alter_table('journal_head', schema=None) as batch_op:
        batch_op.alter_column('salt', server_default=None)
        batch_op.alter_column('registry', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('journal_head', schema=None) as batch_op:
        for name in ('registry', 'salt', 'at'):
            batch_op.drop_column(name)
    with op.batch_alter_table('journal', schema=None) as batch_op:
        for name in ('signature', 'signing_key', 'rows_digest'):
            batch_op.drop_column(name)
    op.drop_index('ix_journal_row_seq', 'journal_row')
    op.drop_table('journal_row')
