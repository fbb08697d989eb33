"""messaging that loses nothing

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-25 06:14:41.010220

"""
import datetime as dt

from alembic import op
import sqlalchemy as sa

from app.db import EncryptedText, UtcDateTime


# revision identifiers, used by Alembic.
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def _keep_addresses_of_files():
    """What came along with earlier texts is fetched now: its addresses move to rows of their own."""
    tenants = ('provider_id', 'reseller_id', 'group_id', 'user_id', 'stream_id', 'assignment_id')
    given = [sa.column(name) for name in ('id', 'created_at', *tenants)]
    messages = sa.table('messages', *given, sa.column('media_urls', sa.JSON), sa.column('file_count'))
    attachments = sa.table(
        'attachments', *[sa.column(name) for name in ('message_id', 'position', 'state', 'name', 'content_type',
        'digest', 'reason', 'tries', *tenants)], sa.column('source_url', EncryptedText), sa.column('due_at', UtcDateTime),
        sa.column('created_at', UtcDateTime))
    some = sa.cast(messages.c.media_urls, sa.Text) != '[]'
    now = dt.datetime.now(dt.UTC)
    connection = op.get_bind()
    for row in connection.execute(sa.select(messages).where(some)).mappings().all():
        urls = list(dict.fromkeys(row['media_urls'] or []))
        if not urls:
            continue
        connection.execute(
            sa.update(messages).where(messages.c.id == row['id']).values(file_count=len(urls))
        )
        connection.execute(sa.insert(attachments), [
            {'message_id': row['id'], 'position': position, 'state': 'waiting', 'name': '', 'content_type': '',
             'digest': '', 'reason': '', 'tries': 0, 'source_url': url, 'due_at': now, 'created_at': now,
             **{name: row[name] for name in tenants}}
            for position, url in enumerate(urls)
        ])


