import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appendAuditEvents } from '../../main/audit/append-audit-events.ts';
import { verifyAuditChain } from '../../main/audit/verify-chain.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase, TestHost } from '../support/database.ts';

let database: TestDatabase;
let host: TestHost;
let tenant = '';
let other = '';
let number = 0;
beforeAll(async () => {
  database = await createTestDatabase();
  host = await database.asHost();
});
beforeEach(async () => {
  number += 1;
  tenant = await database.addTenant(`Tenant ${number}`);
  other = await database.addTenant(`Other ${number}`);
  for (const tenantId of [tenant, other]) {
    await host.db.transaction((tx) =>
      appendAuditEvents(
        tx,
        ['one', 'two', 'three', 'four', 'five'].map((targetId) => ({
          tenantId,
          action: 'test.happened',
          targetKind: 'thing',
          targetId,
          reason: 'Übergröße "quoted" \\ \n\t\u0001 😀',
          before: { nested: { b: 1, a: [1.5, null, 'x\u2028y'] } },
          after: { n: 12345678901234 },
          correlationId: null,
        })),
      ),
    );
  }
});
afterAll(async () => {
  await database.close();
});

describe('the audit chain', () => {
  it('is recomputed outside the database with the same result', async () => {
    const verdict = await verifyAuditChain(host.db, tenant);
    expect(verdict).toMatchObject({ events: 5, firstBroken: null });
    const [head] = await database.superuser.query<{ hash: string }>(
      `select encode(hash, 'hex') as hash from app.audit_heads where tenant_id = $1`,
      [tenant],
    );
    expect(verdict.headHash).toBe(head!.hash);
    expect(await verifyAuditChain(host.db, null)).toMatchObject({ firstBroken: null });
  });

  it('stamps actor, host and time itself', async () => {
    const events = await database.superuser.query<{ actor: string; host: string; sequence: string }>(
      `select actor, host, sequence from app.audit_events
        where tenant_id = $1 and at between app.db_now() - interval '1 minute' and app.db_now() order by sequence`,
      [tenant],
    );
    expect(events.map((event) => event.sequence)).toEqual(['1', '2', '3', '4', '5']);
    expect(new Set(events.map((event) => `${event.actor}/${event.host}`))).toEqual(
      new Set([`${host.login}/host`]),
    );
  });

  it('stays gapless when many append to the same tenants at once, in opposite orders', async () => {
    const second = await database.asHost('second');
    const more = await database.open(second, { max: 8 });
    const append = (tenants: string[]) =>
      more.transaction(
        (tx) =>
          appendAuditEvents(
            tx,
            tenants.map((tenantId) => ({ tenantId, action: 'test.raced' })),
          ),
        {
          lockTimeoutMs: 20_000,
        },
      );
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        append(index % 2 === 0 ? [tenant, other, tenant] : [other, tenant]),
      ),
    );
    expect(await verifyAuditChain(host.db, tenant)).toMatchObject({ events: 5 + 60, firstBroken: null });
    expect(await verifyAuditChain(host.db, other)).toMatchObject({ events: 5 + 40, firstBroken: null });
  });

  it('starts once when two append the first event of a tenant', async () => {
    const fresh = await database.addTenant(`Fresh ${number}`);
    await Promise.all(
      [1, 2, 3, 4].map(() => host.db.query(`select app.audit_append($1, 'test.first')`, [fresh])),
    );
    expect(await verifyAuditChain(host.db, fresh)).toMatchObject({ events: 4, firstBroken: null });
  });

  it('is taken back with the change it tells of', async () => {
    await expect(
      host.db.transaction(async (tx) => {
        await appendAuditEvents(tx, [{ tenantId: tenant, action: 'test.undone' }]);
        throw new Error('the change failed');
      }),
    ).rejects.toThrow('the change failed');
    expect(await verifyAuditChain(host.db, tenant)).toMatchObject({ events: 5, firstBroken: null });
  });
});

