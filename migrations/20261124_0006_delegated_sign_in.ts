import { Migration } from '@mikro-orm/migrations';

/**
 * A third kind of credential: the sign-in of a person, kept as a sealed refresh token that changes with every use.
 * Several hosts use one sign-in, so the new token is stored only over the one that was used: the hash of the sealed
 * bytes says which that was.
 */
const functions = `
create function app.reseal_sign_in(credential_id uuid, previous_hash text, sealed bytea, recipients text[], out refused text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  current app.credentials;
  action text;
begin
  if not app.is_host() then
    refused := app.refuse(null, 'credential.rotated', 'credential', credential_id::text, 'host_needed');
    return;
  end if;
  select c.* into current from app.credentials c
   where c.id = credential_id and c.replaced_at is null and c.kind = 'delegated' for no key update;
  if not found then
    refused := 'credential_replaced';
    return;
  end if;
  -- Another host was quicker; what it stored is newer than what this one was given.
  if encode(sha256(current.sealed), 'hex') <> previous_hash then
    refused := 'sign_in_rotated';
    return;
  end if;
  update app.credentials c set sealed = reseal_sign_in.sealed, recipients = reseal_sign_in.recipients
   where c.id = credential_id;
  action := case when current.recipients @> reseal_sign_in.recipients and current.recipients <@ reseal_sign_in.recipients
    then 'credential.rotated' else 'credential.resealed' end;
  perform app.audit_append(current.tenant_id, action, 'credential', credential_id::text, 'success', null,
    jsonb_build_object('recipients', to_jsonb(current.recipients)), jsonb_build_object('recipients', to_jsonb(reseal_sign_in.recipients)));
end $$;
comment on function app.reseal_sign_in(uuid, text, bytea, text[]) is 'Stores the next refresh token of a person''s sign-in, or seals it to other hosts; for hosts, and only over the bytes with that hash.';
`;

export class Migration20261124_0006_delegated_sign_in extends Migration {
  override up(): void {
    for (const statement of [
      `alter table app.credentials drop constraint credentials_kind_check`,
      `alter table app.credentials add constraint credentials_kind_check check (kind in ('secret', 'certificate', 'delegated'))`,
      functions,
      `grant execute on function app.reseal_sign_in(uuid, text, bytea, text[]) to tenantkeep_host`,
    ]) {
      this.addSql(statement);
    }
  }
}
