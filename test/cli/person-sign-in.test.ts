import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyTypes } from '../../main/domain/policy-types/registry.ts';
import { startSimulator, type Simulator } from '../../main/simulator/start-simulator.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** Tenants that are read on behalf of a person, from the command line, beside one that is not. */
const entry = fileURLToPath(new URL('../../main/cli.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'tenantkeep-person-'));
const home = join(directory, 'home');
const personal = policyTypes.find((type) => type.permission === null)!.key;
let database: TestDatabase;
let simulator: Simulator;
let location = '';
let said = '';

interface Ended {
  exitCode: number | null;
  json: any;
  error: any;
  stderr: string;
}

const parse = (line: string | undefined) => (line?.startsWith('{') ? JSON.parse(line) : null);

/** Runs a command; `onLine` sees what it says while it waits. */
async function run(
  words: readonly string[],
  onLine: (line: string, stop: () => void) => unknown = () => undefined,
  url = location,
): Promise<Ended> {
  const child = spawn(process.execPath, [entry, ...words, '--json'], {
    env: {
      ...process.env,
      TENANTKEEP_HOME: home,
      TENANTKEEP_DATABASE_URL: url,
      BROWSER: join(directory, 'browser'),
      NODE_EXTRA_CA_CERTS: simulator.caFile!,
    },
  });
  const lines = { stdout: [] as string[], stderr: [] as string[] };
  createInterface({ input: child.stdout }).on('line', (line) => lines.stdout.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.stderr.push(line);
    void onLine(line, () => child.kill('SIGINT'));
  });
  const exitCode = await new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  said += [...lines.stdout, ...lines.stderr].join('\n');
  return {
    exitCode,
    json: parse(lines.stdout.at(-1)),
    error: parse(lines.stderr.at(-1))?.error ?? null,
    stderr: lines.stderr.join('\n'),
  };
}

const enterCode = async (line: string): Promise<void> => {
  const prompt = /Open (https:\S+) in any browser and enter the code (\S+) /.exec(line);
  if (prompt !== null) await fetchTrusted(`${prompt[1]}?user_code=${prompt[2]}&decision=accept`);
};

/** What the person's browser asks for, in a process that trusts the simulator. */
async function fetchTrusted(url: string): Promise<void> {
  await new Promise<void>((resolve) => {
    spawn(join(directory, 'browser'), [url], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: simulator.caFile! },
      stdio: 'ignore',
    }).once('close', () => resolve());
  });
}

const connect = (index: number, name: string, credential: readonly string[]): string[] => {
  const { tenantGuid, clientId } = simulator.tenants[index]!;
  const cloud = ['--cloud', 'custom', '--graph-url', simulator.graphUrl, '--login-url', simulator.loginUrl];
  const tenant = ['--name', name, '--tenant-id', tenantGuid, '--client-id', clientId];
  return ['tenants', 'connect', ...tenant, ...credential, ...cloud, '--ca-file', simulator.caFile!];
};

const backUp = (tenant: string) => run(['run-now', '--tenant', tenant, '--schedule', 'nightly', '--wait']);

beforeAll(async () => {
  database = await createTestDatabase();
  const url = new URL(database.superuserUrl);
  url.username = '';
  url.password = '';
  location = url.href;
  simulator = await startSimulator({
    directory: join(directory, 'simulator'),
    tenants: 3,
    objects: 20,
    throttle: false,
  });
  simulator.control.setSignIns({ pollSeconds: 1 });
  writeFileSync(
    join(directory, 'browser'),
    `#!${process.execPath}\nfetch(process.argv[2]).then((answer) => answer.text());\n`,
    { mode: 0o755 },
  );
  const migrated = await run(['migrate'], undefined, database.superuserUrl);
  if (migrated.exitCode !== 0) throw new Error(migrated.stderr);
}, 60_000);

