import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadHostKey } from '../../main/credentials/host-key.ts';
import { openText } from '../../main/credentials/sealed-credential.ts';
import { createFileSecretStore } from '../../main/credentials/secret-store.ts';
import { openDatabase, type PooledDatabase } from '../../main/db/open-database.ts';
import { startSimulator, type Simulator } from '../../main/simulator/start-simulator.ts';
import { writeExport } from '../import/write-export.ts';
import type { CliResult } from '../support/cli.ts';
import { runCliHere } from '../support/cli-here.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * A workspace on a shared server, run from the command line as its administrator would: people, hosts and the
 * credentials that are sealed to them.
 */
const directory = mkdtempSync(join(tmpdir(), 'tenantkeep-people-'));
const home = join(directory, 'office');
let database: TestDatabase;
let simulator: Simulator;
let location = '';

const run = (words: string[], options: { url?: string; home?: string } = {}): Promise<CliResult> =>
  runCliHere([...words, '--json'], {
    home: options.home ?? home,
    env: { TENANTKEEP_DATABASE_URL: options.url ?? location },
  });

async function done(words: string[], options: { url?: string; home?: string } = {}): Promise<any> {
  const result = await run(words, options);
  expect({ words, exitCode: result.exitCode, stderr: result.stderr }).toMatchObject({ exitCode: 0 });
  return result.json;
}

beforeAll(async () => {
  database = await createTestDatabase();
  location = (() => {
    const url = new URL(database.superuserUrl);
    url.username = '';
    url.password = '';
    return url.href;
  })();
  simulator = await startSimulator({
    directory: join(directory, 'simulator'),
    tenants: 2,
    objects: 20,
    throttle: false,
  });
  await done(['migrate'], { url: database.superuserUrl });
  for (const { name, tenantGuid, clientId, files } of simulator.tenants) {
    await done([
      'tenants',
      'connect',
      '--name',
      name,
      '--tenant-id',
      tenantGuid,
      '--client-id',
      clientId,
      '--secret-file',
      files!.secretFile,
      '--cloud',
      'custom',
      '--skip-check',
      '--graph-url',
      simulator.graphUrl,
      '--login-url',
      simulator.loginUrl,
      '--ca-file',
      simulator.caFile!,
    ]);
  }
}, 120_000);

