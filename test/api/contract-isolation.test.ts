import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../../main/api/api.ts';
import type { Router, Session } from '../../main/api/router.ts';
import type { Log } from '../../main/engine/ports.ts';
import { systemClock } from '../../main/clock.ts';
import { contract, type ProcedureName } from '../../shared/contract/index.ts';
import { mayDo, permissions, type TenantRole, tenantRoles } from '../../shared/model/permissions.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';

/**
 * Every procedure of the contract, asked by every role for its own and for a foreign tenant. The table of
 * inputs below has an entry for each procedure: a new one without a case fails here.
 */
interface World {
  tenantId: string;
  scheduleId: string;
  runId: string;
}

const cadence = { kind: 'daily' as const, times: ['02:10' as const] };
const scheduleFields = {
  cadence,
  timeZone: 'Europe/Berlin',
  policyTypes: 'core' as const,
  retention: { keepLast: 3 },
};
const newChannel = {
  channelId: null,
  name: 'Channel',
  enabled: true,
  leastSeverity: 'warning',
  quietHours: null,
  digest: null,
  target: { kind: 'teams', url: null },
};
const nowhere = '00000000-0000-4000-8000-000000000000';

/** Input for a tenant's world, and codes of expected refusals that prove the permission was passed. */
const cases: Record<ProcedureName, { input: (world: World) => unknown; passedWith?: readonly string[] }> = {
  'session.me': { input: () => ({}) },
  'overview.get': { input: ({ tenantId }) => ({ tenantId }) },
  'hosts.list': { input: () => ({}) },
  'status.get': { input: () => ({}) },
  'tenants.list': { input: () => ({}) },
  'tenants.get': { input: ({ tenantId }) => ({ tenantId }) },
  'tenants.edit': { input: ({ tenantId }) => ({ tenantId, name: `Edited ${tenantId}`, tags: ['a'] }) },
  'schedules.list': { input: ({ tenantId }) => ({ tenantId }) },
  'schedules.get': { input: ({ tenantId, scheduleId }) => ({ tenantId, scheduleId }) },
  'schedules.policy-types': { input: () => ({}) },
  'schedules.preview': { input: ({ tenantId }) => ({ tenantId, cadence, timeZone: 'Europe/Berlin' }) },
  'schedules.create': {
    input: ({ tenantId }) => ({ tenantId, name: `New ${Math.random()}`, ...scheduleFields }),
  },
  // The version is never right here, so that one case serves all roles; the refusal comes after the permission.
  'schedules.edit': {
    input: ({ tenantId, scheduleId }) => ({
      tenantId,
      scheduleId,
      expectedVersion: 9999,
      name: 'Nightly',
      ...scheduleFields,
    }),
    passedWith: ['schedule_changed'],
  },
  'schedules.pause': {
    input: ({ tenantId, scheduleId }) => ({ tenantId, scheduleId, expectedVersion: 9999, reason: 'because' }),
    passedWith: ['schedule_changed'],
  },
  'schedules.resume': {
    input: ({ tenantId, scheduleId }) => ({ tenantId, scheduleId, expectedVersion: 9999 }),
    passedWith: ['schedule_changed'],
  },
  'schedules.remove': {
    input: ({ tenantId, scheduleId }) => ({ tenantId, scheduleId, expectedVersion: 9999 }),
    passedWith: ['schedule_changed'],
  },
  'schedules.advice': { input: ({ tenantId }) => ({ tenantId, cadence, timeZone: 'Europe/Berlin' }) },
  'schedules.spread-plan': {
    input: ({ tenantId }) => ({ tenantId, timeZone: 'Europe/Berlin', from: '02:00', to: '03:59' }),
  },
  'schedules.retention-preview': {
    input: ({ tenantId, scheduleId }) => ({ tenantId, scheduleId, retention: { keepLast: 3 } }),
  },
  // Answers row by row, and names no row again.
  'schedules.bulk-pause': {
    input: (world) => ({ items: [bulkRow(world)], reason: 'because' }),
  },
  'schedules.bulk-resume': { input: (world) => ({ items: [bulkRow(world)] }) },
  'schedules.bulk-run': { input: (world) => ({ items: [bulkRow(world)] }) },
  'schedules.bulk-retention': {
    input: (world) => ({ items: [{ ...bulkRow(world), retention: { keepLast: 3 } }] }),
  },
  'schedules.bulk-copy': {
    input: ({ tenantId, scheduleId }) => ({ items: [{ tenantId, scheduleId, toTenantId: tenantId }] }),
  },
  'schedules.spread': {
    input: ({ tenantId, scheduleId }) => ({
      tenantId,
      changes: [{ scheduleId, expectedVersion: 9999, cadence }],
    }),
    passedWith: ['schedule_changed'],
  },
  'alerts.list': { input: ({ tenantId }) => ({ tenantId }) },
  'notifications.list': { input: () => ({}) },
  // Without an address, which is refused after the permission was passed.
  'notifications.save': { input: () => newChannel, passedWith: ['alert_channel_secret_needed'] },
  'notifications.remove': {
    input: () => ({ channelId: nowhere }),
    passedWith: ['alert_channel_unknown'],
  },
  'notifications.test': { input: () => ({ channelId: nowhere }), passedWith: ['alert_channel_unknown'] },
  'notifications.test-result': {
    input: () => ({ messageId: nowhere }),
    passedWith: ['alert_message_unknown'],
  },
  'tenant-notifications.list': { input: ({ tenantId }) => ({ tenantId }) },
  'tenant-notifications.save': {
    input: ({ tenantId }) => ({ tenantId, ...newChannel }),
    passedWith: ['alert_channel_secret_needed'],
  },
  'tenant-notifications.remove': {
    input: ({ tenantId }) => ({ tenantId, channelId: nowhere }),
    passedWith: ['alert_channel_unknown'],
  },
  'tenant-notifications.test': {
    input: ({ tenantId }) => ({ tenantId, channelId: nowhere }),
    passedWith: ['alert_channel_unknown'],
  },
  'tenant-notifications.test-result': {
    input: ({ tenantId }) => ({ tenantId, messageId: nowhere }),
    passedWith: ['alert_message_unknown'],
  },
  'views.list': { input: () => ({ page: 'audit' }) },
  'views.save': {
    input: ({ tenantId }) => ({
      page: 'audit',
      name: `View ${Math.random()}`,
      search: {},
      sharedWith: tenantId,
    }),
    passedWith: ['tenant_forbidden', 'tenant_not_found'],
  },
  'views.remove': { input: () => ({ viewId: nowhere }), passedWith: ['view_unknown'] },
  'runs.list': { input: ({ tenantId }) => ({ tenantId }) },
  'runs.get': { input: ({ tenantId, runId }) => ({ tenantId, runId }) },
  'runs.events': { input: ({ tenantId, runId }) => ({ tenantId, runId }) },
  'runs.refresh': {
    input: ({ tenantId, runId }) => ({ tenantId, createdAfter: '2026-01-01T00:00:00Z', runIds: [runId] }),
  },
  'runs.timeline': {
    input: ({ tenantId }) => ({
      tenantId,
      from: '2026-11-20T00:00:00Z',
      to: '2026-11-27T00:00:00Z',
      bucketMs: 3_600_000,
    }),
  },
  'runs.type': {
    input: ({ tenantId, runId }) => ({ tenantId, runId, typeKey: 'namedLocations' }),
    passedWith: ['run_type_not_found'],
  },
  'runs.matrix': {
    input: ({ tenantId, scheduleId }) => ({ tenantId, scheduleId }),
  },
  'runs.start': { input: ({ tenantId, scheduleId }) => ({ tenantId, scheduleId }) },
  'runs.retry': {
    input: ({ tenantId, runId }) => ({ tenantId, runId }),
    passedWith: ['run_not_retryable'],
  },
  'runs.retry-types': {
    input: ({ tenantId, runId }) => ({ tenantId, runId }),
    passedWith: ['run_types_not_retryable'],
  },
  'runs.support-bundle': { input: ({ tenantId, runId }) => ({ tenantId, runId }) },
  'attention.snooze': {
    input: ({ tenantId }) => ({
      tenantId,
      code: 'partial',
      reason: 'because',
      until: new Date(Date.now() + 3_600_000).toISOString(),
    }),
  },
  'attention.end-snooze': { input: ({ tenantId }) => ({ tenantId, code: 'partial' }) },
  'runs.cancel': { input: ({ tenantId, runId }) => ({ tenantId, runId }) },
  'backup-sets.list': { input: ({ tenantId }) => ({ tenantId }) },
  'backup-sets.months': { input: ({ tenantId }) => ({ tenantId }) },
  'backup-sets.removals': { input: ({ scheduleId }) => ({ scheduleIds: [scheduleId] }) },
  'backup-sets.get': setCase(),
  'backup-sets.items': setCase(),
  'backup-sets.item': setCase({ typeKey: 'namedLocations', graphId: 'x' }),
  'backup-sets.item-notes': setCase({ typeKey: 'namedLocations', graphId: 'x' }),
  'backup-sets.item-history': {
    input: ({ tenantId }) => ({ tenantId, typeKey: 'namedLocations', graphId: 'x' }),
  },
  'backup-sets.search': { input: ({ tenantId }) => ({ tenantId, text: 'Foreignworld' }) },
  'backup-sets.compare': {
    input: ({ tenantId }) => ({ tenantId, leftId: nowhere, rightId: nowhere }),
    passedWith: ['backup_set_unknown'],
  },
  'backup-sets.compare-item': {
    input: ({ tenantId }) => ({
      tenantId,
      leftId: nowhere,
      rightId: nowhere,
      typeKey: 'namedLocations',
      leftGraphId: 'x',
      rightGraphId: 'x',
    }),
    passedWith: ['backup_set_unknown'],
  },
  'backup-sets.verify': setCase(),
  'backup-sets.delete-import': {
    input: ({ tenantId }) => ({ tenantId, backupSetId: nowhere }),
    passedWith: ['imported_set_unknown'],
  },
  'backup-sets.pin': setCase({ reason: 'keep for the audit' }),
  'backup-sets.unpin': setCase(),
  'audit.list': { input: ({ tenantId }) => ({ filter: { tenantId } }) },
  'audit.get': { input: ({ tenantId }) => ({ tenantId, sequence: '1' }) },
  'audit.facets': { input: ({ tenantId }) => ({ filter: { tenantId } }) },
  'audit.estimate': { input: ({ tenantId }) => ({ filter: { tenantId } }) },
  'audit.verify-progress': { input: ({ tenantId }) => ({ tenantId }) },
  'audit.verify': { input: ({ tenantId }) => ({ tenantId }) },
  'hosts.approve': { input: () => ({ hostId: nowhere }), passedWith: ['host_not_waiting'] },
  'hosts.reseal': { input: () => ({}) },
  'hosts.remove': { input: () => ({ hostId: nowhere }), passedWith: ['host_unknown'] },
  'hosts.pause': {
    input: () => ({ hostId: nowhere, minutes: 60 }),
    passedWith: ['host_unknown', 'administrator_needed'],
  },
  'hosts.resume': {
    input: () => ({ hostId: nowhere }),
    passedWith: ['host_unknown', 'administrator_needed'],
  },
  'technicians.list': { input: () => ({}) },
  // Without an installation nobody is invited, which is found out after the permission.
  'technicians.invite': {
    input: ({ tenantId }) => ({ name: 'New', memberships: [{ tenantId, role: 'reader' }] }),
    passedWith: ['address_unknown'],
  },
  'technicians.set-administrator': {
    input: () => ({ technicianId: nowhere, administrator: true }),
    passedWith: ['technician_unknown'],
  },
  'technicians.set-role': {
    input: ({ tenantId }) => ({ tenantId, technicianId: nowhere, role: 'reader' }),
    passedWith: ['technician_unknown'],
  },
  'technicians.remove': { input: () => ({ technicianId: nowhere }), passedWith: ['technician_unknown'] },
  'schedule-templates.list': { input: () => ({}) },
  'schedule-templates.drift': { input: () => ({ takeOver: true }) },
  'schedule-templates.create': {
    input: () => ({ name: `Template ${Math.random()}`, ...scheduleFields, tags: ['a'] }),
  },
  'schedule-templates.edit': {
    input: () => ({ templateId: nowhere, expectedVersion: 1, name: 'T', ...scheduleFields, tags: ['a'] }),
    passedWith: ['schedule_template_not_found'],
  },
  'schedule-templates.remove': {
    input: () => ({ templateId: nowhere, expectedVersion: 1 }),
    passedWith: ['schedule_template_not_found'],
  },
  'schedule-templates.apply': {
    input: ({ tenantId }) => ({
      templateId: templateId,
      expectedVersion: 1,
      takeOver: true,
      items: [{ tenantId, seenVersion: 1 }],
    }),
  },
  'schedule-templates.detach': {
    input: ({ tenantId, scheduleId }) => ({ tenantId, scheduleId }),
    passedWith: ['schedule_not_templated'],
  },
  'retention.defaults': { input: () => ({}) },
  'retention.set-workspace-default': { input: () => ({ rule: { keepLast: 30 } }) },
  'retention.set-tenant-default': { input: ({ tenantId }) => ({ tenantId, rule: { keepLast: 7 } }) },
  'retention.preview': { input: ({ tenantId }) => ({ tenantId, rule: { keepLast: 7 } }) },
  'diagnostics.checks': { input: () => ({}) },
  'diagnostics.connections': { input: () => ({}) },
  'diagnostics.log': { input: () => ({}) },
  'diagnostics.program': { input: () => ({}) },
  'diagnostics.database': { input: () => ({}) },
  'tenants.access-check': { input: ({ tenantId }) => ({ tenantId }) },
  'setup.state': { input: () => ({}) },
  'setup.end': { input: () => ({}) },
  'tenants.permissions': { input: () => ({}) },
  'tenants.connect': {
    input: () => ({
      name: `New ${Math.random()}`,
      cloud: 'global',
      customCloud: null,
      entraTenantId: nowhere,
      clientId: nowhere,
      credential: { kind: 'secret', secret: 'x', expiresAt: null },
    }),
    // No host is approved here.
    passedWith: ['no_approved_host'],
  },
  'tenants.connection': { input: ({ tenantId }) => ({ tenantId }) },
  'tenants.propose-credential': {
    input: ({ tenantId }) => ({
      tenantId,
      clientId: nowhere,
      credential: { kind: 'secret', secret: 'x', expiresAt: null },
    }),
    passedWith: ['no_approved_host'],
  },
  'tenants.check-candidate': {
    input: ({ tenantId }) => ({ tenantId }),
    passedWith: ['candidate_not_found'],
  },
  'tenants.discard-candidate': {
    input: ({ tenantId }) => ({ tenantId }),
    passedWith: ['candidate_not_found'],
  },
  'tenants.disconnect': { input: ({ tenantId }) => ({ tenantId: doomed(tenantId), reason: null }) },
  'tenants.deletion-preview': { input: ({ tenantId }) => ({ tenantId }) },
  // Never the right name, so that one case serves all roles.
  'tenants.delete': {
    input: ({ tenantId }) => ({ tenantId, confirmedName: 'Another name' }),
    passedWith: ['tenant_name_differs'],
  },
  'tenants.deletions': { input: () => ({}) },
  'members.list': { input: ({ tenantId }) => ({ tenantId }) },
  'members.set': {
    input: ({ tenantId }) => ({ tenantId, technicianId: nowhere, role: 'reader' }),
    passedWith: ['technician_unknown'],
  },
  'members.remove': {
    input: ({ tenantId }) => ({ tenantId, technicianId: nowhere }),
    passedWith: ['member_unknown'],
  },
  'tenants.check-access': { input: ({ tenantId }) => ({ tenantId }) },
  'work.progress': { input: () => ({ workId: nowhere }) },
  'work.cancel': { input: () => ({ workId: nowhere }) },
  'freshness.get': { input: ({ tenantId }) => ({ tenantId }) },
  'freshness.file': { input: ({ tenantId }) => ({ tenantId, format: 'csv' }) },
};

