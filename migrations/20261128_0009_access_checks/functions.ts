const definer = `volatile security definer set search_path = pg_catalog, pg_temp`;

/**
 * A technician asks for an access check and a host does it, because only hosts open credentials and talk to Graph.
 * A partial unique index allows one active check per tenant. A check is claimed under a lease of two minutes, so
 * that a host that vanished blocks nothing; the token fences an answer that comes after the lease was given away.
 */
export const checkFunctions = `
-- \`created\` false: a check of this tenant is active already, and this is it.
create function app.request_access_check(p_tenant uuid, p_candidate uuid default null,
  out check_id uuid, out created boolean, out refused text)
language plpgsql ${definer} as $$
begin
  if not app.has_tenant_role(p_tenant, case when p_candidate is null then '{owner,manager,operator}'::text[] else '{owner,manager}' end) then
    refused := app.refuse_member(p_tenant, 'tenant.access_check_requested', 'tenant', p_tenant::text, 'tenant_not_found');
    return;
  end if;
  perform 1 from app.tenants t where t.id = p_tenant and t.state = 'connected' for no key update;
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

-- For hosts. Takes the oldest check that this host can do, or the only one named. Rows that another host is
-- claiming are skipped; a lease that ended is given to the next host, at most three times.
create function app.claim_access_check(p_openable uuid[], p_only uuid default null,
  out check_id uuid, out of_tenant uuid, out candidate uuid, out fence int)
language plpgsql ${definer} as $$
declare
  me app.hosts;
  c app.access_checks;
begin
  select h.* into me from app.hosts h where h.login = session_user and h.approved_at is not null and h.removed_at is null;
  if me.id is null then
    raise exception 'Only an approved host checks access.' using errcode = '42501';
  end if;
  for c in
    update app.access_checks a
       set state = 'failed', finished_at = app.db_now(), lease_expires_at = null,
           error = '{"code": "host_lost", "message": "Three hosts began this check and none of them ended it.", "nextStep": "Read the logs of the hosts, then check again."}'
     where a.state = 'running' and a.token >= 3 and a.lease_expires_at < app.db_now()
    returning a.*
  loop
    perform app.audit_append(c.tenant_id, 'tenant.access_checked', 'tenant', c.tenant_id::text, 'failure', 'host_lost');
  end loop;
  select a.* into c
    from app.access_checks a
    left join app.credential_candidates k on k.id = a.candidate_id
   where (a.state = 'queued' or (a.state = 'running' and a.lease_expires_at < app.db_now()))
     and (p_only is null or a.id = p_only)
     and case when a.candidate_id is null
              -- A tenant that was connected a moment ago is sealed to this host and not yet in its list.
              then a.tenant_id = any (p_openable) or exists (
                     select 1 from app.credentials o
                      where o.tenant_id = a.tenant_id and o.replaced_at is null and me.public_key = any (o.recipients))
              else me.public_key = any (k.recipients) end
   order by a.requested_at, a.id
   limit 1
     for no key update of a skip locked;
  if not found then
    return;
  end if;
  update app.access_checks a
     set state = 'running', host_id = me.id, token = a.token + 1, lease_expires_at = app.db_now() + interval '2 minutes'
   where a.id = c.id
  returning a.id, a.tenant_id, a.candidate_id, a.token into check_id, of_tenant, candidate, fence;
end $$;

-- For the host that holds the check. With neither result nor error the check is given back. A candidate that has
-- signed in takes the place of the credential in force in the same transaction.
create function app.finish_access_check(p_check uuid, p_token int, p_result jsonb, p_error jsonb, out ended boolean)
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
    perform 1 from app.tenants t where t.id = c.tenant_id and t.state = 'connected' for no key update;
    if found then
      delete from app.credential_candidates d where d.id = c.candidate_id and d.tenant_id = c.tenant_id returning d.* into k;
    end if;
    if k.id is not null then
      update app.credentials o set replaced_at = app.db_now()
       where o.tenant_id = c.tenant_id and o.replaced_at is null
      returning jsonb_build_object('id', o.id, 'kind', o.kind, 'clientId', o.client_id, 'expiresAt', o.expires_at) into previous;
      insert into app.credentials (id, tenant_id, kind, client_id, sealed, recipients, expires_at, public_certificate, created_by)
        values (k.id, k.tenant_id, k.kind, k.client_id, k.sealed, k.recipients, k.expires_at, k.public_certificate, k.created_by);
      perform app.audit_append(c.tenant_id, 'credential.stored', 'credential', k.id::text, 'success', null, previous,
        jsonb_build_object('kind', k.kind, 'clientId', k.client_id, 'recipients', to_jsonb(k.recipients),
                           'expiresAt', k.expires_at, 'proposedBy', k.created_by));
    end if;
  end if;
  perform app.audit_append(c.tenant_id, 'tenant.access_checked', 'tenant', c.tenant_id::text,
    case when p_result is null then 'failure' else 'success' end, p_error ->> 'code', null,
    jsonb_strip_nulls(jsonb_build_object('checkId', c.id, 'candidateId', c.candidate_id, 'requestedBy', c.requested_by,
                                         'missingPermissions', p_result -> 'missingPermissions')));
end $$;
`;

