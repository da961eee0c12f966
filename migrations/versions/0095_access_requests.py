"""Changes of access that wait for a second person; how far people were told of theirs"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0095'
down_revision = '0090'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'access_request',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('person_email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('action', sa.String(length=40), nullable=False),
        sa.Column('detail', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('asked_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('asked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('settled_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column('settled_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('is_refused', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['person_email'], ['person.email']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_access_request_person_email', 'access_request', ['person_email'])
    op.create_table(
        'access_told',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('seq', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    op.execute('INSERT INTO access_told (id, seq) SELECT 1, COALESCE(MAX(seq), 0) FROM journal')


def downgrade() -> None:
    op.drop_table('access_told')
    op.drop_index('ix_access_request_person_email', 'access_request')
    op.drop_table('access_request')