describe('an audit event', () => {
  it('cannot be changed, deleted or inserted by a host or a technician', async () => {
    const technician = await database.asTechnician('eve', 'owner', tenant);
    for (const login of [host, technician]) {
      for (const statement of [
        `update app.audit_events set actor = 'somebody'`,
        `delete from app.audit_events`,
        `insert into app.audit_events (sequence, at, actor, action, outcome, previous_hash, hash)
         values (99, now(), 'somebody', 'x', 'success', '', '')`,
        `update app.audit_heads set sequence = 0`,
        `alter table app.audit_events disable row level security`,
      ]) {
        await expect(login.db.query(statement)).rejects.toMatchObject({ code: '42501' });
      }
    }
  });

  it('of a kind that the database writes cannot be reported by a technician', async () => {
    const technician = await database.asTechnician('frank', 'owner', tenant);
    await expect(
      technician.db.query(`select app.audit_append($1, 'run.succeeded')`, [tenant]),
    ).rejects.toMatchObject({ code: '42501' });
    await expect(
      technician.db.query(`select app.audit_report($1, 'run.succeeded')`, [tenant]),
    ).rejects.toMatchObject({ code: '42501' });
    await expect(
      technician.db.query(`select app.audit_report($1, 'audit.exported')`, [other]),
    ).rejects.toMatchObject({ code: '42501' });
    await technician.db.query(`select app.audit_report($1, 'audit.exported')`, [tenant]);
    await technician.db.query(
      `select app.audit_report($1, 'run.requested', outcome => 'denied', reason => 'tenant_forbidden')`,
      [other],
    );
    expect(await verifyAuditChain(technician.db, tenant)).toMatchObject({ events: 6, firstBroken: null });
    expect(await verifyAuditChain(host.db, other)).toMatchObject({ events: 6, firstBroken: null });
    await expect(verifyAuditChain(technician.db, other)).rejects.toMatchObject({ code: 'audit_not_visible' });
  });

  it.each([
    ['changed', `update app.audit_events set actor = 'somebody' where tenant_id = $1 and sequence = 3`, '3'],
    [
      'changed in a nested value',
      `update app.audit_events set before = jsonb_set(before, '{nested,b}', '2') where tenant_id = $1 and sequence = 3`,
      '3',
    ],
    [
      'moved in time',
      `update app.audit_events set at = at + interval '1 microsecond' where tenant_id = $1 and sequence = 1`,
      '1',
    ],
    [
      'emptied instead of missing',
      `update app.audit_events set correlation_id = '' where tenant_id = $1 and sequence = 5`,
      '5',
    ],
    ['deleted', `delete from app.audit_events where tenant_id = $1 and sequence = 2`, '2'],
    ['cut from the tail', `delete from app.audit_events where tenant_id = $1 and sequence >= 4`, '4'],
    [
      'swapped with its neighbour',
      `update app.audit_events set sequence = case sequence when 2 then 1003 else 1002 end where tenant_id = $1 and sequence in (2, 3)`,
      '2',
    ],
    [
      'added at the end',
      `insert into app.audit_events (tenant_id, sequence, at, actor, action, outcome, previous_hash, hash)
       select tenant_id, 6, at, actor, action, outcome, hash, hash from app.audit_events where tenant_id = $1 and sequence = 5`,
      '6',
    ],
    [
      'added in the middle',
      `update app.audit_events set previous_hash = sha256('x') where tenant_id = $1 and sequence = 4`,
      '4',
    ],
  ])('that the owner has %s is found', async (_, statement, sequence) => {
    const owner = await database.asOwner();
    await owner.db.query(statement, [tenant]);
    if (statement.includes('1003')) {
      await owner.db.query(
        `update app.audit_events set sequence = sequence - 1000 where tenant_id = $1 and sequence > 1000`,
        [tenant],
      );
    }
    expect((await verifyAuditChain(host.db, tenant)).firstBroken?.sequence).toBe(sequence);
    expect(await verifyAuditChain(host.db, other)).toMatchObject({ events: 5, firstBroken: null });
  });

  it('that was moved in from another tenant is found', async () => {
    const owner = await database.asOwner();
    await owner.db.query(`delete from app.audit_events where tenant_id = $1`, [tenant]);
    await owner.db.query(`update app.audit_events set tenant_id = $1 where tenant_id = $2`, [tenant, other]);
    expect((await verifyAuditChain(host.db, tenant)).firstBroken?.sequence).toBe('1');
    expect((await verifyAuditChain(host.db, other)).firstBroken?.what).toContain('cut');
  });
});
