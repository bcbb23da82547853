/**
 * The audit chain. One chain per tenant, and one for the workspace (tenant_id null).
 *
 * What an event hashes to, so that anyone can recompute it without us:
 *   fields, in this order: 'tenantkeep-audit-1', tenant id (null for the workspace), sequence, at, actor,
 *   host, action, target kind, target id, outcome, reason, before, after, correlation id.
 *   The text is a JSON array of strings and nulls, divided by a comma and a blank: in JavaScript
 *   `'[' + fields.map((field) => JSON.stringify(field)).join(', ') + ']'`. `at` is UTC with six decimals,
 *   YYYY-MM-DDTHH:MM:SS.ffffffZ; ids are lower-case; before and after are the text of their jsonb as
 *   PostgreSQL prints it, as one string each.
 *   event hash = SHA-256 of that text in UTF-8; hash = SHA-256 of previous hash followed by event hash (32
 *   raw bytes each). The first event of a chain has 32 zero bytes as its previous hash.
 */
const workspaceChain = `'00000000-0000-0000-0000-000000000000'::uuid`;
const definer = `security definer set search_path = pg_catalog, pg_temp`;

export const auditTables = `
create table app.audit_heads (
  tenant_id uuid references app.tenants (id),
  chain_id  uuid primary key generated always as (coalesce(tenant_id, ${workspaceChain})) stored,
  sequence  bigint not null default 0,
  hash      bytea not null default decode(repeat('00', 32), 'hex') check (octet_length(hash) = 32)
) with (fillfactor = 50);
comment on table app.audit_heads is 'End of each chain. Locking its row puts appending in order; a cut tail shows against it.';
insert into app.audit_heads (tenant_id) values (null);

create table app.audit_events (
  tenant_id      uuid,
  chain_id       uuid not null generated always as (coalesce(tenant_id, ${workspaceChain})) stored,
  sequence       bigint not null check (sequence > 0),
  at             timestamptz not null,
  actor          text not null,
  host           text,
  action         text not null,
  target_kind    text,
  target_id      text,
  outcome        text not null check (outcome in ('success', 'failure', 'denied')),
  reason         text,
  before         jsonb,
  after          jsonb,
  correlation_id text,
  previous_hash  bytea not null,
  hash           bytea not null,
  primary key (chain_id, sequence)
);
comment on table app.audit_events is 'Append-only, chained. No foreign key to tenants: the head has it, and history must outlive what it speaks of.';
comment on column app.audit_events.host is 'Name of the host that acted, else the network address of the technician''s connection.';
create index audit_events_at on app.audit_events (at desc, chain_id, sequence desc);
`;