const bulkRow = ({ tenantId, scheduleId }: World) => ({ tenantId, scheduleId, expectedVersion: 9999 });
/** In the place of the own tenant one with the same members, which may come to an end here. */
function doomed(tenantId: string): string {
  return tenantId === own.tenantId ? doomedTenantId : tenantId;
}

function setCase(more: object = {}) {
  return {
    input: ({ tenantId }: World) => ({ tenantId, backupSetId: nowhere, ...more }),
    passedWith: ['backup_set_unknown'],
  };
}

const names = Object.keys(contract) as ProcedureName[];
/** Errors that the router did not expect; nothing here may cause one. */
const unexpected: object[] = [];
const collectingLog: Log = { ...silentLog, error: (fields) => unexpected.push(fields) };

let database: TestDatabase;
let api: Router;
let own: World;
let doomedTenantId: string;
let templateId: string;
let foreign: World;
const sessions = new Map<string, Session>();

async function addWorld(name: string): Promise<World> {
  const tenantId = await database.addTenant(name);
  const owner = await database.asTechnician(`owner of ${name}`, 'owner', tenantId);
  const session = { login: owner.login, database: owner.db };
  const created = await api.dispatch(session, {
    name: 'schedules.create',
    input: { tenantId, name: `${name} nightly`, ...scheduleFields },
  });
  if (!created.ok) throw new Error(created.error.message);
  const scheduleId = (created.value as { id: string }).id;
  const started = await api.dispatch(session, { name: 'runs.start', input: { tenantId, scheduleId } });
  if (!started.ok) throw new Error(started.error.message);
  return { tenantId, scheduleId, runId: (started.value as { runId: string }).runId };
}

