"""two sites

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-25 14:40:12.551873

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('missed_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site', sa.String(length=40), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kept_until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_missed_events'))
    )
    with op.batch_alter_table('missed_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_missed_events_site'), ['site'], unique=False)


def downgrade():
    with op.batch_alter_table('missed_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_missed_events_site'))

    op.drop_table('missed_events')
