import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../../main/api/api.ts';
import { systemClock } from '../../main/clock.ts';
import { openDatabase } from '../../main/db/open-database.ts';
import { contract } from '../../shared/contract/index.ts';
import { startSimulator, type Simulator } from '../../main/simulator/start-simulator.ts';
import { runCli, type CliResult } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { entryText, type FeedServer, startFeedServer } from '../support/feed-server.ts';
import { silentLog } from '../support/silent-log.ts';

/**
 * One whole path, from the connection of a tenant to the exports, as separate processes, with recognisable secrets
 * in every input. Afterwards everything that was written or answered anywhere is searched for them, and everything
 * that left the processes is compared with what they were configured to talk to.
 */
const directory = mkdtempSync(join(tmpdir(), 'tenantkeep-canaries-'));
const home = join(directory, 'home');
const exported = join(directory, 'exported');
const egressFile = join(directory, 'egress.jsonl');
/** Of the one command that asks the update feed. */
const updatesEgressFile = join(directory, 'updates-egress.jsonl');
const guard = fileURLToPath(new URL('./egress-guard.mjs', import.meta.url));

/** Values of secret properties: nowhere in clear. */
const planted = {
  wifiKey: 'CANARY-wifi-preshared-4711',
  omaSecret: 'CANARY-oma-uri-secret-4712',
  catalogSecret: 'CANARY-catalog-secret-4713',
  vpnPassword: 'CANARY-vpn-password-4714',
  wrongSecret: 'CANARY-wrong-client-secret-4715',
  namedByPattern: 'CANARY-api-key-4716',
};
/** Stands in a script, which is configuration and has to be kept; nowhere but in the copy of that script. */
const scriptToken = 'CANARY-script-bearer-4717';
const script = `Invoke-RestMethod -Headers @{ Authorization = "Bearer ${scriptToken}" } https://files.example.com`;

let database: TestDatabase;
let simulator: Simulator;
let feed: FeedServer;
let location = '';
const results: CliResult[] = [];
/** More secrets, known once the path has run: name → value. */
const secrets = new Map<string, string>(Object.entries(planted));

async function run(
  words: string[],
  options: { url?: string; fails?: true; env?: Record<string, string> } = {},
): Promise<any> {
  const result = await runCli([...words, '--json'], {
    home,
    env: {
      TENANTKEEP_DATABASE_URL: options.url ?? location,
      TENANTKEEP_EGRESS_FILE: egressFile,
      NODE_OPTIONS: `--import ${guard}`,
      ...options.env,
    },
  });
  results.push(result);
  if (options.fails !== true && result.exitCode !== 0)
    throw new Error(`${words.join(' ')}: ${result.stderr}`);
  return result.json;
}

function writePolicies(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const policies: Record<string, object> = {
    'wifi.json': {
      '@odata.type': '#microsoft.graph.windowsWifiConfiguration',
      id: '10000000-0000-4000-8000-000000000001',
      displayName: 'Office wifi',
      ssid: 'office',
      preSharedKey: planted.wifiKey,
    },
    'vpn.json': {
      '@odata.type': '#microsoft.graph.iosVpnConfiguration',
      id: '10000000-0000-4000-8000-000000000002',
      displayName: 'VPN',
      server: { address: 'vpn.example.com', proxyPassword: planted.vpnPassword },
      customData: [{ serviceApiKey: planted.namedByPattern }],
    },
    'custom.json': {
      '@odata.type': '#microsoft.graph.windows10CustomConfiguration',
      id: '10000000-0000-4000-8000-000000000003',
      displayName: 'Custom',
      omaSettings: [
        {
          '@odata.type': '#microsoft.graph.omaSettingString',
          displayName: 'Password',
          omaUri: './Device/Vendor/MSFT/Password',
          isEncrypted: true,
          secretReferenceValueId: 'reference-1',
          value: planted.omaSecret,
        },
      ],
    },
    'catalog.json': {
      '@odata.type': '#microsoft.graph.deviceManagementConfigurationPolicy',
      '@odata.context':
        'https://graph.microsoft.com/beta/$metadata#deviceManagement/configurationPolicies/$entity',
      id: '10000000-0000-4000-8000-000000000004',
      name: 'Catalog',
      platforms: 'windows10',
      technologies: 'mdm',
      settings: [
        {
          id: '0',
          settingInstance: {
            '@odata.type': '#microsoft.graph.deviceManagementConfigurationSimpleSettingInstance',
            settingDefinitionId: 'device_password',
            simpleSettingValue: {
              '@odata.type': '#microsoft.graph.deviceManagementConfigurationSecretSettingValue',
              valueState: 'notEncrypted',
              value: planted.catalogSecret,
            },
          },
        },
      ],
    },
    'script.json': {
      '@odata.type': '#microsoft.graph.deviceManagementScript',
      id: '10000000-0000-4000-8000-000000000005',
      displayName: 'Script',
      fileName: 'script.ps1',
      scriptContent: Buffer.from(script).toString('base64'),
    },
  };
  for (const [name, policy] of Object.entries(policies))
    writeFileSync(join(folder, name), JSON.stringify(policy));
}

