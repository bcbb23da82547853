import { Migration } from '@mikro-orm/migrations';
import { forceRowLevelSecurity } from './row-level-security.ts';

/**
 * Alerts, the channels that tell of them, and the messages in between. An alert is a lasting trouble of a tenant or
 * of the workspace: opened once, resolved once. A message is unique by (channel, alert, kind, number), so that any
 * number of hosts that see the same trouble write it once. What a channel needs that is secret (the address of a
 * Teams workflow, a password, a signing key) is sealed to the hosts, as credentials are.
 */
const tables = `
create table app.alert_channels (
  id             uuid primary key,
  tenant_id      uuid references app.tenants (id),
  name           text not null check (length(name) between 1 and 200),
  kind           text not null check (kind in ('teams', 'smtp', 'webhook')),
  settings       jsonb not null,
  sealed         bytea not null check (octet_length(sealed) between 1 and 1048576),
  recipients     text[] not null check (cardinality(recipients) > 0),
  enabled        boolean not null default true,
  least_severity text not null default 'warning' check (least_severity in ('warning', 'critical')),
  quiet_hours    jsonb,
  digest         jsonb,
  created_at     timestamptz not null default app.db_now(),
  created_by     text not null default session_user,
  changed_at     timestamptz not null default app.db_now(),
  removed_at     timestamptz,
  last_sent_at   timestamptz,
  failing_since  timestamptz,
  failures       int not null default 0,
  retry_at       timestamptz,
  last_error     text check (length(last_error) <= 500)
) with (fillfactor = 70);
comment on table app.alert_channels is 'Where alerts are sent. tenant_id null: a channel of the workspace, which hears of every tenant.';
comment on column app.alert_channels.settings is 'What is no secret: server, sender and receivers of mail, the host of an address.';

create table app.alerts (
  id           uuid primary key default gen_random_uuid(),
  tenant_id    uuid references app.tenants (id),
  cause        text not null check (cause ~ '^[a-z][a-z_]{0,49}$'),
  subject      text not null default '' check (length(subject) <= 100),
  severity     text not null check (severity in ('warning', 'critical')),
  sentence     text not null check (length(sentence) between 1 and 1000),
  next_step    text check (length(next_step) <= 1000),
  opened_at    timestamptz not null default app.db_now(),
  escalated_at timestamptz,
  resolved_at  timestamptz,
  recovers     boolean not null default true
);
comment on column app.alerts.subject is 'What of the tenant or the workspace is in trouble, where there can be several: a host, a chain.';
comment on column app.alerts.recovers is 'False: it was over when it was seen, so nobody is told that it is over.';
create unique index alerts_open on app.alerts
  (coalesce(tenant_id, '00000000-0000-0000-0000-000000000000'), cause, subject) where resolved_at is null;
create index alerts_by_opening on app.alerts (opened_at desc, id);
create index alerts_by_end on app.alerts (resolved_at) where resolved_at is not null;

create table app.alert_messages (
  id           uuid primary key default gen_random_uuid(),
  channel_id   uuid not null references app.alert_channels (id),
  tenant_id    uuid,
  alert_id     uuid references app.alerts (id),
  kind         text not null check (kind in ('raised', 'escalated', 'reminder', 'recovered', 'test')),
  number       int not null default 0,
  created_at   timestamptz not null default app.db_now(),
  due_at       timestamptz not null,
  attempts     int not null default 0,
  leased_until timestamptz,
  sent_at      timestamptz,
  given_up_at  timestamptz,
  constraint alert_messages_test check ((kind = 'test') = (alert_id is null))
) with (fillfactor = 70);
comment on column app.alert_messages.number is 'Counts the reminders of an alert, one a day; 0 for the other kinds.';
create unique index alert_messages_once on app.alert_messages (alert_id, channel_id, kind, number) where alert_id is not null;
create index alert_messages_waiting on app.alert_messages (channel_id, due_at) where sent_at is null and given_up_at is null;

-- One row: hosts take turns by locking it, so that a trouble is judged once a minute and not once a host.
create table app.alert_watch (
  only_row     boolean primary key default true check (only_row),
  looked_at    timestamptz
);
insert into app.alert_watch default values;

create table app.chain_checks (
  chain_id        uuid primary key,
  tenant_id       uuid,
  checked_at      timestamptz not null default app.db_now(),
  checked_by      text not null default session_user,
  events          bigint not null,
  head_hash       text not null check (head_hash ~ '^[0-9a-f]{64}$'),
  broken_sequence bigint,
  what            text check (length(what) <= 500)
);
comment on table app.chain_checks is 'The last check of each audit chain by a host: whole up to events, or broken at a sequence.';
`;