beforeAll(async () => {
  database = await createTestDatabase();
  api = createApi({ version: '0.0.0', clock: systemClock, log: collectingLog });
  own = await addWorld('Ownworld');
  foreign = await addWorld('Foreignworld');
  doomedTenantId = await database.addTenant('Doomedworld');
  for (const role of tenantRoles) {
    await database.asTechnician(role, role, doomedTenantId);
    const technician = await database.asTechnician(role, role, own.tenantId);
    sessions.set(role, { login: technician.login, database: technician.db });
  }
  const administrator = await database.asTechnician('administrator', 'administrator');
  sessions.set('administrator', { login: administrator.login, database: administrator.db });
  // Covers both worlds, by a tag that neither shares with the other cases.
  await database.superuser.query(`update app.tenants set tags = '{both}'`);
  const template = await api.dispatch(sessions.get('administrator')!, {
    name: 'schedule-templates.create',
    input: { name: 'Nightly of both', ...scheduleFields, tags: ['both'] },
  });
  if (!template.ok) throw new Error(template.error.message);
  templateId = (template.value as { id: string }).id;
});

afterAll(() => database.close());

const holders = ['administrator', ...tenantRoles] as const;
const matrix = names.flatMap((name) => holders.map((holder) => [name, holder] as const));

function isAllowed(name: ProcedureName, holder: (typeof holders)[number]): boolean {
  const { permission } = contract[name];
  if (permission === null) return true;
  return mayDo(permission, {
    administrator: holder === 'administrator',
    role: holder === 'administrator' ? null : (holder as TenantRole),
  });
}