def upgrade():
    op.create_table('call_counts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('platform_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('fault', sa.Enum('signature', 'header', name='callfault', native_enum=False, length=40), nullable=False),
    sa.Column('was_accepted', sa.Boolean(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_call_counts_platform_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_counts')),
    sa.UniqueConstraint('platform_id', 'day', 'fault', 'was_accepted', name=op.f('uq_call_counts_platform_id_day_fault_was_accepted'))
    )
    op.create_table('refused_calls',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('platform_id', sa.Integer(), nullable=False),
    sa.Column('fault', sa.Enum('signature', 'header', name='callfault', native_enum=False, length=40), nullable=False),
    sa.Column('was_accepted', sa.Boolean(), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('replay_wanted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('replayed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['platform_id', 'provider_id'], ['platforms.id', 'platforms.provider_id'], name=op.f('fk_refused_calls_platform_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refused_calls'))
    )
    with op.batch_alter_table('refused_calls', schema=None) as batch_op:
        batch_op.create_index('ix_refused_calls_platform_id_id', ['platform_id', 'id'], unique=False)
        batch_op.create_index('ix_refused_calls_wanted', ['id'], unique=False, postgresql_where=sa.text('replay_wanted_at IS NOT NULL AND replayed_at IS NULL'), sqlite_where=sa.text('replay_wanted_at IS NOT NULL AND replayed_at IS NULL'))
        batch_op.create_index(batch_op.f('ix_refused_calls_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_refused_calls_received_at'), ['received_at'], unique=False)

    op.create_table('stops',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('assignment_id', sa.Integer(), nullable=True),
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('remote', sa.String(length=64), nullable=False),
    sa.Column('word', sa.String(length=20), nullable=False),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('resume_word', sa.String(length=20), nullable=False),
    sa.Column('resumed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignments.id'], name=op.f('fk_stops_assignment_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_stops_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stops'))
    )
    with op.batch_alter_table('stops', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stops_assignment_id'), ['assignment_id'], unique=False)
        batch_op.create_index('ix_stops_number_remote', ['number', 'remote'], unique=False)
        batch_op.create_index(batch_op.f('ix_stops_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index('uq_stops_standing', ['number', 'remote'], unique=True, postgresql_where=sa.text('resumed_at IS NULL'), sqlite_where=sa.text('resumed_at IS NULL'))

    op.create_table('attachments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'stored', 'dropped', 'failed', 'erased', name='attachmentstate', native_enum=False, length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('content_type', sa.String(length=100), nullable=False),
    sa.Column('size', sa.Integer(), nullable=True),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('storage_key', sa.String(length=200), nullable=True),
    sa.Column('thumbnail_key', sa.String(length=200), nullable=True),
    sa.Column('link_token', sa.String(length=64), nullable=True),
    sa.Column('link_expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('source_url', sa.LargeBinary(), nullable=True),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('reseller_id', sa.Integer(), nullable=False),
    sa.Column('group_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('stream_id', sa.Integer(), nullable=True),
    sa.Column('assignment_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('(user_id IS NULL) <> (stream_id IS NULL)', name=op.f('ck_attachments_one_holder')),
    sa.ForeignKeyConstraint(['assignment_id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'], ['assignments.id', 'assignments.stream_id', 'assignments.group_id', 'assignments.reseller_id', 'assignments.provider_id'], name=op.f('fk_attachments_assignment_id_stream_id_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['assignment_id', 'user_id', 'group_id', 'reseller_id', 'provider_id'], ['assignments.id', 'assignments.user_id', 'assignments.group_id', 'assignments.reseller_id', 'assignments.provider_id'], name=op.f('fk_attachments_assignment_id_user_id_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_attachments_message_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachments')),
    sa.UniqueConstraint('link_token', name=op.f('uq_attachments_link_token')),
    sa.UniqueConstraint('message_id', 'position', name=op.f('uq_attachments_message_id_position'))
    )
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attachments_assignment_id'), ['assignment_id'], unique=False)
        batch_op.create_index('ix_attachments_due', ['state', 'due_at'], unique=False, postgresql_where=sa.text("state = 'waiting'"), sqlite_where=sa.text("state = 'waiting'"))
        batch_op.create_index(batch_op.f('ix_attachments_message_id'), ['message_id'], unique=False)
        batch_op.create_index('ix_attachments_erased', ['id'], unique=False, postgresql_where=sa.text("state = 'erased' AND storage_key IS NOT NULL"), sqlite_where=sa.text("state = 'erased' AND storage_key IS NOT NULL"))
        batch_op.create_index('ix_attachments_unused', ['created_at'], unique=False, postgresql_where=sa.text('message_id IS NULL'), sqlite_where=sa.text('message_id IS NULL'))

    with op.batch_alter_table('client_sessions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('refresh_family_digest', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('refresh_digest', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('refresh_expires_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('previous_refresh_digest', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('repeatable_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('product', sa.Enum('desktop', 'agent', 'supervisor', 'reception', name='product', native_enum=False, length=40), nullable=False, server_default='desktop'))
        batch_op.add_column(sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_client_sessions_refresh_family_digest'), ['refresh_family_digest'])

    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('read_up_to', sa.Integer(), nullable=True))
        batch_op.create_index('ix_conversations_remote', ['remote'], unique=False)

    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('file_count', sa.SmallInteger(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('sent_text', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('sent_as', sa.Enum('sms', 'mms', 'link', name='sentas', native_enum=False, length=40), nullable=True))
        batch_op.add_column(sa.Column('fallback_reason', sa.String(length=300), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('encoding', sa.Enum('gsm-7', 'ucs-2', name='textencoding', native_enum=False, length=40), nullable=True))
        batch_op.add_column(sa.Column('segments', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('is_unsigned', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('priority', sa.SmallInteger(), nullable=False, server_default='5'))
        batch_op.add_column(sa.Column('requeued_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('search_due_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('search_tries', sa.Integer(), nullable=False, server_default='0'))
        batch_op.drop_index(batch_op.f('ix_messages_outbox'), postgresql_where=sa.text("state IN ('queued', 'claimed', 'sending', 'uncertain')"), sqlite_where=sa.text("state IN ('queued', 'claimed', 'sending', 'uncertain')"))
        batch_op.create_index('ix_messages_outbox', ['state', 'priority', 'due_at'], unique=False, postgresql_where=sa.text("state IN ('queued', 'claimed', 'sending', 'uncertain')"), sqlite_where=sa.text("state IN ('queued', 'claimed', 'sending', 'uncertain')"))
        batch_op.create_index('ix_messages_provider_id_id', ['provider_id', 'id'], unique=False)
        batch_op.create_index('ix_messages_reseller_id_id', ['reseller_id', 'id'], unique=False)
        batch_op.create_index('ix_messages_group_id_id', ['group_id', 'id'], unique=False)
        batch_op.create_index('ix_messages_troubles', ['id'], unique=False, postgresql_where=sa.text("state IN ('failed', 'uncertain')"), sqlite_where=sa.text("state IN ('failed', 'uncertain')"))
        batch_op.create_index('ix_messages_under_way', ['conversation_id', 'id'], unique=False, postgresql_where=sa.text("state IN ('queued', 'claimed', 'sending')"), sqlite_where=sa.text("state IN ('queued', 'claimed', 'sending')"))
        batch_op.create_index('ix_messages_retention', ['provider_id', 'created_at'], unique=False, postgresql_where=sa.text('erased_at IS NULL'), sqlite_where=sa.text('erased_at IS NULL'))
        batch_op.create_index('ix_messages_search_due', ['search_due_at'], unique=False, postgresql_where=sa.text('search_due_at IS NOT NULL'), sqlite_where=sa.text('search_due_at IS NOT NULL'))

    _keep_addresses_of_files()
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.drop_column('media_urls')

    with op.batch_alter_table('platforms', schema=None) as batch_op:
        batch_op.add_column(sa.Column('signature_mode', sa.Enum('enforce', 'observe', name='signaturemode', native_enum=False, length=40), nullable=False, server_default='enforce'))

    with op.batch_alter_table('providers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('prompt_text', sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column('stop_text', sa.String(length=480), nullable=True))
        batch_op.add_column(sa.Column('start_text', sa.String(length=480), nullable=True))
        batch_op.add_column(sa.Column('help_text', sa.String(length=480), nullable=True))
        batch_op.add_column(sa.Column('retention_days', sa.Integer(), nullable=True))

    with op.batch_alter_table('quarantined_messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('provider_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('replayed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.alter_column('payload', existing_type=sa.LargeBinary(), nullable=True)
    op.execute(
        "UPDATE quarantined_messages SET provider_id ="
        " (SELECT provider_id FROM platforms WHERE platforms.id = quarantined_messages.platform_id)"
    )
    with op.batch_alter_table('quarantined_messages', schema=None) as batch_op:
        batch_op.alter_column('provider_id', existing_type=sa.Integer(), nullable=False)
        batch_op.create_index('ix_quarantined_messages_number', ['number', 'platform_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_quarantined_messages_provider_id'), ['provider_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_quarantined_messages_platform_id_provider_id'), 'platforms', ['platform_id', 'provider_id'], ['id', 'provider_id'])

    with op.batch_alter_table('unsettled_events', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_unsigned', sa.Boolean(), nullable=False, server_default=sa.false()))



def downgrade():
    with op.batch_alter_table('unsettled_events', schema=None) as batch_op:
        batch_op.drop_column('is_unsigned')

    op.execute("DELETE FROM quarantined_messages WHERE payload IS NULL")
    with op.batch_alter_table('quarantined_messages', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_quarantined_messages_platform_id_provider_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_quarantined_messages_provider_id'))
        batch_op.drop_index('ix_quarantined_messages_number')
        batch_op.alter_column('payload', existing_type=sa.LargeBinary(), nullable=False)
        batch_op.drop_column('replayed_at')
        batch_op.drop_column('provider_id')

    with op.batch_alter_table('providers', schema=None) as batch_op:
        batch_op.drop_column('retention_days')
        batch_op.drop_column('help_text')
        batch_op.drop_column('start_text')
        batch_op.drop_column('stop_text')
        batch_op.drop_column('prompt_text')

    with op.batch_alter_table('platforms', schema=None) as batch_op:
        batch_op.drop_column('signature_mode')

    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.drop_index('ix_messages_search_due', postgresql_where=sa.text('search_due_at IS NOT NULL'), sqlite_where=sa.text('search_due_at IS NOT NULL'))
        batch_op.drop_index('ix_messages_troubles', postgresql_where=sa.text("state IN ('failed', 'uncertain')"), sqlite_where=sa.text("state IN ('failed', 'uncertain')"))
        batch_op.drop_index('ix_messages_group_id_id')
        batch_op.drop_index('ix_messages_reseller_id_id')
        batch_op.drop_index('ix_messages_provider_id_id')
        batch_op.drop_index('ix_messages_under_way', postgresql_where=sa.text("state IN ('queued', 'claimed', 'sending')"), sqlite_where=sa.text("state IN ('queued', 'claimed', 'sending')"))
        batch_op.drop_index('ix_messages_retention', postgresql_where=sa.text('erased_at IS NULL'), sqlite_where=sa.text('erased_at IS NULL'))
        batch_op.drop_index('ix_messages_outbox', postgresql_where=sa.text("state IN ('queued', 'claimed', 'sending', 'uncertain')"), sqlite_where=sa.text("state IN ('queued', 'claimed', 'sending', 'uncertain')"))
        batch_op.create_index(batch_op.f('ix_messages_outbox'), ['state', 'due_at'], unique=False, postgresql_where=sa.text("state IN ('queued', 'claimed', 'sending', 'uncertain')"), sqlite_where=sa.text("state IN ('queued', 'claimed', 'sending', 'uncertain')"))
        batch_op.add_column(sa.Column('media_urls', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.drop_column('file_count')
        batch_op.drop_column('search_tries')
        batch_op.drop_column('search_due_at')
        batch_op.drop_column('requeued_at')
        batch_op.drop_column('priority')
        batch_op.drop_column('is_unsigned')
        batch_op.drop_column('segments')
        batch_op.drop_column('encoding')
        batch_op.drop_column('fallback_reason')
        batch_op.drop_column('sent_as')
        batch_op.drop_column('sent_text')

    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.drop_index('ix_conversations_remote')
        batch_op.drop_column('read_up_to')

    with op.batch_alter_table('client_sessions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_client_sessions_refresh_family_digest'), type_='unique')
        batch_op.drop_column('last_seen_at')
        batch_op.drop_column('product')
        batch_op.drop_column('repeatable_until')
        batch_op.drop_column('previous_refresh_digest')
        batch_op.drop_column('refresh_expires_at')
        batch_op.drop_column('refresh_digest')
        batch_op.drop_column('refresh_family_digest')

    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.drop_index('ix_attachments_erased', postgresql_where=sa.text("state = 'erased' AND storage_key IS NOT NULL"), sqlite_where=sa.text("state = 'erased' AND storage_key IS NOT NULL"))
        batch_op.drop_index('ix_attachments_unused', postgresql_where=sa.text('message_id IS NULL'), sqlite_where=sa.text('message_id IS NULL'))
        batch_op.drop_index(batch_op.f('ix_attachments_message_id'))
        batch_op.drop_index('ix_attachments_due', postgresql_where=sa.text("state = 'waiting'"), sqlite_where=sa.text("state = 'waiting'"))
        batch_op.drop_index(batch_op.f('ix_attachments_assignment_id'))

    op.drop_table('attachments')
    with op.batch_alter_table('stops', schema=None) as batch_op:
        batch_op.drop_index('uq_stops_standing', postgresql_where=sa.text('resumed_at IS NULL'), sqlite_where=sa.text('resumed_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_stops_provider_id'))
        batch_op.drop_index('ix_stops_number_remote')
        batch_op.drop_index(batch_op.f('ix_stops_assignment_id'))

    op.drop_table('stops')
    with op.batch_alter_table('refused_calls', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_refused_calls_received_at'))
        batch_op.drop_index(batch_op.f('ix_refused_calls_provider_id'))
        batch_op.drop_index('ix_refused_calls_wanted', postgresql_where=sa.text('replay_wanted_at IS NOT NULL AND replayed_at IS NULL'), sqlite_where=sa.text('replay_wanted_at IS NOT NULL AND replayed_at IS NULL'))
        batch_op.drop_index('ix_refused_calls_platform_id_id')

    op.drop_table('refused_calls')
    op.drop_table('call_counts')
