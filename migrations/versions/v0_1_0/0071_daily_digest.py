"""Daily digests of messages"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0071'
down_revision = '0070'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.add_column(sa.Column('page', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default='/'))
        batch_op.add_column(sa.Column('lines', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('is_gathered', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('digest_key', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.create_index(batch_op.f('ix_message_digest_key'), ['digest_key'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_message_digest_key'))
        batch_op.drop_column('digest_key')
        batch_op.drop_column('is_gathered')
        batch_op.drop_column('lines')
        batch_op.drop_column('page')
