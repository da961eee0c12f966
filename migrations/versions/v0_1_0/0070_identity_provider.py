"""Login through an identity provider"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0070'
down_revision = '0065'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('identifier', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.create_unique_constraint('account_identifier_key', ['identifier'])
    with op.batch_alter_table('login_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('strong_until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('sealed_id_token', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    with op.batch_alter_table('login_event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('means', sa.String(length=40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('login_event', schema=None) as batch_op:
        batch_op.drop_column('means')
    with op.batch_alter_table('login_session', schema=None) as batch_op:
        batch_op.drop_column('sealed_id_token')
        batch_op.drop_column('strong_until')
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_constraint('account_identifier_key', type_='unique')
        batch_op.drop_column('identifier')