const functions = `
-- Saves a channel of a tenant, or of the workspace (tenant null). Where sealed is null, what was sealed before stays.
create function app.save_alert_channel(channel_id uuid, tenant_id uuid, name text, kind text, settings jsonb,
  sealed bytea, recipients text[], enabled boolean, least_severity text, quiet_hours jsonb, digest jsonb, out refused text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  previous app.alert_channels;
begin
  if not (case when save_alert_channel.tenant_id is null then app.is_administrator()
               else app.has_tenant_role(save_alert_channel.tenant_id, '{owner,manager}') end) then
    refused := app.refuse(save_alert_channel.tenant_id, 'alert_channel.saved', 'alert_channel', save_alert_channel.channel_id::text,
      case when save_alert_channel.tenant_id is null then 'administrator_needed' else 'tenant_forbidden' end);
    return;
  end if;
  select c.* into previous from app.alert_channels c where c.id = save_alert_channel.channel_id for no key update;
  -- A channel never moves to another tenant, and what was removed stays removed.
  if found and (previous.tenant_id is distinct from save_alert_channel.tenant_id or previous.removed_at is not null) then
    refused := 'alert_channel_unknown';
    return;
  end if;
  if save_alert_channel.sealed is null and (previous.id is null or previous.kind <> save_alert_channel.kind) then
    refused := 'alert_channel_secret_needed';
    return;
  end if;
  insert into app.alert_channels as c (id, tenant_id, name, kind, settings, sealed, recipients, enabled, least_severity, quiet_hours, digest)
    values (save_alert_channel.channel_id, save_alert_channel.tenant_id, save_alert_channel.name, save_alert_channel.kind, save_alert_channel.settings,
            coalesce(save_alert_channel.sealed, previous.sealed), coalesce(save_alert_channel.recipients, previous.recipients),
            save_alert_channel.enabled, save_alert_channel.least_severity, save_alert_channel.quiet_hours, save_alert_channel.digest)
    on conflict (id) do update set name = excluded.name, kind = excluded.kind, settings = excluded.settings, sealed = excluded.sealed,
      recipients = excluded.recipients, enabled = excluded.enabled, least_severity = excluded.least_severity,
      quiet_hours = excluded.quiet_hours, digest = excluded.digest, changed_at = app.db_now(),
      -- Whoever mends a channel wants it tried now.
      retry_at = null;
  perform app.audit_append(save_alert_channel.tenant_id, 'alert_channel.saved', 'alert_channel', save_alert_channel.channel_id::text, 'success', null,
    case when previous.id is null then null else jsonb_build_object('name', previous.name, 'kind', previous.kind, 'enabled', previous.enabled) end,
    jsonb_build_object('name', save_alert_channel.name, 'kind', save_alert_channel.kind, 'enabled', save_alert_channel.enabled,
                       'secretReplaced', save_alert_channel.sealed is not null));
end $$;

create function app.remove_alert_channel(channel_id uuid, out refused text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  gone app.alert_channels;
begin
  refused := app.alert_channel_refusal(channel_id, 'alert_channel.removed');
  if refused is not null then
    return;
  end if;
  update app.alert_channels c set removed_at = app.db_now(), enabled = false where c.id = channel_id returning c.* into gone;
  update app.alert_messages m set given_up_at = app.db_now()
   where m.channel_id = remove_alert_channel.channel_id and m.sent_at is null and m.given_up_at is null;
  perform app.audit_append(gone.tenant_id, 'alert_channel.removed', 'alert_channel', channel_id::text, 'success', null,
    jsonb_build_object('name', gone.name, 'kind', gone.kind));
end $$;

-- Asks the hosts to send a message that says that it is a test. One waits at a time.
create function app.test_alert_channel(channel_id uuid, out message_id uuid, out refused text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  tenant uuid;
begin
  refused := app.alert_channel_refusal(channel_id, 'alert_channel.tested');
  if refused is not null then
    return;
  end if;
  update app.alert_channels c set retry_at = null where c.id = channel_id returning c.tenant_id into tenant;
  select m.id into message_id from app.alert_messages m
   where m.channel_id = test_alert_channel.channel_id and m.kind = 'test' and m.sent_at is null and m.given_up_at is null limit 1;
  if message_id is null then
    insert into app.alert_messages (channel_id, tenant_id, kind, due_at) values (channel_id, tenant, 'test', app.db_now())
      returning id into message_id;
    perform app.audit_append(tenant, 'alert_channel.tested', 'alert_channel', channel_id::text);
  end if;
end $$;

-- Locks the channel; null when the caller may change it. Called by our own functions only.
create function app.alert_channel_refusal(channel_id uuid, action text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  channel app.alert_channels;
begin
  select c.* into channel from app.alert_channels c where c.id = channel_id and c.removed_at is null for no key update;
  if not found then
    return 'alert_channel_unknown';
  end if;
  if channel.tenant_id is null and not app.is_administrator() then
    return app.refuse(null, action, 'alert_channel', channel_id::text, 'administrator_needed');
  end if;
  if channel.tenant_id is not null and not app.has_tenant_role(channel.tenant_id, '{owner,manager}') then
    -- Whoever has no role there is not told that there is such a channel.
    return case when app.has_tenant_role(channel.tenant_id, '{operator,auditor,reader}')
      then app.refuse(channel.tenant_id, action, 'alert_channel', channel_id::text, 'tenant_forbidden')
      else 'alert_channel_unknown' end;
  end if;
  return null;
end $$;

-- How many messages wait, for whoever sees the channel: the messages themselves may speak of tenants that an
-- administrator of the workspace has no role in.
create function app.count_waiting_messages(channel_id uuid) returns int
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select count(m.id)::int
    from app.alert_channels c
    left join app.alert_messages m on m.channel_id = c.id and m.sent_at is null and m.given_up_at is null
   where c.id = count_waiting_messages.channel_id
     and (app.is_host() or (c.tenant_id is null and app.is_administrator()) or app.has_tenant_role(c.tenant_id, '{owner,manager}'))
$$;

create function app.reseal_alert_channel(channel_id uuid, sealed bytea, recipients text[], out refused text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  previous app.alert_channels;
begin
  if not app.is_host() then
    refused := app.refuse(null, 'alert_channel.resealed', 'alert_channel', channel_id::text, 'host_needed');
    return;
  end if;
  select c.* into previous from app.alert_channels c where c.id = channel_id and c.removed_at is null for no key update;
  if not found then
    refused := 'alert_channel_unknown';
    return;
  end if;
  update app.alert_channels c set sealed = reseal_alert_channel.sealed, recipients = reseal_alert_channel.recipients where c.id = channel_id;
  perform app.audit_append(previous.tenant_id, 'alert_channel.resealed', 'alert_channel', channel_id::text, 'success', null,
    jsonb_build_object('recipients', to_jsonb(previous.recipients)), jsonb_build_object('recipients', to_jsonb(reseal_alert_channel.recipients)));
end $$;
`;

