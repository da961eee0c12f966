"""Security keys and passkeys as second factor"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0110'
down_revision = '0096'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'passkey',
        sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=1400), nullable=False),
        sa.Column('person_email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column('public_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('sign_count', sa.Integer(), nullable=False),
        sa.Column('made_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('last_used_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['person_email'], ['person.email']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_passkey_person_email', 'passkey', ['person_email'])
    op.create_table(
        'passkey_challenge',
        sa.Column('challenge', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column('person_email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('purpose', sa.String(length=40), nullable=False),
        sa.Column('expires_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['person_email'], ['person.email']),
        sa.PrimaryKeyConstraint('challenge'),
    )


def downgrade() -> None:
    op.drop_table('passkey_challenge')
    op.drop_index('ix_passkey_person_email', 'passkey')
    op.drop_table('passkey')
