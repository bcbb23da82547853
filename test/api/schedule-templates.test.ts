import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../../main/api/api.ts';
import { systemClock } from '../../main/clock.ts';
import type { Contract, ProcedureName } from '../../shared/contract/index.ts';
import type { InputOf, OutputOf } from '../../shared/contract/procedure.ts';
import type { StandingRow, TemplateRow } from '../../shared/contract/schedule-templates.ts';
import { auditActions } from '../engine/scheduling-fixture.ts';
import { createTestDatabase, type TestDatabase, type TestTechnician } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';

/** Templates through the API on a real database: applied tenant by tenant, compared, detached and removed. */
let test: TestDatabase;
let administrator: TestTechnician;
let manager: TestTechnician;
let contoso: string;
let fabrikam: string;
let adatum: string;
const api = createApi({ version: '0.0.0', clock: systemClock, log: silentLog });

beforeAll(async () => {
  test = await createTestDatabase();
  [contoso, fabrikam, adatum] = [
    await addTenant('Contoso', ['gold']),
    await addTenant('Fabrikam', ['gold', 'europe']),
    await addTenant('Adatum', ['silver']),
  ];
  administrator = await test.asTechnician('anna', 'administrator');
  manager = await test.asTechnician('maria', 'manager', contoso);
  await test.asTechnician('maria', 'reader', fabrikam);
  await test.asTechnician('maria', 'owner', adatum);
});
afterAll(() => test.close());

async function addTenant(name: string, tags: string[]): Promise<string> {
  const tenantId = await test.addTenant(name);
  await test.superuser.query('update app.tenants set tags = $2 where id = $1', [tenantId, tags]);
  return tenantId;
}

const setTags = (tenantId: string, tags: string[]) =>
  test.superuser.query('update app.tenants set tags = $2 where id = $1', [tenantId, tags]);

async function ask<Name extends ProcedureName>(
  name: Name,
  input: InputOf<Contract[Name]>,
  who = manager,
): Promise<OutputOf<Contract[Name]>> {
  const result = await api.dispatch({ login: who.login, database: who.db }, { name, input });
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value as OutputOf<Contract[Name]>;
}

const fields = {
  cadence: { kind: 'daily' as const, times: ['02:10' as const] },
  timeZone: 'Europe/Berlin',
  policyTypes: 'core' as const,
  retention: { keepLast: 14, weekly: 4 },
  alerts: { failedTimes: 2 },
  tags: ['gold'],
  spreadMinutes: 30,
};
const { tags: _tags, spreadMinutes: _spread, ...withoutTemplate } = fields;
const define = (name: string, more: Partial<typeof fields> = {}) =>
  ask('schedule-templates.create', { name, ...fields, ...more }, administrator);

const drift = async (template: TemplateRow, who = manager, takeOver = false): Promise<StandingRow[]> =>
  (await ask('schedule-templates.drift', { templateId: template.id, takeOver }, who)).rows;
const standingOf = async (template: TemplateRow, tenantId: string): Promise<StandingRow | undefined> =>
  (await drift(template)).find((row) => row.tenantId === tenantId);

/** Applies everything that the preview shows. */
const apply = async (template: TemplateRow, who = manager, takeOver = false) => {
  const rows = await drift(template, who, takeOver);
  const { results } = await ask(
    'schedule-templates.apply',
    {
      templateId: template.id,
      expectedVersion: template.version,
      takeOver,
      items: rows.map(({ tenantId, schedule }) => ({ tenantId, seenVersion: schedule?.version ?? null })),
    },
    who,
  );
  return results.map((result, index) => ({ tenantName: rows[index]!.tenantName, ...result }));
};
const schedulesOf = async (tenantId: string) => (await ask('schedules.list', { tenantId })).rows;

