import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTenantsFile } from '../../main/cli/tenants-file.ts';
import { systemClock } from '../../main/clock.ts';
import { type Simulator, startSimulator } from '../../main/simulator/start-simulator.ts';
import { runCliHere } from '../support/cli-here.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const directory = mkdtempSync(join(tmpdir(), 'tenantkeep-many-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const guidOf = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-${digit.repeat(12)}`;

function fileOf(text: string | Buffer, name = 'tenants.csv'): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}
const read = (text: string | Buffer) => readTenantsFile(fileOf(text), systemClock);

describe('a file of tenants', () => {
  beforeAll(() => {
    fileOf('secret-value\n', 'a.txt');
  });

  it('is read as spreadsheets write it: mark, quotes, line ends in fields, any order of columns', async () => {
    const { lines, refused } = await read(
      `\ufefftags,clientId,name,secretFile,tenantId,secretExpires\r\n` +
        `"gold; north;gold",${guidOf('b')},"Contoso, ""Ltd""",a.txt,${guidOf('A')},2099-05-31\r\n` +
        `\r\n` +
        `,${guidOf('d')},Fabrikam,a.txt,${guidOf('c')},\r\n`,
    );
    expect(refused).toEqual([]);
    expect(lines).toEqual([
      {
        line: 2,
        name: 'Contoso, "Ltd"',
        tenantGuid: guidOf('a'),
        clientId: guidOf('b'),
        cloud: 'global',
        tags: ['gold', 'north'],
        credential: { kind: 'secret', secret: 'secret-value' },
        expiresAt: new Date('2099-05-31T00:00:00Z'),
      },
      expect.objectContaining({ line: 4, name: 'Fabrikam', tags: [], expiresAt: null }),
    ]);
  });

  it.each([
    ['', 'is empty'],
    ['name,tenantId\nA,B\n', 'lacks the column clientId'],
    ['name,tenantId,clientId,secret\nA,B,C,D\n', 'unknown column "secret"'],
    ['name,tenantId,clientId,name\nA,B,C,D\n', 'column name twice'],
    ['name,tenantId,clientId\n', 'holds no tenant'],
    ['name,tenantId,clientId\nA,B,C\n\nA,B,C,D\n', 'see line 4'],
    ['name,tenantId,clientId\n"A,B,C\n', 'not CSV'],
    [Buffer.from('name,tenantId,clientId\nM\xfcller,B,C\n', 'latin1'), 'not UTF-8'],
  ])('%j is refused as a whole', async (text, mentioned) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'tenants_file_invalid',
      message: expect.stringContaining(mentioned),
    });
  });

  it.each([
    [`,${guidOf('a')},${guidOf('b')},,a.txt,,,,`, 'name must have'],
    [`A,nonsense,${guidOf('b')},,a.txt,,,,`, 'tenantId must be a GUID'],
    [`A,${guidOf('a')},${guidOf('b')},moon,a.txt,,,,`, 'cloud must be one of'],
    [`A,${guidOf('a')},${guidOf('b')},,,,,,`, 'either a secretFile'],
    [`A,${guidOf('a')},${guidOf('b')},,a.txt,c.pem,k.pem,,`, 'either a secretFile'],
    [`A,${guidOf('a')},${guidOf('b')},,gone.txt,,,,`, 'gone.txt'],
    [`A,${guidOf('a')},${guidOf('b')},,a.txt,,,2020-01-01,`, 'has passed'],
    [`A,${guidOf('a')},${guidOf('b')},,a.txt,,,,${'t'.repeat(51)}`, 'tags are'],
    [`a,${guidOf('a')},${guidOf('b')},,a.txt,,,,`, 'name stands in line 2'],
    [`B,${guidOf('9')},${guidOf('b')},,a.txt,,,,`, 'tenantId stands in line 2'],
  ])('hands back the line %j alone', async (line, mentioned) => {
    const { lines, refused } = await read(
      'name,tenantId,clientId,cloud,secretFile,certificateFile,privateKeyFile,secretExpires,tags\n' +
        `A,${guidOf('9')},${guidOf('b')},,a.txt,,,,\n${line}\n`,
    );
    expect(lines.map((each) => each.line)).toEqual([2]);
    expect(refused).toEqual([
      expect.objectContaining({
        line: 3,
        error: expect.objectContaining({ message: expect.stringContaining(mentioned) }),
      }),
    ]);
  });
});

const run = (words: string[], url: string) =>
  runCliHere(['tenants', 'connect-many', ...words, '--json'], {
    home: join(directory, 'office'),
    env: { TENANTKEEP_DATABASE_URL: url },
  });

const outcomes = (json: { lines: { line: number; outcome: string; error: { code: string } | null }[] }) =>
  json.lines.map(({ line, outcome, error }) => [line, outcome, error?.code ?? null]);

describe('tenants connect-many', { timeout: 120_000 }, () => {
  let database: TestDatabase;
  let simulator: Simulator;
  let csv: string;
  let location = '';

  beforeAll(async () => {
    database = await createTestDatabase();
    const url = new URL(database.superuserUrl);
    url.username = '';
    url.password = '';
    location = url.href;
    simulator = await startSimulator({
      directory: join(directory, 'simulator'),
      tenants: 2,
      objects: 20,
      throttle: false,
    });
    const migrated = await runCliHere(['migrate', '--json'], {
      home: join(directory, 'office'),
      env: { TENANTKEEP_DATABASE_URL: database.superuserUrl },
    });
    if (migrated.exitCode !== 0) throw new Error(migrated.stderr);
    const [good, bad] = simulator.tenants;
    fileOf('wrong-secret', 'wrong.txt');
    fileOf(good!.clientSecret, 'good.txt');
    csv = fileOf(
      'name,tenantId,clientId,cloud,secretFile,tags\n' +
        `Good,${good!.tenantGuid},${good!.clientId},custom,good.txt,gold;north\n` +
        `Wrong secret,${bad!.tenantGuid},${bad!.clientId},custom,wrong.txt,\n` +
        `Broken,nonsense,${bad!.clientId},custom,good.txt,\n`,
      'fleet.csv',
    );
  }, 120_000);
  afterAll(async () => {
    await simulator.close();
    await database.close();
  });

  const options = () => [
    '--csv',
    csv,
    '--graph-url',
    simulator.graphUrl,
    '--login-url',
    simulator.loginUrl,
    '--ca-file',
    simulator.caFile!,
  ];
  const stored = () =>
    database.superuser.query<{ name: string; tags: string[] }>('select name, tags from app.tenants');

  it('says what it would do, then does it line by line, and skips what is connected already', async () => {
    const planned = await run([...options(), '--dry-run'], location);
    expect(planned.exitCode).toBe(5);
    expect(outcomes(planned.json)).toEqual([
      [2, 'would_connect', null],
      [3, 'would_connect', null],
      [4, 'failed', 'usage'],
    ]);
    expect(await stored()).toEqual([]);

    const first = await run(options(), location);
    expect(first).toMatchObject({ exitCode: 6 });
    expect(outcomes(first.json)).toEqual([
      [2, 'connected', null],
      [3, 'failed', 'auth_secret_expired'],
      [4, 'failed', 'usage'],
    ]);
    expect(first.stderr).toContain('2 of 2');
    expect(`${first.stdout}${first.stderr}`).not.toContain('wrong-secret');
    expect(await stored()).toEqual([{ name: 'Good', tags: ['gold', 'north'] }]);

    const again = await run([...options(), '--dry-run'], location);
    expect(outcomes(again.json)[0]).toEqual([2, 'skipped', null]);
    expect(again.json.lines[0].note).toBe('Connected already as Good.');
  });
});
