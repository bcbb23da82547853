import { Migration } from '@mikro-orm/migrations';
import { forceRowLevelSecurity } from './row-level-security.ts';
import { scheduleChanges } from './20261130_0019_schedule_templates/schedule-changes.ts';
import { templateFunctions } from './20261130_0019_schedule_templates/template-functions.ts';

/**
 * Schedule templates: one definition of the workspace that is applied to every tenant with one of its tags. A
 * schedule remembers the template and the version that it was made from; the database lets it say so only while
 * the template really says what is stored, so that drift is measured from something that was true.
 */
const tables = `
create table app.schedule_templates (
  id             uuid primary key default gen_random_uuid(),
  name           text not null check (name = btrim(name) and length(name) between 1 and 200),
  cadence        jsonb not null,
  time_zone      text not null,
  spec           jsonb not null,
  tags           text[] not null check (cardinality(tags) between 1 and 20 and array_position(tags, null) is null),
  spread_minutes int not null default 0 check (spread_minutes between 0 and 1440),
  version        int not null default 1,
  created_at     timestamptz not null default app.db_now(),
  created_by     name not null default session_user,
  changed_at     timestamptz not null default app.db_now(),
  changed_by     name not null default session_user
);
comment on table app.schedule_templates is 'Schedules as the workspace defines them; holds no data of tenants. The name is the name of the schedules, too.';
comment on column app.schedule_templates.tags is 'A tenant with one of these tags is covered.';
comment on column app.schedule_templates.spread_minutes is 'Starts of different tenants are distributed over this many minutes from the cadence''s own; 0: all start together.';
create unique index schedule_templates_name on app.schedule_templates (lower(name));

alter table app.backup_schedules
  add column template_id uuid references app.schedule_templates (id),
  add column template_version int,
  add constraint backup_schedules_template_version check ((template_id is null) = (template_version is null));
comment on column app.backup_schedules.template_version is 'The version of the template that was last applied; the schedule may have been edited since.';
-- One schedule of each template in a tenant; a removed one does not count.
create unique index backup_schedules_template on app.backup_schedules (template_id, tenant_id) where template_id is not null and deleted_at is null;
`;

const access = `
create policy technician_reads on app.schedule_templates for select to tenantkeep_technician
  using ((select app.current_technician_id()) is not null);
grant select on app.schedule_templates to tenantkeep_technician;
grant execute on function
  app.create_schedule(uuid, text, jsonb, text, jsonb, timestamptz, text, uuid, int),
  app.edit_schedule(uuid, int, timestamptz, jsonb, text, jsonb, text, jsonb, boolean, text, timestamptz, timestamptz, text, uuid, int),
  app.detach_schedule(uuid),
  app.set_schedule_template(uuid, int, text, jsonb, text, jsonb, text[], int),
  app.remove_schedule_template(uuid, int),
  app.count_template_schedules()
  to tenantkeep_technician;
`;

export class Migration20261130_0019_schedule_templates extends Migration {
  override up(): void {
    for (const statement of [
      tables,
      ...forceRowLevelSecurity('schedule_templates'),
      templateFunctions,
      scheduleChanges,
      access,
    ]) {
      this.addSql(statement);
    }
  }
}
