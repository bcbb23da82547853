/** Sealed secret values follow the hosts as credentials do, and the end of a credential is announced once. */
const definer = `volatile security definer set search_path = pg_catalog, pg_temp`;

export const credentialTables = `
alter table app.sealed_secrets add column sealed_to bytea check (octet_length(sealed_to) = 32);
comment on column app.sealed_secrets.sealed_to is 'SHA-256 of the sorted public keys, one a line, to which it is sealed; null where nobody wrote it down. The list itself would be longer than most secrets.';

alter table app.credentials add column expiry_announced_at timestamptz;
comment on column app.credentials.expiry_announced_at is 'When the audit was told that the credential ends soon.';
`;

export const credentialFunctions = `
-- The same values, sealed to another list of hosts. Only over the bytes that the caller opened, so that two hosts at
-- once cannot mix; answers how many that was.
create function app.reseal_secrets(p_tenant uuid, p_fingerprints bytea[], p_previous bytea[], p_sealed bytea[],
  p_sealed_to bytea, out resealed int, out refused text)
language plpgsql ${definer} as $$
begin
  if not app.is_host() then
    refused := app.refuse(null, 'secrets.resealed', 'tenant', p_tenant::text, 'host_needed');
    return;
  end if;
  with found as (
    select s.fingerprint, n.sealed
      from unnest(p_fingerprints, p_previous, p_sealed) n (fingerprint, previous, sealed)
      join app.sealed_secrets s on s.tenant_id = p_tenant and s.fingerprint = n.fingerprint and sha256(s.sealed) = n.previous
     order by s.fingerprint for no key update of s
  ),
  changed as (
    update app.sealed_secrets s set sealed = f.sealed, sealed_to = p_sealed_to
      from found f where s.tenant_id = p_tenant and s.fingerprint = f.fingerprint returning 1
  )
  select count(*) into resealed from changed;
  if resealed > 0 then
    perform app.audit_append(p_tenant, 'secrets.resealed', 'tenant', p_tenant::text, 'success', null, null,
      jsonb_build_object('secrets', resealed, 'sealedTo', encode(p_sealed_to, 'hex')));
  end if;
end $$;
comment on function app.reseal_secrets(uuid, bytea[], bytea[], bytea[], bytea) is 'For hosts: secret values of a tenant sealed anew, each over the bytes with that hash. One audit event a call.';

-- One event for each credential in force that ends within 30 days, whichever host comes first.
create function app.announce_expiring_credentials() returns int language plpgsql ${definer} as $$
declare
  announced int;
begin
  if not app.is_host() then
    raise exception 'Only an approved host watches credentials.' using errcode = '42501';
  end if;
  with ending as (
    select c.id from app.credentials c join app.tenants t on t.id = c.tenant_id
     where c.replaced_at is null and t.state = 'connected' and c.expiry_announced_at is null
       and c.expires_at <= app.db_now() + interval '30 days'
     order by c.tenant_id for no key update of c skip locked
  ),
  noted as (
    update app.credentials c set expiry_announced_at = app.db_now() from ending e where c.id = e.id
    returning c.id, c.tenant_id, c.kind, c.expires_at
  ),
  audited as (
    select app.audit_append_many(array_agg(n.tenant_id order by n.tenant_id), array_agg('credential.expiring'::text),
             array_agg('credential'::text), array_agg(n.id::text order by n.tenant_id), null, null, null,
             array_agg(jsonb_build_object('kind', n.kind, 'expiresAt', n.expires_at) order by n.tenant_id))
      from noted n having count(*) > 0
  )
  select (select count(*) from noted) + 0 * (select count(*) from audited) into announced;
  return announced;
end $$;
comment on function app.announce_expiring_credentials() is 'For hosts: writes credential.expiring once for each credential that ends within 30 days; answers how many.';
`;

export const credentialGrants = `
grant execute on function app.reseal_secrets(uuid, bytea[], bytea[], bytea[], bytea), app.announce_expiring_credentials()
  to tenantkeep_host;
`;
