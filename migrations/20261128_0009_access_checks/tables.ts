/** Asked-for and ended access checks, and credentials that wait for theirs. */
export const tables = `
create table app.access_checks (
  id                  uuid primary key default gen_random_uuid(),
  tenant_id           uuid not null references app.tenants (id),
  candidate_id        uuid,
  state               text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
  requested_at        timestamptz not null default app.db_now(),
  requested_by        name not null default session_user,
  host_id             uuid references app.hosts (id),
  token               int not null default 0,
  lease_expires_at    timestamptz,
  finished_at         timestamptz,
  organization        text,
  types               jsonb check (jsonb_typeof(types) = 'array' and length(types::text) <= 262144),
  missing_permissions text[],
  consent_url         text,
  error               jsonb,
  check ((state in ('done', 'failed')) = (finished_at is not null)),
  check ((state = 'running') = (lease_expires_at is not null)),
  check ((state = 'done') = (types is not null)),
  check ((state = 'failed') = (error is not null))
);
comment on column app.access_checks.candidate_id is 'The proposed credential that is tried; null: the one in force. No reference, because it moves when it passes.';
comment on column app.access_checks.token is 'Grows with every claim and fences the answer of a host that came too late.';
create unique index access_checks_active on app.access_checks (tenant_id) where state in ('queued', 'running');
create index access_checks_newest on app.access_checks (tenant_id, finished_at desc);
create index access_checks_requested on app.access_checks (tenant_id, requested_at desc);

create table app.credential_candidates (
  id                 uuid primary key,
  tenant_id          uuid not null unique references app.tenants (id),
  kind               text not null check (kind in ('secret', 'certificate')),
  client_id          uuid not null,
  sealed             bytea not null check (octet_length(sealed) between 1 and 1048576),
  recipients         text[] not null check (cardinality(recipients) > 0),
  expires_at         timestamptz,
  public_certificate text check (length(public_certificate) <= 20000),
  created_at         timestamptz not null default app.db_now(),
  created_by         name not null default session_user
);
comment on table app.credential_candidates is 'New credentials that take the place of the old one when a host has signed in with them.';

alter table app.credentials add column public_certificate text check (length(public_certificate) <= 20000);
comment on column app.credentials.public_certificate is 'PEM of a certificate that was made here, to be uploaded to the app registration; never the key.';
alter table app.tenants add column allowed_age_minutes int check (allowed_age_minutes between 60 and 527040);
comment on column app.tenants.allowed_age_minutes is 'Age up to which the last good set counts as protection; null: by the cadence of each schedule.';
alter table app.technicians add column setup_ended_at timestamptz;
comment on column app.technicians.setup_ended_at is 'When this person finished or put off the first-run wizard.';
`;

export const rowPolicies = `
create policy host_reads on app.access_checks for select to tenantkeep_host using ((select app.is_host()));
create policy technician_reads on app.access_checks for select to tenantkeep_technician
  using (tenant_id in (select app.permitted_tenants()));
create policy host_reads on app.credential_candidates for select to tenantkeep_host using ((select app.is_host()));
create policy technician_reads on app.credential_candidates for select to tenantkeep_technician
  using (tenant_id in (select app.permitted_tenants()));
`;

export const grants = `
grant select on app.access_checks to tenantkeep_host, tenantkeep_technician;
grant select on app.credential_candidates to tenantkeep_host;
grant select (id, tenant_id, kind, client_id, recipients, expires_at, public_certificate, created_at, created_by)
  on app.credential_candidates to tenantkeep_technician;
grant select (public_certificate) on app.credentials to tenantkeep_technician;
grant execute on function app.claim_access_check(uuid[], uuid), app.finish_access_check(uuid, int, jsonb, jsonb)
  to tenantkeep_host;
grant execute on function app.request_access_check(uuid, uuid),
  app.propose_credential(uuid, uuid, text, uuid, bytea, text[], timestamptz, text), app.discard_candidate(uuid),
  app.publish_certificate(uuid, text), app.set_allowed_age(uuid, int), app.end_setup()
  to tenantkeep_technician;
`;