afterAll(async () => {
  await simulator?.close();
  await database?.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a tenant that is read on behalf of a person', { timeout: 180_000 }, () => {
  it('is not connected when the person changes their mind', async () => {
    const cancelled = await run(connect(0, 'Alder', ['--device-code']), (line, stop) => {
      if (line.includes('Ctrl+C cancels')) stop();
    });
    expect([cancelled.exitCode, cancelled.error.code]).toEqual([130, 'sign_in_cancelled']);
    const mixed = await run(connect(0, 'Alder', ['--device-code', '--browser']));
    expect([mixed.exitCode, mixed.error.code]).toEqual([2, 'usage']);
    expect(await database.superuser.query('select 1 from app.tenants')).toEqual([]);
  });

  it('is connected by a code or by the browser, and says on whom it depends', async () => {
    const byCode = await run(connect(0, 'Alder', ['--device-code']), enterCode);
    expect(byCode).toMatchObject({ exitCode: 0, json: { checked: true, notReadable: [] } });
    expect(byCode.stderr).toContain('depend on that person');
    const byBrowser = await run(connect(1, 'Birch', ['--browser']));
    expect(byBrowser).toMatchObject({ exitCode: 0, json: { checked: true } });
    const { files } = simulator.tenants[2]!;
    expect((await run(connect(2, 'Cedar', ['--secret-file', files!.secretFile]))).exitCode).toBe(0);
    const { json } = await run(['tenants', 'list']);
    expect(json.tenants.map((tenant: any) => [tenant.name, tenant.credential.kind])).toEqual([
      ['Alder', 'delegated'],
      ['Birch', 'delegated'],
      ['Cedar', 'secret'],
    ]);
  });

  it('is backed up with the types that no app may read', async () => {
    for (const name of ['Alder', 'Cedar']) {
      const schedule = ['schedules', 'add', '--tenant', name, '--name', 'nightly', '--daily', '02:30'];
      const added = await run([...schedule, '--zone', 'UTC', '--types', `deviceCategories,${personal}`]);
      expect(added).toMatchObject({ exitCode: 0 });
    }
    expect(await backUp('Alder')).toMatchObject({ exitCode: 0, json: { run: { state: 'succeeded' } } });
    await backUp('Cedar');
    expect(await outcomes()).toEqual([
      { name: 'Alder', outcome: 'complete', reason: null },
      { name: 'Cedar', outcome: 'not_available', reason: 'signed_in_only' },
    ]);
    const [rotated] = await database.superuser.query<{ count: string }>(
      `select count(*) from app.audit_events where action = 'credential.rotated'`,
    );
    expect(Number(rotated!.count)).toBeGreaterThan(0);
  });

  it('fails at once when the sign-in has ended, alone, and comes back with a new sign-in', async () => {
    simulator.control.endSignIns(simulator.tenants[0]!.name, 'token-interaction-required');
    const failed = await backUp('Alder');
    expect(failed).toMatchObject({
      exitCode: 5,
      json: { run: { state: 'failed', reason: 'auth_sign_in_ended' } },
    });
    const { startedAt, finishedAt } = failed.json.run;
    expect(Date.parse(finishedAt) - Date.parse(startedAt)).toBeLessThan(30_000);
    expect((await backUp('Cedar')).json.run.state).toBe('succeeded');
    simulator.control.endSignIns(simulator.tenants[0]!.name, null);
    const again = await run(
      ['tenants', 'replace-credential', '--tenant', 'Alder', '--device-code'],
      enterCode,
    );
    expect(again).toMatchObject({ exitCode: 0, json: { credential: { kind: 'delegated' } } });
    expect((await backUp('Alder')).json.run.state).toBe('succeeded');
  });

  it('leaves its tokens in no row, log or output', async () => {
    const tokens = simulator.control.issuedRefreshTokens();
    expect(tokens.length).toBeGreaterThan(4);
    const tables = await database.superuser.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'app'`,
    );
    let text = said;
    for (const { name } of tables) {
      const rows = await database.superuser.query<{ row: string }>(`select r::text as row from ${name} r`);
      text += rows.map(({ row }) => row).join('\n');
    }
    for (const file of readdirSync(home, { recursive: true, withFileTypes: true })) {
      if (file.isFile()) text += readFileSync(join(file.parentPath, file.name), 'utf8');
    }
    const found = tokens.filter(
      (token) => text.includes(token) || text.includes(Buffer.from(token).toString('hex')),
    );
    expect(found).toEqual([]);
    expect(text).not.toMatch(/\beyJ[\w-]{20,}\./);
  });
});

const outcomes = () =>
  database.superuser.query(
    `select t.name, o.outcome, o.reason from app.run_types o
       join app.backup_runs r on r.id = o.run_id join app.tenants t on t.id = r.tenant_id
      where o.policy_type = $1 order by t.name`,
    [personal],
  );