describe('a schedule template', () => {
  it('is the administrators’ to define, and everybody’s to see', async () => {
    await expect(ask('schedule-templates.create', { name: 'Mine', ...fields })).rejects.toThrow(/^forbidden/);
    const row = await define('Defined');
    expect(row).toMatchObject({ version: 1, schedules: 0, changedBy: administrator.login });
    await expect(define('DEFINED')).rejects.toThrow(/^schedule_template_name_taken/);
    const edited = await ask(
      'schedule-templates.edit',
      { templateId: row.id, expectedVersion: 1, name: 'Defined', ...fields, spreadMinutes: 0 },
      administrator,
    );
    expect(edited).toMatchObject({ version: 2, spreadMinutes: 0 });
    // Who looked at the first version is told.
    await expect(
      ask(
        'schedule-templates.edit',
        { templateId: row.id, expectedVersion: 1, name: 'Defined', ...fields },
        administrator,
      ),
    ).rejects.toThrow(/^schedule_template_changed/);
    // The same content again is no new version and no event.
    await ask(
      'schedule-templates.edit',
      { templateId: row.id, expectedVersion: 2, name: 'Defined', ...fields, spreadMinutes: 0 },
      administrator,
    );
    const seen = (await ask('schedule-templates.list', {})).templates.find(({ id }) => id === row.id);
    expect(seen).toMatchObject({ version: 2, tags: ['gold'] });
    await ask('schedule-templates.remove', { templateId: row.id, expectedVersion: 2 }, administrator);
    expect(await auditActions(test, row.id)).toEqual([
      'schedule_template.created',
      'schedule_template.edited',
      'schedule_template.removed',
    ]);
  });

  it('refuses a spread that leaves the day, and no tags', async () => {
    await expect(define('Late', { cadence: { kind: 'daily', times: ['23:50' as '02:10'] } })).rejects.toThrow(
      'spread_invalid: With this cadence the starts can be spread over at most 10 minutes.',
    );
    await expect(define('Nobody', { tags: [] })).rejects.toThrow(/needs at least one tag/);
  });

  it('is applied where the caller may edit schedules, names the others, and changes nothing a second time', async () => {
    const template = await define('Applied');
    expect(await drift(template)).toMatchObject([
      { tenantName: 'Contoso', standing: 'missing', step: 'create', leftOut: null },
      {
        tenantName: 'Fabrikam',
        standing: 'missing',
        step: 'left_out',
        leftOut: 'This needs the role manager or owner in the tenant.',
      },
    ]);
    expect(await apply(template)).toEqual([
      { tenantName: 'Contoso', ok: true, version: null, createdId: expect.any(String) },
      expect.objectContaining({ tenantName: 'Fabrikam', ok: false, code: 'tenant_forbidden' }),
    ]);
    const [schedule] = await schedulesOf(contoso);
    expect(schedule).toMatchObject({
      name: 'Applied',
      retention: fields.retention,
      alerts: fields.alerts,
      template: { id: template.id, name: 'Applied', appliedVersion: 1, differs: false },
    });
    expect((schedule!.cadence as typeof fields.cadence).times[0]).toMatch(/^02:(1[1-9]|2\d|3[1-9])$/);
    expect(await apply(template)).toMatchObject([
      { ok: true, version: null, createdId: null },
      { ok: false },
    ]);
    // One event that names the template, whatever was asked twice.
    const events = await test.superuser.query<{ action: string; after: { templateId: string } }>(
      'select action, after from app.audit_events where target_id = $1',
      [schedule!.id],
    );
    expect(events).toEqual([
      {
        action: 'schedule.created',
        after: expect.objectContaining({ templateId: template.id, templateVersion: 1 }),
      },
    ]);
    const counted = (await ask('schedule-templates.list', {}, administrator)).templates;
    expect(counted.find(({ id }) => id === template.id)).toMatchObject({
      schedules: 1,
      // An administrator without a role sees who is covered, and none of their schedules.
      standings: { not_visible: 2, in_step: 0 },
    });
  });

  it('shows what was changed in a tenant or in the template, and brings it back in one step', async () => {
    const template = await define('Drifting', { tags: ['silver'] });
    await apply(template);
    const [schedule] = await schedulesOf(adatum);
    await ask('schedules.edit', {
      tenantId: adatum,
      scheduleId: schedule!.id,
      expectedVersion: 1,
      name: 'Drifting',
      cadence: schedule!.cadence,
      timeZone: 'Europe/Berlin',
      policyTypes: 'all',
      retention: { keepLast: 3 },
      alerts: fields.alerts,
    });
    expect((await schedulesOf(adatum))[0]!.template).toMatchObject({ differs: true });
    expect(await standingOf(template, adatum)).toMatchObject({
      standing: 'drifted',
      step: 'change',
      schedule: { version: 2, appliedVersion: 1 },
      differences: [
        { part: 'policyTypes', template: 'core types', own: 'all known types' },
        { part: 'retention', template: 'the last 14, 4 weekly', own: 'the last 3' },
      ],
    });
    const second = await ask(
      'schedule-templates.edit',
      { templateId: template.id, expectedVersion: 1, name: 'Drifted', ...fields, tags: ['silver'] },
      administrator,
    );
    // What was previewed for the first version is not what would be applied now.
    expect(await apply(template)).toMatchObject([{ ok: false, code: 'schedule_template_changed' }]);
    expect(await apply(second)).toMatchObject([{ ok: true, version: 3 }]);
    expect((await schedulesOf(adatum))[0]).toMatchObject({
      name: 'Drifted',
      policyTypes: 'core',
      template: { appliedVersion: 2, differs: false },
    });
    expect(await standingOf(second, adatum)).toMatchObject({ standing: 'in_step', step: 'none' });
  });

  it('says when the tag is gone, and detaches the schedule as it is', async () => {
    const template = await define('Tagged', { tags: ['bronze'] });
    await setTags(adatum, ['silver', 'bronze']);
    await apply(template);
    await setTags(adatum, ['silver']);
    const row = (await standingOf(template, adatum))!;
    expect(row).toMatchObject({ standing: 'not_covered', step: 'left_out' });
    const scheduleId = row.schedule!.id;
    await expect(ask('schedule-templates.detach', { tenantId: contoso, scheduleId })).rejects.toThrow(
      /^schedule_not_found/,
    );
    await ask('schedule-templates.detach', { tenantId: adatum, scheduleId });
    expect(await standingOf(template, adatum)).toBeUndefined();
    expect((await schedulesOf(adatum)).find(({ id }) => id === scheduleId)).toMatchObject({
      template: null,
      version: 1,
    });
    expect(await auditActions(test, scheduleId)).toEqual(['schedule.created', 'schedule.detached']);
    await expect(ask('schedule-templates.detach', { tenantId: adatum, scheduleId })).rejects.toThrow(
      /^schedule_not_templated/,
    );
  });

  it('takes over a schedule of its name only when asked', async () => {
    await ask('schedules.create', { tenantId: contoso, name: 'Taken', ...withoutTemplate, timeZone: 'UTC' });
    const template = await define('taken');
    expect(await standingOf(template, contoso)).toMatchObject({ standing: 'name_taken', step: 'left_out' });
    expect((await apply(template))[0]).toMatchObject({ ok: false, code: 'schedule_name_taken' });
    expect((await apply(template, manager, true))[0]).toMatchObject({ ok: true, version: 2 });
    expect(await standingOf(template, contoso)).toMatchObject({ standing: 'in_step' });
  });

  it('leaves its schedules behind when it is removed, each with an event in its own tenant', async () => {
    const template = await define('Removed', { tags: ['gold', 'silver'] });
    await apply(template);
    const ids = (await drift(template)).flatMap(({ schedule }) => schedule?.id ?? []);
    expect(ids).toHaveLength(2);
    const { detached } = await ask(
      'schedule-templates.remove',
      { templateId: template.id, expectedVersion: 1 },
      administrator,
    );
    expect(detached).toBe(2);
    for (const id of ids) expect(await auditActions(test, id)).toContain('schedule.detached');
    expect((await schedulesOf(adatum)).find(({ id }) => ids.includes(id))).toMatchObject({ template: null });
  });

  it('lets no one say by hand that a schedule comes from it', async () => {
    const template = await define('Forged');
    await expect(
      manager.db.query(
        `select app.create_schedule($1, 'Forged', '{}', 'UTC', '{}', now() + interval '1 day', 'x', $2, 1)`,
        [contoso, template.id],
      ),
    ).rejects.toMatchObject({ code: 'TK001' });
  });

  it('refuses a schedule that somebody changed after the preview', async () => {
    const template = await define('Seen');
    await apply(template);
    const answer = await ask('schedule-templates.apply', {
      templateId: (
        await ask(
          'schedule-templates.edit',
          { templateId: template.id, expectedVersion: 1, name: 'Seen', ...fields, timeZone: 'UTC' },
          administrator,
        )
      ).id,
      expectedVersion: 2,
      items: [{ tenantId: contoso, seenVersion: 7 }],
    });
    expect(answer.results).toMatchObject([{ ok: false, code: 'schedule_changed' }]);
  });
});

it('is applied to five hundred tenants in seconds', async () => {
  await test.superuser.query(
    `with t as (insert into app.tenants (name, entra_tenant_id, cloud, tags)
                select 'Fleet ' || n, gen_random_uuid(), 'global', '{fleet}' from generate_series(1, 500) n returning id)
     insert into app.tenant_memberships (tenant_id, technician_id, role) select id, $1, 'manager' from t`,
    [manager.technicianId],
  );
  const template = await define('Fleet', { tags: ['fleet'], spreadMinutes: 240 });
  const rows = await drift(template);
  expect(rows).toHaveLength(500);
  const startedAt = performance.now();
  let created = 0;
  for (let from = 0; from < rows.length; from += 200) {
    const { results } = await ask('schedule-templates.apply', {
      templateId: template.id,
      expectedVersion: 1,
      items: rows.slice(from, from + 200).map(({ tenantId }) => ({ tenantId, seenVersion: null })),
    });
    created += results.filter(({ ok }) => ok).length;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  expect(created).toBe(500);
  // Generous, for a busy machine; it takes about three seconds on two cores.
  expect(seconds).toBeLessThan(30);
  expect((await drift(template)).every(({ standing }) => standing === 'in_step')).toBe(true);
});
