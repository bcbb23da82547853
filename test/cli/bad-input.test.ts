import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { policyTypes } from '../../main/domain/policy-types/registry.ts';
import { startSimulator, type Simulator } from '../../main/simulator/start-simulator.ts';
import { runCli, type CliOptions, type CliResult } from '../support/cli.ts';
import { runCliHere } from '../support/cli-here.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** One home on a real database, used as a person would: connect, schedule, back up, look, export. */
let database: TestDatabase;
let simulator: Simulator;
let stranger: Simulator;
let directory: string;
let home: string;
const outputs: string[] = [];

const cli = async (words: string[], options: Partial<CliOptions> = {}): Promise<CliResult> => {
  // A limit is one of the process.
  const run = options.fileSizeLimitKiB === undefined ? runCliHere : runCli;
  const result = await run(words, {
    home,
    ...options,
    env: { TENANTKEEP_DATABASE_URL: withoutLogin(database.superuserUrl), ...options.env },
  });
  outputs.push(result.stdout, result.stderr);
  return result;
};

function withoutLogin(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}

/** One sentence and a next step, the same in both forms, and nothing of the program's insides. */
function expectOneSentence(result: CliResult, exitCode: number, code: string): void {
  expect(result.error).toMatchObject({ code });
  expect(result.error!.message).toMatch(/^[^\n]{10,400}[.)]$/);
  expect(result.error!.nextStep).toMatch(/^[^\n]{5,400}$/);
  expect(result.exitCode).toBe(exitCode);
  expect(result.stdout).toBe('');
  expect(result.stderr).not.toMatch(/\n\s+at |node:internal|\.ts:\d/);
}

const connect = (words: Record<string, string | undefined> = {}): string[] => {
  const tenant = simulator.tenants[0]!;
  const options = {
    name: 'Alder',
    'tenant-id': tenant.tenantGuid,
    'client-id': tenant.clientId,
    'secret-file': tenant.files!.secretFile,
    cloud: 'custom',
    'graph-url': simulator.graphUrl,
    'login-url': simulator.loginUrl,
    'ca-file': simulator.caFile!,
    ...words,
  };
  return [
    'tenants',
    'connect',
    '--json',
    ...Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value])),
  ];
};

async function tenantCount(): Promise<number> {
  const [row] = await database.superuser.query<{ count: number }>(
    'select count(*)::int as count from app.tenants',
  );
  return row!.count;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tenantkeep-cli-'));
  home = join(directory, 'home');
  database = await createTestDatabase();
  simulator = await startSimulator({
    types: policyTypes,
    directory: join(directory, 'simulator'),
    throttle: false,
  });
  stranger = await startSimulator({
    types: policyTypes,
    directory: join(directory, 'stranger'),
    throttle: false,
  });
  const migrated = await cli(['migrate', '--json'], {
    env: { TENANTKEEP_DATABASE_URL: database.superuserUrl },
  });
  if (migrated.exitCode !== 0) throw new Error(`migrate: ${migrated.stderr}`);
}, 120_000);

