import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCliHere } from '../support/cli-here.ts';
import type { CliResult } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase, type TestTechnician } from '../support/database.ts';

/** Schedule templates from the command line: an administrator defines, a manager applies. */
const home = mkdtempSync(join(tmpdir(), 'tenantkeep-templates-'));
let database: TestDatabase;
let administrator: TestTechnician;
let manager: TestTechnician;

beforeAll(async () => {
  database = await createTestDatabase();
  const contoso = await database.addTenant('Contoso');
  const fabrikam = await database.addTenant('Fabrikam');
  administrator = await database.asTechnician('anna', 'administrator');
  manager = await database.asTechnician('maria', 'manager', contoso);
  await database.asTechnician('maria', 'reader', fabrikam);
});
afterAll(async () => {
  await database.close();
  rmSync(home, { recursive: true, force: true });
});

const run = (words: string[], who: TestTechnician, json = true): Promise<CliResult> =>
  runCliHere(json ? [...words, '--json'] : words, { home, env: { TENANTKEEP_DATABASE_URL: who.url } });

async function done(words: string[], who = manager): Promise<any> {
  const result = await run(words, who);
  expect({ words, exitCode: result.exitCode, stderr: result.stderr }).toMatchObject({ exitCode: 0 });
  return result.json;
}

async function refused(words: string[], who: TestTechnician, exitCode: number, code: string): Promise<void> {
  const result = await run(words, who);
  expect([words, result.exitCode, result.error?.code]).toEqual([words, exitCode, code]);
}

const nightly = ['--name', 'nightly', '--daily', '02:00', '--zone', 'Europe/Berlin'];

it('gives tenants tags and takes them away, for those who may', async () => {
  const tagged = await done(['tenants', 'tag', '--tenant', 'Contoso', '--add', 'gold, trial']);
  expect(tagged).toMatchObject({ tags: ['gold', 'trial'], before: [] });
  const after = await done(['tenants', 'tag', '--tenant', 'Contoso', '--remove', 'trial,absent']);
  expect(after.tags).toEqual(['gold']);
  await refused(['tenants', 'tag', '--tenant', 'Fabrikam', '--add', 'gold'], manager, 3, 'tenant_forbidden');
  await refused(['tenants', 'tag', '--tenant', 'Contoso'], manager, 2, 'usage');
  await refused(['tenants', 'tag', '--tenant', 'Contoso', '--add', 'x'.repeat(51)], manager, 2, 'usage');
  expect((await done(['tenants', 'list', '--tag', 'gold'])).tenants).toMatchObject([
    { name: 'Contoso', tags: ['gold'] },
  ]);
});

it('is defined by an administrator, changed option by option, and tried without storing it', async () => {
  await refused(['templates', 'set', ...nightly, '--tags', 'gold'], manager, 3, 'administrator_needed');
  await refused(['templates', 'set', ...nightly], administrator, 2, 'usage');
  await refused(
    ['templates', 'set', ...nightly, '--tags', 'gold', '--spread', '1400'],
    administrator,
    2,
    'spread_invalid',
  );
  const tried = await done(['templates', 'set', ...nightly, '--tags', 'gold', '--dry-run'], administrator);
  expect(tried).toMatchObject({ dryRun: true, created: true, template: { name: 'nightly' } });
  expect((await done(['templates', 'list'])).templates).toEqual([]);

  await done(['templates', 'set', ...nightly, '--tags', 'gold', '--keep-weekly', '4'], administrator);
  const changed = await done(
    ['templates', 'set', '--name', 'nightly', '--spread', '60', '--failed-times', '3', '--keep-last', '14'],
    administrator,
  );
  expect(changed).toMatchObject({
    created: false,
    template: {
      version: 2,
      cadence: { kind: 'daily', times: ['02:00'] },
      timeZone: 'Europe/Berlin',
      retention: { keepLast: 14, weekly: 4 },
      alerts: { failedTimes: 3 },
      tags: ['gold'],
      spreadMinutes: 60,
    },
  });
});

it('is previewed, applied, found in step and applied again without a change', async () => {
  const preview = await done(['templates', 'apply', '--template', 'nightly', '--dry-run']);
  expect(preview).toMatchObject({ dryRun: true, tenants: [{ step: 'create', error: null }] });
  expect((await done(['schedules', 'list'])).schedules).toEqual([]);
  await done(['templates', 'apply', '--template', 'nightly']);
  const { schedules } = await done(['schedules', 'list']);
  expect(schedules).toMatchObject([{ name: 'nightly', retention: { keepLast: 14, weekly: 4 }, version: 1 }]);
  const again = await done(['templates', 'apply', '--template', 'nightly']);
  expect(again.tenants).toMatchObject([{ step: 'none' }]);
  expect((await done(['schedules', 'list'])).schedules[0].version).toBe(1);
  await refused(
    ['templates', 'apply', '--template', 'nightly', '--tenant', 'Fabrikam'],
    manager,
    6,
    'tenant_not_covered',
  );
});

it('shows drift, left out tenants and missing schedules, for people too', async () => {
  const check = ['templates', 'drift', '--template', 'nightly', '--check'];
  await done(check);
  await database.superuser.query(`update app.tenants set tags = '{gold}' where name = 'Fabrikam'`);
  await done(['templates', 'set', '--name', 'nightly', '--types', 'all'], administrator);
  const { templates } = await done(['templates', 'drift', '--template', 'nightly']);
  expect(templates[0].tenants).toMatchObject([
    {
      tenant: { name: 'Contoso' },
      standing: 'drifted',
      differences: [{ part: 'policyTypes', template: 'all known types', own: 'core types' }],
    },
    { tenant: { name: 'Fabrikam' }, standing: 'missing', leftOut: { code: 'tenant_forbidden' } },
  ]);
  expect((await run(check, manager)).exitCode).toBe(5);
  const text = await run(['templates', 'show', '--template', 'nightly'], manager, false);
  expect(text.stdout).toMatch(/Contoso\s+differs\s+policyTypes: core types, template: all known types/);
  const applied = await run(['templates', 'apply', '--template', 'nightly'], manager, false);
  expect(applied.exitCode).toBe(0);
  expect(applied.stdout).toMatch(/1 changed, 1 left out\./);
  await refused(
    ['templates', 'apply', '--template', 'nightly', '--tenant', 'Fabrikam'],
    manager,
    3,
    'tenant_forbidden',
  );
});

it('lets schedules go one by one, and all when it is removed', async () => {
  const words = ['templates', 'detach', '--tenant', 'Contoso', '--schedule', 'nightly'];
  expect(await done(words)).toMatchObject({ detached: { name: 'nightly' } });
  await done(['templates', 'apply', '--template', 'nightly', '--take-over']);
  const tried = await done(['templates', 'remove', '--template', 'nightly', '--dry-run'], administrator);
  expect(tried).toMatchObject({ dryRun: true, detached: 1 });
  await refused(['templates', 'remove', '--template', 'nightly'], manager, 3, 'administrator_needed');
  expect(await done(['templates', 'remove', '--template', 'nightly'], administrator)).toMatchObject({
    detached: 1,
  });
  await refused(['templates', 'show', '--template', 'nightly'], manager, 3, 'schedule_template_not_found');
  expect((await done(['schedules', 'list'])).schedules).toHaveLength(1);
});
