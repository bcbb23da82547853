import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCredentialLoader } from '../../main/credentials/credential-loader.ts';
import { createCredentialOpener } from '../../main/credentials/credential-opener.ts';
import { resealForApprovedHosts } from '../../main/credentials/reseal.ts';
import { sealCredential } from '../../main/credentials/sealed-credential.ts';
import type { Database } from '../../main/db/database.ts';
import type { RefreshTokenStore } from '../../main/graph/credential-loader.ts';
import { silentLog } from '../support/silent-log.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** Two hosts that use the sign-in of one person, and a third that joins. */
let database: TestDatabase;
let tenantId = '';
let credentialId = '';
const hosts: { database: Database; identity: string; recipient: string; hostId: string }[] = [];

async function addHost(name: string): Promise<void> {
  const { db, hostId } = await database.asHost(name);
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  await database.superuser.query('update app.hosts set public_key = $2 where id = $1', [hostId, recipient]);
  hosts.push({ database: db, identity, recipient, hostId });
}

async function storeOf(index: number): Promise<RefreshTokenStore> {
  const { database: db, identity } = hosts[index]!;
  const opener = createCredentialOpener({ database: db, identity, log: silentLog });
  const credential = await createCredentialLoader(opener).load(tenantId);
  if (credential.kind !== 'delegated') throw new Error('not a sign-in');
  return credential.refreshTokens;
}

const row = async () => {
  const rows = await database.superuser.query<{ sealed: Buffer; recipients: string[] }>(
    'select sealed, recipients from app.credentials where id = $1',
    [credentialId],
  );
  return rows[0]!;
};
const auditOf = async () =>
  (
    await database.superuser.query<{ action: string }>(
      'select action from app.audit_events where target_id = $1 order by sequence',
      [credentialId],
    )
  ).map(({ action }) => action);

async function signIn(refreshToken: string): Promise<void> {
  const clientId = randomUUID();
  credentialId = randomUUID();
  const recipients = hosts.slice(0, 2).map(({ recipient }) => recipient);
  const sealed = await sealCredential(
    { tenantId, credentialId, clientId },
    { kind: 'delegated', refreshToken, account: 'anna@contoso.example' },
    recipients,
  );
  await database.superuser.query(
    'update app.credentials set replaced_at = now() where tenant_id = $1 and replaced_at is null',
    [tenantId],
  );
  await database.superuser.query(
    `insert into app.credentials (id, tenant_id, kind, client_id, sealed, recipients)
     values ($1, $2, 'delegated', $3, $4, $5)`,
    [credentialId, tenantId, clientId, Buffer.from(sealed), recipients],
  );
}

beforeAll(async () => {
  database = await createTestDatabase();
  tenantId = await database.addTenant('Contoso');
  await addHost('first');
  await addHost('second');
  await addHost('third');
});
beforeEach(async () => {
  await database.superuser.query('update app.hosts set removed_at = now() where id = $1', [hosts[2]!.hostId]);
  await signIn('CANARY-refresh-1');
});
afterAll(() => database.close());

describe('the refresh token of a sign-in', () => {
  it('is renewed by one host and read by the other, sealed throughout, and audited', async () => {
    const [first, second] = [await storeOf(0), await storeOf(1)];
    await first.replace(await first.read(), 'CANARY-refresh-2');
    expect((await second.read()).refreshToken).toBe('CANARY-refresh-2');
    await second.replace(await second.read(), 'CANARY-refresh-3');
    expect((await first.read()).refreshToken).toBe('CANARY-refresh-3');
    expect(await auditOf()).toEqual(['credential.rotated', 'credential.rotated']);
    expect((await row()).sealed.includes('CANARY')).toBe(false);
    const everywhere = await database.superuser.query<{ text: string }>(
      `select row_to_json(e)::text as text from app.audit_events e
       union all select row_to_json(c)::text from app.credentials c`,
    );
    expect(everywhere.filter(({ text }) => text.includes('CANARY'))).toEqual([]);
  });

  it('of a host that was slower does not take the place of a newer one', async () => {
    const [first, second] = [await storeOf(0), await storeOf(1)];
    const [readByFirst, readBySecond] = [await first.read(), await second.read()];
    await first.replace(readByFirst, 'newer');
    await second.replace(readBySecond, 'late');
    expect((await first.read()).refreshToken).toBe('newer');
  });

  it('does not take the place of a new sign-in', async () => {
    const first = await storeOf(0);
    const read = await first.read();
    await signIn('another person');
    await first.replace(read, 'late');
    expect((await (await storeOf(0)).read()).refreshToken).toBe('another person');
    await expect(first.read()).rejects.toMatchObject({ code: 'credential_replaced' });
  });

  it('follows the hosts that a person approved, also when both happen at once', async () => {
    const [first, second] = [await storeOf(0), await storeOf(1)];
    const read = await first.read();
    await database.superuser.query('update app.hosts set removed_at = null where id = $1', [
      hosts[2]!.hostId,
    ]);
    const report = await resealForApprovedHosts(hosts[1]!);
    expect(report).toMatchObject({ resealed: 1, notOpenable: [] });
    // What was read before that is sealed to two hosts only; the third must not lose its access by it.
    await first.replace(read, 'CANARY-refresh-2');
    expect((await row()).recipients.toSorted()).toEqual(hosts.map(({ recipient }) => recipient).toSorted());
    for (const store of [second, await storeOf(2)]) {
      expect((await store.read()).refreshToken).toBe('CANARY-refresh-2');
    }
    expect(await auditOf()).toEqual(['credential.resealed', 'credential.rotated']);
  });

  it('is never sealed to recipients that only a row names', async () => {
    const first = await storeOf(0);
    const thief = await identityToRecipient(await generateX25519Identity());
    await database.superuser.query(
      'update app.credentials set recipients = recipients || $2::text where id = $1',
      [credentialId, thief],
    );
    await first.replace(await first.read(), 'CANARY-refresh-2');
    expect((await row()).recipients).not.toContain(thief);
  });
});
