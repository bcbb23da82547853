/**
 * Templates are changed by administrators. Removing one leaves its schedules as they are, each detached with an
 * event in the chain of its own tenant.
 */
const definer = `volatile security definer set search_path = pg_catalog, pg_temp`;

export const templateFunctions = `
create function app.template_audit_view(t app.schedule_templates) returns jsonb language sql immutable as $$
  select jsonb_build_object('name', t.name, 'cadence', t.cadence, 'timeZone', t.time_zone, 'spec', t.spec,
                            'tags', to_jsonb(t.tags), 'spreadMinutes', t.spread_minutes)
$$;

-- A template (null) is created, or changed by whoever saw its present version. What changes nothing is no new version.
create function app.set_schedule_template(p_template uuid, p_expected_version int, p_name text, p_cadence jsonb,
  p_time_zone text, p_spec jsonb, p_tags text[], p_spread_minutes int,
  out template_id uuid, out template_version int, out refused text)
language plpgsql ${definer} as $$
declare
  t app.schedule_templates;
  changed app.schedule_templates;
begin
  if not app.is_administrator() then
    refused := app.refuse(null, case when p_template is null then 'schedule_template.created' else 'schedule_template.edited' end,
                          'schedule_template', p_template::text, 'administrator_needed');
    return;
  end if;
  if p_template is not null then
    select * into t from app.schedule_templates s where s.id = p_template for no key update;
    refused := case when not found then 'schedule_template_not_found'
                    when t.version is distinct from p_expected_version then 'schedule_template_changed' end;
  end if;
  if refused is null and exists (select 1 from app.schedule_templates s
                                  where lower(s.name) = lower(p_name) and s.id is distinct from p_template) then
    refused := 'schedule_template_name_taken';
  end if;
  if refused is not null then
    return;
  end if;
  if p_template is null then
    insert into app.schedule_templates (name, cadence, time_zone, spec, tags, spread_minutes)
    values (p_name, p_cadence, p_time_zone, p_spec, p_tags, p_spread_minutes)
    on conflict (lower(name)) do nothing
    returning * into changed;
    if not found then
      refused := 'schedule_template_name_taken';
      return;
    end if;
    perform app.audit_append(null, 'schedule_template.created', 'schedule_template', changed.id::text,
      after => app.template_audit_view(changed));
  else
    changed := t;
    if (t.name, t.cadence, t.time_zone, t.spec, t.tags, t.spread_minutes)
       is distinct from (p_name, p_cadence, p_time_zone, p_spec, p_tags, p_spread_minutes) then
      update app.schedule_templates s
         set name = p_name, cadence = p_cadence, time_zone = p_time_zone, spec = p_spec, tags = p_tags,
             spread_minutes = p_spread_minutes, version = s.version + 1, changed_at = app.db_now(), changed_by = session_user
       where s.id = t.id
      returning * into changed;
      perform app.audit_append(null, 'schedule_template.edited', 'schedule_template', t.id::text,
        before => app.template_audit_view(t), after => app.template_audit_view(changed));
    end if;
  end if;
  template_id := changed.id;
  template_version := changed.version;
end $$;

-- The schedules stay and are detached. The template is locked before its schedules, as when it is applied.
create function app.remove_schedule_template(p_template uuid, p_expected_version int, out detached int, out refused text)
language plpgsql ${definer} as $$
declare
  t app.schedule_templates;
  tenants uuid[];
  schedules text[];
begin
  if not app.is_administrator() then
    refused := app.refuse(null, 'schedule_template.removed', 'schedule_template', p_template::text, 'administrator_needed');
    return;
  end if;
  select * into t from app.schedule_templates s where s.id = p_template for update;
  refused := case when not found then 'schedule_template_not_found'
                  when t.version is distinct from p_expected_version then 'schedule_template_changed' end;
  if refused is not null then
    return;
  end if;
  perform 1 from app.backup_schedules b where b.template_id = t.id order by b.id for no key update;
  with detachable as (
    update app.backup_schedules b set template_id = null, template_version = null, changed_at = app.db_now()
     where b.template_id = t.id
    returning b.tenant_id, b.id, b.deleted_at
  )
  select array_agg(d.tenant_id order by d.id), array_agg(d.id::text order by d.id) into tenants, schedules
    from detachable d where d.deleted_at is null;
  detached := coalesce(cardinality(schedules), 0);
  delete from app.schedule_templates s where s.id = t.id;
  if detached > 0 then
    perform app.audit_append_many(tenants, array_fill('schedule.detached'::text, array[detached]),
      array_fill('schedule'::text, array[detached]), schedules, null, array_fill('template_removed'::text, array[detached]),
      array_fill(jsonb_build_object('templateId', t.id, 'template', t.name), array[detached]));
  end if;
  perform app.audit_append(null, 'schedule_template.removed', 'schedule_template', t.id::text,
    before => app.template_audit_view(t), after => jsonb_build_object('detached', detached));
end $$;

-- How many schedules each template has: for administrators, who remove templates, in all tenants; for others in theirs.
create function app.count_template_schedules() returns table (template_id uuid, schedules int)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select b.template_id, count(*)::int
    from app.backup_schedules b
   where b.template_id is not null and b.deleted_at is null
     and ((select app.is_administrator()) or b.tenant_id in (select app.permitted_tenants()))
   group by b.template_id
$$;
`;
