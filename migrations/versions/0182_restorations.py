"""Restorations of a backup, the messages that had left before one, eliminations of archives"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0182'
down_revision = '0172'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'restoration',
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('copy_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('copied_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('journal_seq', sa.Integer(), nullable=False),
        sa.Column('journal_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column('restored_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('first_numbers', sa.JSON(), nullable=False),
        sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('confirmed_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.PrimaryKeyConstraint('number'),
    )
    op.create_table(
        'sent_before',
        sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('digest', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.PrimaryKeyConstraint('key'),
    )
    op.create_table(
        'elimination',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('ref', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('part', sa.String(length=40), nullable=False),
        sa.Column('visa', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('asked_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('decided_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('paths', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['asked_by'], ['person.email']),
        sa.ForeignKeyConstraint(['decided_by'], ['person.email']),
        sa.ForeignKeyConstraint(['ref'], ['procurement.ref']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('ref', 'part', name='uq_elimination_once'),
    )
    op.create_index('ix_elimination_ref', 'elimination', ['ref'])


def downgrade() -> None:
    op.drop_index('ix_elimination_ref', 'elimination')
    op.drop_table('elimination')
    op.drop_table('sent_before')
    op.drop_table('restoration')