afterAll(async () => {
  await simulator?.close();
  await database?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Sealed bytes of everything that is sealed to hosts, with the recipients that the row names. */
const sealedRows = () =>
  database.superuser.query<{ sealed: Buffer; recipients: string[] }>(
    `select sealed, recipients from app.credentials where replaced_at is null
     union all select sealed, recipients from app.tenant_keys`,
  );

const openableBy = async (identity: string): Promise<number> => {
  const texts = await Promise.all((await sealedRows()).map((row) => openText(row.sealed, identity)));
  return texts.filter((text) => text !== null).length;
};

describe('technicians', { timeout: 120_000 }, () => {
  let connectionUrl = '';
  let login = '';
  const [tenant, otherTenant] = ['first', 'second'];
  const names: Record<string, string> = {};
  beforeAll(() => {
    names[tenant!] = simulator.tenants[0]!.name;
    names[otherTenant!] = simulator.tenants[1]!.name;
  });

  it('are added with one role, and the connection URL is printed once', async () => {
    const added = await done([
      'technicians',
      'add',
      '--name',
      'Rita Meier',
      '--role',
      'reader',
      '--tenant',
      names['first']!,
    ]);
    connectionUrl = added.connectionUrl;
    login = added.technician.login;
    expect(added.technician).toMatchObject({ name: 'Rita Meier', administrator: false });
    expect(login).toMatch(/^tech_rita_meier_[0-9a-f]{6}$/);
    const listed = await run(['technicians', 'list']);
    expect(listed.json.technicians).toContainEqual(
      expect.objectContaining({
        login,
        memberships: [{ tenantId: expect.any(String), tenantName: names['first'], role: 'reader' }],
      }),
    );
    expect(listed.stdout).not.toContain(new URL(connectionUrl).password);
    const [row] = await database.superuser.query<{ password: string }>(
      `select rolpassword as password from pg_authid where rolname = $1`,
      [login],
    );
    expect(row!.password).toMatch(/^SCRAM-SHA-256\$/);
  });

  it('act under their own login, also on a computer that has logins of its own', async () => {
    const { tenants } = await done(['tenants', 'list'], { url: connectionUrl });
    expect(tenants.map((row: any) => [row.name, row.role])).toEqual([[names['first'], 'reader']]);
    const refusals: [string[], string][] = [
      [
        ['schedules', 'add', '--tenant', names['first']!, '--name', 'x', '--daily', '02:00', '--zone', 'UTC'],
        'tenant_forbidden',
      ],
      [['schedules', 'list', '--tenant', names['second']!], 'tenant_not_found'],
      [['technicians', 'add', '--name', 'Me', '--administrator'], 'administrator_needed'],
      [
        ['technicians', 'grant', '--name', login, '--role', 'owner', '--tenant', names['first']!],
        'tenant_forbidden',
      ],
      [['audit', 'verify', '--workspace'], 'audit_not_visible'],
    ];
    for (const [words, code] of refusals) {
      const result = await run(words, { url: connectionUrl });
      // A chain that cannot be seen is no chain: nothing is verified, and nothing is shown.
      if (code === 'audit_not_visible') expect(result.json).toMatchObject({ events: 0, chains: [] });
      else expect([words, result.error?.code, result.exitCode]).toEqual([words, code, 3]);
    }
  });

  it('get another role and lose it, in a connection that stays open', async () => {
    const open: PooledDatabase = await openDatabase({
      url: connectionUrl,
      applicationName: 'open window',
      max: 1,
    });
    try {
      const roles = () => open.query('select role from app.tenant_memberships');
      expect(await roles()).toEqual([{ role: 'reader' }]);
      const granted = await done([
        'technicians',
        'grant',
        '--name',
        'rita',
        '--role',
        'operator',
        '--tenant',
        names['first']!,
      ]);
      expect(granted.technician.memberships).toMatchObject([{ role: 'operator' }]);
      expect(await roles()).toEqual([{ role: 'operator' }]);
      await done(['technicians', 'revoke', '--name', login, '--tenant', names['first']!]);
      expect(await roles()).toEqual([]);
      expect(await open.query('select 1 from app.tenants')).toEqual([]);
    } finally {
      await open.close();
    }
  });

  it('cannot leave a tenant without an owner, nor a workspace without an administrator', async () => {
    const { technicians } = await done(['technicians', 'list']);
    const me = technicians.find((person: any) => person.administrator).login as string;
    for (const words of [
      ['technicians', 'revoke', '--name', me, '--tenant', names['first']!],
      ['technicians', 'grant', '--name', me, '--role', 'reader', '--tenant', names['first']!],
    ]) {
      expect((await run(words)).error?.code).toBe('last_owner');
    }
    expect((await run(['technicians', 'revoke', '--name', me, '--administrator'])).error?.code).toBe(
      'last_administrator',
    );
  });

  it('get their connection in a file that only its owner reads, and no login where that file cannot be made', async () => {
    const file = join(directory, 'max.connection');
    const result = await runCliHere(
      ['technicians', 'add', '--name', 'Max', '--administrator', '--connection-file', file],
      { home, env: { TENANTKEEP_DATABASE_URL: location } },
    );
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const url = new URL(readFileSync(file, 'utf8').trim());
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(result.stdout).toContain(file);
    expect(result.stdout).not.toContain(url.password);
    const again = await run([
      'technicians',
      'add',
      '--name',
      'Moritz',
      '--administrator',
      '--connection-file',
      file,
    ]);
    expect(again.error?.code).toBe('file_exists');
    expect(await database.superuser.query(`select 1 from app.technicians where name = 'Moritz'`)).toEqual([]);
  });

  it('are removed with their login', async () => {
    await done(['technicians', 'remove', '--name', login, '--reason', 'left']);
    const refused = await run(['tenants', 'list'], { url: connectionUrl });
    expect([refused.error?.code, refused.exitCode]).toEqual(['database_login_refused', 6]);
    const { chains } = await done(['audit', 'verify']);
    expect(chains.every((chain: any) => chain.firstBroken === null && chain.events > 0)).toBe(true);
    expect(
      await database.superuser.query(
        `select action from app.audit_events where tenant_id is null and target_id =
           (select id::text from app.technicians where db_role = $1) order by sequence`,
        [login],
      ),
    ).toEqual([{ action: 'technician.added' }, { action: 'technician.removed' }]);
  });
});

describe('the credential of a tenant', { timeout: 60_000 }, () => {
  it('is replaced only after the new one has signed in', async () => {
    const { name, files } = simulator.tenants[0]!;
    const before = await sealedRows();
    const wrong = join(directory, 'wrong-secret.txt');
    writeFileSync(wrong, 'CANARY-wrong-secret');
    const refused = await run(['tenants', 'replace-credential', '--tenant', name, '--secret-file', wrong]);
    expect([refused.error?.code, refused.exitCode]).toEqual([expect.stringMatching(/^auth_/), 6]);
    expect(refused.stderr + refused.stdout).not.toContain('CANARY-wrong-secret');
    expect(await sealedRows()).toEqual(before);
    const replaced = await done([
      'tenants',
      'replace-credential',
      '--tenant',
      name,
      '--certificate-file',
      files!.certificateFile,
      '--private-key-file',
      files!.privateKeyFile,
    ]);
    expect(replaced.credential).toMatchObject({ kind: 'certificate', expiresAt: expect.any(String) });
    expect((await done(['tenants', 'check', '--tenant', name])).tenants).toMatchObject([{ ok: true }]);
    expect(
      await database.superuser.query(
        `select before ->> 'kind' as was, after ->> 'kind' as became from app.audit_events
          where action = 'credential.stored' and before is not null`,
      ),
    ).toEqual([{ was: 'secret', became: 'certificate' }]);
  });
});

describe('hosts', { timeout: 120_000 }, () => {
  const secondHome = join(directory, 'second');
  let hostUrl = '';

  it('enrol, wait, and can open nothing before an administrator approves them', async () => {
    const role = `second_${database.name.slice(-10)}`;
    await database.superuser.query(`create role ${role} login password 'throw-away' in role tenantkeep_host`);
    const url = new URL(location);
    url.username = role;
    url.password = 'throw-away';
    hostUrl = url.href;
    const waiting = await run(['service', 'run'], { url: hostUrl, home: secondHome });
    expect([waiting.error?.code, waiting.exitCode]).toEqual(['host_not_approved', 6]);
    const { hosts } = await done(['hosts', 'list']);
    expect(hosts.map((host: any) => [host.state, host.thisComputer]).toSorted()).toEqual([
      ['offline', true],
      ['waiting', false],
    ]);
    const { identity, recipient } = await loadHostKey(createFileSecretStore(join(secondHome, 'secrets')));
    expect(hosts.find((host: any) => host.state === 'waiting').publicKey).toBe(recipient);
    expect(await openableBy(identity)).toBe(0);
  });

  it('can open every credential once they are approved, and none after their removal', async () => {
    const { identity } = await loadHostKey(createFileSecretStore(join(secondHome, 'secrets')));
    const own = await loadHostKey(createFileSecretStore(join(home, 'secrets')));
    const { hosts } = await done(['hosts', 'list']);
    const { login } = hosts.find((host: any) => host.state === 'waiting');
    const approved = await done(['hosts', 'approve', '--name', login]);
    expect(approved.credentials).toEqual({ resealed: 2, secrets: 0, notOpenable: [] });
    expect([await openableBy(identity), await openableBy(own.identity)]).toEqual([2, 2]);
    // Nothing is left to do.
    expect((await done(['hosts', 'reseal'])).credentials).toEqual({
      resealed: 0,
      secrets: 0,
      notOpenable: [],
    });

    const second = await openDatabase({ url: hostUrl, applicationName: 'second host', max: 1 });
    try {
      expect(await second.query('select app.is_host() as host')).toEqual([{ host: true }]);
      const removed = await done(['hosts', 'remove', '--name', login, '--reason', 'stolen']);
      expect(removed.credentials).toEqual({ resealed: 2, secrets: 0, notOpenable: [] });
      // The very connection that was open before.
      expect(await second.query('select app.is_host() as host')).toEqual([{ host: false }]);
      expect(await second.query('select 1 from app.credentials')).toEqual([]);
    } finally {
      await second.close();
    }
    expect([await openableBy(identity), await openableBy(own.identity)]).toEqual([0, 2]);
    expect((await sealedRows()).map((row) => row.recipients)).toEqual([[own.recipient], [own.recipient]]);
  });
});

describe('a folder of another tool', { timeout: 60_000 }, () => {
  it('is shown, imported, compared and deleted, and only by whoever may', async () => {
    const { name } = simulator.tenants[0]!;
    const folder = await writeExport('intune-cd', directory);
    const words = ['backup-sets', 'import', folder, '--tenant', name];
    const dry = await done([...words, '--dry-run']);
    expect(dry).toMatchObject({ dryRun: true, tool: 'IntuneCD', objects: 8, takenAtFrom: 'newest_file' });
    expect(dry.importedSet).toBeNull();
    const imported = await done([...words, '--taken-at', '2024-05-03T02:00:00Z']);
    expect(imported).toMatchObject({
      objects: 8,
      takenAt: '2024-05-03T02:00:00.000Z',
      takenAtFrom: 'option',
    });
    const { id } = imported.importedSet;
    expect((await done(['sets', 'list'])).imports).toMatchObject([{ id, items: 8, leftOut: 1 }]);
    expect((await done(['sets', 'show', id])).importedSet).toMatchObject({ id, tool: 'IntuneCD' });
    expect(await done(['sets', 'verify', id])).toMatchObject({ sets: 1, damaged: 0, items: 8 });
    expect((await done(['sets', 'diff', id, id])).counts).toEqual({ added: 0, changed: 0, removed: 0 });
    const reader = await database.asTechnician('import_reader', 'reader', dry.tenant.id);
    const refused = await run(words, { url: reader.url });
    expect([refused.error?.code, refused.exitCode]).toEqual(['tenant_forbidden', 3]);
    const unsure = await run(['sets', 'delete-import', id]);
    expect([unsure.error?.code, unsure.exitCode]).toEqual(['usage', 2]);
    await done(['sets', 'delete-import', id, '--yes']);
    expect((await done(['sets', 'list'])).imports).toEqual([]);
  });

  it('is refused in one sentence where it holds nothing', async () => {
    const words = ['backup-sets', 'import', home, '--tenant', simulator.tenants[0]!.name];
    const nothing = await run([...words, '--tool', 'IntuneCD']);
    expect([nothing.error?.code, nothing.exitCode]).toEqual(['import_nothing_found', 2]);
    const unclear = await run(words);
    expect([unclear.error?.code, unclear.exitCode]).toEqual(['import_tool_unclear', 2]);
  });
});