describe('the contract', () => {
  it.each(matrix)('%s asked by %s for the own tenant is as the matrix says', async (name, holder) => {
    const { input, passedWith = [] } = cases[name];
    const result = await api.dispatch(sessions.get(holder)!, { name, input: input(own) });
    const code = result.ok ? 'ok' : result.error.code;
    if (contract[name].scope === 'permitted-tenants') {
      // Lists answer everybody, with the rows that the database lets through.
      expect(code).toBe('ok');
      if (!isAllowed(name, holder)) expect(JSON.stringify(result)).not.toContain(own.scheduleId);
    } else if (contract[name].scope === 'self' || isAllowed(name, holder)) {
      expect(['ok', ...passedWith]).toContain(code);
    } else {
      expect(code).toBe('forbidden');
    }
  });

  it.each(matrix)('%s asked by %s gives nothing of a foreign tenant', async (name, holder) => {
    const result = await api.dispatch(sessions.get(holder)!, { name, input: cases[name].input(foreign) });
    const text = JSON.stringify(result);
    expect(text).not.toContain(foreign.scheduleId);
    expect(text).not.toContain(foreign.runId);
    if (holder === 'administrator') return;
    expect(text).not.toContain('Foreignworld');
    expect(text).not.toContain(foreign.tenantId);
    if (contract[name].scope === 'tenant') {
      expect(result.ok ? 'ok' : result.error.code).toBe('tenant_not_found');
    }
  });

  it('compares with a set of a foreign tenant no more than with one that does not exist', async () => {
    const compare = (rightTenantId: string) =>
      api.dispatch(sessions.get('owner')!, {
        name: 'backup-sets.compare',
        input: { tenantId: own.tenantId, leftId: nowhere, rightId: nowhere, rightTenantId },
      });
    const refused = await compare(foreign.tenantId);
    expect(refused).toMatchObject({ ok: false, error: { code: 'tenant_not_found' } });
    expect(refused).toEqual(await compare(nowhere));
  });

  it('answers for a foreign tenant exactly as for one that does not exist', async () => {
    const reader = sessions.get('reader')!;
    const ask = (tenantId: string) => api.dispatch(reader, { name: 'tenants.get', input: { tenantId } });
    expect(await ask(foreign.tenantId)).toEqual(await ask(nowhere));
  });

  it('audits a refusal in the chain of the tenant', async () => {
    await api.dispatch(sessions.get('reader')!, {
      name: 'runs.start',
      input: { tenantId: own.tenantId, scheduleId: own.scheduleId },
    });
    const [row] = await database.superuser.query<{ denied: number }>(
      `select count(*)::int as denied from app.audit_events
        where tenant_id = $1 and outcome = 'denied' and action = 'run.requested' and actor = $2`,
      [own.tenantId, sessions.get('reader')!.login],
    );
    expect(row!.denied).toBeGreaterThan(0);
  });

  it('ends a right at the next call after it was taken away', async () => {
    const technician = await database.asTechnician('leaver', 'operator', own.tenantId);
    const session = { login: technician.login, database: technician.db };
    const ask = () => api.dispatch(session, { name: 'tenants.get', input: { tenantId: own.tenantId } });
    expect((await ask()).ok).toBe(true);
    await database.superuser.query('delete from app.tenant_memberships where technician_id = $1', [
      technician.technicianId,
    ]);
    expect((await ask()).ok).toBe(false);
  });

  it.each([
    ['an unknown name', { name: 'nothing.like-this', input: {} }, 'procedure_unknown'],
    ['an inherited name', { name: 'constructor', input: {} }, 'procedure_unknown'],
    ['a name that is no text', { name: { toString: 'x' }, input: {} }, 'procedure_unknown'],
    ['a missing field', { name: 'tenants.get', input: {} }, 'input_invalid'],
    ['a surplus field', { name: 'tenants.get', input: { tenantId: nowhere, more: 1 } }, 'input_invalid'],
    ['no object at all', { name: 'tenants.get', input: 'x' }, 'input_invalid'],
  ])('refuses %s', async (_what, call, code) => {
    const result = await api.dispatch(sessions.get('owner')!, call);
    expect(result.ok ? 'ok' : result.error.code).toBe(code);
  });

  it('never ended in an unexpected error', () => {
    expect(unexpected).toEqual([]);
  });

  it('names only permissions that the matrix has', () => {
    for (const name of names) {
      const { permission } = contract[name];
      if (permission !== null) expect(Object.keys(permissions)).toContain(permission);
    }
  });
});