beforeAll(async () => {
  database = await createTestDatabase();
  const bare = new URL(database.superuserUrl);
  bare.username = '';
  bare.password = '';
  location = bare.href;
  const folder = join(directory, 'policies');
  writePolicies(folder);
  simulator = await startSimulator({
    directory: join(directory, 'simulator'),
    importDirectory: folder,
    throttle: false,
  });
  if (simulator.imported!.notPlaced.length > 0) throw new Error('A policy was not placed.');
  const tenant = simulator.tenants[0]!;
  secrets.set('client secret', tenant.clientSecret);
  secrets.set('certificate key', pemBody(readFileSync(tenant.files!.privateKeyFile, 'utf8')));
  writeFileSync(join(directory, 'wrong.txt'), planted.wrongSecret);

  // Known to every command, and asked by one.
  feed = await startFeedServer();
  feed.putEntry(entryText());
  mkdirSync(home);
  writeFileSync(join(home, 'config.json'), JSON.stringify({ updates: { feedUrl: feed.url } }));

  await run(['migrate'], { url: database.superuserUrl });
  const connect = [
    'tenants',
    'connect',
    '--name',
    'Canaries',
    '--tenant-id',
    tenant.tenantGuid,
    '--client-id',
    tenant.clientId,
    '--cloud',
    'custom',
    '--graph-url',
    simulator.graphUrl,
    '--login-url',
    simulator.loginUrl,
    '--ca-file',
    simulator.caFile!,
  ];
  await run([...connect, '--secret-file', join(directory, 'wrong.txt')], { fails: true });
  await run([...connect, '--secret-file', tenant.files!.secretFile]);
  await run([
    'schedules',
    'add',
    '--tenant',
    'Canaries',
    '--name',
    'nightly',
    '--daily',
    '02:00',
    '--zone',
    'Europe/Berlin',
    '--types',
    'all',
  ]);
  await run(['run-now', '--tenant', 'Canaries', '--schedule', 'nightly', '--wait'], { fails: true });
  await run([
    'tenants',
    'replace-credential',
    '--tenant',
    'Canaries',

    '--certificate-file',
    tenant.files!.certificateFile,
    '--private-key-file',
    tenant.files!.privateKeyFile,
  ]);
  await run(['run-now', '--tenant', 'Canaries', '--schedule', 'nightly', '--wait'], { fails: true });
  const { runs } = await run(['runs', 'list', '--tenant', 'Canaries']);
  if (runs.length !== 2) throw new Error('Two runs were asked for.');
  await run(['runs', 'show', runs[0].id, '--events']);
  const { backupSets, sets = backupSets } = await run(['backup-sets', 'list', '--tenant', 'Canaries']);
  if (sets.length !== 2) throw new Error('Two runs seal two sets.');
  await run(['backup-sets', 'diff', sets[1].id, sets[0].id]);
  await run(['backup-sets', 'verify']);
  await run(['backup-sets', 'export', sets[0].id, '--out', exported]);
  const { connectionUrl } = await run([
    'technicians',
    'add',
    '--name',
    'Rita',
    '--role',
    'reader',
    '--tenant',
    'Canaries',
  ]);
  secrets.set('connection password', new URL(connectionUrl).password);
  await run(['doctor']);
  await run(['hosts', 'list']);
  await run(['audit', 'verify']);
  await run(['audit', 'export', '--csv', join(directory, 'audit.csv')]);
  await run(['audit', 'export', '--jsonl', join(directory, 'audit.jsonl')]);
  await run(['updates', 'check'], {
    env: { TENANTKEEP_EGRESS_FILE: updatesEgressFile, NODE_EXTRA_CA_CERTS: feed.caFile },
  });
  for (const name of ['host-key'])
    secrets.set(name, readFileSync(join(home, 'secrets', name), 'utf8').trim());
  const stored = readdirSync(join(home, 'secrets')).find((name) => name.startsWith('database-logins'))!;
  const logins = JSON.parse(readFileSync(join(home, 'secrets', stored), 'utf8'));
  secrets.set('host login', logins.host.password);
  secrets.set('technician login', logins.technician.password);
}, 300_000);

