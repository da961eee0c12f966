"""Wrong passwords counted place by place; the last day of an access"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0080'
down_revision = '0072'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'wrong_tries',
        sa.Column('person_email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('place', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('last_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['person_email'], ['person.email']),
        sa.PrimaryKeyConstraint('person_email', 'place'),
    )
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('ends_after', sa.Date(), nullable=True))
        batch_op.drop_column('failures')
        batch_op.drop_column('locked_until')


def downgrade() -> None:
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('failures', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('locked_until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.drop_column('ends_after')
    op.drop_table('wrong_tries')
