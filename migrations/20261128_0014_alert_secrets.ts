import { Migration } from '@mikro-orm/migrations';

/**
 * The secret of a channel stays with the server that it was given for. The app asks for it again where the server
 * changes; by psql a manager could name a server of their own instead, without encryption, and have a host send the
 * stored password there.
 */
const functions = `
create or replace function app.save_alert_channel(channel_id uuid, tenant_id uuid, name text, kind text, settings jsonb,
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
  if save_alert_channel.sealed is null
     and (previous.id is null or previous.kind is distinct from save_alert_channel.kind
          or (save_alert_channel.settings - '{name,from,to}'::text[]) is distinct from (previous.settings - '{name,from,to}'::text[])) then
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
`;

export class Migration20261128_0014_alert_secrets extends Migration {
  override up(): void {
    this.addSql(functions);
  }
}
