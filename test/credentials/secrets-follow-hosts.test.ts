import { createHash, randomUUID } from 'node:crypto';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBackupSecrets } from '../../main/credentials/backup-secrets.ts';
import { resealForApprovedHosts } from '../../main/credentials/reseal.ts';
import { openText } from '../../main/credentials/sealed-credential.ts';
import type { Database } from '../../main/db/database.ts';
import { announceExpiringCredentials } from '../../main/db/repositories/credentials.ts';
import { insertSealedSecrets } from '../../main/db/repositories/stored-content.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** Secret values out of policies go where credentials go when hosts come and are struck off. */
interface KeyedHost {
  db: Database;
  hostId: string;
  identity: string;
}
let database: TestDatabase;
let tenants: string[] = [];
let first: KeyedHost;
let second: KeyedHost;

async function addHost(name: string): Promise<KeyedHost> {
  const { db, hostId } = await database.asHost(name);
  const identity = await generateX25519Identity();
  await database.superuser.query('update app.hosts set public_key = $2 where id = $1', [
    hostId,
    await identityToRecipient(identity),
  ]);
  return { db, hostId, identity };
}

async function store(host: KeyedHost, tenantId: string, values: readonly string[]): Promise<void> {
  const secrets = createBackupSecrets({ database: host.db, identity: host.identity });
  const named = values.map((value) => ({
    fingerprint: createHash('sha256').update(`${tenantId} ${value}`).digest('hex'),
    value,
  }));
  const sealed = await secrets.seal(tenantId, named);
  await insertSealedSecrets(
    host.db,
    tenantId,
    named.map(({ fingerprint }, index) => ({ fingerprint, ...sealed[index]! })),
    [],
  );
}

/** Values that a key opens, of all tenants. */
async function openedBy(identity: string): Promise<string[]> {
  const rows = await database.superuser.query<{ sealed: Buffer }>('select sealed from app.sealed_secrets');
  const texts = await Promise.all(rows.map(({ sealed }) => openText(sealed, identity)));
  return texts
    .filter((text) => text !== null)
    .map((text) => (JSON.parse(text) as { value: string }).value)
    .toSorted();
}

const reseal = (host: KeyedHost) => resealForApprovedHosts({ database: host.db, identity: host.identity });
const all = Array.from({ length: 230 }, (_, index) => `value ${index}`).toSorted();

beforeAll(async () => {
  database = await createTestDatabase();
  tenants = [await database.addTenant('Adatum'), await database.addTenant('Bellows')];
  first = await addHost('first');
  // More than one batch, across two tenants.
  await store(first, tenants[0]!, all.slice(0, 130));
  await store(first, tenants[1]!, all.slice(130));
  second = await addHost('second');
}, 60_000);
afterAll(async () => {
  await database?.close();
});

describe('sealed secret values', { timeout: 60_000 }, () => {
  it('are opened by a new host only after a host that can open them sealed them again', async () => {
    expect(await openedBy(second.identity)).toEqual([]);
    expect(await reseal(second)).toEqual({
      resealed: 0,
      secrets: 0,
      notOpenable: ['Adatum', 'Bellows'],
    });
    expect(await reseal(first)).toEqual({ resealed: 0, secrets: 230, notOpenable: [] });
    expect(await openedBy(second.identity)).toEqual(all);
    expect(await openedBy(first.identity)).toEqual(all);
  });

  it('are left alone where they are sealed rightly, and go on where an interrupted pass stopped', async () => {
    expect(await reseal(first)).toMatchObject({ secrets: 0 });
    // A pass that ended in the middle: a part is as before.
    await database.superuser.query(`update app.sealed_secrets set sealed_to = null where tenant_id = $1`, [
      tenants[1],
    ]);
    expect(await reseal(second)).toEqual({ resealed: 0, secrets: 100, notOpenable: [] });
  });

  it('are sealed without a host that was struck off', async () => {
    await database.superuser.query('update app.hosts set removed_at = app.db_now() where id = $1', [
      second.hostId,
    ]);
    expect(await reseal(first)).toEqual({ resealed: 0, secrets: 230, notOpenable: [] });
    expect(await openedBy(second.identity)).toEqual([]);
    expect(await openedBy(first.identity)).toEqual(all);
    // One event a batch and tenant, and no more than the number of them.
    const events = await database.superuser.query<{ secrets: number }>(
      `select sum((after ->> 'secrets')::int)::int as secrets from app.audit_events
        where action = 'secrets.resealed' group by tenant_id order by 1`,
    );
    expect(events).toEqual([{ secrets: 300 }, { secrets: 260 }].toSorted((a, b) => a.secrets - b.secrets));
  });

  it('that somebody else stored meanwhile are not overwritten with older bytes', async () => {
    const [row] = await database.superuser.query<{ fingerprint: Buffer; sealed: Buffer }>(
      'select fingerprint, sealed from app.sealed_secrets limit 1',
    );
    const answer = await first.db.query(
      `select r.resealed, r.refused from app.reseal_secrets($1, array[$2::bytea], array[sha256('older')], array['x'::bytea], sha256('x')) r`,
      [tenants[0], row!.fingerprint],
    );
    expect(answer).toEqual([{ resealed: 0, refused: null }]);
  });
});

describe('a credential that ends', { timeout: 60_000 }, () => {
  it('is told to the audit of its tenant once at 30 days, however many hosts look', async () => {
    for (const [tenantId, days] of [
      [tenants[0], 29],
      [tenants[1], 31],
    ] as const) {
      await database.superuser.query(
        `insert into app.credentials (id, tenant_id, kind, client_id, sealed, recipients, expires_at)
         values ($1, $2, 'certificate', gen_random_uuid(), 'x', '{age1x}', app.db_now() + make_interval(days => $3))`,
        [randomUUID(), tenantId, days],
      );
    }
    const third = await addHost('third');
    const hosts = [first, third, first, third];
    const told = await Promise.all(hosts.map(({ db }) => announceExpiringCredentials(db)));
    expect(told.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 1]);
    const events = () =>
      database.superuser.query(
        `select tenant_id as "tenantId", after ->> 'kind' as kind, after ? 'expiresAt' as dated
           from app.audit_events where action = 'credential.expiring'`,
      );
    expect(await events()).toEqual([{ tenantId: tenants[0], kind: 'certificate', dated: true }]);
    // A new credential that ends soon too is another one.
    await database.superuser.query(
      `update app.credentials set expires_at = app.db_now() + interval '10 days' where tenant_id = $1`,
      [tenants[1]],
    );
    expect(await announceExpiringCredentials(third.db)).toBe(1);
    expect(await announceExpiringCredentials(first.db)).toBe(0);
    expect(await events()).toHaveLength(2);
  });
});
