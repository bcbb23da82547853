import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { createFileSecretStore } from '../../main/credentials/secret-store.ts';
import { joinEmbeddedServer } from '../../main/db/embedded-server.ts';
import type { EmbeddedServer } from '../../main/db/embedded-server.ts';
import { findServerAccount } from '../../main/db/server-binaries.ts';
import { findServer, isAlive } from '../../main/db/server-process.ts';

const program = fileURLToPath(new URL('./embedded-participant.ts', import.meta.url));

interface Participant {
  process: ChildProcess;
  next(): Promise<Record<string, unknown>>;
  leave(): Promise<void>;
  kill(): Promise<void>;
}

const participants: Participant[] = [];

function participate(home: string, account?: { uid: number; gid: number }): Participant {
  const child = spawn(process.execPath, [program, home], { stdio: ['pipe', 'pipe', 'inherit'], ...account });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const participant: Participant = {
    process: child,
    next: async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error('The participant ended without a word.');
      return JSON.parse(value) as Record<string, unknown>;
    },
    leave: async () => {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
    kill: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
  participants.push(participant);
  return participant;
}

const join_ = (home: string, port?: number): Promise<EmbeddedServer> =>
  joinEmbeddedServer({
    home,
    passwords: createFileSecretStore(join(home, 'secrets')),
    ...(port === undefined ? {} : { port }),
  });

const data = (home: string): string => join(home, 'database', 'data');

async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

describe('the embedded server of a home', { timeout: 90_000 }, () => {
  let home = '';
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'tenantkeep-home-'));
  });
  afterEach(async () => {
    for (const participant of participants.splice(0)) {
      if (participant.process.exitCode === null && participant.process.signalCode === null)
        await participant.kill();
    }
    // Whatever a test left running is joined, and stopped by leaving.
    const last = await join_(home);
    await last.leave();
  });
  afterAll(async () => {
    await rm(home, { recursive: true, force: true });
  });

  it('is started by one of two processes that come at once, shared, and stopped by the last one', async () => {
    const [first, second] = [participate(home), participate(home)];
    const [a, b] = await Promise.all([first.next(), second.next()]);
    expect([a.joined, b.joined]).toEqual([true, true]);
    expect(a.port).toBe(b.port);
    expect([a.startedHere, b.startedHere].filter(Boolean)).toHaveLength(1);
    const [starter, joiner] = a.startedHere === true ? [first, second] : [second, first];
    await starter.leave();
    expect(await ask(a.ownerUrl as string, 'select 1 as one')).toEqual([{ one: 1 }]);
    await joiner.leave();
    expect(await findServer(data(home))).toBeNull();
  });

  it('survives kill -9 of the process that started it, and stops when the other one leaves', async () => {
    const first = participate(home);
    expect(await first.next()).toMatchObject({ joined: true, startedHere: true });
    const second = participate(home);
    const joined = await second.next();
    expect(joined).toMatchObject({ joined: true, startedHere: false });
    await first.kill();
    expect(await ask(joined.ownerUrl as string, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.leave();
    expect(await findServer(data(home))).toBeNull();
  });

  it('goes on for the starter when a process that joined is killed', async () => {
    const first = participate(home);
    await first.next();
    const second = participate(home);
    await second.next();
    await second.kill();
    await first.leave();
    expect(await findServer(data(home))).toBeNull();
  });

  it('is found again after every process was killed', async () => {
    const first = participate(home);
    const started = await first.next();
    await first.kill();
    expect((await findServer(data(home)))?.port).toBe(started.port);
    const later = participate(home);
    expect(await later.next()).toMatchObject({ joined: true, startedHere: false, port: started.port });
    await later.leave();
    expect(await findServer(data(home))).toBeNull();
  });

  it('starts after the server itself was killed, keeps its content, its port and its secrets', async () => {
    const first = participate(home);
    const started = await first.next();
    await ask(started.ownerUrl as string, 'create table kept (n int)');
    await first.kill();
    const pid = (await findServer(data(home)))!.pid;
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
    expect(await readFile(join(data(home), 'postmaster.pid'), 'utf8')).toMatch(new RegExp(`^${pid}\n`));
    const later = participate(home);
    const again = await later.next();
    expect(again).toMatchObject({
      joined: true,
      startedHere: true,
      port: started.port,
      ownerUrl: started.ownerUrl,
    });
    expect(await ask(again.ownerUrl as string, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }]);
    await later.leave();
  });

  it('comes back by itself when it dies under a process that uses it', async () => {
    const first = participate(home);
    const started = await first.next();
    const pid = (await findServer(data(home)))!.pid;
    process.kill(pid, 'SIGQUIT');
    await expect
      .poll(
        async () =>
          (await findServer(data(home)))?.ready === true && (await findServer(data(home)))?.pid !== pid,
        {
          timeout: 30_000,
        },
      )
      .toBe(true);
    expect(await ask(started.ownerUrl as string, 'select 1 as one')).toEqual([{ one: 1 }]);
    await first.leave();
  });

  it('is not held up by a postmaster.pid whose number another program has now', async () => {
    const server = await join_(home);
    await server.leave();
    // The server of this test run lives, under the same account, and serves another directory.
    const [other] = await ask(
      inject('postgresUrl'),
      `select split_part(pg_read_file('postmaster.pid'), e'\\n', 1) as pid`,
    );
    await writeFile(
      join(data(home), 'postmaster.pid'),
      `${String(other!.pid)}\n${data(home)}\n1700000000\n${server.port}\n\n127.0.0.1\n\nready\n`,
    );
    const account = await findServerAccount();
    if (account !== null) await chown(join(data(home), 'postmaster.pid'), account.uid, account.gid);
    const again = await join_(home);
    expect(again.startedHere).toBe(true);
    await again.leave();
  });

  it('listens on loopback only, wants a password, and keeps its password from others', async () => {
    const server = await join_(home);
    try {
      expect(await ask(server.ownerUrl, 'show listen_addresses')).toEqual([
        { listen_addresses: '127.0.0.1' },
      ]);
      const wrong = new URL(server.ownerUrl);
      wrong.password = 'guess';
      await expect(ask(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
      expect((await stat(join(home, 'secrets', 'embedded-database-password'))).mode & 0o077).toBe(0);
      expect((await stat(data(home))).mode & 0o077).toBe(0);
    } finally {
      await server.leave();
    }
  });

  it('says which of the known troubles keeps it from starting', async () => {
    const blocker = createServer();
    blocker.listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    await expect(join_(home, port)).rejects.toMatchObject({ code: 'port_taken' });
    blocker.close();

    const version = join(data(home), 'PG_VERSION');
    const original = await readFile(version, 'utf8');
    await writeFile(version, '16\n');
    await expect(join_(home)).rejects.toMatchObject({ code: 'database_files_other_version' });
    await writeFile(version, original);

    await expect(
      joinEmbeddedServer({ home, passwords: { writeIfAbsent: async () => 'not the password' } }),
    ).rejects.toMatchObject({ code: 'database_password_lost' });
  });
});

describe('as an ordinary user', { timeout: 90_000 }, () => {
  it('runs under the same account as the app', async ({ skip }) => {
    const account = await findServerAccount();
    // Not root: every test above already showed it.
    if (account === null) return;
    const readable = await new Promise<boolean>((resolve) => {
      const probe = spawn(process.execPath, [program, '--help'], {
        uid: account.uid,
        gid: account.gid,
        cwd: '/',
        stdio: 'ignore',
      });
      probe.once('error', () => resolve(false));
      probe.once('spawn', () => {
        probe.kill('SIGKILL');
        resolve(true);
      });
    });
    if (!readable) skip('another account cannot read this checkout');
    const home = await mkdtemp(join(tmpdir(), 'tenantkeep-user-home-'));
    await mkdir(home, { recursive: true });
    await chown(home, account.uid, account.gid);
    const participant = participate(home, { uid: account.uid, gid: account.gid });
    expect(await participant.next()).toMatchObject({ joined: true, startedHere: true });
    expect((await stat(data(home))).uid).toBe(account.uid);
    await participant.leave();
    expect(await findServer(data(home))).toBeNull();
    await rm(home, { recursive: true, force: true });
  });
});
