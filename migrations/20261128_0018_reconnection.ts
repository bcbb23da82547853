import { Migration } from '@mikro-orm/migrations';

const definer = `volatile security definer set search_path = pg_catalog, pg_temp`;

/**
 * A disconnected tenant is connected again by a new credential with which a host has signed in: an owner proposes
 * it, and the check that passes changes the state in the transaction that puts the credential in force. Its
 * schedules stay paused until somebody resumes them.
 */
const functions = `
create or replace function app.request_access_check(p_tenant uuid, p_candidate uuid default null,
  out check_id uuid, out created boolean, out refused text)
language plpgsql ${definer} as $$
begin
  if not app.has_tenant_role(p_tenant, case when p_candidate is null then '{owner,manager,operator}'::text[] else '{owner,manager}' end) then
    refused := app.refuse_member(p_tenant, 'tenant.access_check_requested', 'tenant', p_tenant::text, 'tenant_not_found');
    return;
  end if;
  perform 1 from app.tenants t where t.id = p_tenant and (t.state = 'connected' or p_candidate is not null) for no key update;
  refused := case when not found then 'tenant_disconnected'
                  when p_candidate is not null and not exists (
                    select 1 from app.credential_candidates k where k.id = p_candidate and k.tenant_id = p_tenant)
                  then 'candidate_not_found' end;
  if refused is not null then
    return;
  end if;
  delete from app.access_checks c
   where c.tenant_id = p_tenant and c.state in ('done', 'failed')
     and c.id not in (select n.id from app.access_checks n where n.tenant_id = p_tenant and n.finished_at is not null
                       order by n.state = 'done' desc, n.finished_at desc limit 20)
     and c.finished_at < (select max(n.finished_at) from app.access_checks n where n.tenant_id = p_tenant);
  -- The check that the insert meets may end before it is looked at: then insert again.
  loop
    insert into app.access_checks (tenant_id, candidate_id) values (p_tenant, p_candidate)
    on conflict (tenant_id) where state in ('queued', 'running') do nothing
    returning id into check_id;
    created := found;
    if created then
      perform app.audit_append(p_tenant, 'tenant.access_check_requested', 'tenant', p_tenant::text,
        after => jsonb_strip_nulls(jsonb_build_object('checkId', check_id, 'candidateId', p_candidate)));
      return;
    end if;
    select c.id into check_id from app.access_checks c where c.tenant_id = p_tenant and c.state in ('queued', 'running');
    if found then
      return;
    end if;
  end loop;
end $$;

create or replace function app.propose_credential(p_tenant uuid, p_credential uuid, p_kind text, p_client uuid, p_sealed bytea,
  p_recipients text[], p_expires_at timestamptz, p_public_certificate text, out check_id uuid, out refused text)
language plpgsql ${definer} as $$
begin
  if not app.has_tenant_role(p_tenant, '{owner,manager}') then
    refused := app.refuse_member(p_tenant, 'credential.proposed', 'credential', p_credential::text, 'tenant_not_found');
    return;
  end if;
  -- Only an owner disconnects a tenant, so only an owner connects it again.
  perform 1 from app.tenants t
    where t.id = p_tenant and (t.state = 'connected' or app.has_tenant_role(p_tenant, '{owner}')) for no key update;
  if not found then
    refused := app.refuse_member(p_tenant, 'credential.proposed', 'credential', p_credential::text, 'tenant_not_found');
    return;
  end if;
  delete from app.credential_candidates k where k.tenant_id = p_tenant;
  insert into app.credential_candidates (id, tenant_id, kind, client_id, sealed, recipients, expires_at, public_certificate)
    values (p_credential, p_tenant, p_kind, p_client, p_sealed, p_recipients, p_expires_at, p_public_certificate);
  perform app.audit_append(p_tenant, 'credential.proposed', 'credential', p_credential::text, 'success', null, null,
    jsonb_build_object('kind', p_kind, 'clientId', p_client, 'recipients', to_jsonb(p_recipients), 'expiresAt', p_expires_at));
  update app.access_checks c
     set state = 'failed', finished_at = app.db_now(), lease_expires_at = null,
         error = '{"code": "superseded", "message": "A new credential was proposed meanwhile.", "nextStep": null}'
   where c.tenant_id = p_tenant and c.state in ('queued', 'running');
  select r.check_id, r.refused into check_id, refused from app.request_access_check(p_tenant, p_credential) r;
end $$;

create or replace function app.finish_access_check(p_check uuid, p_token int, p_result jsonb, p_error jsonb, out ended boolean)
language plpgsql ${definer} as $$
declare
  c app.access_checks;
  k app.credential_candidates;
  previous jsonb;
begin
  if not app.is_host() then
    raise exception 'Only an approved host checks access.' using errcode = '42501';
  end if;
  select a.* into c
    from app.access_checks a
    join app.hosts h on h.id = a.host_id and h.login = session_user and h.removed_at is null
   where a.id = p_check and a.state = 'running' and a.token = p_token
     for no key update of a;
  ended := found;
  if not ended then
    return;
  end if;
  if p_result is null and p_error is null then
    update app.access_checks a set state = 'queued', host_id = null, lease_expires_at = null, token = greatest(a.token - 1, 0)
     where a.id = c.id;
    perform app.audit_append(c.tenant_id, 'tenant.access_check_given_back', 'tenant', c.tenant_id::text,
      after => jsonb_build_object('checkId', c.id));
    return;
  end if;
  update app.access_checks a
     set state = case when p_result is null then 'failed' else 'done' end,
         finished_at = app.db_now(), lease_expires_at = null, error = case when p_result is null then p_error end,
         organization = p_result ->> 'organization', types = p_result -> 'types', consent_url = p_result ->> 'consentUrl',
         missing_permissions = case when p_result is not null then
           array(select jsonb_array_elements_text(p_result -> 'missingPermissions')) end
   where a.id = c.id;
  if p_result is not null and c.candidate_id is not null then
    perform 1 from app.tenants t where t.id = c.tenant_id for no key update;
    -- Disconnecting forgets what was proposed before, so a candidate that is still there was proposed afterwards.
    delete from app.credential_candidates d where d.id = c.candidate_id and d.tenant_id = c.tenant_id returning d.* into k;
    if k.id is not null then
      update app.credentials o set replaced_at = app.db_now()
       where o.tenant_id = c.tenant_id and o.replaced_at is null
      returning jsonb_build_object('id', o.id, 'kind', o.kind, 'clientId', o.client_id, 'expiresAt', o.expires_at) into previous;
      insert into app.credentials (id, tenant_id, kind, client_id, sealed, recipients, expires_at, public_certificate, created_by)
        values (k.id, k.tenant_id, k.kind, k.client_id, k.sealed, k.recipients, k.expires_at, k.public_certificate, k.created_by);
      perform app.audit_append(c.tenant_id, 'credential.stored', 'credential', k.id::text, 'success', null, previous,
        jsonb_build_object('kind', k.kind, 'clientId', k.client_id, 'recipients', to_jsonb(k.recipients),
                           'expiresAt', k.expires_at, 'proposedBy', k.created_by));
      update app.tenants t set state = 'connected', disconnected_at = null, changed_at = app.db_now()
       where t.id = c.tenant_id and t.state = 'disconnected';
      if found then
        perform app.audit_append(c.tenant_id, 'tenant.reconnected', 'tenant', c.tenant_id::text,
          after => jsonb_build_object('credentialId', k.id, 'proposedBy', k.created_by));
      end if;
    end if;
  end if;
  perform app.audit_append(c.tenant_id, 'tenant.access_checked', 'tenant', c.tenant_id::text,
    case when p_result is null then 'failure' else 'success' end, p_error ->> 'code', null,
    jsonb_strip_nulls(jsonb_build_object('checkId', c.id, 'candidateId', c.candidate_id, 'requestedBy', c.requested_by,
                                         'missingPermissions', p_result -> 'missingPermissions')));
end $$;
`;

export class Migration20261128_0018_reconnection extends Migration {
  override up(): void {
    this.addSql(functions);
  }
}