/** Credentials on their way, and the small changes that screens make to a tenant and to oneself. */
export const changeFunctions = `
-- Takes the place of an earlier proposal, and of a check that is under way: that one tried something else.
create function app.propose_credential(p_tenant uuid, p_credential uuid, p_kind text, p_client uuid, p_sealed bytea,
  p_recipients text[], p_expires_at timestamptz, p_public_certificate text, out check_id uuid, out refused text)
language plpgsql ${definer} as $$
begin
  if not app.has_tenant_role(p_tenant, '{owner,manager}') then
    refused := app.refuse_member(p_tenant, 'credential.proposed', 'credential', p_credential::text, 'tenant_not_found');
    return;
  end if;
  perform 1 from app.tenants t where t.id = p_tenant and t.state = 'connected' for no key update;
  if not found then
    refused := 'tenant_disconnected';
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

create function app.discard_candidate(p_tenant uuid, out refused text) language plpgsql ${definer} as $$
declare
  discarded uuid;
begin
  if not app.has_tenant_role(p_tenant, '{owner,manager}') then
    refused := app.refuse_member(p_tenant, 'credential.discarded', 'tenant', p_tenant::text, 'tenant_not_found');
    return;
  end if;
  perform 1 from app.tenants t where t.id = p_tenant for no key update;
  delete from app.credential_candidates k where k.tenant_id = p_tenant returning k.id into discarded;
  if discarded is null then
    refused := 'candidate_not_found';
    return;
  end if;
  update app.access_checks c
     set state = 'failed', finished_at = app.db_now(), lease_expires_at = null,
         error = '{"code": "superseded", "message": "The proposed credential was discarded meanwhile.", "nextStep": null}'
   where c.tenant_id = p_tenant and c.candidate_id = discarded and c.state in ('queued', 'running');
  perform app.audit_append(p_tenant, 'credential.discarded', 'credential', discarded::text);
end $$;

-- Shows the public half of a key pair that was made here. Once only: what was uploaded must not change afterwards.
create function app.publish_certificate(p_credential uuid, p_certificate text, out refused text) language plpgsql ${definer} as $$
declare
  of_tenant uuid := (select c.tenant_id from app.credentials c where c.id = p_credential);
begin
  if of_tenant is null or not app.has_tenant_role(of_tenant, '{owner,manager}') then
    refused := app.refuse_member(of_tenant, 'credential.certificate_published', 'credential', p_credential::text, 'tenant_not_found');
    return;
  end if;
  update app.credentials c set public_certificate = p_certificate
   where c.id = p_credential and c.kind = 'certificate' and c.public_certificate is null
     and p_certificate like '-----BEGIN CERTIFICATE-----%' and p_certificate not like '%PRIVATE KEY%';
  if not found then
    refused := 'certificate_not_publishable';
    return;
  end if;
  perform app.audit_append(of_tenant, 'credential.certificate_published', 'credential', p_credential::text);
end $$;

create function app.set_allowed_age(p_tenant uuid, p_minutes int, out refused text) language plpgsql ${definer} as $$
declare
  previous int;
begin
  if not app.has_tenant_role(p_tenant, '{owner,manager}') then
    refused := app.refuse_member(p_tenant, 'tenant.edited', 'tenant', p_tenant::text, 'tenant_not_found');
    return;
  end if;
  select t.allowed_age_minutes into previous from app.tenants t where t.id = p_tenant for no key update;
  if previous is not distinct from p_minutes then
    return;
  end if;
  update app.tenants t set allowed_age_minutes = p_minutes, changed_at = app.db_now() where t.id = p_tenant;
  perform app.audit_append(p_tenant, 'tenant.edited', 'tenant', p_tenant::text, 'success', null,
    jsonb_build_object('allowedAgeMinutes', previous), jsonb_build_object('allowedAgeMinutes', p_minutes));
end $$;

-- A tenant that is disconnected keeps no secret, also none that was only proposed.
create function app.forget_proposals_of_tenant() returns trigger language plpgsql ${definer} as $$
begin
  delete from app.credential_candidates k where k.tenant_id = new.id;
  update app.access_checks c
     set state = 'failed', finished_at = app.db_now(), lease_expires_at = null,
         error = '{"code": "tenant_disconnected", "message": "The tenant was disconnected meanwhile.", "nextStep": null}'
   where c.tenant_id = new.id and c.state in ('queued', 'running');
  return null;
end $$;
create trigger forget_proposals after update of state on app.tenants
  for each row when (new.state = 'disconnected') execute function app.forget_proposals_of_tenant();

-- Of the caller alone; a second time changes nothing.
create function app.end_setup() returns void language plpgsql ${definer} as $$
begin
  if app.current_technician_id() is null then
    raise exception 'Only a technician ends the setup.' using errcode = '42501';
  end if;
  update app.technicians t set setup_ended_at = app.db_now()
   where t.id = app.current_technician_id() and t.setup_ended_at is null;
  if found then
    perform app.audit_append(null, 'setup.ended', 'technician', app.current_technician_id()::text);
  end if;
end $$;
`;
