import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditConditions } from '../../main/db/repositories/audit-conditions.ts';
import { countAuditFacets, getAuditEvent, listAuditEvents } from '../../main/db/repositories/audit-events.ts';
import { countAuditEvents, readAuditEvents } from '../../main/db/repositories/audit-trail.ts';
import { parseAuditQuery } from '../../shared/model/audit-query.ts';
import { createTestDatabase, type TestDatabase, type TestTechnician } from '../support/database.ts';

/** Lists, counts and exports of one filter, over a trail long enough that a search goes in portions. */
let test: TestDatabase;
let auditor: TestTechnician;
const tenants: string[] = [];
const events = 12_000;

beforeAll(async () => {
  test = await createTestDatabase();
  for (const name of ['Contoso Ltd', 'Fabrikam', 'Hidden']) tenants.push(await test.addTenant(name));
  auditor = await test.asTechnician('audra', 'auditor', tenants[0]);
  await test.asTechnician('audra', 'auditor', tenants[1]);
  // Every third event belongs to the tenant that the auditor does not see.
  await test.superuser.query(
    `insert into app.audit_events (tenant_id, sequence, at, actor, host, action, target_kind, target_id, outcome, reason, after, previous_hash, hash)
     select ($1::uuid[])[1 + n % 3], n / 3 + 1, timestamptz '2026-01-01' + n * interval '1 minute',
            'host_' || n % 7, 'Host ' || n % 5,
            (array['run.queued','run.started','run.succeeded','set.pruned','schedule.edited'])[1 + n % 5],
            'run', 'r' || n / 4, case when n % 500 = 0 then 'denied' else 'success' end, null,
            jsonb_build_object('note', case when n = 40 then '100%_sure' else 'nothing' end), '\\x00', '\\x00'
       from generate_series(0, $2 - 1) n`,
    [tenants, events],
  );
  await test.superuser.query('analyze app.audit_events');
});
afterAll(() => test.close());

const filter = (query: string, more: Partial<AuditConditions> = {}): AuditConditions => ({
  chain: null,
  from: null,
  to: null,
  terms: parseAuditQuery(query),
  ...more,
});

/** All pages of a filter: what was found, and in how many portions. */
async function all(conditions: AuditConditions, limit = 1000) {
  const found: string[] = [];
  let portions = 0;
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listAuditEvents>> = await listAuditEvents(auditor.db, conditions, {
      cursor,
      limit,
    });
    found.push(...page.rows.map((event) => `${event.tenantId} ${event.sequence}`));
    portions += 1;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return { found, portions };
}

async function exported(conditions: AuditConditions): Promise<string[]> {
  const found: string[] = [];
  const { chain, terms } = conditions;
  for await (const page of readAuditEvents(auditor.db, {
    scope: chain === null ? { allTenants: true } : { tenantId: chain },
    terms,
  })) {
    found.push(...page.map((event) => `${event.tenantId} ${event.sequence}`));
  }
  return found;
}

const queries: readonly string[] = [
  '',
  'actor:host_3',
  'actor:host_3 actor:host_4',
  'action:set.pruned',
  'action:run.',
  'action:nothing.',
  '-action:run. -action:set.pruned',
  'outcome:denied',
  'outcome:success -outcome:success',
  'outcome:denied actor:host_0',
  'target:r77',
  'target:run outcome:denied',
  'tenant:"contoso ltd"',
  'tenant:Hidden',
  'tenant:Fabrikam -host:"Host 1" run.started',
  'host:"Host 2" -actor:host_1',
  'after:100%_sure',
  'after:100%%',
  'before:anything',
  'SURE -nothing',
];

describe('a query of the audit trail', () => {
  it.each(queries)(
    '%j finds in portions what an export of it writes, and never a foreign event',
    async (query) => {
      const conditions = filter(query);
      const { found } = await all(conditions);
      const whole = await exported(conditions);
      expect(found.toSorted()).toEqual(whole.toSorted());
      expect(new Set(found).size).toBe(found.length);
      expect(
        await countAuditEvents(auditor.db, { scope: { allTenants: true }, terms: conditions.terms }),
      ).toBe(found.length);
      expect(found.join()).not.toContain(tenants[2]);
    },
  );

  it('pages through many small pages without losing or repeating an event', async () => {
    for (const query of ['actor:host_3 actor:host_4', 'action:run. -actor:host_1', '']) {
      const { found } = await all(filter(query), 37);
      expect(found).toEqual((await all(filter(query))).found);
    }
    const oneTenant = await all(filter('', { chain: tenants[0]! }), 37);
    expect(oneTenant.found).toHaveLength(events / 3);
  });

  it('says how far a search got where no index answers it', async () => {
    const first = await listAuditEvents(auditor.db, filter('100%_sure'), { cursor: null, limit: 50 });
    expect(first.rows).toEqual([]);
    expect(first.searchedTo).not.toBeNull();
    const { found, portions } = await all(filter('100%_sure'));
    expect(found).toHaveLength(1);
    expect(portions).toBeGreaterThan(1);
  });

  it('keeps to its period', async () => {
    const period = { from: new Date('2026-01-02T00:00:00Z'), to: new Date('2026-01-03T00:00:00Z') };
    expect((await all(filter('', period))).found).toHaveLength(960);
    expect((await all(filter('actor:host_3 run.started', period))).found.length).toBeGreaterThan(0);
  });

  it('counts by facet what it finds', async () => {
    const counts = await countAuditFacets(auditor.db, filter('outcome:denied'));
    const { found } = await all(filter('outcome:denied'));
    expect(counts).toMatchObject({ counted: found.length, since: null });
    const by = (field: string) => counts.facets.filter((facet) => facet.field === field);
    expect(by('outcome')).toEqual([{ field: 'outcome', value: 'denied', count: found.length }]);
    expect(
      by('tenant')
        .map((facet) => facet.value)
        .sort(),
    ).toEqual(['Contoso Ltd', 'Fabrikam']);
    expect((await countAuditFacets(auditor.db, filter('nothing'))).since).not.toBeNull();
  });

  it('opens one event by its place, and no foreign one', async () => {
    expect(await getAuditEvent(auditor.db, tenants[0]!, '7')).toMatchObject({ sequence: '7' });
    expect(await getAuditEvent(auditor.db, tenants[2]!, '7')).toBeNull();
    expect(await getAuditEvent(auditor.db, null, '7')).toBeNull();
  });
});
