import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConnectionFile } from '../../main/sign-in/read-connection-file.ts';
import { tryLogin } from '../../main/sign-in/try-login.ts';
import type { AppError } from '../../shared/errors.ts';
import { runCli, type CliResult } from '../support/cli.ts';
import { runCliHere } from '../support/cli-here.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** A person gets a connection file and uses it, on real servers; then everything that can be wrong with it. */
const directory = mkdtempSync(join(tmpdir(), 'tenantkeep-sign-in-'));
const password = "p'ä:ß/@#?%& \u{1f511}\u202e";
let office: TestDatabase;
let other: TestDatabase;
let server = '';
let ritaLogin = '';
let homes = 0;

const noVariable = { TENANTKEEP_DATABASE_URL: '' };

function newHome(config?: object): string {
  homes += 1;
  const home = join(directory, `home-${homes}`);
  mkdirSync(home);
  if (config !== undefined) writeFileSync(join(home, 'config.json'), JSON.stringify(config));
  return home;
}

const run = (home: string, ...words: string[]): Promise<CliResult> =>
  runCliHere([...words, '--json'], { home, env: noVariable });

async function done(home: string, ...words: string[]): Promise<any> {
  const result = await run(home, ...words);
  expect({ words, exitCode: result.exitCode, stderr: result.stderr }).toMatchObject({ exitCode: 0 });
  return result.json;
}

function fileOf(content: string | Uint8Array, name = `${Math.random().toString(36).slice(2)}.connection`) {
  const path = join(directory, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function urlFor(database: TestDatabase, login: string, secret: string): URL {
  const url = new URL(database.superuserUrl);
  url.username = encodeURIComponent(login);
  url.password = encodeURIComponent(secret);
  return url;
}

const bare = (database: TestDatabase): string => {
  const url = urlFor(database, '', '');
  return url.href;
};

/** All that a home keeps, for proving that nothing has changed. */
function contentOf(home: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(home, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.startsWith('logs') && statSync(join(home, name)).isFile())
      .map((name) => [name, readFileSync(join(home, name), 'base64')]),
  );
}

const personFiles = (home: string): string[] =>
  readdirSync(join(home, 'secrets')).filter((name) => name.startsWith('person-login-'));
const configOf = (home: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(home, 'config.json'), 'utf8'));

