"""Ranked seats, declaration of interests"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('conflict_policy',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('duty', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.add_column(sa.Column('rank', sa.Integer(), server_default='1', nullable=False))
        batch_op.add_column(sa.Column('person_email', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('replacement_email', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.create_foreign_key('fk_seat_person', 'person', ['person_email'], ['email'])
        batch_op.create_foreign_key('fk_seat_replacement', 'person', ['replacement_email'], ['email'])


def downgrade() -> None:
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.drop_constraint('fk_seat_replacement', type_='foreignkey')
        batch_op.drop_constraint('fk_seat_person', type_='foreignkey')
        batch_op.drop_column('replacement_email')
        batch_op.drop_column('person_email')
        batch_op.drop_column('rank')
    op.drop_table('conflict_policy')
