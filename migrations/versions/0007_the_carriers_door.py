"""the carrier's door

Receiver paths are stored encrypted and found by a digest; platforms have names, know their account by a digest, and
say whether they accept calls at the legacy address; refused calls say whether they were signed.

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-28 09:40:00.000000

"""
from alembic import op
import sqlalchemy as sa

from app.db import EncryptedText
from app.digests import keyed_digest


# revision identifiers, used by Alembic.
revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_CARRIERS = {'inteliquent': 'Inteliquent'}
_NOT_DELETED = sa.text('deleted_at IS NULL')


def _platforms(*columns):
    return sa.table('platforms', sa.column('id'), *columns)


def _fill():
    """Names (a second platform of a provider gets a number), digests, and the path encrypted.

    Of two platforms with the same account the older one has the digest: both stay, no third can be added.
    """
    table = _platforms(
        *(sa.column(name) for name in ('provider_id', 'carrier', 'deleted_at', 'receiver_path_key', 'name',
                                       'receiver_path_digest', 'account_digest')),
        sa.column('receiver_path_sealed', EncryptedText), sa.column('account_key', EncryptedText))
    connection, names, accounts = op.get_bind(), set(), set()
    for row in connection.execute(sa.select(table).order_by(table.c.id)).mappings().all():
        plain = _CARRIERS.get(row['carrier'], row['carrier'])
        name, number = plain, 1
        while row['deleted_at'] is None and (row['provider_id'], name) in names:
            number += 1
            name = f'{plain} {number}'
        account = None
        if row['deleted_at'] is None:
            names.add((row['provider_id'], name))
            account = keyed_digest('account', row['account_key']) if row['account_key'] is not None else None
            if (row['provider_id'], row['carrier'], account) in accounts:
                account = None
            accounts.add((row['provider_id'], row['carrier'], account))
        connection.execute(sa.update(table).where(table.c.id == row['id']).values(
            name=name,
            account_digest=account,
            receiver_path_digest=keyed_digest('receiver path', row['receiver_path_key']),
            receiver_path_sealed=row['receiver_path_key'],
        ))


def upgrade():
    with op.batch_alter_table('platforms', schema=None) as batch_op:
        batch_op.add_column(sa.Column('name', sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column('account_digest', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('receiver_path_digest', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('receiver_path_sealed', sa.LargeBinary(), nullable=True))
        # Platforms that are there already may have older registrations; new ones have none.
        batch_op.add_column(sa.Column('accepts_legacy', sa.Boolean(), nullable=False, server_default=sa.true()))
    _fill()
    with op.batch_alter_table('platforms', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_platforms_receiver_path_key'), type_='unique')
        batch_op.drop_column('receiver_path_key')
    with op.batch_alter_table('platforms', schema=None) as batch_op:
        batch_op.alter_column('receiver_path_sealed', new_column_name='receiver_path_key',
                              existing_type=sa.LargeBinary(), nullable=False)
        batch_op.alter_column('name', existing_type=sa.String(length=120), nullable=False)
        batch_op.alter_column('receiver_path_digest', existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column('accepts_legacy', existing_type=sa.Boolean(), server_default=None)
        batch_op.create_unique_constraint(
            batch_op.f('uq_platforms_receiver_path_digest'), ['receiver_path_digest'])
        batch_op.create_index('uq_platforms_provider_id_name', ['provider_id', 'name'], unique=True,
                              postgresql_where=_NOT_DELETED, sqlite_where=_NOT_DELETED)
        batch_op.create_index(
            'uq_platforms_provider_id_account', ['provider_id', 'carrier', 'account_digest'], unique=True,
            postgresql_where=_NOT_DELETED, sqlite_where=_NOT_DELETED)

    with op.batch_alter_table('refused_calls', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_signed', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('refused_calls', schema=None) as batch_op:
        batch_op.alter_column('is_signed', existing_type=sa.Boolean(), server_default=None)

    op.create_table('seen_calls',
    sa.Column('platform_id', sa.Integer(), nullable=False),
    sa.Column('message_id_digest', sa.String(length=64), nullable=False),
    sa.Column('content_digest', sa.String(length=64), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_seen_calls_platform_id')),
    sa.PrimaryKeyConstraint('platform_id', 'message_id_digest', name=op.f('pk_seen_calls'))
    )
    with op.batch_alter_table('seen_calls', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_seen_calls_seen_at'), ['seen_at'], unique=False)


def downgrade():
    op.drop_table('seen_calls')
    # What version 0004 cannot name is refused for another reason there, and its body is no text for it.
    gone = "fault IN ('unreadable', 'reused-id', 'legacy-off')"
    op.execute(sa.text(f'DELETE FROM refused_calls WHERE {gone}'))
    op.execute(sa.text(f'DELETE FROM call_counts WHERE {gone}'))
    with op.batch_alter_table('refused_calls', schema=None) as batch_op:
        batch_op.drop_column('is_signed')

    with op.batch_alter_table('platforms', schema=None) as batch_op:
        batch_op.drop_index('uq_platforms_provider_id_account')
        batch_op.drop_index('uq_platforms_provider_id_name')
        batch_op.drop_constraint(batch_op.f('uq_platforms_receiver_path_digest'), type_='unique')
        batch_op.add_column(sa.Column('receiver_path_plain', sa.String(length=64), nullable=True))
    table = _platforms(sa.column('receiver_path_plain'), sa.column('receiver_path_key', EncryptedText))
    connection = op.get_bind()
    for row in connection.execute(sa.select(table)).mappings().all():
        connection.execute(sa.update(table).where(table.c.id == row['id']).values(
            receiver_path_plain=row['receiver_path_key']))
    with op.batch_alter_table('platforms', schema=None) as batch_op:
        for name in ('receiver_path_key', 'receiver_path_digest', 'account_digest', 'name', 'accepts_legacy'):
            batch_op.drop_column(name)
    with op.batch_alter_table('platforms', schema=None) as batch_op:
        batch_op.alter_column('receiver_path_plain', new_column_name='receiver_path_key',
                              existing_type=sa.String(length=64), nullable=False)
        batch_op.create_unique_constraint(batch_op.f('uq_platforms_receiver_path_key'), ['receiver_path_key'])
