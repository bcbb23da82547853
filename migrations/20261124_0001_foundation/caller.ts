/**
 * Who is asking. All of it rests on `session_user`, the login that proved itself with its password: neither
 * `set role` nor any session variable changes it. Policies call these inside a sub-select, so that each runs
 * once per statement and not once per row.
 */
// Safe in parallel workers, which have the session user of their leader: without saying so, every query under a
// policy would be kept from a parallel plan.
const definer = `stable parallel safe security definer set search_path = pg_catalog, pg_temp`;

export const callerFunctions = `
create function app.current_technician_id() returns uuid language sql ${definer} as $$
  select t.id from app.technicians t where t.db_role = session_user and t.removed_at is null
$$;

create function app.is_administrator() returns boolean language sql ${definer} as $$
  select exists (select 1 from app.technicians t
                  where t.db_role = session_user and t.administrator and t.removed_at is null)
$$;

-- An approved host; a login in the group alone may do no more than enrol.
create function app.is_host() returns boolean language sql ${definer} as $$
  select exists (select 1 from app.hosts h
                  where h.login = session_user and h.approved_at is not null and h.removed_at is null)
$$;

create function app.permitted_tenants(roles text[] default null) returns setof uuid language sql ${definer} rows 100 as $$
  select m.tenant_id
    from app.tenant_memberships m
    join app.technicians t on t.id = m.technician_id
   where t.db_role = session_user and t.removed_at is null and (roles is null or m.role = any (roles))
$$;
comment on function app.permitted_tenants(text[]) is 'Tenants in which the caller has one of the roles (null: any). In policies: tenant_id in (select app.permitted_tenants(...)), which Postgres hashes once per statement.';

create function app.has_tenant_role(tenant uuid, roles text[]) returns boolean language sql ${definer} as $$
  select exists (select 1
                   from app.tenant_memberships m
                   join app.technicians t on t.id = m.technician_id
                  where m.tenant_id = tenant and t.db_role = session_user and t.removed_at is null
                    and m.role = any (roles))
$$;
`;