let rita = '';
beforeAll(async () => {
  [office, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  server = new URL(office.superuserUrl).host;
  await office.addTenant('Contoso');
  ritaLogin = (await office.asTechnician('rita', 'administrator')).login;
  await office.superuser.query(`alter role ${ritaLogin} password '${password.replaceAll("'", "''")}'`);
  rita = fileOf(`\ufeff${urlFor(office, ritaLogin, password).href}\r\n`, 'rita.connection');
}, 60_000);

afterAll(async () => {
  await office?.close();
  await other?.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a person with a connection file', { timeout: 60_000 }, () => {
  it('signs in on a new home, whatever the password is made of, and is that person from then on', async () => {
    const home = newHome({ hostName: 'DESK', graph: { batchSize: 3 } });
    const signedIn = await done(home, 'sign-in', rita);
    expect(signedIn).toEqual({
      person: { login: ritaLogin, name: 'rita', administrator: true },
      server,
      database: office.name,
      before: { kind: 'none' },
      file: rita,
    });
    expect(configOf(home)).toEqual({
      hostName: 'DESK',
      graph: { batchSize: 3 },
      databaseUrl: bare(office),
    });
    expect(statSync(join(home, 'config.json')).mode & 0o777).toBe(0o600);
    expect((await done(home, 'tenants', 'list')).tenants).toMatchObject([{ name: 'Contoso' }]);
    const { checks } = await done(home, 'doctor');
    expect(checks).toContainEqual(
      expect.objectContaining({ key: 'login', state: 'ok', finding: expect.stringContaining(ritaLogin) }),
    );
    const [stored] = personFiles(home);
    expect(statSync(join(home, 'secrets', stored!)).mode & 0o777).toBe(0o600);
  });

  it('is told in words what happened, and no output or log holds the password', async () => {
    const home = newHome();
    const result = await runCliHere(['sign-in', rita], { home, env: noVariable });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toContain(`rita is signed in here.`);
    expect(result.stdout).toContain(`${office.name} on ${server}`);
    expect(result.stdout).toContain(`Delete ${rita}`);
    const logs = readdirSync(join(home, 'logs')).map((name) =>
      readFileSync(join(home, 'logs', name), 'utf8'),
    );
    for (const text of [result.stdout, ...logs]) {
      expect(text).not.toContain('p%27%C3%A4');
      expect(text).not.toContain("p'ä");
    }
  });

  it('may sign in twice, with other settings of TLS only where this computer has none, and out once', async () => {
    const home = newHome();
    await done(home, 'sign-in', rita);
    const before = contentOf(home);
    expect(await done(home, 'sign-in', rita)).toMatchObject({
      before: { kind: 'shared', login: ritaLogin, isHost: false },
    });
    expect(contentOf(home)).toEqual(before);

    const withTls = urlFor(office, ritaLogin, password);
    withTls.search = '?sslmode=disable';
    await done(home, 'sign-in', fileOf(withTls.href));
    expect(configOf(home).databaseUrl).toBe(`${bare(office)}?sslmode=disable`);
    await done(home, 'sign-in', rita);
    expect(configOf(home).databaseUrl).toBe(`${bare(office)}?sslmode=disable`);

    expect(await done(home, 'sign-out')).toEqual({
      login: ritaLogin,
      location: expect.stringContaining(office.name),
      now: { kind: 'none' },
    });
    expect([configOf(home), personFiles(home)]).toEqual([{}, []]);
    const again = await run(home, 'sign-out');
    expect([again.error?.code, again.exitCode]).toEqual(['sign_in_not_found', 3]);
  });

  it('changes the password by signing in with a new file', async () => {
    const home = newHome();
    const max = await other.asTechnician('max', 'administrator');
    await done(home, 'sign-in', fileOf(max.url));
    await other.superuser.query(`alter role ${max.login} password 'second'`);
    const refused = await run(home, 'tenants', 'list');
    expect(refused.error).toMatchObject({
      code: 'database_login_refused',
      nextStep: expect.stringContaining('tenantkeep sign-in'),
    });
    await done(home, 'sign-in', fileOf(urlFor(other, max.login, 'second').href));
    await done(home, 'tenants', 'list');
  });

  it('acts under their own login on a host, whose own logins stay as they are', async () => {
    const home = newHome({ databaseUrl: bare(office) });
    const migrated = await runCliHere(['migrate', '--json'], {
      home,
      env: { TENANTKEEP_DATABASE_URL: office.superuserUrl },
    });
    expect(migrated.exitCode).toBe(0);
    const { hostLogin, technicianLogin } = migrated.json as Record<string, string>;
    const before = contentOf(home);
    expect((await done(home, 'sign-in', rita)).before).toMatchObject({
      kind: 'shared',
      login: technicianLogin,
      isHost: true,
    });
    const after = contentOf(home);
    for (const [name, content] of Object.entries(before))
      expect([name, after[name]]).toEqual([name, content]);
    const me = async (): Promise<string> => {
      const { checks } = await done(home, 'doctor');
      return checks.find((check: any) => check.key === 'login').finding;
    };
    expect(await me()).toContain(ritaLogin);
    // The host goes on under its own login: it opens credentials, which no person's login can.
    expect((await done(home, 'hosts', 'list')).hosts).toContainEqual(
      expect.objectContaining({ login: hostLogin, thisComputer: true }),
    );
    expect((await done(home, 'sign-out')).now).toMatchObject({ login: technicianLogin, isHost: true });
    expect(configOf(home).databaseUrl).toBe(bare(office));
    expect(await me()).toContain(technicianLogin);
  });

  it('leaves another database only when told so, and is back there after signing out', async () => {
    const home = newHome({ databaseUrl: bare(other), logLevel: 'warn' });
    const max = await other.asTechnician('max', 'administrator');
    await other.superuser.query(`alter role ${max.login} password 'third'`);
    await done(home, 'sign-in', fileOf(urlFor(other, max.login, 'third').href));
    const before = contentOf(home);
    const refused = await run(home, 'sign-in', rita);
    expect([refused.error?.code, refused.exitCode]).toEqual(['sign_in_replaces_database', 2]);
    expect(refused.error?.nextStep).toContain('Nothing there is deleted');
    expect(contentOf(home)).toEqual(before);

    await done(home, 'sign-in', rita, '--replace');
    expect((await done(home, 'tenants', 'list')).tenants).toHaveLength(1);
    expect((await done(home, 'sign-out')).now).toMatchObject({ kind: 'shared', login: max.login });
    expect({ ...contentOf(home), 'config.json': '' }).toEqual({ ...before, 'config.json': '' });
    expect(configOf(home)).toEqual({ databaseUrl: bare(other), logLevel: 'warn' });
    expect((await done(home, 'tenants', 'list')).tenants).toEqual([]);
  });

  it('leaves the embedded database, whose files stay and are used again after signing out', async () => {
    const home = newHome();
    expect((await done(home, 'tenants', 'list')).tenants).toEqual([]);
    const refused = await run(home, 'sign-in', rita);
    expect(refused.error).toMatchObject({ code: 'sign_in_replaces_database' });
    expect(refused.error?.nextStep).toContain('its files stay');
    await done(home, 'sign-in', rita, '--replace');
    expect((await done(home, 'tenants', 'list')).tenants).toHaveLength(1);
    expect((await done(home, 'sign-out')).now).toEqual({ kind: 'embedded' });
    expect((await done(home, 'tenants', 'list')).tenants).toEqual([]);

    // A file for a colleague who could never reach it.
    const { connectionUrl } = await done(home, 'technicians', 'add', '--name', 'Max', '--administrator');
    const own = await run(home, 'sign-in', fileOf(connectionUrl));
    expect(own.error?.code).toBe('connection_file_embedded');
  });
});

/** Options for Node under which a process is killed at the moment of one call on one file. */
function killBefore(call: 'rename' | 'rm', target: RegExp): string {
  const hook = join(directory, `kill-before-${call}.mjs`);
  writeFileSync(
    hook,
    `import fsp from 'node:fs/promises';
     import { syncBuiltinESMExports } from 'node:module';
     const original = fsp.${call};
     fsp.${call} = (...given) => {
       if (${target}.test(String(given[${call === 'rename' ? 1 : 0}]))) process.kill(process.pid, 'SIGKILL');
       return original(...given);
     };
     syncBuiltinESMExports();`,
  );
  return `--import=${hook}`;
}

describe('a process that is killed between its two writes', { timeout: 60_000 }, () => {
  it('leaves a home that works as before; the next try ends well', async () => {
    const home = newHome({ databaseUrl: bare(other) });
    const anna = await other.asTechnician('anna', 'administrator');
    await done(home, 'sign-in', fileOf(anna.url));
    const killed = await runCli(['sign-in', rita, '--replace'], {
      home,
      env: { ...noVariable, NODE_OPTIONS: killBefore('rename', /config\.json$/) },
    });
    expect(killed).toMatchObject({ exitCode: null, stdout: '' });
    expect(personFiles(home)).toHaveLength(2);
    expect(configOf(home)).toEqual({ databaseUrl: bare(other) });
    expect((await done(home, 'tenants', 'list')).tenants).toEqual([]);

    await done(home, 'sign-in', rita, '--replace');
    const left = await runCli(['sign-out'], {
      home,
      env: { ...noVariable, NODE_OPTIONS: killBefore('rm', /secrets\/person-login-[0-9a-f]+$/) },
    });
    expect(left).toMatchObject({ exitCode: null, stdout: '' });
    expect(configOf(home)).toEqual({ databaseUrl: bare(other) });
    expect((await done(home, 'tenants', 'list')).tenants).toEqual([]);
  });

  it('and one whose second write fails takes the first one back', async () => {
    // Its name leaves no room for that of a file beside it.
    const long = join(directory, `${'c'.repeat(240)}.json`);
    writeFileSync(long, '{}');
    const home = newHome();
    symlinkSync(long, join(home, 'config.json'));
    const refused = await run(home, 'sign-in', rita);
    expect([refused.error?.code, refused.exitCode]).toEqual(['config_not_writable', 6]);
    expect(personFiles(home)).toEqual([]);
    expect(readFileSync(long, 'utf8')).toBe('{}');
  });
});

const url = (): URL => urlFor(office, ritaLogin, password);

const withSearch = (search: string): string => {
  const changed = url();
  changed.search = search;
  return fileOf(changed.href);
};

describe('nothing changes, and one sentence says why, with', { timeout: 60_000 }, () => {
  const files: [what: string, make: () => string, code: string, sentence: RegExp][] = [
    ['no file', () => join(directory, 'none.connection'), 'connection_file_not_found', /no file .*none/],
    ['a directory', () => directory, 'connection_file_invalid', /not a regular file/],
    [
      'a named pipe',
      () => {
        const path = join(directory, 'pipe.connection');
        execFileSync('mkfifo', [path]);
        return path;
      },
      'connection_file_invalid',
      /not a regular file/,
    ],
    [
      'a circle of links',
      () => {
        const path = join(directory, 'circle.connection');
        symlinkSync(path, path);
        return path;
      },
      'connection_file_unreadable',
      /ELOOP/,
    ],
    ['a megabyte', () => fileOf('x'.repeat(1_048_576)), 'connection_file_invalid', /larger than 4 KB/],
    [
      'a URL in front of much else',
      () => fileOf(`${url().href}\n${' '.repeat(5_000)}`),
      'connection_file_invalid',
      /larger than 4 KB/,
    ],
    ['nothing in it', () => fileOf('\r\n'), 'connection_file_invalid', /empty/],
    ['two lines', () => fileOf(`${url().href}\n${url().href}\n`), 'connection_file_invalid', /one line/],
    ['a NUL', () => fileOf(`${url().href}\0`), 'connection_file_invalid', /not text/],
    ['an encoded NUL', () => fileOf(`postgres://a:b%00@h/d`), 'connection_file_invalid', /not text/],
    [
      'bytes that are no text',
      () => fileOf(Buffer.from([0xff, 0xfe, 0x70])),
      'connection_file_invalid',
      /not text/,
    ],
    ['prose', () => fileOf('Dear Rita, please find'), 'connection_file_invalid', /no postgres:\/\/ URL/],
    ['an address of the web', () => fileOf('https://a:b@h/d'), 'connection_file_invalid', /no postgres/],
    ['no login', () => fileOf('postgres://h/d'), 'connection_file_invalid', /no login/],
    ['no password', () => fileOf('postgres://a@h/d'), 'connection_file_invalid', /no password/],
    ['no server', () => fileOf('postgres:///d'), 'connection_file_invalid', /no login|no server|no postgres/],
    ['no database', () => fileOf('postgres://a:b@h/'), 'connection_file_invalid', /no database/],
    ['a broken escape', () => fileOf('postgres://a:%zz@h/d'), 'connection_file_invalid', /written wrongly/],
    [
      'a server whose name turns around',
      () => fileOf('postgres://a:b@\u202emoc.elpmaxe/d'),
      'connection_file_invalid',
      /no usable server name|no postgres/,
    ],
    [
      'a second server hidden among the settings',
      () => withSearch('?host=127.0.0.2'),
      'connection_file_invalid',
      /setting/,
    ],
    ['a login hidden there', () => withSearch('?user=postgres'), 'connection_file_invalid', /setting/],
    [
      'a setting twice',
      () => withSearch('?sslmode=disable&sslmode=require'),
      'connection_file_invalid',
      /setting/,
    ],
    [
      'a certificate that is not here',
      () => withSearch('?sslmode=verify-full&sslrootcert=/nowhere/ca.pem'),
      'certificate_file_missing',
      /nowhere\/ca\.pem \(sslrootcert\), which is not on this computer/,
    ],
    [
      'a certificate that never ends',
      () => withSearch('?sslrootcert=/dev/zero'),
      'certificate_file_missing',
      /not on this computer/,
    ],
    [
      'a certificate on another computer',
      () => withSearch('?sslrootcert=//stranger/ca.pem'),
      'certificate_file_missing',
      /not on this computer/,
    ],
    [
      'a wrong password',
      () => fileOf(urlFor(office, ritaLogin, 'wrong').href),
      'database_login_refused',
      /refuses the login rita_\w+ or its password/,
    ],
    [
      'a server that is not there',
      () => fileOf('postgres://a:b@127.0.0.1:1/d'),
      'database_unreachable',
      /127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)/,
    ],
    [
      'a server without TLS where TLS is asked for',
      () => withSearch('?sslmode=verify-full'),
      'database_unreachable',
      /cannot be reached/,
    ],
    [
      'a login that stands above row-level security',
      () => fileOf(office.superuserUrl),
      'database_login_too_strong',
      /stands above row-level security/,
    ],
  ];

  it.each(files)('%s', async (_what, make, code, sentence) => {
    const home = newHome({ logLevel: 'warn' });
    await run(home, 'types', 'list');
    const file = make();
    const before = contentOf(home);
    const result = await run(home, 'sign-in', file);
    expect({ code: result.error?.code, message: result.error?.message }).toEqual({
      code,
      message: expect.stringMatching(sentence),
    });
    expect(result.exitCode).toBeGreaterThan(1);
    expect(result.stdout).toBe('');
    const after = contentOf(home);
    // The key of this computer is made by the first command, whichever that is.
    for (const name of Object.keys(after).filter((each) => each.startsWith('secrets/host'))) {
      before[name] ??= after[name]!;
    }
    expect(after).toEqual(before);
  });

  it('a login that is a host, nobody, or a technician who was removed', async () => {
    const host = await office.asHost('stray');
    const gone = await office.asTechnician('gone', 'administrator');
    await office.superuser.query(`update app.technicians set removed_at = app.db_now() where db_role = $1`, [
      gone.login,
    ]);
    const nobody = `nobody_${office.name.slice(-10)}`;
    await office.superuser.query(`create role ${nobody} login password 'throw-away'`);
    await office.superuser.query(`grant connect on database ${office.name} to ${nobody}`);
    try {
      const home = newHome();
      for (const stranger of [host.url, gone.url, urlFor(office, nobody, 'throw-away').href]) {
        const result = await run(home, 'sign-in', fileOf(stranger));
        expect(result.error).toMatchObject({
          code: 'sign_in_refused',
          message: expect.stringMatching(/is not, or no longer, a technician of tenantkeep_test_/),
        });
      }
      await office.superuser.query(`revoke connect on database ${office.name} from ${nobody}`);
      const shut = await run(home, 'sign-in', fileOf(urlFor(office, nobody, 'throw-away').href));
      expect(shut.error?.code).toBe('sign_in_refused');
      expect(personFiles(home)).toEqual([]);
    } finally {
      await office.superuser.query(`drop owned by ${nobody}`);
      await office.superuser.query(`drop role ${nobody}`);
    }
  });

  it.each([
    ['a schema that is newer than the app', 'schema_version = schema_version + 1', 'schema_newer'],
    ['a schema that is older than the app', 'schema_version = schema_version - 1', 'schema_older'],
    ['a client level above that of the app', 'min_client_level = min_client_level + 1', 'schema_newer'],
  ])('%s', async (_what, change, code) => {
    const [before] = await office.superuser.query<{ schema_version: number; min_client_level: number }>(
      'select schema_version, min_client_level from app.schema_meta',
    );
    await office.superuser.query(`update app.schema_meta set ${change}`);
    try {
      const home = newHome();
      expect((await run(home, 'sign-in', rita)).error?.code).toBe(code);
      expect(personFiles(home)).toEqual([]);
    } finally {
      await office.superuser.query('update app.schema_meta set schema_version = $1, min_client_level = $2', [
        before!.schema_version,
        before!.min_client_level,
      ]);
    }
  });

  it('a database that holds no workspace', async () => {
    const empty = new URL(office.superuserUrl);
    empty.pathname = '/postgres';
    expect((await run(newHome(), 'sign-in', fileOf(empty.href))).error?.code).toBe('schema_missing');
  });

  it('TENANTKEEP_DATABASE_URL, which would win', async () => {
    const home = newHome();
    for (const words of [['sign-in', rita], ['sign-out']]) {
      const result = await runCliHere([...words, '--json'], {
        home,
        env: { TENANTKEEP_DATABASE_URL: bare(office) },
      });
      expect([result.error?.code, result.exitCode]).toEqual(['database_url_set', 2]);
    }
    expect(personFiles(home)).toEqual([]);
  });

  it('a config.json that cannot be read', async () => {
    const home = newHome();
    writeFileSync(join(home, 'config.json'), '{\n  "logLevel": loud\n}');
    const result = await run(home, 'sign-in', rita);
    expect(result.error).toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('line 2'),
    });
    expect(readFileSync(join(home, 'config.json'), 'utf8')).toBe('{\n  "logLevel": loud\n}');
  });

  it('a server that speaks another language, or lets in and then says nothing', async () => {
    const banner = await listen((socket) => socket.write('SSH-2.0-OpenSSH_9.2 \u001b[31mhello\r\n'));
    // AuthenticationOk, ReadyForQuery, and then silence.
    const silent = await listen((socket) => {
      socket.once('data', () => {
        socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]));
      });
    });
    try {
      // Side by side, because each is given its time.
      const refusals = await Promise.all(
        [banner, silent].map(async ({ port }) => {
          const connection = await readConnectionFile(fileOf(`postgres://a:b@127.0.0.1:${port}/d`));
          return tryLogin(connection.url, connection).catch((error: AppError) => error);
        }),
      );
      for (const refusal of refusals) {
        expect(refusal).toMatchObject({
          code: expect.stringMatching(/^database_(?:unreachable|answer_unusable)$/),
        });
        expect(JSON.stringify([refusal, (refusal as AppError).message])).not.toMatch(/SSH|hello/);
      }
    } finally {
      banner.close();
      silent.close();
    }
  });
});

async function listen(greet: (socket: Socket) => void): Promise<{ port: number; close: () => void }> {
  const listening: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    greet(socket);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return { port: (listening.address() as { port: number }).port, close: () => listening.close() };
}