export const auditFunctions = `
-- Each argument appears once and nothing here is less than stable, so that the planner can inline it: called as
-- a function it takes five times as long.
create function app.audit_event_hash(tenant_id uuid, sequence bigint, at timestamptz, actor text, host text, action text,
  target_kind text, target_id text, outcome text, reason text, before jsonb, after jsonb, correlation_id text)
returns bytea language sql stable parallel safe as $$
  select sha256(convert_to(json_build_array('tenantkeep-audit-1', tenant_id::text, sequence::text,
    to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor, host, action, target_kind, target_id,
    outcome, reason, before::text, after::text, correlation_id)::text, 'UTF8'))
$$;

create function app.audit_link(state bytea, previous bytea, event_hash bytea) returns bytea language sql immutable parallel safe as $$
  select sha256(coalesce(state, previous) || event_hash)
$$;
create aggregate app.audit_chain (previous bytea, event_hash bytea) (sfunc = app.audit_link, stype = bytea);
comment on aggregate app.audit_chain (bytea, bytea) is 'As a window function: the running hash of a chain that goes on from previous.';

-- Executable by nobody; our own functions call it. Appends events in the order given, each tenant's chain in one step; heads are locked in chain order, so two
-- callers can never wait for each other in a circle. Actor, host and time are taken from the connection and the
-- database, never from an argument. All arrays but tenant_ids and actions may be null; other lengths must match.
create function app.audit_write(tenant_ids uuid[], actions text[], target_kinds text[] default null,
  target_ids text[] default null, outcomes text[] default null, reasons text[] default null,
  befores jsonb[] default null, afters jsonb[] default null, correlation_ids text[] default null)
returns void language plpgsql volatile ${definer} as $$
declare
  acting_host text := coalesce(
    (select h.name from app.hosts h where h.login = session_user and h.removed_at is null),
    host(inet_client_addr()));
  moment timestamptz;
begin
  if cardinality(tenant_ids) is distinct from cardinality(actions) then
    raise exception 'Every audit event needs a tenant (or null) and an action.' using errcode = 'TK001';
  end if;
  if cardinality(tenant_ids) = 0 then
    return;
  end if;
  perform 1 from app.audit_heads h
    where h.chain_id in (select coalesce(t, ${workspaceChain}) from unnest(tenant_ids) t)
    order by h.chain_id for no key update;
  insert into app.audit_heads (tenant_id)
    select distinct t from unnest(tenant_ids) t where t is not null
       and not exists (select 1 from app.audit_heads h where h.chain_id = t)
    order by t
    on conflict (chain_id) do nothing;
  -- Whoever came second to a new chain locks its head here; for all others this finds rows already locked.
  perform 1 from app.audit_heads h
    where h.chain_id in (select coalesce(t, ${workspaceChain}) from unnest(tenant_ids) t)
    order by h.chain_id for no key update;
  -- After the locks, so that time never runs backwards along a chain.
  moment := app.db_now();
  with given as (
    select u.tenant_id, coalesce(u.tenant_id, ${workspaceChain}) as chain_id, u.action, u.target_kind, u.target_id,
           coalesce(u.outcome, 'success') as outcome, u.reason, u.before, u.after, u.correlation_id, u.position
      from unnest(tenant_ids, actions, target_kinds, target_ids, outcomes, reasons, befores, afters, correlation_ids)
           with ordinality
        as u (tenant_id, action, target_kind, target_id, outcome, reason, before, after, correlation_id, position)
  ),
  numbered as (
    select g.*, h.hash as head_hash, h.sequence + row_number() over (partition by g.chain_id order by g.position) as sequence
      from given g join app.audit_heads h on h.chain_id = g.chain_id
  ),
  hashed as (
    select n.*, app.audit_event_hash(n.tenant_id, n.sequence, moment, session_user::text, acting_host, n.action,
                                     n.target_kind, n.target_id, n.outcome, n.reason, n.before, n.after, n.correlation_id) as event_hash
      from numbered n
  ),
  chained as (
    select h.*, app.audit_chain(h.head_hash, h.event_hash)
                over (partition by h.chain_id order by h.sequence rows between unbounded preceding and current row) as hash
      from hashed h
  ),
  linked as (
    select c.*, lag(c.hash, 1, c.head_hash) over (partition by c.chain_id order by c.sequence) as previous_hash,
           lead(1) over (partition by c.chain_id order by c.sequence) is null as is_last
      from chained c
  ),
  written as (
    insert into app.audit_events (tenant_id, sequence, at, actor, host, action, target_kind, target_id, outcome, reason,
                                  before, after, correlation_id, previous_hash, hash)
    select l.tenant_id, l.sequence, moment, session_user::text, acting_host, l.action, l.target_kind, l.target_id,
           l.outcome, l.reason, l.before, l.after, l.correlation_id, l.previous_hash, l.hash
      from linked l
  )
  update app.audit_heads h set sequence = l.sequence, hash = l.hash
    from linked l where l.is_last and h.chain_id = l.chain_id;
end $$;

-- The same for hosts, if approved: membership in the group alone must not let a login write history.
create function app.audit_append_many(tenant_ids uuid[], actions text[], target_kinds text[] default null,
  target_ids text[] default null, outcomes text[] default null, reasons text[] default null,
  befores jsonb[] default null, afters jsonb[] default null, correlation_ids text[] default null)
returns void language plpgsql volatile ${definer} as $$
begin
  if pg_has_role(session_user, 'tenantkeep_host', 'usage') and not pg_has_role(session_user, 'tenantkeep_owner', 'usage')
     and not app.is_host() then
    raise exception 'This host is not approved.' using errcode = '42501';
  end if;
  perform app.audit_write(tenant_ids, actions, target_kinds, target_ids, outcomes, reasons, befores, afters, correlation_ids);
end $$;

-- One event. Executable by hosts and, through our own functions, by nobody else: a technician who could call it
-- could write any story under a true name.
create function app.audit_append(tenant_id uuid, action text, target_kind text default null, target_id text default null,
  outcome text default 'success', reason text default null, before jsonb default null, after jsonb default null,
  correlation_id text default null)
returns void language sql volatile ${definer} as $$
  select app.audit_append_many(array[tenant_id], array[action], array[target_kind], array[target_id], array[outcome],
                               array[reason], array[before], array[after], array[correlation_id])
$$;

-- What a technician's app may report about itself: refusals by its router, and the reading that leaves no other
-- trace (exports, checks, verification). Changes are audited by the functions that make them.
create function app.audit_report(tenant_id uuid, action text, target_kind text default null, target_id text default null,
  outcome text default 'success', reason text default null, detail jsonb default null, correlation_id text default null)
returns void language plpgsql volatile ${definer} as $$
begin
  if app.current_technician_id() is null then
    raise exception 'Only technicians report events of their own.' using errcode = '42501';
  end if;
  -- A refusal may be reported about any tenant, so it carries no free text: nobody fills a foreign history.
  if audit_report.outcome = 'denied' and (action !~ '^[a-z][a-z0-9_.-]{0,99}$' or reason !~ '^[a-z][a-z0-9_]{0,99}$'
       or target_kind !~ '^[a-z][a-z0-9_]{0,49}$' or length(target_id) > 100 or detail is not null) then
    raise exception 'A reported refusal names action, target and reason by code only.' using errcode = 'TK001';
  end if;
  if length(target_kind) > 50 or length(target_id) > 500 or length(reason) > 500 or length(correlation_id) > 100
     or length(detail::text) > 10000 then
    raise exception 'A reported event is too long.' using errcode = 'TK001';
  end if;
  if audit_report.outcome <> 'denied' then
    if action !~ '^(audit\\.(verified|exported)|set\\.(verified|exported)|item\\.exported|tenant\\.access_checked|run\\.support_bundle_made)$' then
      raise exception 'Events of this kind are written by the database itself.' using errcode = '42501';
    end if;
    if not (case when tenant_id is null then app.is_administrator()
                 else app.has_tenant_role(tenant_id, '{owner,manager,operator,auditor}') end) then
      raise exception 'No role in this tenant allows this.' using errcode = '42501';
    end if;
  end if;
  -- A refusal may name a tenant that does not exist; it then belongs to the workspace.
  perform app.audit_append((select t.id from app.tenants t where t.id = audit_report.tenant_id), action, target_kind,
                           target_id, audit_report.outcome, reason, null, detail, correlation_id);
end $$;
`;
