"""Whether the home serves for real, and which keys and telephones people took themselves"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0081'
down_revision = '0080'
branch_labels = None
depends_on = None

OWN = ('code_enrolment', 'personal_key')


def upgrade() -> None:
    op.create_table(
        'in_service',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('since', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    for name in OWN:
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.add_column(sa.Column('is_own', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for name in OWN:
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.drop_column('is_own')
    op.drop_table('in_service')