afterAll(async () => {
  await simulator.close();
  await stranger.close();
  const made = await database.superuser.query<{ rolname: string }>(
    `select r.rolname from pg_roles r join app.hosts h on h.login = r.rolname
     union select r.rolname from pg_roles r join app.technicians t on t.db_role = r.rolname`,
  );
  await database.close();
  const client = new Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  for (const { rolname } of made) await client.query(`drop role ${client.escapeIdentifier(rolname)}`);
  await client.end();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

describe('connecting a tenant', () => {
  it('refuses a wrong secret and stores nothing', async () => {
    const file = join(directory, 'wrong-secret.txt');
    writeFileSync(file, 'CANARY~wrong~secret\n');
    const result = await cli(connect({ 'secret-file': file }));
    expectOneSentence(result, 6, 'auth_secret_expired');
    expect(await tenantCount()).toBe(0);
  });

  it('names a Graph host that cannot be reached', async () => {
    const result = await cli(connect({ 'graph-url': 'https://127.0.0.1:1' }));
    expectOneSentence(result, 6, 'graph_unavailable');
    expect(result.error!.message).toContain('127.0.0.1:1');
    expect(await tenantCount()).toBe(0);
  });

  it('names a Graph host that breaks every connection', async () => {
    const fault = simulator.control.setFault('reset');
    const result = await cli(connect());
    simulator.control.clearFaults(fault);
    expectOneSentence(result, 6, 'graph_unavailable');
    expect(await tenantCount()).toBe(0);
  });

  it('names a sign-in host that cannot be reached', async () => {
    const result = await cli(connect({ 'login-url': 'https://127.0.0.1:1' }));
    expectOneSentence(result, 6, 'graph_unavailable');
    expect(await tenantCount()).toBe(0);
  });

  it('refuses a host whose certificate another authority signed', async () => {
    const result = await cli(connect({ 'ca-file': stranger.caFile! }));
    expectOneSentence(result, 6, 'graph_certificate_untrusted');
    expect(result.error!.nextStep).toContain('CA file');
    expect(await tenantCount()).toBe(0);
  });

  it.each<[string, Record<string, string | undefined>, number, string]>([
    ['a tenant id that is no GUID', { 'tenant-id': 'contoso' }, 2, 'usage'],
    ['a secret file that is not there', { 'secret-file': '/no/such/file' }, 3, 'file_not_found'],
    ['no credential at all', { 'secret-file': undefined }, 2, 'usage'],
    ['a CA file that is none', { 'ca-file': import.meta.filename }, 6, 'ca_file_unreadable'],
    ['a Graph address without TLS', { 'graph-url': 'http://127.0.0.1:1' }, 2, 'cloud_address_invalid'],
    ['addresses for a cloud that has its own', { cloud: 'china' }, 2, 'usage'],
    ['an unknown cloud', { cloud: 'mars' }, 2, 'usage'],
    ['an end of the secret that is no date', { 'secret-expires': 'May 2027' }, 2, 'usage'],
    ['an end of the secret that does not exist', { 'secret-expires': '2031-02-30' }, 2, 'usage'],
    ['an end of the secret that has passed', { 'secret-expires': '2020-01-31' }, 2, 'usage'],
  ])('refuses %s', async (_what, words, exitCode, code) => {
    expectOneSentence(await cli(connect(words)), exitCode, code);
  });

  it('stores a tenant whose credential works, with secret or certificate', async () => {
    const first = await cli(connect({ 'secret-expires': '2099-05-03' }));
    expect(first).toMatchObject({ exitCode: 0, json: { checked: true } });
    const [, tenant] = simulator.tenants;
    const second = await cli(
      connect({
        name: 'Alder West',
        'tenant-id': tenant!.tenantGuid,
        'client-id': tenant!.clientId,
        'secret-file': undefined,
        'certificate-file': tenant!.files!.certificateFile,
        'private-key-file': tenant!.files!.privateKeyFile,
      }),
    );
    expect(second).toMatchObject({ exitCode: 0, json: { checked: true } });
    const certificate = new X509Certificate(readFileSync(tenant!.files!.certificateFile));
    const { json } = await cli(['tenants', 'list', '--json']);
    expect(json.tenants).toMatchObject([
      { credential: { kind: 'secret', expiresAt: '2099-05-03T00:00:00.000Z' } },
      { credential: { kind: 'certificate', expiresAt: certificate.validToDate.toISOString() } },
    ]);
    expectOneSentence(await cli(connect()), 2, 'tenant_name_taken');
  });
});

function add(words: Record<string, string>): string[] {
  const options = Object.entries({ tenant: 'Alder', name: 'nightly', ...words });
  return ['schedules', 'add', '--json', ...options.flatMap(([name, value]) => [`--${name}`, value])];
}

describe('schedules', () => {
  it.each([
    ['an unknown zone', { daily: '02:00', zone: 'Mars/Olympus' }, 'zone_unknown'],
    ['an impossible cron', { cron: '0 0 30 2 *', zone: 'UTC' }, 'cron_never_fires'],
    ['--keep-last 0', { daily: '02:00', zone: 'UTC', 'keep-last': '0' }, 'usage'],
    ['two cadences', { daily: '02:00', hourly: '05', zone: 'UTC' }, 'cadence_argument_count'],
    ['no cadence', { zone: 'UTC' }, 'cadence_argument_count'],
    ['no zone', { daily: '02:00' }, 'usage'],
  ])('refuse %s', async (_what, words, code) => {
    expectOneSentence(await cli(add(words)), 2, code);
    const schedules = await database.superuser.query('select 1 from app.backup_schedules');
    expect(schedules).toHaveLength(0);
  });

  it('list the candidates of a name that fits two tenants', async () => {
    const result = await cli(['schedules', 'list', '--json', '--tenant', 'ald']);
    expectOneSentence(result, 2, 'name_ambiguous');
    expect(result.error!.message).toMatch(/Alder \(.*Alder West \(/);
  });

  it('answer 3 for a tenant, schedule, run or set that is not there', async () => {
    expectOneSentence(
      await cli(['schedules', 'list', '--json', '--tenant', 'Nobody']),
      3,
      'tenant_not_found',
    );
    expectOneSentence(
      await cli(['run-now', '--json', '--tenant', 'Alder', '--schedule', 'none']),
      3,
      'schedule_not_found',
    );
    expectOneSentence(await cli(['runs', 'show', '--json', '00000000']), 3, 'run_not_found');
    expectOneSentence(await cli(['backup-sets', 'show', '--json', '00000000']), 3, 'backup_set_not_found');
  });

  it('are added, shown, paused, resumed and removed', async () => {
    const added = await cli(
      add({ daily: '02:30', zone: 'Europe/Berlin', types: 'deviceCategories,assignmentFilters' }),
    );
    expect(added).toMatchObject({ exitCode: 0, json: { schedule: { name: 'nightly', enabled: true } } });
    const on = ['--json', '--tenant', 'Alder', '--schedule', 'nightly'];
    const next = await cli(['schedules', 'next', ...on, '--count', '3']);
    expect(next.json.slots).toHaveLength(3);
    expect(next.json.slots[0].slotUtc).toBe(added.json.schedule.nextSlotAt);
    const paused = await cli(['schedules', 'pause', ...on, '--reason', 'holiday']);
    expect(paused.json.schedule).toMatchObject({ enabled: false, pauseReason: 'holiday', nextSlotAt: null });
    expect((await cli(['schedules', 'resume', ...on])).json.schedule.enabled).toBe(true);
    const extra = await cli(add({ daily: '02:30', zone: 'UTC', types: 'noSuchType', name: 'extra' }));
    expect(extra.exitCode).toBe(0);
    expect(extra.stderr).toContain('noSuchType');
    expect(
      (await cli(['schedules', 'remove', '--json', '--tenant', 'Alder', '--schedule', 'extra'])).exitCode,
    ).toBe(0);
    expect((await cli(['schedules', 'list', '--json', '--tenant', 'Alder'])).json.schedules).toHaveLength(1);
  });
});

describe('a backup without any host', () => {
  it('is carried out by run-now itself, and verifies', async () => {
    const run = await cli(['run-now', '--json', '--wait', '--tenant', 'Alder', '--schedule', 'nightly']);
    expect(run.stderr).toContain('carries it out itself');
    expect(run).toMatchObject({ exitCode: 0, json: { run: { state: 'succeeded', trigger: 'manual' } } });
    expect(run.json.run.items).toBeGreaterThan(0);
    const shown = await cli(['backup-sets', 'show', '--json', 'latest', '--tenant', 'Alder']);
    expect(shown.json.items).toHaveLength(run.json.run.items);
    expect(shown.json.items[0]).toEqual({
      type: expect.any(String),
      id: expect.any(String),
      name: expect.any(String),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await cli(['backup-sets', 'verify', '--json'])).toMatchObject({
      exitCode: 0,
      json: { sets: 1, damaged: 0 },
    });
    expect(await cli(['audit', 'verify', '--json'])).toMatchObject({ exitCode: 0, json: { verified: true } });
    expect((await cli(['doctor', '--json'])).exitCode).toBe(0);
  });

  it('shows damage with exit code 5', async () => {
    await database.superuser.query(`alter table app.manifests disable trigger all`);
    const [before] = await database.superuser.query<{ bytes: Buffer; sha256: Buffer }>(
      `select bytes, sha256 from app.manifests order by sha256 limit 1`,
    );
    await database.superuser.query(
      `update app.manifests set bytes = set_byte(bytes, octet_length(bytes) - 9, 255 - get_byte(bytes, octet_length(bytes) - 9)) where sha256 = $1`,
      [before!.sha256],
    );
    const verified = await cli(['backup-sets', 'verify', '--json']);
    expect(verified.exitCode).toBe(5);
    expect(verified.json.damages.length).toBeGreaterThan(0);
    await database.superuser.query(`update app.manifests set bytes = $1 where sha256 = $2`, [
      before!.bytes,
      before!.sha256,
    ]);
    await database.superuser.query(`alter table app.manifests enable trigger all`);
    expect((await cli(['backup-sets', 'verify', '--json'])).exitCode).toBe(0);
  });
});

describe('exports', () => {
  it('write a set once and refuse to overwrite it', async () => {
    const out = join(directory, 'set');
    const words = ['backup-sets', 'export', '--json', 'latest', '--tenant', 'Alder', '--out', out];
    expect((await cli(words)).exitCode).toBe(0);
    expect(existsSync(join(out, 'manifest.json'))).toBe(true);
    expectOneSentence(await cli(words), 2, 'export_directory_exists');
    const zip = join(directory, 'set.zip');
    const asZip = [...words.slice(0, -2), '--zip', zip];
    expect((await cli(asZip)).exitCode).toBe(0);
    expect(existsSync(zip)).toBe(true);
    expectOneSentence(await cli(asZip), 2, 'export_directory_exists');
    expectOneSentence(await cli(words.slice(0, -2)), 2, 'usage');
  });

  it('of a set leave nothing on a full disk', async () => {
    const target = join(directory, 'full');
    const result = await cli(
      ['backup-sets', 'export', '--json', 'latest', '--tenant', 'Alder', '--out', join(target, 'set')],
      { fileSizeLimitKiB: 1, home },
    );
    expectOneSentence(result, 6, 'export_disk_full');
    expect(existsSync(target) ? readdirSync(target) : []).toEqual([]);
  });

  it('of the audit log prove themselves, and leave nothing on a full disk', async () => {
    const file = join(directory, 'audit.csv');
    const exported = await cli(['audit', 'export', '--json', '--csv', file, '--tenant', 'Alder']);
    expect(exported.exitCode).toBe(0);
    const manifest = JSON.parse(readFileSync(`${file}.manifest.json`, 'utf8')) as Record<string, unknown>;
    const { createHash } = await import('node:crypto');
    expect(manifest['sha256']).toBe(createHash('sha256').update(readFileSync(file)).digest('hex'));
    expect(readFileSync(file, 'utf8').split('\r\n')).toHaveLength((manifest['rows'] as number) + 2);
    expectOneSentence(await cli(['audit', 'export', '--json', '--csv', file]), 2, 'file_exists');
    const full = join(directory, 'full.csv');
    const result = await cli(['audit', 'export', '--json', '--csv', full], { fileSizeLimitKiB: 1 });
    expectOneSentence(result, 6, 'export_disk_full');
    expect(readdirSync(directory).filter((name) => name.includes('full.csv'))).toEqual([]);
  });
});

describe('an installation that cannot work', () => {
  it('says which line of config.json is broken', async () => {
    const broken = mkdtempSync(join(directory, 'broken-'));
    writeFileSync(join(broken, 'config.json'), '{\n  "logLevel": "info",\n  oops\n}');
    const result = await runCliHere(['tenants', 'list', '--json'], { home: broken });
    expectOneSentence(result, 2, 'config_invalid');
    expect(result.error!.message).toContain('line 3');
    expect(readdirSync(broken)).toEqual(['config.json']);
  });

  it.each([
    ['newer than the app', 'schema_version'],
    ['for later apps', 'min_client_level'],
  ])('refuses a database that is %s, and changes nothing there', async (_what, column) => {
    await database.superuser.query(`update app.schema_meta set ${column} = ${column} + 1`);
    try {
      expectOneSentence(await cli(['tenants', 'list', '--json']), 6, 'schema_newer');
      expectOneSentence(
        await cli(['migrate', '--json'], { env: { TENANTKEEP_DATABASE_URL: database.superuserUrl } }),
        6,
        'schema_newer',
      );
    } finally {
      await database.superuser.query(`update app.schema_meta set ${column} = ${column} - 1`);
    }
  });

  it('names a database that cannot be reached or refuses the login', async () => {
    const gone = await cli(['tenants', 'list', '--json'], {
      env: { TENANTKEEP_DATABASE_URL: 'postgres://me:CANARY-url-pw@127.0.0.1:1/tenantkeep' },
    });
    expectOneSentence(gone, 6, 'database_unreachable');
    const other = mkdtempSync(join(directory, 'other-'));
    const withoutLogins = await cli(['tenants', 'list', '--json'], { home: other });
    expectOneSentence(withoutLogins, 6, 'login_missing');
    expect(withoutLogins.error!.nextStep).toContain('tenantkeep migrate');
    const tooStrong = await cli(['tenants', 'list', '--json'], {
      home: other,
      env: { TENANTKEEP_DATABASE_URL: database.superuserUrl },
    });
    expectOneSentence(tooStrong, 6, 'login_missing');
  });
});

// Stands last: looks at everything that the tests above have left.
describe('planted secrets', () => {
  it('are in no output, log or row', async () => {
    const secrets = [
      'CANARY',
      ...simulator.tenants.map((tenant) => tenant.clientSecret),
      '-----BEGIN PRIVATE KEY-----',
      'AGE-SECRET-KEY-1',
      ...readdirSync(join(home, 'secrets'))
        .filter((name) => name.startsWith('database-logins'))
        .flatMap((name) => {
          const stored = JSON.parse(readFileSync(join(home, 'secrets', name), 'utf8')) as Record<
            string,
            { password: string }
          >;
          return Object.values(stored).map(({ password }) => password);
        }),
    ];
    expect(secrets.length).toBeGreaterThanOrEqual(8);
    const logs = readdirSync(join(home, 'logs')).map((name) =>
      readFileSync(join(home, 'logs', name), 'utf8'),
    );
    expect(logs.join('').length).toBeGreaterThan(100);
    const tables = await database.superuser.query<{ name: string }>(
      `select c.relname as name from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind = 'r'`,
    );
    const rows: string[] = [];
    for (const { name } of tables) {
      const found = await database.superuser.query<{ text: string }>(
        `select t::text as text from app.${name} t`,
      );
      rows.push(...found.map(({ text }) => text));
    }
    const haystacks = { outputs: outputs.join('\n'), logs: logs.join('\n'), rows: rows.join('\n') };
    for (const [where, text] of Object.entries(haystacks)) {
      for (const secret of secrets) {
        expect(text.includes(secret), `${where} hold ${secret.slice(0, 6)}…`).toBe(false);
        const hex = Buffer.from(secret).toString('hex');
        expect(text.includes(hex), `${where} hold ${secret.slice(0, 6)}… as hexadecimal`).toBe(false);
      }
      expect(text, `${where} hold a token`).not.toMatch(/\beyJ[\w-]{10,}\.[\w-]{10,}\./);
    }
  });
});
