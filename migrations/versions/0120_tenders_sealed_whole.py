"""Tenders sealed as whole files: what binds them, the keys of those who hold the parts, the server's own part"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0120'
down_revision = '0110'
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString()
ADDED = {
    'tender': {'commitments': (sa.JSON(), '{}'), 'repeat_mark': (TEXT, '')},
    'tender_seal': {'is_timed': (sa.Boolean(), sa.false())},
    'tender_share': {'holder_key': (TEXT, '')},
}


def upgrade() -> None:
    for table, columns in ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, (kind, default) in columns.items():
                batch_op.add_column(sa.Column(name, kind, nullable=False, server_default=default))
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in columns:
                batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    for table, columns in ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in columns:
                batch_op.drop_column(name)
