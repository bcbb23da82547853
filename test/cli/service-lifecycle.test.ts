import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../main/db/server-process.ts';
import { hostNodeOptions } from '../../main/node-options.ts';
import { runCli } from '../support/cli.ts';
import { listenAsSystemd } from '../support/notify-socket.ts';
import { startThrowAwayServer, type ThrowAwayServer } from '../support/throw-away-server.ts';

/**
 * The life of the installed service as its supervisor sees it, without one: the unit's own command line is started
 * as a process, before its database is there, killed, started again and stopped.
 */
let server: ThrowAwayServer;
let home = '';
let words: string[] = [];
let port = 0;
const started: ChildProcess[] = [];

beforeAll(async () => {
  server = await startThrowAwayServer({});
  home = await mkdtemp(join(tmpdir(), 'tenantkeep-lifecycle-'));
  const migrated = await runCli(['migrate'], { home, env: { TENANTKEEP_DATABASE_URL: server.url } });
  if (migrated.exitCode !== 0) throw new Error(migrated.stderr);
  const { host, pathname } = new URL(server.url);
  await writeFile(
    join(home, 'config.json'),
    JSON.stringify({ databaseUrl: `postgres://${host}${pathname}`, hostName: 'OFFICE-1' }),
  );
  port = await findFreePort();
  const plan = await runCli(
    ['service', 'install', '--dry-run', '--platform', 'linux', '--account', 'tenantkeep', '--json'].concat([
      '--home',
      home,
      '--metrics-port',
      String(port),
    ]),
    { home },
  );
  const unit = (plan.json as { files: { content: string }[] }).files[0]!.content;
  const line = /^ExecStart=(.*)$/m.exec(unit)![1]!;
  words = [...line.matchAll(/"([^"\\]*)"/g)].map(([, word]) => word!);
}, 90_000);

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

afterAll(async () => {
  await server.remove();
  await rm(home, { recursive: true, force: true });
});

function start(environment: Record<string, string> = {}) {
  // A supervisor hands over almost nothing of an environment.
  const child = spawn(words[0]!, words.slice(1), {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: home,
  });
  started.push(child);
  const log: Record<string, unknown>[] = [];
  let look: (() => void) | null = null;
  createInterface({ input: child.stderr }).on('line', (text) => {
    log.push(JSON.parse(text) as Record<string, unknown>);
    look?.();
  });
  return {
    child,
    ended: once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
    log,
    says: (sentence: string) =>
      new Promise<void>((resolve) => {
        look = () => {
          if (log.some(({ message }) => typeof message === 'string' && message.includes(sentence))) resolve();
        };
        look();
      }),
  };
}

async function health(): Promise<{ status: number; state: string }> {
  const response = await fetch(`http://127.0.0.1:${port}/healthz`);
  return { status: response.status, state: ((await response.json()) as { state: string }).state };
}

async function status() {
  const answer = await runCli(['service', 'status', '--json'], { home });
  return {
    exitCode: answer.exitCode,
    ...(answer.json as { running: boolean; host: any; reason: string | null }),
  };
}

describe('the life of the installed service', () => {
  it('waits for a database that comes up after it, is killed, comes back, and stops in good order', async () => {
    expect(words.slice(2 + hostNodeOptions.length)).toEqual([
      'service',
      'run',
      '--home',
      home,
      '--metrics-port',
      String(port),
    ]);
    await server.halt('fast');
    const first = start();
    await first.says('waits for the database');
    expect(await health()).toEqual({ status: 503, state: 'waiting' });
    expect(await status()).toMatchObject({
      exitCode: 6,
      running: false,
      host: null,
      reason: expect.stringContaining('cannot be reached'),
    });

    await server.start();
    await first.says('The service is running');
    expect(await health()).toEqual({ status: 200, state: 'well' });
    const alive = await status();
    expect(alive).toMatchObject({
      exitCode: 0,
      running: true,
      host: { hostName: 'OFFICE-1', state: 'running', online: true, approved: true },
      reason: null,
    });

    first.child.kill('SIGKILL');
    await first.ended;
    const second = start();
    await second.says('The service is running');
    const back = await status();
    expect(back).toMatchObject({ exitCode: 0, host: { online: true } });
    expect(back.host.instanceId).not.toBe(alive.host.instanceId);

    second.child.kill('SIGTERM');
    expect(await second.ended).toEqual([0, null]);
    expect(await status()).toMatchObject({
      exitCode: 6,
      running: false,
      host: { state: 'stopped', online: false },
    });
    await expect(health()).rejects.toThrow('fetch failed');
  }, 120_000);

  it('shows what it wrote to its log, newest last', async () => {
    const all = await runCli(['service', 'logs', '--json', '--lines', '1000'], { home });
    const lines = (all.json as { lines: { message: string }[] }).lines.map(({ message }) => message);
    expect(lines).toContain('The service is running');
    expect(lines.at(-1)).toBe('The service has stopped');
    const two = await runCli(['service', 'logs', '--lines', '2'], { home });
    expect(two.stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(two.stdout).toContain('INFO The service has stopped');
  }, 60_000);
});

describe('the service under systemd', () => {
  it('says that it is ready, what it waits for, that it is well, and that it stops', async (context) => {
    const systemd = await listenAsSystemd();
    if (typeof systemd === 'string') return context.skip(systemd);
    const { socket, messages, until } = systemd;
    try {
      await server.halt('fast');
      const service = start({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1500000' });
      await until(() => messages.length >= 2);
      // Ready before the database is: the start of the computer does not wait for a server that is elsewhere.
      expect(messages.slice(0, 2)).toEqual([
        'READY=1',
        'STATUS=The service waits for its database.|WATCHDOG=1',
      ]);
      await server.start();
      await until(() => messages.includes('STATUS=Schedules are dispatched.|WATCHDOG=1'));
      service.child.kill('SIGTERM');
      await until(() => messages.includes('STOPPING=1|STATUS=The service stops.'));
      expect(await service.ended).toEqual([0, null]);
    } finally {
      await systemd.close();
    }
  }, 90_000);
});

describe('installing the service', () => {
  it('shows every file and command of the plan, and of the removal, and changes nothing', async () => {
    const install = await runCli(
      ['service', 'install', '--dry-run', '--platform', 'linux', '--account', 'tenantkeep', '--home', home],
      { home },
    );
    expect(install.stdout).toContain('write /etc/systemd/system/tenantkeep.service:');
    expect(install.stdout).toContain('\n[Service]\n');
    expect(install.stdout).toContain('run systemctl enable tenantkeep.service');
    const removal = await runCli(
      ['service', 'uninstall', '--dry-run', '--platform', 'windows', '--home', home, '--json'],
      { home },
    );
    expect(removal.json).toMatchObject({
      platform: 'windows',
      done: false,
      removed: [expect.stringContaining('service-task.xml')],
      commands: [
        ['schtasks', '/End', '/TN', 'tenantkeep'],
        ['schtasks', '/Delete', '/F', '/TN', 'tenantkeep'],
      ],
    });
  }, 60_000);

  it('does not run the service as root, and plans for another system only to show it', async () => {
    const root = await runCli(
      ['service', 'install', '--dry-run', '--platform', 'linux', '--account', 'root', '--json'],
      { home },
    );
    expect(root).toMatchObject({ exitCode: 2, error: { message: 'The service does not run as root.' } });
    const real = await runCli(['service', 'install', '--platform', 'windows', '--json'], { home });
    expect(real).toMatchObject({ exitCode: 2, error: { code: 'usage' } });
  }, 60_000);
});