const ofChannel = `(tenant_id is null and (select app.is_administrator())) or tenant_id in (select app.permitted_tenants('{owner,manager}'))`;

const access = [
  `create policy host_reads on app.alert_channels for select to tenantkeep_host using ((select app.is_host()))`,
  `create policy host_notes on app.alert_channels for update to tenantkeep_host using ((select app.is_host()))`,
  `create policy technician_reads on app.alert_channels for select to tenantkeep_technician using (${ofChannel})`,
  `create policy host_reads on app.alerts for select to tenantkeep_host using ((select app.is_host()))`,
  `create policy host_opens on app.alerts for insert to tenantkeep_host with check ((select app.is_host()))`,
  `create policy host_resolves on app.alerts for update to tenantkeep_host using ((select app.is_host()))`,
  `create policy technician_reads on app.alerts for select to tenantkeep_technician
     using ((tenant_id is null and (select app.current_technician_id()) is not null) or tenant_id in (select app.permitted_tenants()))`,
  `create policy host_reads on app.alert_messages for select to tenantkeep_host using ((select app.is_host()))`,
  `create policy host_adds on app.alert_messages for insert to tenantkeep_host with check ((select app.is_host()))`,
  `create policy host_sends on app.alert_messages for update to tenantkeep_host using ((select app.is_host()))`,
  // Those of a workspace's channel speak of tenants, which its administrator may not see.
  `create policy technician_reads on app.alert_messages for select to tenantkeep_technician
     using ((alert_id is null and tenant_id is null and (select app.is_administrator()))
            or tenant_id in (select app.permitted_tenants('{owner,manager}')))`,
  `create policy host_looks on app.alert_watch for all to tenantkeep_host using ((select app.is_host()))`,
  `create policy host_reads on app.chain_checks for select to tenantkeep_host using ((select app.is_host()))`,
  `create policy host_adds on app.chain_checks for insert to tenantkeep_host with check ((select app.is_host()))`,
  `create policy host_notes on app.chain_checks for update to tenantkeep_host using ((select app.is_host()))`,
  `create policy technician_reads on app.chain_checks for select to tenantkeep_technician
     using (tenant_id in (select app.permitted_tenants('{owner,manager,auditor}'))
            or (tenant_id is null and (select app.is_administrator())))`,
  `grant select on app.alert_channels, app.alerts, app.alert_messages, app.alert_watch, app.chain_checks to tenantkeep_host`,
  `grant update (last_sent_at, failing_since, failures, retry_at, last_error) on app.alert_channels to tenantkeep_host`,
  `grant insert (tenant_id, cause, subject, severity, sentence, next_step, resolved_at, recovers), update (severity, sentence, next_step, escalated_at, resolved_at)
     on app.alerts to tenantkeep_host`,
  `grant insert (channel_id, tenant_id, alert_id, kind, number, due_at), update (attempts, leased_until, sent_at, given_up_at)
     on app.alert_messages to tenantkeep_host`,
  `grant update (looked_at) on app.alert_watch to tenantkeep_host`,
  `grant insert (chain_id, tenant_id, events, head_hash, broken_sequence, what), update (checked_at, checked_by, events, head_hash, broken_sequence, what)
     on app.chain_checks to tenantkeep_host`,
  `grant select (id, tenant_id, name, kind, settings, recipients, enabled, least_severity, quiet_hours, digest, created_at, created_by,
     changed_at, removed_at, last_sent_at, failing_since, failures, retry_at, last_error) on app.alert_channels to tenantkeep_technician`,
  `grant select on app.alerts, app.alert_messages, app.chain_checks to tenantkeep_technician`,
  `grant execute on function app.reseal_alert_channel(uuid, bytea, text[]) to tenantkeep_host`,
  `grant execute on function app.count_waiting_messages(uuid) to tenantkeep_host, tenantkeep_technician`,
  `grant execute on function
     app.save_alert_channel(uuid, uuid, text, text, jsonb, bytea, text[], boolean, text, jsonb, jsonb),
     app.remove_alert_channel(uuid), app.test_alert_channel(uuid) to tenantkeep_technician`,
];

export class Migration20261128_0012_alerts extends Migration {
  override up(): void {
    for (const statement of [
      tables,
      ...['alert_channels', 'alerts', 'alert_messages', 'alert_watch', 'chain_checks'].flatMap((table) =>
        forceRowLevelSecurity(table),
      ),
      functions,
      ...access,
    ]) {
      this.addSql(statement);
    }
  }
}