afterAll(async () => {
  await feed?.close();
  await simulator?.close();
  await database?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Names of the secrets that stand in a text, as they are or in one of the usual wrappings. */
function found(text: string, except: readonly string[] = []): string[] {
  return [...secrets, ['script token', scriptToken] as const]
    .filter(([name]) => !except.includes(name))
    .filter(([, value]) => wrappings(value).some((form) => text.includes(form)))
    .map(([name]) => name);
}

function wrappings(value: string): string[] {
  const bytes = Buffer.from(value);
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('hex'),
    // Base64 of it at any of the three places in a longer text.
    ...[0, 1, 2].map((shift) =>
      Buffer.concat([Buffer.alloc(shift), bytes])
        .toString('base64')
        .slice(shift === 0 ? 0 : 4, -4),
    ),
  ];
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

function pemBody(pem: string): string {
  return pem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'))[1]!;
}

describe('planted secrets', () => {
  it('are really there: the search finds them in the inputs', () => {
    expect(found(JSON.stringify([...secrets, scriptToken])).length).toBe(secrets.size + 1);
    expect(secrets.size).toBe(12);
    expect(wrappings('CANARY').every((form) => form.length >= 4)).toBe(true);
  });

  it('stand in no log', () => {
    const logs = filesIn(join(home, 'logs'));
    expect(logs.length).toBeGreaterThan(0);
    for (const file of logs) expect([file, found(readFileSync(file, 'utf8'))]).toEqual([file, []]);
  });

  it('stand in no output of a command, but for the connection that was asked for', () => {
    for (const { stdout, stderr } of results) {
      const asked = stdout.includes('"connectionUrl"') ? ['connection password'] : [];
      expect(found(stdout, asked)).toEqual([]);
      expect(found(stderr)).toEqual([]);
    }
  });

  it('stand in no row of the database, compressed or not, but for the script in its own copy', async () => {
    const tables = await database.superuser.query<{ name: string }>(
      `select c.relname::text as name from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind = 'r' order by 1`,
    );
    let documents = 0;
    for (const { name } of tables) {
      const rows = await database.superuser.query<{ text: string }>(
        `select t::text as text from app.${name} t`,
      );
      expect([name, found(rows.map((row) => row.text).join('\n'))]).toEqual([name, []]);
      if (name !== 'payloads' && name !== 'manifests') continue;
      for (const { bytes } of await database.superuser.query<{ bytes: Buffer }>(
        `select bytes from app.${name}`,
      )) {
        const document = gunzipSync(bytes).toString('utf8');
        documents += 1;
        expect(found(document, document.includes('script.ps1') ? ['script token'] : [])).toEqual([]);
      }
    }
    expect(documents).toBeGreaterThan(5);
    // What was kept of the secrets is sealed, and a technician cannot read it.
    const [sealed] = await database.superuser.query<{ secrets: number }>(
      'select count(*)::int as secrets from app.sealed_secrets',
    );
    expect(sealed!.secrets).toBeGreaterThanOrEqual(3);
  });

  it('stand in no export, but for the script in its own file', () => {
    for (const file of filesIn(exported)) {
      const text = readFileSync(file, 'utf8');
      expect([file, found(text, text.includes('script.ps1') ? ['script token'] : [])]).toEqual([file, []]);
    }
    for (const name of ['audit.csv', 'audit.csv.manifest.json', 'audit.jsonl', 'audit.jsonl.manifest.json']) {
      expect([name, found(readFileSync(join(directory, name), 'utf8'))]).toEqual([name, []]);
    }
    expect(readFileSync(join(directory, 'audit.csv'), 'utf8')).toContain('credential.stored');
  });

  it('stand in no answer of the contract', async () => {
    const stored = readdirSync(join(home, 'secrets')).find((name) => name.startsWith('database-logins'))!;
    const { technician } = JSON.parse(readFileSync(join(home, 'secrets', stored), 'utf8'));
    const url = new URL(location);
    url.username = technician.login;
    url.password = technician.password;
    const db = await openDatabase({ url: url.href, applicationName: 'tenantkeep/test' });
    try {
      const api = createApi({ version: '0.0.0', clock: systemClock, log: silentLog });
      const session = { login: technician.login, database: db };
      const asked = new Set<string>();
      const ask = async (name: string, input: object): Promise<any> => {
        asked.add(name);
        const result = await api.dispatch(session, { name, input });
        expect([name, result.ok]).toEqual([name, true]);
        expect([name, found(JSON.stringify(result))]).toEqual([name, []]);
        return (result as { value: unknown }).value;
      };
      const { rows: tenants } = await ask('tenants.list', {});
      const tenantId = tenants[0].id;
      await ask('tenants.get', { tenantId });
      await ask('overview.get', { tenantId });
      await ask('hosts.list', {});
      await ask('audit.list', { filter: {} });
      const { rows: runs } = await ask('runs.list', { tenantId });
      await ask('runs.get', { tenantId, runId: runs[0].id });
      await ask('runs.events', { tenantId, runId: runs[0].id });
      await ask('runs.support-bundle', { tenantId, runId: runs[0].id });
      const { rows: sets } = await ask('backup-sets.list', { tenantId });
      const backupSetId = sets[0].id;
      const { parts } = await ask('backup-sets.get', { tenantId, backupSetId });
      await ask('backup-sets.compare', { tenantId, leftId: sets[1].id, rightId: backupSetId });
      let items = 0;
      for (const { typeKey, outcome, captured } of parts) {
        if (outcome !== 'complete' || captured === 0 || typeKey === 'deviceManagementScripts') continue;
        const list = await ask('backup-sets.items', { tenantId, backupSetId, typeKey });
        for (const { graphId } of list.rows) {
          items += 1;
          const item = await ask('backup-sets.item', { tenantId, backupSetId, typeKey, graphId });
          expect(JSON.stringify(item)).not.toContain('tenantkeep-secret:');
        }
      }
      expect(items).toBeGreaterThanOrEqual(4);
      // What hands out many things at once is asked here, unpacked where it is packed: add the case, not an exception.
      const handingOut = Object.keys(contract).filter((name) => /export|bundle|download|report/i.test(name));
      expect(handingOut.filter((name) => !asked.has(name))).toEqual([]);
    } finally {
      await db.close();
    }
  });
});

describe('what leaves the machine', () => {
  interface Noted {
    kind: string;
    host?: string | null;
    port?: number | null;
    path?: string | null;
    method?: string;
    origin?: string;
    body?: string | null;
  }
  const noted = (file = egressFile): Noted[] =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Noted);

  /** Whether a connection or look-up leads to one of these; requests are made over connections. */
  function leadsTo({ kind, host, port, path }: Noted, allowed: readonly URL[]): boolean {
    if (kind === 'request') return true;
    if (kind === 'lookup') return allowed.some((url) => url.hostname === host);
    return (
      kind === 'connect' &&
      path === null &&
      allowed.some((url) => url.hostname === host && url.port === String(port))
    );
  }

  it('goes to the update feed and the database from the command that asks them, with one question', () => {
    const allowed = [location, feed.url].map((text) => new URL(text));
    const entries = noted(updatesEgressFile);
    expect(entries.filter((entry) => !leadsTo(entry, allowed))).toEqual([]);
    expect(entries.filter(({ kind }) => kind === 'request').map(({ method }) => method)).toEqual(['GET']);
    expect(feed.asked).toHaveLength(1);
    expect(feed.asked[0]).not.toContain('?');
  });

  it('goes to the database, the sign-in host and the Graph host that were configured, and nowhere else', () => {
    const allowed = [location, simulator.graphUrl, simulator.loginUrl].map((text) => new URL(text));
    expect(noted().filter((entry) => !leadsTo(entry, allowed))).toEqual([]);
    for (const { port } of allowed) expect(noted().some((entry) => String(entry.port) === port)).toBe(true);
  });

  it('reads only: GET, the sign-in form, and batches and look-ups of reads', () => {
    const requests = noted().filter(({ kind }) => kind === 'request');
    expect(requests.length).toBeGreaterThan(50);
    const writes = requests.filter(({ method, origin, path, body }) => {
      if (method === 'GET') return false;
      if (method !== 'POST') return true;
      if (simulator.loginUrl.startsWith(String(origin))) return !/\/oauth2\/v2\.0\/token(\?|$)/.test(path!);
      if (/\/directoryObjects\/getByIds(\?|$)/.test(path!)) return false;
      if (!path!.endsWith('/$batch') || body === null) return true;
      const { requests: inner } = JSON.parse(body!) as { requests: { method: string }[] };
      return inner.some((each) => each.method !== 'GET');
    });
    expect(writes).toEqual([]);
    // The other side saw it the same way.
    expect(simulator.control.readCounters().violations).toEqual([]);
  });
});
