"""All tables, as of before the first release.

Revision ID: 0001
Revises: 
Create Date: 2026-11-28 10:46:48.899010

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    # Parts of words are found by trigrams. The extension comes with PostgreSQL and is a trusted one.
    op.execute('CREATE EXTENSION IF NOT EXISTS pg_trgm')
    op.create_table('missed_events',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('site', sa.String(length=40), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kept_until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_missed_events'))
    )
    with op.batch_alter_table('missed_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_missed_events_site'), ['site'], unique=False)

    op.create_table('providers',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('account_reference', sa.String(length=120), nullable=False),
    sa.Column('texts_per_minute', sa.BigInteger(), nullable=False),
    sa.Column('prompt_text', sa.String(length=300), nullable=True),
    sa.Column('stop_text', sa.String(length=480), nullable=True),
    sa.Column('start_text', sa.String(length=480), nullable=True),
    sa.Column('help_text', sa.String(length=480), nullable=True),
    sa.Column('opt_out_words', sa.JSON(), nullable=False),
    sa.Column('retention_days', sa.BigInteger(), nullable=True),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trial_days', sa.BigInteger(), nullable=True),
    sa.Column('search_text', sa.String(length=400), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_providers'))
    )
    op.create_table('security_alerts',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Enum('foreign-row', 'missing-row', 'forbidden', 'wrong-csrf-token', 'failed-sign-in', 'locked-account', 'wrong-second-factor', 'wrong-password', 'wrong-client-token', 'refused-refresh', 'one-time-link', 'attachment-link', 'rate-limit', 'refused-call', 'bad-host', 'too-large', name='securityeventkind', native_enum=False, length=40), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_over_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_security_alerts')),
    sa.UniqueConstraint('kind', name=op.f('uq_security_alerts_kind'))
    )
    op.create_table('security_events',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('hour', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.Enum('foreign-row', 'missing-row', 'forbidden', 'wrong-csrf-token', 'failed-sign-in', 'locked-account', 'wrong-second-factor', 'wrong-password', 'wrong-client-token', 'refused-refresh', 'one-time-link', 'attachment-link', 'rate-limit', 'refused-call', 'bad-host', 'too-large', name='securityeventkind', native_enum=False, length=40), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('actor_kind', sa.Enum('nobody', 'staff', 'client', 'unknown', 'several', name='actorkind', native_enum=False, length=40), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.Column('actor_id', sa.BigInteger(), nullable=True),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.Column('last_route', sa.String(length=80), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_security_events')),
    sa.UniqueConstraint('hour', 'kind', 'address', 'actor_kind', 'actor', name=op.f('uq_security_events_hour_kind_address_actor_kind_actor'))
    )
    with op.batch_alter_table('security_events', schema=None) as batch_op:
        batch_op.create_index('ix_security_events_hour_id', ['hour', 'id'], unique=False)

    op.create_table('platforms',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('carrier', sa.Enum('inteliquent', name='carriername', native_enum=False, length=40), nullable=False),
    sa.Column('channel', sa.Enum('sms', name='channel', native_enum=False, length=40), nullable=False),
    sa.Column('receiver_path_key', sa.LargeBinary(), nullable=False),
    sa.Column('receiver_path_digest', sa.String(length=64), nullable=False),
    sa.Column('account_key', sa.LargeBinary(), nullable=True),
    sa.Column('account_digest', sa.String(length=64), nullable=True),
    sa.Column('token_secret', sa.LargeBinary(), nullable=True),
    sa.Column('outbound_api_key', sa.LargeBinary(), nullable=True),
    sa.Column('receiver_header_key', sa.LargeBinary(), nullable=True),
    sa.Column('previous_outbound_api_key', sa.LargeBinary(), nullable=True),
    sa.Column('previous_receiver_header_key', sa.LargeBinary(), nullable=True),
    sa.Column('key_version', sa.BigInteger(), nullable=False),
    sa.Column('user_confirmation_required', sa.Boolean(), nullable=False),
    sa.Column('user_can_block', sa.Boolean(), nullable=False),
    sa.Column('mms_available', sa.Boolean(), nullable=False),
    sa.Column('texts_per_minute', sa.BigInteger(), nullable=True),
    sa.Column('signature_mode', sa.Enum('enforce', 'observe', name='signaturemode', native_enum=False, length=40), nullable=False),
    sa.Column('accepts_legacy', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_platforms_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_platforms')),
    sa.UniqueConstraint('id', 'provider_id', name=op.f('uq_platforms_id_provider_id')),
    sa.UniqueConstraint('receiver_path_digest', name=op.f('uq_platforms_receiver_path_digest'))
    )
    with op.batch_alter_table('platforms', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_platforms_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index('uq_platforms_provider_id_account', ['provider_id', 'carrier', 'account_digest'], unique=True, postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('uq_platforms_provider_id_name', ['provider_id', 'name'], unique=True, postgresql_where=sa.text('deleted_at IS NULL'))

    op.create_table('resellers',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('account_reference', sa.String(length=120), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trial_days', sa.BigInteger(), nullable=True),
    sa.Column('search_text', sa.String(length=400), nullable=False),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_resellers_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resellers')),
    sa.UniqueConstraint('id', 'provider_id', name=op.f('uq_resellers_id_provider_id'))
    )
    with op.batch_alter_table('resellers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_resellers_provider_id'), ['provider_id'], unique=False)

    op.create_table('server_hostnames',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('hostname', sa.String(length=253), nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_check', sa.Enum('verified', 'missing', 'other-value', 'no-answer', 'in-use', name='hostnamecheck', native_enum=False, length=40), nullable=True),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('missing_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_server_hostnames_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_server_hostnames')),
    sa.UniqueConstraint('provider_id', 'hostname', name=op.f('uq_server_hostnames_provider_id_hostname'))
    )
    with op.batch_alter_table('server_hostnames', schema=None) as batch_op:
        batch_op.create_index('ix_server_hostnames_due_at', ['due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_server_hostnames_hostname'), ['hostname'], unique=False)
        batch_op.create_index(batch_op.f('ix_server_hostnames_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index('uq_server_hostnames_verified', ['hostname'], unique=True, postgresql_where=sa.text('verified_at IS NOT NULL'))

    op.create_table('call_counts',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('platform_id', sa.BigInteger(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('fault', sa.Enum('signature', 'header', 'unreadable', 'reused-id', 'legacy-off', name='callfault', native_enum=False, length=40), nullable=False),
    sa.Column('was_accepted', sa.Boolean(), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_call_counts_platform_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_counts')),
    sa.UniqueConstraint('platform_id', 'day', 'fault', 'was_accepted', name=op.f('uq_call_counts_platform_id_day_fault_was_accepted'))
    )
    op.create_table('groups',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('account_reference', sa.String(length=120), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trial_days', sa.BigInteger(), nullable=True),
    sa.Column('search_text', sa.String(length=400), nullable=False),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_groups_provider_id')),
    sa.ForeignKeyConstraint(['reseller_id', 'provider_id'], ['resellers.id', 'resellers.provider_id'], name=op.f('fk_groups_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_groups')),
    sa.UniqueConstraint('id', 'reseller_id', 'provider_id', name=op.f('uq_groups_id_reseller_id_provider_id'))
    )
    with op.batch_alter_table('groups', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_groups_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_groups_reseller_id'), ['reseller_id'], unique=False)
        batch_op.create_index('ix_groups_reseller_id_name_id', ['reseller_id', 'name', 'id'], unique=False)

    op.create_table('quarantined_messages',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('platform_id', sa.BigInteger(), nullable=False),
    sa.Column('carrier_reference', sa.String(length=128), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('replayed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['platform_id', 'provider_id'], ['platforms.id', 'platforms.provider_id'], name=op.f('fk_quarantined_messages_platform_id_provider_id')),
    sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_quarantined_messages_platform_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quarantined_messages')),
    sa.UniqueConstraint('platform_id', 'carrier_reference', 'number', name=op.f('uq_quarantined_messages_platform_id_carrier_reference_number'))
    )
    with op.batch_alter_table('quarantined_messages', schema=None) as batch_op:
        batch_op.create_index('ix_quarantined_messages_number', ['number', 'platform_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_quarantined_messages_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_quarantined_messages_received_at'), ['received_at'], unique=False)

    op.create_table('refused_calls',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('platform_id', sa.BigInteger(), nullable=False),
    sa.Column('fault', sa.Enum('signature', 'header', 'unreadable', 'reused-id', 'legacy-off', name='callfault', native_enum=False, length=40), nullable=False),
    sa.Column('was_accepted', sa.Boolean(), nullable=False),
    sa.Column('is_signed', sa.Boolean(), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('replay_wanted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('replayed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['platform_id', 'provider_id'], ['platforms.id', 'platforms.provider_id'], name=op.f('fk_refused_calls_platform_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refused_calls'))
    )
    with op.batch_alter_table('refused_calls', schema=None) as batch_op:
        batch_op.create_index('ix_refused_calls_platform_id_id', ['platform_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_refused_calls_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_refused_calls_received_at'), ['received_at'], unique=False)
        batch_op.create_index('ix_refused_calls_wanted', ['id'], unique=False, postgresql_where=sa.text('replay_wanted_at IS NOT NULL AND replayed_at IS NULL'))

    op.create_table('seen_calls',
    sa.Column('platform_id', sa.BigInteger(), nullable=False),
    sa.Column('message_id_digest', sa.String(length=64), nullable=False),
    sa.Column('content_digest', sa.String(length=64), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_seen_calls_platform_id')),
    sa.PrimaryKeyConstraint('platform_id', 'message_id_digest', name=op.f('pk_seen_calls'))
    )
    with op.batch_alter_table('seen_calls', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_seen_calls_seen_at'), ['seen_at'], unique=False)

    op.create_table('unsettled_events',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('platform_id', sa.BigInteger(), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=False),
    sa.Column('is_unsigned', sa.Boolean(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_unsettled_events_platform_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unsettled_events'))
    )
    with op.batch_alter_table('unsettled_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unsettled_events_received_at'), ['received_at'], unique=False)

    op.create_table('automatic_assignments',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('trial_product', sa.Enum('desktop', 'agent', 'supervisor', 'reception', name='product', native_enum=False, length=40), nullable=False),
    sa.Column('product', sa.Enum('desktop', 'agent', 'supervisor', 'reception', name='product', native_enum=False, length=40), nullable=True),
    sa.Column('provider_id', sa.BigInteger(), nullable=True),
    sa.Column('reseller_id', sa.BigInteger(), nullable=True),
    sa.Column('group_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('group_id IS NULL OR reseller_id IS NOT NULL', name=op.f('ck_automatic_assignments_group_below_reseller')),
    sa.CheckConstraint('reseller_id IS NULL OR provider_id IS NOT NULL', name=op.f('ck_automatic_assignments_reseller_below_provider')),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_automatic_assignments_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_automatic_assignments_provider_id')),
    sa.ForeignKeyConstraint(['reseller_id', 'provider_id'], ['resellers.id', 'resellers.provider_id'], name=op.f('fk_automatic_assignments_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_automatic_assignments'))
    )
    with op.batch_alter_table('automatic_assignments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_automatic_assignments_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_automatic_assignments_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_automatic_assignments_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('bulk_runs',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('platform_id', sa.BigInteger(), nullable=True),
    sa.Column('state', sa.Enum('checking', 'checked', 'running', 'done', name='bulkstate', native_enum=False, length=40), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.Column('actor_id', sa.BigInteger(), nullable=True),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claim', sa.String(length=32), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('provider_id', sa.BigInteger(), nullable=True),
    sa.Column('reseller_id', sa.BigInteger(), nullable=True),
    sa.Column('group_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('group_id IS NULL OR reseller_id IS NOT NULL', name=op.f('ck_bulk_runs_group_below_reseller')),
    sa.CheckConstraint('reseller_id IS NULL OR provider_id IS NOT NULL', name=op.f('ck_bulk_runs_reseller_below_provider')),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_bulk_runs_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['platform_id', 'provider_id'], ['platforms.id', 'platforms.provider_id'], name=op.f('fk_bulk_runs_platform_id_provider_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_bulk_runs_provider_id')),
    sa.ForeignKeyConstraint(['reseller_id', 'provider_id'], ['resellers.id', 'resellers.provider_id'], name=op.f('fk_bulk_runs_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_runs'))
    )
    with op.batch_alter_table('bulk_runs', schema=None) as batch_op:
        batch_op.create_index('ix_bulk_runs_due', ['due_at'], unique=False, postgresql_where=sa.text("state IN ('checking', 'running')"))
        batch_op.create_index(batch_op.f('ix_bulk_runs_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_bulk_runs_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_bulk_runs_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('contact_centers',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.Column('search_text', sa.String(length=400), nullable=False),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_contact_centers_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_centers')),
    sa.UniqueConstraint('id', 'group_id', name=op.f('uq_contact_centers_id_group_id'))
    )
    with op.batch_alter_table('contact_centers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_centers_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contact_centers_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contact_centers_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('in_office_profiles',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('timezone', sa.String(length=64), nullable=False),
    sa.Column('weekly_hours', sa.JSON(), nullable=False),
    sa.Column('holidays', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_in_office_profiles_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_in_office_profiles')),
    sa.UniqueConstraint('id', 'group_id', name=op.f('uq_in_office_profiles_id_group_id'))
    )
    with op.batch_alter_table('in_office_profiles', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_in_office_profiles_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_in_office_profiles_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_in_office_profiles_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('portal_users',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('pending_email', sa.String(length=254), nullable=True),
    sa.Column('pending_email_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('timezone', sa.String(length=64), nullable=False),
    sa.Column('role', sa.Enum('administrator', 'read-only', 'client', name='role', native_enum=False, length=40), nullable=False),
    sa.Column('send_technical_emails', sa.Boolean(), nullable=False),
    sa.Column('send_alerts', sa.Boolean(), nullable=False),
    sa.Column('send_invoices', sa.Boolean(), nullable=False),
    sa.Column('send_licence_expiry_alerts', sa.Boolean(), nullable=False),
    sa.Column('is_enabled', sa.Boolean(), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('password_hash', sa.String(length=200), nullable=True),
    sa.Column('last_sign_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failed_sign_ins', sa.BigInteger(), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('totp_secret', sa.LargeBinary(), nullable=True),
    sa.Column('totp_confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('totp_last_step', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=True),
    sa.Column('reseller_id', sa.BigInteger(), nullable=True),
    sa.Column('group_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('group_id IS NULL OR reseller_id IS NOT NULL', name=op.f('ck_portal_users_group_below_reseller')),
    sa.CheckConstraint('reseller_id IS NULL OR provider_id IS NOT NULL', name=op.f('ck_portal_users_reseller_below_provider')),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_portal_users_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_portal_users_provider_id')),
    sa.ForeignKeyConstraint(['reseller_id', 'provider_id'], ['resellers.id', 'resellers.provider_id'], name=op.f('fk_portal_users_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_portal_users')),
    sa.UniqueConstraint('email', name=op.f('uq_portal_users_email'))
    )
    with op.batch_alter_table('portal_users', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_portal_users_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_portal_users_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_portal_users_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('user_templates',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('timezone', sa.String(length=64), nullable=False),
    sa.Column('language', sa.String(length=16), nullable=False),
    sa.Column('product', sa.Enum('desktop', 'agent', 'supervisor', 'reception', name='product', native_enum=False, length=40), nullable=True),
    sa.Column('licence_kind', sa.Enum('permanent', 'until', 'trial', name='licencekind', native_enum=False, length=40), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=True),
    sa.Column('reseller_id', sa.BigInteger(), nullable=True),
    sa.Column('group_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('group_id IS NULL OR reseller_id IS NOT NULL', name=op.f('ck_user_templates_group_below_reseller')),
    sa.CheckConstraint('reseller_id IS NULL OR provider_id IS NOT NULL', name=op.f('ck_user_templates_reseller_below_provider')),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_user_templates_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_user_templates_provider_id')),
    sa.ForeignKeyConstraint(['reseller_id', 'provider_id'], ['resellers.id', 'resellers.provider_id'], name=op.f('fk_user_templates_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_templates'))
    )
    with op.batch_alter_table('user_templates', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_user_templates_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_user_templates_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_user_templates_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('users',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('broadworks_id', sa.String(length=161), nullable=False),
    sa.Column('broadworks_key', sa.String(length=161), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('timezone', sa.String(length=64), nullable=False),
    sa.Column('language', sa.String(length=16), nullable=False),
    sa.Column('external_reference', sa.String(length=120), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('client_password_hash', sa.String(length=200), nullable=True),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trial_days', sa.BigInteger(), nullable=True),
    sa.Column('search_text', sa.String(length=400), nullable=False),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_users_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_users_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('id', 'group_id', 'reseller_id', 'provider_id', name=op.f('uq_users_id_group_id_reseller_id_provider_id'))
    )
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_users_group_id'), ['group_id'], unique=False)
        batch_op.create_index('ix_users_group_id_name_id', ['group_id', 'name', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_users_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_users_reseller_id'), ['reseller_id'], unique=False)
        batch_op.create_index('ix_users_search_text', ['search_text'], unique=False, postgresql_using='gin', postgresql_ops={'search_text': 'gin_trgm_ops'})
        batch_op.create_index('uq_users_broadworks_key', ['broadworks_key'], unique=True, postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('brandings',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('accent', sa.String(length=7), nullable=False),
    sa.Column('logo', sa.LargeBinary(), nullable=True),
    sa.Column('logo_type', sa.String(length=40), nullable=False),
    sa.Column('logo_digest', sa.String(length=64), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=True),
    sa.Column('reseller_id', sa.BigInteger(), nullable=True),
    sa.Column('group_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('group_id IS NULL OR reseller_id IS NOT NULL', name=op.f('ck_brandings_group_below_reseller')),
    sa.CheckConstraint('reseller_id IS NULL OR provider_id IS NOT NULL', name=op.f('ck_brandings_reseller_below_provider')),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_brandings_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_brandings_provider_id')),
    sa.ForeignKeyConstraint(['reseller_id', 'provider_id'], ['resellers.id', 'resellers.provider_id'], name=op.f('fk_brandings_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['user_id', 'group_id', 'reseller_id', 'provider_id'], ['users.id', 'users.group_id', 'users.reseller_id', 'users.provider_id'], name=op.f('fk_brandings_user_id_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_brandings'))
    )
    with op.batch_alter_table('brandings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_brandings_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_brandings_logo_digest'), ['logo_digest'], unique=False)
        batch_op.create_index(batch_op.f('ix_brandings_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_brandings_reseller_id'), ['reseller_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_brandings_user_id'), ['user_id'], unique=False)

    op.create_table('client_sessions',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('token_digest', sa.String(length=64), nullable=False),
    sa.Column('refresh_family_digest', sa.String(length=64), nullable=True),
    sa.Column('refresh_digest', sa.String(length=64), nullable=True),
    sa.Column('refresh_expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('previous_refresh_digest', sa.String(length=64), nullable=True),
    sa.Column('repeatable_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('product', sa.Enum('desktop', 'agent', 'supervisor', 'reception', name='product', native_enum=False, length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['user_id', 'group_id', 'reseller_id', 'provider_id'], ['users.id', 'users.group_id', 'users.reseller_id', 'users.provider_id'], name=op.f('fk_client_sessions_user_id_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_client_sessions')),
    sa.UniqueConstraint('refresh_family_digest', name=op.f('uq_client_sessions_refresh_family_digest')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_client_sessions_token_digest'))
    )
    with op.batch_alter_table('client_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_client_sessions_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_client_sessions_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_client_sessions_reseller_id'), ['reseller_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_client_sessions_user_id'), ['user_id'], unique=False)

    op.create_table('known_devices',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('portal_user_id', sa.BigInteger(), nullable=True),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('token_digest', sa.String(length=64), nullable=False),
    sa.Column('failed_sign_ins', sa.BigInteger(), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(portal_user_id IS NULL) <> (user_id IS NULL)', name=op.f('ck_known_devices_one_owner')),
    sa.ForeignKeyConstraint(['portal_user_id'], ['portal_users.id'], name=op.f('fk_known_devices_portal_user_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_known_devices_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_known_devices')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_known_devices_token_digest'))
    )
    with op.batch_alter_table('known_devices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_known_devices_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_known_devices_portal_user_id'), ['portal_user_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_known_devices_user_id'), ['user_id'], unique=False)

    op.create_table('licences',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('product', sa.Enum('desktop', 'agent', 'supervisor', 'reception', name='product', native_enum=False, length=40), nullable=False),
    sa.Column('kind', sa.Enum('permanent', 'until', 'trial', name='licencekind', native_enum=False, length=40), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['user_id', 'group_id', 'reseller_id', 'provider_id'], ['users.id', 'users.group_id', 'users.reseller_id', 'users.provider_id'], name=op.f('fk_licences_user_id_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_licences'))
    )
    with op.batch_alter_table('licences', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_licences_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_licences_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_licences_reseller_id'), ['reseller_id'], unique=False)
        batch_op.create_index('ix_licences_running_out', ['expires_at'], unique=False, postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.create_index(batch_op.f('ix_licences_user_id'), ['user_id'], unique=False)

    op.create_table('notices',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('dedup_key', sa.String(length=200), nullable=False),
    sa.Column('recipient', sa.String(length=254), nullable=False),
    sa.Column('recipient_key', sa.String(length=254), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('letterhead', sa.JSON(), nullable=True),
    sa.Column('kind', sa.Enum('invitation', 'password-link', 'client-password-link', 'address-link', 'account-changed', 'alert', 'other', name='mailkind', native_enum=False, length=40), nullable=False),
    sa.Column('portal_user_id', sa.BigInteger(), nullable=True),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('cause', sa.Enum('portal', 'staff', 'stranger', name='noticecause', native_enum=False, length=40), nullable=False),
    sa.Column('caused_by_id', sa.BigInteger(), nullable=True),
    sa.Column('provider_id', sa.BigInteger(), nullable=True),
    sa.Column('state', sa.Enum('queued', 'sending', 'sent', 'failed', 'uncertain', name='noticestate', native_enum=False, length=40), nullable=False),
    sa.Column('tries', sa.BigInteger(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failure', sa.Enum('address-refused', 'refused', 'no-answer', 'not-trusted', 'broken', 'unknown', name='mailfailure', native_enum=False, length=40), nullable=True),
    sa.Column('failed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['portal_user_id'], ['portal_users.id'], name=op.f('fk_notices_portal_user_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_notices_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices')),
    sa.UniqueConstraint('dedup_key', name=op.f('uq_notices_dedup_key'))
    )
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.create_index('ix_notices_caused_by_id_created_at', ['caused_by_id', 'created_at'], unique=False)
        batch_op.create_index('ix_notices_outbox', ['state', 'due_at'], unique=False, postgresql_where=sa.text("state IN ('queued', 'sending')"))
        batch_op.create_index(batch_op.f('ix_notices_portal_user_id'), ['portal_user_id'], unique=False)
        batch_op.create_index('ix_notices_provider_id_created_at', ['provider_id', 'created_at'], unique=False)
        batch_op.create_index('ix_notices_recipient_key_created_at', ['recipient_key', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_notices_user_id'), ['user_id'], unique=False)

    op.create_table('one_time_links',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('purpose', sa.Enum('invitation', 'client-password', 'password-reset', 'new-address', name='linkpurpose', native_enum=False, length=40), nullable=False),
    sa.Column('portal_user_id', sa.BigInteger(), nullable=True),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('token_digest', sa.String(length=64), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('stranger_asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(portal_user_id IS NULL) <> (user_id IS NULL)', name=op.f('ck_one_time_links_one_holder')),
    sa.ForeignKeyConstraint(['portal_user_id'], ['portal_users.id'], name=op.f('fk_one_time_links_portal_user_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_one_time_links_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_one_time_links')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_one_time_links_token_digest'))
    )
    with op.batch_alter_table('one_time_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_one_time_links_portal_user_id'), ['portal_user_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_one_time_links_user_id'), ['user_id'], unique=False)

    op.create_table('queues',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('contact_center_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['contact_center_id', 'group_id'], ['contact_centers.id', 'contact_centers.group_id'], name=op.f('fk_queues_contact_center_id_group_id')),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_queues_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_queues')),
    sa.UniqueConstraint('id', 'group_id', name=op.f('uq_queues_id_group_id'))
    )
    with op.batch_alter_table('queues', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_queues_contact_center_id'), ['contact_center_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queues_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queues_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queues_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('recovery_codes',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('portal_user_id', sa.BigInteger(), nullable=False),
    sa.Column('code_digest', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['portal_user_id'], ['portal_users.id'], name=op.f('fk_recovery_codes_portal_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes')),
    sa.UniqueConstraint('portal_user_id', 'code_digest', name=op.f('uq_recovery_codes_portal_user_id_code_digest'))
    )
    op.create_table('media_streams',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('queue_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('language', sa.String(length=16), nullable=False),
    sa.Column('media_type', sa.Enum('sms', name='mediatype', native_enum=False, length=40), nullable=False),
    sa.Column('can_be_transferred', sa.Boolean(), nullable=False),
    sa.Column('can_be_escalated', sa.Boolean(), nullable=False),
    sa.Column('timezone', sa.String(length=64), nullable=False),
    sa.Column('in_office_profile_id', sa.BigInteger(), nullable=True),
    sa.Column('use_last_agent', sa.Boolean(), nullable=False),
    sa.Column('reopen_on_reply', sa.Boolean(), nullable=False),
    sa.Column('reply_in_hours', sa.Text(), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trial_days', sa.BigInteger(), nullable=True),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.Column('search_text', sa.String(length=400), nullable=False),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_media_streams_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['in_office_profile_id', 'group_id'], ['in_office_profiles.id', 'in_office_profiles.group_id'], name=op.f('fk_media_streams_in_office_profile_id_group_id')),
    sa.ForeignKeyConstraint(['queue_id', 'group_id'], ['queues.id', 'queues.group_id'], name=op.f('fk_media_streams_queue_id_group_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_media_streams')),
    sa.UniqueConstraint('id', 'group_id', 'reseller_id', 'provider_id', name=op.f('uq_media_streams_id_group_id_reseller_id_provider_id'))
    )
    with op.batch_alter_table('media_streams', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_media_streams_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_media_streams_in_office_profile_id'), ['in_office_profile_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_media_streams_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_media_streams_queue_id'), ['queue_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_media_streams_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('portal_sessions',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('portal_user_id', sa.BigInteger(), nullable=False),
    sa.Column('token_digest', sa.String(length=64), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('browser', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('known_device_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['known_device_id'], ['known_devices.id'], name=op.f('fk_portal_sessions_known_device_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['portal_user_id'], ['portal_users.id'], name=op.f('fk_portal_sessions_portal_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_portal_sessions')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_portal_sessions_token_digest'))
    )
    with op.batch_alter_table('portal_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_portal_sessions_known_device_id'), ['known_device_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_portal_sessions_portal_user_id'), ['portal_user_id'], unique=False)

    op.create_table('queue_members',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('queue_id', sa.BigInteger(), nullable=False),
    sa.Column('is_supervisor', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['queue_id', 'group_id'], ['queues.id', 'queues.group_id'], name=op.f('fk_queue_members_queue_id_group_id')),
    sa.ForeignKeyConstraint(['user_id', 'group_id', 'reseller_id', 'provider_id'], ['users.id', 'users.group_id', 'users.reseller_id', 'users.provider_id'], name=op.f('fk_queue_members_user_id_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_queue_members')),
    sa.UniqueConstraint('queue_id', 'user_id', name=op.f('uq_queue_members_queue_id_user_id'))
    )
    with op.batch_alter_table('queue_members', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_queue_members_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queue_members_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queue_members_queue_id'), ['queue_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queue_members_reseller_id'), ['reseller_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queue_members_user_id'), ['user_id'], unique=False)

    op.create_table('assignments',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('stream_id', sa.BigInteger(), nullable=True),
    sa.Column('platform_id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('friendly_name', sa.String(length=120), nullable=True),
    sa.Column('mms', sa.Boolean(), nullable=True),
    sa.Column('user_can_block', sa.Boolean(), nullable=True),
    sa.Column('holder_name', sa.String(length=120), nullable=False),
    sa.Column('shown_name', sa.String(length=120), nullable=False),
    sa.Column('search_text', sa.String(length=400), nullable=False),
    sa.Column('state', sa.Enum('provisioning', 'active', 'failed', 'releasing', 'ended', name='assignmentstate', native_enum=False, length=40), nullable=False),
    sa.Column('failure_kind', sa.Enum('other-system', 'carrier-refused', 'keys-refused', name='failurekind', native_enum=False, length=40), nullable=True),
    sa.Column('failure_reason', sa.String(length=300), nullable=False),
    sa.Column('takes_over', sa.Boolean(), nullable=False),
    sa.Column('registered_key_version', sa.BigInteger(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('release_requested_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opt_in', sa.Enum('not-required', 'pending', 'opted-in', 'opted-out', name='optin', native_enum=False, length=40), nullable=False),
    sa.Column('opt_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claim', sa.String(length=32), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.BigInteger(), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('(user_id IS NULL) <> (stream_id IS NULL)', name=op.f('ck_assignments_one_holder')),
    sa.ForeignKeyConstraint(['platform_id', 'provider_id'], ['platforms.id', 'platforms.provider_id'], name=op.f('fk_assignments_platform_id_provider_id')),
    sa.ForeignKeyConstraint(['stream_id', 'group_id', 'reseller_id', 'provider_id'], ['media_streams.id', 'media_streams.group_id', 'media_streams.reseller_id', 'media_streams.provider_id'], name=op.f('fk_assignments_stream_id_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['user_id', 'group_id', 'reseller_id', 'provider_id'], ['users.id', 'users.group_id', 'users.reseller_id', 'users.provider_id'], name=op.f('fk_assignments_user_id_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignments')),
    sa.UniqueConstraint('id', 'stream_id', 'group_id', 'reseller_id', 'provider_id', name=op.f('uq_assignments_id_stream_id_group_id_reseller_id_provider_id')),
    sa.UniqueConstraint('id', 'user_id', 'group_id', 'reseller_id', 'provider_id', name=op.f('uq_assignments_id_user_id_group_id_reseller_id_provider_id'))
    )
    with op.batch_alter_table('assignments', schema=None) as batch_op:
        batch_op.create_index('ix_assignments_due', ['state', 'due_at'], unique=False, postgresql_where=sa.text("state IN ('provisioning', 'releasing')"))
        batch_op.create_index('ix_assignments_ended_at_id', ['ended_at', 'id'], unique=False)
        batch_op.create_index('ix_assignments_group_id_number_id', ['group_id', 'number', 'id'], unique=False)
        batch_op.create_index('ix_assignments_holder_name_id', ['holder_name', 'id'], unique=False)
        batch_op.create_index('ix_assignments_number_id', ['number', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_assignments_platform_id'), ['platform_id'], unique=False)
        batch_op.create_index('ix_assignments_provider_id_ended_at_id', ['provider_id', 'ended_at', 'id'], unique=False)
        batch_op.create_index('ix_assignments_provider_id_holder_name_id', ['provider_id', 'holder_name', 'id'], unique=False)
        batch_op.create_index('ix_assignments_provider_id_number_id', ['provider_id', 'number', 'id'], unique=False)
        batch_op.create_index('ix_assignments_provider_id_shown_name_id', ['provider_id', 'shown_name', 'id'], unique=False)
        batch_op.create_index('ix_assignments_reseller_id_ended_at_id', ['reseller_id', 'ended_at', 'id'], unique=False)
        batch_op.create_index('ix_assignments_reseller_id_holder_name_id', ['reseller_id', 'holder_name', 'id'], unique=False)
        batch_op.create_index('ix_assignments_reseller_id_number_id', ['reseller_id', 'number', 'id'], unique=False)
        batch_op.create_index('ix_assignments_reseller_id_shown_name_id', ['reseller_id', 'shown_name', 'id'], unique=False)
        batch_op.create_index('ix_assignments_search_text', ['search_text'], unique=False, postgresql_using='gin', postgresql_ops={'search_text': 'gin_trgm_ops'})
        batch_op.create_index('ix_assignments_shown_name_id', ['shown_name', 'id'], unique=False)
        batch_op.create_index('ix_assignments_sms', ['number', 'id'], unique=False, postgresql_where=sa.text('mms IS false'))
        batch_op.create_index('ix_assignments_state_number_id', ['state', 'number', 'id'], unique=False)
        batch_op.create_index('ix_assignments_stream_id_number_id', ['stream_id', 'number', 'id'], unique=False)
        batch_op.create_index('ix_assignments_user_id_number_id', ['user_id', 'number', 'id'], unique=False)
        batch_op.create_index('uq_assignments_number_active', ['number'], unique=True, postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('audit_entries',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('target_kind', sa.String(length=40), nullable=False),
    sa.Column('target_id', sa.BigInteger(), nullable=True),
    sa.Column('target', sa.String(length=254), nullable=False),
    sa.Column('change', sa.JSON(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=True),
    sa.Column('reseller_id', sa.BigInteger(), nullable=True),
    sa.Column('group_id', sa.BigInteger(), nullable=True),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('stream_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_audit_entries_group_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_audit_entries_provider_id')),
    sa.ForeignKeyConstraint(['reseller_id'], ['resellers.id'], name=op.f('fk_audit_entries_reseller_id')),
    sa.ForeignKeyConstraint(['stream_id'], ['media_streams.id'], name=op.f('fk_audit_entries_stream_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_audit_entries_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entries'))
    )
    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.create_index('ix_audit_entries_action_id', ['action', 'id'], unique=False)
        batch_op.create_index('ix_audit_entries_at', ['at'], unique=False)
        batch_op.create_index('ix_audit_entries_group_id_id', ['group_id', 'id'], unique=False)
        batch_op.create_index('ix_audit_entries_provider_id_id', ['provider_id', 'id'], unique=False)
        batch_op.create_index('ix_audit_entries_reseller_id_id', ['reseller_id', 'id'], unique=False)
        batch_op.create_index('ix_audit_entries_stream_id_id', ['stream_id', 'id'], unique=False)
        batch_op.create_index('ix_audit_entries_target', ['target_kind', 'target_id', 'id'], unique=False)
        batch_op.create_index('ix_audit_entries_user_id_id', ['user_id', 'id'], unique=False)
        batch_op.create_index('ix_audit_entries_words', ['actor', 'target'], unique=False, postgresql_using='gin', postgresql_ops={'actor': 'gin_trgm_ops', 'target': 'gin_trgm_ops'})

    op.create_table('blocks',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('remote', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('stream_id', sa.BigInteger(), nullable=True),
    sa.Column('assignment_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('(user_id IS NULL) <> (stream_id IS NULL)', name=op.f('ck_blocks_one_holder')),
    sa.ForeignKeyConstraint(['assignment_id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'], ['assignments.id', 'assignments.stream_id', 'assignments.group_id', 'assignments.reseller_id', 'assignments.provider_id'], name=op.f('fk_blocks_assignment_id_stream_id_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['assignment_id', 'user_id', 'group_id', 'reseller_id', 'provider_id'], ['assignments.id', 'assignments.user_id', 'assignments.group_id', 'assignments.reseller_id', 'assignments.provider_id'], name=op.f('fk_blocks_assignment_id_user_id_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blocks')),
    sa.UniqueConstraint('assignment_id', 'remote', name=op.f('uq_blocks_assignment_id_remote'))
    )
    with op.batch_alter_table('blocks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_blocks_assignment_id'), ['assignment_id'], unique=False)

    op.create_table('bulk_rows',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('run_id', sa.BigInteger(), nullable=False),
    sa.Column('ordinal', sa.BigInteger(), nullable=False),
    sa.Column('broadworks_id', sa.String(length=200), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('friendly_name', sa.String(length=200), nullable=False),
    sa.Column('messaging_type', sa.String(length=40), nullable=False),
    sa.Column('outcome', sa.Enum('unchecked', 'ready', 'refused', 'assigned', name='rowoutcome', native_enum=False, length=40), nullable=False),
    sa.Column('words', sa.String(length=300), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.BigInteger(), nullable=False),
    sa.Column('assignment_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignments.id'], name=op.f('fk_bulk_rows_assignment_id')),
    sa.ForeignKeyConstraint(['run_id'], ['bulk_runs.id'], name=op.f('fk_bulk_rows_run_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_rows')),
    sa.UniqueConstraint('run_id', 'ordinal', name=op.f('uq_bulk_rows_run_id_ordinal'))
    )
    with op.batch_alter_table('bulk_rows', schema=None) as batch_op:
        batch_op.create_index('ix_bulk_rows_run_id_outcome', ['run_id', 'outcome'], unique=False)

    op.create_table('conversations',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('remote', sa.String(length=64), nullable=False),
    sa.Column('state', sa.Enum('waiting', name='conversationstate', native_enum=False, length=40), nullable=True),
    sa.Column('last_message_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_up_to', sa.BigInteger(), nullable=True),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('stream_id', sa.BigInteger(), nullable=True),
    sa.Column('assignment_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('(user_id IS NULL) <> (stream_id IS NULL)', name=op.f('ck_conversations_one_holder')),
    sa.ForeignKeyConstraint(['assignment_id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'], ['assignments.id', 'assignments.stream_id', 'assignments.group_id', 'assignments.reseller_id', 'assignments.provider_id'], name=op.f('fk_conversations_assignment_id_stream_id_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['assignment_id', 'user_id', 'group_id', 'reseller_id', 'provider_id'], ['assignments.id', 'assignments.user_id', 'assignments.group_id', 'assignments.reseller_id', 'assignments.provider_id'], name=op.f('fk_conversations_assignment_id_user_id_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversations')),
    sa.UniqueConstraint('assignment_id', 'remote', name=op.f('uq_conversations_assignment_id_remote'))
    )
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_conversations_assignment_id'), ['assignment_id'], unique=False)
        batch_op.create_index('ix_conversations_remote', ['remote'], unique=False)
        batch_op.create_index('ix_conversations_stream', ['stream_id', 'state'], unique=False, postgresql_where=sa.text('stream_id IS NOT NULL'))

    op.create_table('opt_in_evidence',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Enum('not-required', 'pending', 'opted-in', 'opted-out', name='optin', native_enum=False, length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=254), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('prompt', sa.String(length=300), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('stream_id', sa.BigInteger(), nullable=True),
    sa.Column('assignment_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('(user_id IS NULL) <> (stream_id IS NULL)', name=op.f('ck_opt_in_evidence_one_holder')),
    sa.ForeignKeyConstraint(['assignment_id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'], ['assignments.id', 'assignments.stream_id', 'assignments.group_id', 'assignments.reseller_id', 'assignments.provider_id'], name=op.f('fk_opt_in_evidence_assignment_id_stream_id_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['assignment_id', 'user_id', 'group_id', 'reseller_id', 'provider_id'], ['assignments.id', 'assignments.user_id', 'assignments.group_id', 'assignments.reseller_id', 'assignments.provider_id'], name=op.f('fk_opt_in_evidence_assignment_id_user_id_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_opt_in_evidence'))
    )
    with op.batch_alter_table('opt_in_evidence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_opt_in_evidence_assignment_id'), ['assignment_id'], unique=False)

    op.create_table('stops',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('assignment_id', sa.BigInteger(), nullable=True),
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('remote', sa.String(length=64), nullable=False),
    sa.Column('word', sa.String(length=40), nullable=False),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('resume_word', sa.String(length=20), nullable=False),
    sa.Column('resumed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recorded_by', sa.String(length=254), nullable=False),
    sa.Column('recorded_from', sa.String(length=64), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignments.id'], name=op.f('fk_stops_assignment_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_stops_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stops'))
    )
    with op.batch_alter_table('stops', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stops_assignment_id'), ['assignment_id'], unique=False)
        batch_op.create_index('ix_stops_number_remote', ['number', 'remote'], unique=False)
        batch_op.create_index(batch_op.f('ix_stops_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index('uq_stops_standing', ['number', 'remote'], unique=True, postgresql_where=sa.text('resumed_at IS NULL'))

    op.create_table('suppressions',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('platform_id', sa.BigInteger(), nullable=False),
    sa.Column('carrier_reference', sa.String(length=128), nullable=False),
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.Enum('blocked', 'opted-out', name='suppressionreason', native_enum=False, length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('stream_id', sa.BigInteger(), nullable=True),
    sa.Column('assignment_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('(user_id IS NULL) <> (stream_id IS NULL)', name=op.f('ck_suppressions_one_holder')),
    sa.ForeignKeyConstraint(['assignment_id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'], ['assignments.id', 'assignments.stream_id', 'assignments.group_id', 'assignments.reseller_id', 'assignments.provider_id'], name=op.f('fk_suppressions_assignment_id_stream_id_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['assignment_id', 'user_id', 'group_id', 'reseller_id', 'provider_id'], ['assignments.id', 'assignments.user_id', 'assignments.group_id', 'assignments.reseller_id', 'assignments.provider_id'], name=op.f('fk_suppressions_assignment_id_user_id_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_suppressions_platform_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suppressions')),
    sa.UniqueConstraint('platform_id', 'carrier_reference', 'number', name=op.f('uq_suppressions_platform_id_carrier_reference_number'))
    )
    with op.batch_alter_table('suppressions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_suppressions_assignment_id'), ['assignment_id'], unique=False)

    op.create_table('messages',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('conversation_id', sa.BigInteger(), nullable=True),
    sa.Column('platform_id', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.Enum('sms', name='channel', native_enum=False, length=40), nullable=False),
    sa.Column('direction', sa.Enum('inbound', 'outbound', name='direction', native_enum=False, length=40), nullable=False),
    sa.Column('state', sa.Enum('received', 'queued', 'claimed', 'sending', 'sent', 'delivered', 'failed', 'uncertain', name='messagestate', native_enum=False, length=40), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('remote', sa.String(length=64), nullable=True),
    sa.Column('other_recipients', sa.JSON(), nullable=False),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('folded_text', sa.Text(), nullable=True),
    sa.Column('sent_text', sa.Text(), nullable=True),
    sa.Column('sent_as', sa.Enum('sms', 'mms', 'link', name='sentas', native_enum=False, length=40), nullable=True),
    sa.Column('fallback_reason', sa.String(length=300), nullable=False),
    sa.Column('encoding', sa.Enum('gsm-7', 'ucs-2', name='textencoding', native_enum=False, length=40), nullable=True),
    sa.Column('segments', sa.BigInteger(), nullable=True),
    sa.Column('is_unsigned', sa.Boolean(), nullable=False),
    sa.Column('file_count', sa.SmallInteger(), nullable=False),
    sa.Column('carrier_reference', sa.String(length=128), nullable=True),
    sa.Column('client_ref', sa.String(length=64), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('handed_over_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claim', sa.String(length=32), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.BigInteger(), nullable=False),
    sa.Column('requeued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('priority', sa.SmallInteger(), nullable=False),
    sa.Column('search_due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('search_tries', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('stream_id', sa.BigInteger(), nullable=True),
    sa.Column('assignment_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('(user_id IS NULL) <> (stream_id IS NULL)', name=op.f('ck_messages_one_holder')),
    sa.ForeignKeyConstraint(['assignment_id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'], ['assignments.id', 'assignments.stream_id', 'assignments.group_id', 'assignments.reseller_id', 'assignments.provider_id'], name=op.f('fk_messages_assignment_id_stream_id_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['assignment_id', 'user_id', 'group_id', 'reseller_id', 'provider_id'], ['assignments.id', 'assignments.user_id', 'assignments.group_id', 'assignments.reseller_id', 'assignments.provider_id'], name=op.f('fk_messages_assignment_id_user_id_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_messages_conversation_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_messages_platform_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_messages')),
    sa.UniqueConstraint('assignment_id', 'client_ref', name=op.f('uq_messages_assignment_id_client_ref'))
    )
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_messages_assignment_id'), ['assignment_id'], unique=False)
        batch_op.create_index('ix_messages_conversation_id_id', ['conversation_id', 'id'], unique=False)
        batch_op.create_index('ix_messages_group_id_id', ['group_id', 'id'], unique=False)
        batch_op.create_index('ix_messages_held', ['assignment_id', 'id'], unique=False, postgresql_where=sa.text("direction = 'inbound' AND handed_over_at IS NULL"))
        batch_op.create_index('ix_messages_outbox', ['state', 'priority', 'due_at'], unique=False, postgresql_where=sa.text("state IN ('queued', 'claimed', 'sending', 'uncertain')"))
        batch_op.create_index('ix_messages_provider_id_id', ['provider_id', 'id'], unique=False)
        batch_op.create_index('ix_messages_reference', ['platform_id', 'carrier_reference'], unique=False)
        batch_op.create_index('ix_messages_reseller_id_id', ['reseller_id', 'id'], unique=False)
        batch_op.create_index('ix_messages_retention', ['provider_id', 'created_at'], unique=False, postgresql_where=sa.text('erased_at IS NULL'))
        batch_op.create_index('ix_messages_search_due', ['search_due_at'], unique=False, postgresql_where=sa.text('search_due_at IS NOT NULL'))
        batch_op.create_index('ix_messages_stream', ['stream_id', 'created_at'], unique=False, postgresql_where=sa.text('stream_id IS NOT NULL'))
        batch_op.create_index('ix_messages_troubles', ['id'], unique=False, postgresql_where=sa.text("state IN ('failed', 'uncertain')"))
        batch_op.create_index('ix_messages_under_way', ['conversation_id', 'id'], unique=False, postgresql_where=sa.text("state IN ('queued', 'claimed', 'sending')"))
        batch_op.create_index('uq_messages_inbound_reference', ['platform_id', 'carrier_reference', 'number'], unique=True, postgresql_where=sa.text("direction = 'inbound'"))

    op.create_table('attachments',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=True),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'stored', 'dropped', 'failed', 'erased', name='attachmentstate', native_enum=False, length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('content_type', sa.String(length=100), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('width', sa.BigInteger(), nullable=True),
    sa.Column('height', sa.BigInteger(), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('storage_key', sa.String(length=200), nullable=True),
    sa.Column('thumbnail_key', sa.String(length=200), nullable=True),
    sa.Column('link_token', sa.String(length=64), nullable=True),
    sa.Column('link_expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('source_url', sa.LargeBinary(), nullable=True),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('provider_id', sa.BigInteger(), nullable=False),
    sa.Column('reseller_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('stream_id', sa.BigInteger(), nullable=True),
    sa.Column('assignment_id', sa.BigInteger(), nullable=False),
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
        batch_op.create_index('ix_attachments_due', ['state', 'due_at'], unique=False, postgresql_where=sa.text("state = 'waiting'"))
        batch_op.create_index('ix_attachments_erased', ['id'], unique=False, postgresql_where=sa.text("state = 'erased' AND storage_key IS NOT NULL"))
        batch_op.create_index(batch_op.f('ix_attachments_message_id'), ['message_id'], unique=False)
        batch_op.create_index('ix_attachments_unused', ['created_at'], unique=False, postgresql_where=sa.text('message_id IS NULL'))

    op.create_table('attempts',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('assignment_id', sa.BigInteger(), nullable=True),
    sa.Column('ordinal', sa.BigInteger(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.Enum('started', 'sent', 'refused', 'not-sent', 'uncertain', name='attemptoutcome', native_enum=False, length=40), nullable=False),
    sa.Column('platform_id', sa.BigInteger(), nullable=False),
    sa.Column('carrier_reference', sa.String(length=128), nullable=True),
    sa.Column('detail', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_attempts_message_id')),
    sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_attempts_platform_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts')),
    sa.UniqueConstraint('message_id', 'ordinal', name=op.f('uq_attempts_message_id_ordinal'))
    )
    with op.batch_alter_table('attempts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempts_carrier_reference'), ['carrier_reference'], unique=False)
        batch_op.create_index('ix_attempts_number', ['assignment_id', 'started_at'], unique=False)

    op.create_table('receipts',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('platform_id', sa.BigInteger(), nullable=False),
    sa.Column('carrier_reference', sa.String(length=128), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('remote', sa.String(length=64), nullable=False),
    sa.Column('stat', sa.String(length=20), nullable=False),
    sa.Column('delivered', sa.Boolean(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_receipts_message_id')),
    sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_receipts_platform_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_receipts')),
    sa.UniqueConstraint('platform_id', 'carrier_reference', 'remote', 'stat', name=op.f('uq_receipts_platform_id_carrier_reference_remote_stat'))
    )
    with op.batch_alter_table('receipts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_receipts_message_id'), ['message_id'], unique=False)
        batch_op.create_index('ix_receipts_unknown', ['received_at'], unique=False, postgresql_where=sa.text('message_id IS NULL'))



def downgrade():
    with op.batch_alter_table('receipts', schema=None) as batch_op:
        batch_op.drop_index('ix_receipts_unknown', postgresql_where=sa.text('message_id IS NULL'))
        batch_op.drop_index(batch_op.f('ix_receipts_message_id'))

    op.drop_table('receipts')
    with op.batch_alter_table('attempts', schema=None) as batch_op:
        batch_op.drop_index('ix_attempts_number')
        batch_op.drop_index(batch_op.f('ix_attempts_carrier_reference'))

    op.drop_table('attempts')
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.drop_index('ix_attachments_unused', postgresql_where=sa.text('message_id IS NULL'))
        batch_op.drop_index(batch_op.f('ix_attachments_message_id'))
        batch_op.drop_index('ix_attachments_erased', postgresql_where=sa.text("state = 'erased' AND storage_key IS NOT NULL"))
        batch_op.drop_index('ix_attachments_due', postgresql_where=sa.text("state = 'waiting'"))
        batch_op.drop_index(batch_op.f('ix_attachments_assignment_id'))

    op.drop_table('attachments')
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.drop_index('uq_messages_inbound_reference', postgresql_where=sa.text("direction = 'inbound'"))
        batch_op.drop_index('ix_messages_under_way', postgresql_where=sa.text("state IN ('queued', 'claimed', 'sending')"))
        batch_op.drop_index('ix_messages_troubles', postgresql_where=sa.text("state IN ('failed', 'uncertain')"))
        batch_op.drop_index('ix_messages_stream', postgresql_where=sa.text('stream_id IS NOT NULL'))
        batch_op.drop_index('ix_messages_search_due', postgresql_where=sa.text('search_due_at IS NOT NULL'))
        batch_op.drop_index('ix_messages_retention', postgresql_where=sa.text('erased_at IS NULL'))
        batch_op.drop_index('ix_messages_reseller_id_id')
        batch_op.drop_index('ix_messages_reference')
        batch_op.drop_index('ix_messages_provider_id_id')
        batch_op.drop_index('ix_messages_outbox', postgresql_where=sa.text("state IN ('queued', 'claimed', 'sending', 'uncertain')"))
        batch_op.drop_index('ix_messages_held', postgresql_where=sa.text("direction = 'inbound' AND handed_over_at IS NULL"))
        batch_op.drop_index('ix_messages_group_id_id')
        batch_op.drop_index('ix_messages_conversation_id_id')
        batch_op.drop_index(batch_op.f('ix_messages_assignment_id'))

    op.drop_table('messages')
    with op.batch_alter_table('suppressions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_suppressions_assignment_id'))

    op.drop_table('suppressions')
    with op.batch_alter_table('stops', schema=None) as batch_op:
        batch_op.drop_index('uq_stops_standing', postgresql_where=sa.text('resumed_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_stops_provider_id'))
        batch_op.drop_index('ix_stops_number_remote')
        batch_op.drop_index(batch_op.f('ix_stops_assignment_id'))

    op.drop_table('stops')
    with op.batch_alter_table('opt_in_evidence', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_opt_in_evidence_assignment_id'))

    op.drop_table('opt_in_evidence')
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.drop_index('ix_conversations_stream', postgresql_where=sa.text('stream_id IS NOT NULL'))
        batch_op.drop_index('ix_conversations_remote')
        batch_op.drop_index(batch_op.f('ix_conversations_assignment_id'))

    op.drop_table('conversations')
    with op.batch_alter_table('bulk_rows', schema=None) as batch_op:
        batch_op.drop_index('ix_bulk_rows_run_id_outcome')

    op.drop_table('bulk_rows')
    with op.batch_alter_table('blocks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_blocks_assignment_id'))

    op.drop_table('blocks')
    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_entries_words', postgresql_using='gin', postgresql_ops={'actor': 'gin_trgm_ops', 'target': 'gin_trgm_ops'})
        batch_op.drop_index('ix_audit_entries_user_id_id')
        batch_op.drop_index('ix_audit_entries_target')
        batch_op.drop_index('ix_audit_entries_stream_id_id')
        batch_op.drop_index('ix_audit_entries_reseller_id_id')
        batch_op.drop_index('ix_audit_entries_provider_id_id')
        batch_op.drop_index('ix_audit_entries_group_id_id')
        batch_op.drop_index('ix_audit_entries_at')
        batch_op.drop_index('ix_audit_entries_action_id')

    op.drop_table('audit_entries')
    with op.batch_alter_table('assignments', schema=None) as batch_op:
        batch_op.drop_index('uq_assignments_number_active', postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index('ix_assignments_user_id_number_id')
        batch_op.drop_index('ix_assignments_stream_id_number_id')
        batch_op.drop_index('ix_assignments_state_number_id')
        batch_op.drop_index('ix_assignments_sms', postgresql_where=sa.text('mms IS false'))
        batch_op.drop_index('ix_assignments_shown_name_id')
        batch_op.drop_index('ix_assignments_search_text', postgresql_using='gin', postgresql_ops={'search_text': 'gin_trgm_ops'})
        batch_op.drop_index('ix_assignments_reseller_id_shown_name_id')
        batch_op.drop_index('ix_assignments_reseller_id_number_id')
        batch_op.drop_index('ix_assignments_reseller_id_holder_name_id')
        batch_op.drop_index('ix_assignments_reseller_id_ended_at_id')
        batch_op.drop_index('ix_assignments_provider_id_shown_name_id')
        batch_op.drop_index('ix_assignments_provider_id_number_id')
        batch_op.drop_index('ix_assignments_provider_id_holder_name_id')
        batch_op.drop_index('ix_assignments_provider_id_ended_at_id')
        batch_op.drop_index(batch_op.f('ix_assignments_platform_id'))
        batch_op.drop_index('ix_assignments_number_id')
        batch_op.drop_index('ix_assignments_holder_name_id')
        batch_op.drop_index('ix_assignments_group_id_number_id')
        batch_op.drop_index('ix_assignments_ended_at_id')
        batch_op.drop_index('ix_assignments_due', postgresql_where=sa.text("state IN ('provisioning', 'releasing')"))

    op.drop_table('assignments')
    with op.batch_alter_table('queue_members', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_queue_members_user_id'))
        batch_op.drop_index(batch_op.f('ix_queue_members_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_queue_members_queue_id'))
        batch_op.drop_index(batch_op.f('ix_queue_members_provider_id'))
        batch_op.drop_index(batch_op.f('ix_queue_members_group_id'))

    op.drop_table('queue_members')
    with op.batch_alter_table('portal_sessions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_portal_sessions_portal_user_id'))
        batch_op.drop_index(batch_op.f('ix_portal_sessions_known_device_id'))

    op.drop_table('portal_sessions')
    with op.batch_alter_table('media_streams', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_media_streams_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_media_streams_queue_id'))
        batch_op.drop_index(batch_op.f('ix_media_streams_provider_id'))
        batch_op.drop_index(batch_op.f('ix_media_streams_in_office_profile_id'))
        batch_op.drop_index(batch_op.f('ix_media_streams_group_id'))

    op.drop_table('media_streams')
    op.drop_table('recovery_codes')
    with op.batch_alter_table('queues', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_queues_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_queues_provider_id'))
        batch_op.drop_index(batch_op.f('ix_queues_group_id'))
        batch_op.drop_index(batch_op.f('ix_queues_contact_center_id'))

    op.drop_table('queues')
    with op.batch_alter_table('one_time_links', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_one_time_links_user_id'))
        batch_op.drop_index(batch_op.f('ix_one_time_links_portal_user_id'))

    op.drop_table('one_time_links')
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_notices_user_id'))
        batch_op.drop_index('ix_notices_recipient_key_created_at')
        batch_op.drop_index('ix_notices_provider_id_created_at')
        batch_op.drop_index(batch_op.f('ix_notices_portal_user_id'))
        batch_op.drop_index('ix_notices_outbox', postgresql_where=sa.text("state IN ('queued', 'sending')"))
        batch_op.drop_index('ix_notices_caused_by_id_created_at')

    op.drop_table('notices')
    with op.batch_alter_table('licences', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_licences_user_id'))
        batch_op.drop_index('ix_licences_running_out', postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_licences_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_licences_provider_id'))
        batch_op.drop_index(batch_op.f('ix_licences_group_id'))

    op.drop_table('licences')
    with op.batch_alter_table('known_devices', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_known_devices_user_id'))
        batch_op.drop_index(batch_op.f('ix_known_devices_portal_user_id'))
        batch_op.drop_index(batch_op.f('ix_known_devices_expires_at'))

    op.drop_table('known_devices')
    with op.batch_alter_table('client_sessions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_client_sessions_user_id'))
        batch_op.drop_index(batch_op.f('ix_client_sessions_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_client_sessions_provider_id'))
        batch_op.drop_index(batch_op.f('ix_client_sessions_group_id'))

    op.drop_table('client_sessions')
    with op.batch_alter_table('brandings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_brandings_user_id'))
        batch_op.drop_index(batch_op.f('ix_brandings_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_brandings_provider_id'))
        batch_op.drop_index(batch_op.f('ix_brandings_logo_digest'))
        batch_op.drop_index(batch_op.f('ix_brandings_group_id'))

    op.drop_table('brandings')
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.drop_index('uq_users_broadworks_key', postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index('ix_users_search_text', postgresql_using='gin', postgresql_ops={'search_text': 'gin_trgm_ops'})
        batch_op.drop_index(batch_op.f('ix_users_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_users_provider_id'))
        batch_op.drop_index('ix_users_group_id_name_id')
        batch_op.drop_index(batch_op.f('ix_users_group_id'))

    op.drop_table('users')
    with op.batch_alter_table('user_templates', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_user_templates_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_user_templates_provider_id'))
        batch_op.drop_index(batch_op.f('ix_user_templates_group_id'))

    op.drop_table('user_templates')
    with op.batch_alter_table('portal_users', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_portal_users_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_portal_users_provider_id'))
        batch_op.drop_index(batch_op.f('ix_portal_users_group_id'))

    op.drop_table('portal_users')
    with op.batch_alter_table('in_office_profiles', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_in_office_profiles_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_in_office_profiles_provider_id'))
        batch_op.drop_index(batch_op.f('ix_in_office_profiles_group_id'))

    op.drop_table('in_office_profiles')
    with op.batch_alter_table('contact_centers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contact_centers_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_contact_centers_provider_id'))
        batch_op.drop_index(batch_op.f('ix_contact_centers_group_id'))

    op.drop_table('contact_centers')
    with op.batch_alter_table('bulk_runs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bulk_runs_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_bulk_runs_provider_id'))
        batch_op.drop_index(batch_op.f('ix_bulk_runs_group_id'))
        batch_op.drop_index('ix_bulk_runs_due', postgresql_where=sa.text("state IN ('checking', 'running')"))

    op.drop_table('bulk_runs')
    with op.batch_alter_table('automatic_assignments', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_automatic_assignments_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_automatic_assignments_provider_id'))
        batch_op.drop_index(batch_op.f('ix_automatic_assignments_group_id'))

    op.drop_table('automatic_assignments')
    with op.batch_alter_table('unsettled_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_unsettled_events_received_at'))

    op.drop_table('unsettled_events')
    with op.batch_alter_table('seen_calls', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_seen_calls_seen_at'))

    op.drop_table('seen_calls')
    with op.batch_alter_table('refused_calls', schema=None) as batch_op:
        batch_op.drop_index('ix_refused_calls_wanted', postgresql_where=sa.text('replay_wanted_at IS NOT NULL AND replayed_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_refused_calls_received_at'))
        batch_op.drop_index(batch_op.f('ix_refused_calls_provider_id'))
        batch_op.drop_index('ix_refused_calls_platform_id_id')

    op.drop_table('refused_calls')
    with op.batch_alter_table('quarantined_messages', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_quarantined_messages_received_at'))
        batch_op.drop_index(batch_op.f('ix_quarantined_messages_provider_id'))
        batch_op.drop_index('ix_quarantined_messages_number')

    op.drop_table('quarantined_messages')
    with op.batch_alter_table('groups', schema=None) as batch_op:
        batch_op.drop_index('ix_groups_reseller_id_name_id')
        batch_op.drop_index(batch_op.f('ix_groups_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_groups_provider_id'))

    op.drop_table('groups')
    op.drop_table('call_counts')
    with op.batch_alter_table('server_hostnames', schema=None) as batch_op:
        batch_op.drop_index('uq_server_hostnames_verified', postgresql_where=sa.text('verified_at IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_server_hostnames_provider_id'))
        batch_op.drop_index(batch_op.f('ix_server_hostnames_hostname'))
        batch_op.drop_index('ix_server_hostnames_due_at')

    op.drop_table('server_hostnames')
    with op.batch_alter_table('resellers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_resellers_provider_id'))

    op.drop_table('resellers')
    with op.batch_alter_table('platforms', schema=None) as batch_op:
        batch_op.drop_index('uq_platforms_provider_id_name', postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.drop_index('uq_platforms_provider_id_account', postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_platforms_provider_id'))

    op.drop_table('platforms')
    with op.batch_alter_table('security_events', schema=None) as batch_op:
        batch_op.drop_index('ix_security_events_hour_id')

    op.drop_table('security_events')
    op.drop_table('security_alerts')
    op.drop_table('providers')
    with op.batch_alter_table('missed_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_missed_events_site'))

    op.drop_table('missed_events')
