import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../../main/api/api.ts';
import type { Session } from '../../main/api/router.ts';
import { systemClock } from '../../main/clock.ts';
import { searchBackupSets } from '../../main/engine/backup/search.ts';
import type { Contract, ProcedureName } from '../../shared/contract/index.ts';
import type { InputOf, OutputOf } from '../../shared/contract/procedure.ts';
import { silentLog } from '../support/silent-log.ts';
import {
  type BackupFixture,
  createBackupFixture,
  policy,
  policyType,
  scriptedReader,
} from './backup-fixture.ts';

const groupId = 'aaaaaaaa-0000-4000-8000-000000000001';
const script = Buffer.from('Write-Host "Needle in a script"', 'utf8').toString('base64');

describe('reading backup sets through the contract', () => {
  let fixture: BackupFixture;
  let otherTenantId: string;
  let session: Session;
  const sets: string[] = [];
  let foreignSet: string;
  const api = createApi({ version: 'test', clock: systemClock, log: silentLog });

  async function ask<Name extends ProcedureName>(
    name: Name,
    input: InputOf<Contract[Name]>,
  ): Promise<OutputOf<Contract[Name]>> {
    const result = await api.dispatch(session, { name, input });
    if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
    return result.value as OutputOf<Contract[Name]>;
  }

  beforeAll(async () => {
    fixture = await createBackupFixture([policyType('alpha'), policyType('beta')]);
    const names = new Map([[groupId, { kind: 'group', name: 'Finance', detail: {} }]]);
    const backUp = async (
      items: ReturnType<typeof policy>[],
      beta: object = {},
      tenantId = fixture.tenantId,
    ) => {
      const script = new Map([
        ['alpha', { items }],
        ['beta', { items: [policy('b1')], ...beta }],
      ]);
      const scheduleId =
        tenantId === fixture.tenantId ? fixture.scheduleId : await fixture.addSchedule(tenantId);
      const lease = await fixture.startRun(
        { policyTypes: 'all', retention: { keepLast: 30 } },
        { tenantId, scheduleId },
      );
      const completion = await fixture.executor(scriptedReader(script, names)).execute(lease);
      return (await fixture.finish(lease, completion))!;
    };
    const secret = { wifiPassword: 'CANARY-needle-in-a-secret' };
    sets.push(
      await backUp([
        policy('a1', { ...secret, description: 'first' }),
        policy('a2', { scriptContent: script }),
      ]),
    );
    sets.push(
      await backUp([
        policy('a1', { ...secret, description: 'second' }),
        policy('a2', { scriptContent: script }),
      ]),
    );
    sets.push(
      await backUp([policy('a2', { scriptContent: script, lastModifiedDateTime: '2026-02-02T00:00:00Z' })], {
        items: [],
        reading: { outcome: 'incomplete', reason: 'list_broken' },
      }),
    );
    otherTenantId = await fixture.test.addTenant('Fabrikam');
    foreignSet = await backUp(
      [policy('z9', { displayName: 'Policy a2', scriptContent: script }), policy('z8')],
      {},
      otherTenantId,
    );
    const anna = await fixture.test.asTechnician('Anna', 'auditor', fixture.tenantId);
    await fixture.test.asTechnician('Anna', 'reader', otherTenantId);
    session = { login: anna.login, database: anna.db };
  });
  afterAll(async () => fixture?.close());

  const search = async (text: string, more: object = {}) =>
    (await ask('backup-sets.search', { tenantId: fixture.tenantId, text, sets: 'all', ...more })).rows;
  const history = async (typeKey: string, graphId: string) =>
    (await ask('backup-sets.item-history', { tenantId: fixture.tenantId, typeKey, graphId })).versions.map(
      ({ difference, seq, sets: held }) => [difference, seq, held],
    );

  it('lists sets by month with size and changes', async () => {
    const { tenantId } = fixture;
    const { months } = await ask('backup-sets.months', { tenantId, timeZone: 'Europe/Berlin' });
    expect(months).toMatchObject([{ sets: 3, partial: 1 }]);
    expect(months[0]!.newBytes).toBeGreaterThan(0);
    const inMonth = { tenantId, month: months[0]!.month, timeZone: 'Europe/Berlin' };
    const { rows } = await ask('backup-sets.list', inMonth);
    expect(rows.map((row) => row.id)).toEqual(sets.toReversed());
    expect((await ask('backup-sets.list', { ...inMonth, month: '2001-01' })).rows).toEqual([]);
  });

  it('searches names, ids, settings and scripts, and answers each version once with its newest set', async () => {
    expect(await search('POLICY A2')).toMatchObject([{ graphId: 'a2', matched: 'name', seq: 3 }]);
    expect(await search('second')).toMatchObject([
      { graphId: 'a1', matched: 'setting', pointer: '/description', excerpt: 'second', seq: 2 },
    ]);
    expect(await search('needle in a script')).toMatchObject([
      { graphId: 'a2', pointer: '/scriptContent', seq: 3 },
    ]);
    expect(await search('wifipass')).toMatchObject([
      { graphId: 'a1', excerpt: '(secret)' },
      { graphId: 'a1', excerpt: '(secret)' },
    ]);
    expect(await search('second', { inSettings: false })).toEqual([]);
    expect(await search('second', { sets: 'newest' })).toEqual([]);
    expect(await search('second', { backupSetId: sets[1]! })).toHaveLength(1);
  });

  it('never finds a secret by its value, nor by what stands for it', async () => {
    for (const text of ['CANARY', 'needle-in-a-secret', 'tenantkeep-secret', 'hmac-sha256']) {
      const { rows } = await ask('backup-sets.search', { tenantId: fixture.tenantId, text, sets: 'all' });
      expect([text, rows]).toEqual([text, []]);
    }
  });

  it('searches across the tenants of the login and no others', async () => {
    const stranger = await fixture.test.addTenant('Stranger');
    const { rows, progress } = await ask('backup-sets.search', { text: 'policy a2' });
    expect(new Set(rows.map((row) => row.tenantName))).toEqual(new Set(['Contoso', 'Fabrikam']));
    expect(progress).toMatchObject({ done: 3, of: 3, tenants: 2 });
    expect((await ask('backup-sets.search', { tenantId: stranger, text: 'policy' })).rows).toEqual([]);
  });

  it('searches piece by piece to the same end', async () => {
    const question = { tenantId: null, setId: null, sets: 'all' as const, text: 'policy', inSettings: true };
    const page = { limit: 1, budgetMs: 0, nowMs: () => performance.now() };
    const whole = await searchBackupSets(session.database, question, {
      ...page,
      cursor: null,
      limit: 99,
      budgetMs: 1e9,
    });
    const found = [];
    let cursor: string | null = null;
    do {
      const piece = await searchBackupSets(session.database, question, { ...page, cursor });
      found.push(...piece.hits);
      cursor = piece.cursor;
    } while (cursor !== null);
    expect(found).toEqual(whole.hits);
    expect(whole.progress.done).toBe(whole.progress.of);
  });

  it('tells the history of an item, and that an incomplete reading says nothing', async () => {
    expect(await history('alpha', 'a1')).toEqual([
      ['removed', 3, 1],
      ['changed', 2, 1],
      ['added', 1, 1],
    ]);
    expect(await history('alpha', 'a2')).toEqual([['added', 1, 3]]);
    expect(await history('beta', 'b1')).toEqual([['added', 1, 2]]);
  });

  it('says in words what a document does not: names, secrets, scripts, volatile values', async () => {
    const of = { tenantId: fixture.tenantId, backupSetId: sets[1]!, typeKey: 'alpha' };
    const notes = await ask('backup-sets.item-notes', { ...of, graphId: 'a1' });
    expect(notes.secrets).toEqual(['/wifiPassword']);
    expect(notes.references).toContainEqual({ id: groupId, kind: 'group', name: 'Finance', fromSet: true });
    expect(notes.references.some((reference) => reference.name === null)).toBe(true);
    expect(notes.volatile).toEqual([{ pointer: '/lastModifiedDateTime', value: '2026-01-01T00:00:00Z' }]);
    const [readable] = (await ask('backup-sets.item-notes', { ...of, graphId: 'a2' })).readable;
    const read = await ask('backup-sets.item', { ...of, graphId: 'a2', readable: readable!.pointer });
    expect(read.text).toBe('Write-Host "Needle in a script"');
    const { rows } = await ask('backup-sets.items', of);
    expect(rows).toMatchObject([
      { graphId: 'a1', assignments: 2, changedAt: '2026-01-01T00:00:00Z' },
      { graphId: 'a2', assignments: 2 },
    ]);
  });

  it('compares two tenants by name, without ids, where both may be compared', async () => {
    const compared = {
      tenantId: fixture.tenantId,
      leftId: sets[2]!,
      rightTenantId: otherTenantId,
      rightId: foreignSet,
    };
    const answer = await ask('backup-sets.compare', compared);
    expect(answer).toMatchObject({ pairedBy: 'name', counts: { added: 1, changed: 1, removed: 0 } });
    // Only ids of assignments differ in text; they carry the id of their policy and are no GUIDs.
    const [type] = answer.types;
    const pair = type!.items.find((item) => item.difference === 'changed')!;
    const { changes } = await ask('backup-sets.compare-item', {
      ...compared,
      typeKey: 'alpha',
      ...keysOf(pair),
    });
    expect(changes.every((change) => change.path.startsWith('/assignments'))).toBe(true);
  });

  it('leaves volatile values out of a comparison unless they are asked for', async () => {
    const compared = { tenantId: fixture.tenantId, leftId: sets[1]!, rightId: sets[2]!, typeKey: 'alpha' };
    const item = { leftGraphId: 'a2', rightGraphId: 'a2' };
    expect((await ask('backup-sets.compare-item', { ...compared, ...item })).changes).toEqual([]);
    const { changes } = await ask('backup-sets.compare-item', { ...compared, ...item, withVolatile: true });
    expect(changes).toMatchObject([{ path: '/lastModifiedDateTime', volatile: true }]);
  });

  it('keeps the result of a verification with its date, in the list and in the audit log', async () => {
    const of = { tenantId: fixture.tenantId, backupSetId: sets[0]! };
    const workId = randomUUID();
    const verified = await ask('backup-sets.verify', { ...of, workId });
    expect(verified).toMatchObject({ verified: true, items: 3, damages: [] });
    expect((await ask('work.progress', { workId })).progress).toBeNull();
    expect((await ask('backup-sets.get', of)).set.verified).toMatchObject({
      items: 3,
      damages: 0,
      by: session.login,
    });
    const [event] = await fixture.test.superuser.query<{ outcome: string; target: string }>(
      `select outcome, target_id as target from app.audit_events where action = 'set.verified'`,
    );
    expect(event).toEqual({ outcome: 'success', target: sets[0] });
  });

  it('ends a verification that is cancelled, and keeps nothing of it', async () => {
    const of = { tenantId: fixture.tenantId, backupSetId: sets[1]! };
    const workId = randomUUID();
    const asked = api.dispatch(session, { name: 'backup-sets.verify', input: { ...of, workId } });
    let cancelled = false;
    for (let trial = 0; trial < 10_000 && !cancelled; trial += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      ({ cancelled } = await ask('work.cancel', { workId }));
    }
    expect(await asked).toMatchObject({ ok: false, error: { code: 'work_cancelled' } });
    expect((await ask('backup-sets.get', of)).set.verified).toBeNull();
  });

  it('says when retention takes a set, and what a pin holds back', async () => {
    const { test, tenantId, scheduleId } = fixture;
    await test.superuser.query(
      `update app.backup_schedules set next_slot_at = '2030-01-01T01:00:00Z', spec = '{"policyTypes":"core","retention":{"keepLast":3}}'
        where id = $1`,
      [scheduleId],
    );
    const operator = await test.asTechnician('Otto', 'manager', tenantId);
    await operator.db.query(`select app.pin_set($1, 'the one before the change')`, [sets[1]]);
    const { rows } = await ask('backup-sets.removals', { scheduleIds: [scheduleId] });
    const of = (index: number) => rows.find((row) => row.backupSetId === sets[index])!;
    expect(of(0)).toMatchObject({ removedAt: '2030-01-01T01:00:00.000Z', obstacle: null });
    expect(of(1)).toMatchObject({ removedAt: null, obstacle: 'pinned' });
    // The newest complete copy of beta; later runs bring newer ones.
    expect(of(1).removedAtUnpinned).toBe('2030-01-02T01:00:00.000Z');
  });
});

function keysOf({ leftGraphId, rightGraphId }: { leftGraphId: string | null; rightGraphId: string | null }) {
  return { leftGraphId, rightGraphId };
}
