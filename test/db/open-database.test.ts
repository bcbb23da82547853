import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import type { Server, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, retryTransient } from '../../main/db/open-database.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase, TestLogin } from '../support/database.ts';

let database: TestDatabase;
let owner: TestLogin;
beforeAll(async () => {
  database = await createTestDatabase();
  owner = await database.asOwner();
  await database.superuser.query('create table public.notes (id int primary key)');
  await database.superuser.query('grant all on public.notes to public');
});
afterAll(async () => {
  await database.close();
});

function pass(from: Socket, to: Socket, open: () => boolean): void {
  from.on('data', (bytes) => {
    if (open()) to.write(bytes);
  });
  from.on('close', () => to.destroy());
  from.on('error', () => to.destroy());
}

/** A proxy that can fall silent: it keeps its sockets open and passes nothing, as a network gone during sleep. */
async function silentProxy(
  port: number,
): Promise<{ server: Server; port: number; silence(): void; speak(): void }> {
  let silent = false;
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    pass(client, upstream, () => !silent);
    pass(upstream, client, () => !silent);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    port: (server.address() as { port: number }).port,
    silence: () => {
      silent = true;
    },
    speak: () => {
      silent = false;
    },
  };
}

function openChanged(change: (url: URL) => void) {
  const url = new URL(owner.url);
  change(url);
  return openDatabase({ url: url.href, applicationName: 'tenantkeep/test' });
}
/** Work that fails so many times before it succeeds. */
function failing(code: string, times: number) {
  let calls = 0;
  return {
    calls: () => calls,
    work: async () => {
      calls += 1;
      if (calls <= times) throw Object.assign(new Error(code), { code });
      return 'done';
    },
  };
}

describe('a transaction', () => {
  it('commits what it did, or nothing when it throws', async () => {
    await owner.db.transaction((tx) => tx.query('insert into public.notes values (1)'));
    await expect(
      owner.db.transaction(async (tx) => {
        await tx.query('insert into public.notes values (2)');
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await owner.db.query('select id from public.notes')).toEqual([{ id: 1 }]);
  });

  it('waits for a lock no longer than it was told', async () => {
    await owner.db.transaction(async (tx) => {
      await tx.query('select 1 from public.notes where id = 1 for update');
      await expect(
        owner.db.transaction((other) => other.query('update public.notes set id = 1 where id = 1'), {
          lockTimeoutMs: 50,
        }),
      ).rejects.toMatchObject({ code: '55P03' });
    });
  });

  it('reads one snapshot and writes nothing when asked so', async () => {
    await owner.db.transaction(
      async (tx) => {
        expect(await tx.query('select count(*)::int as n from public.notes')).toEqual([{ n: 1 }]);
        await owner.db.query('insert into public.notes values (3)');
        expect(await tx.query('select count(*)::int as n from public.notes')).toEqual([{ n: 1 }]);
      },
      { isolation: 'repeatable read', readOnly: true },
    );
    await expect(
      owner.db.transaction((tx) => tx.query('delete from public.notes'), { readOnly: true }),
    ).rejects.toMatchObject({ code: '25006' });
  });

  it('leaves its timeouts behind for nobody', async () => {
    const single = await database.open(owner, { max: 1 });
    await single.transaction((tx) => tx.query('select 1'), { statementTimeoutMs: 1234 });
    expect(await single.query('show statement_timeout')).toEqual([{ statement_timeout: '0' }]);
  });
});

describe('a connection that the server ends', () => {
  it('fails its statement, and the next one gets a new connection', async () => {
    const single = await database.open(owner, { max: 1 });
    const [row] = await single.query<{ pid: number }>('select pg_backend_pid() as pid');
    await database.superuser.query('select pg_terminate_backend($1)', [row!.pid]);
    const answer = await retryTransient(() =>
      single.query<{ pid: number }>('select pg_backend_pid() as pid'),
    );
    expect(answer[0]!.pid).not.toBe(row!.pid);
  });

  it('in the middle of a transaction rolls it back and spoils nothing else', async () => {
    const single = await database.open(owner, { max: 1 });
    await expect(
      single.transaction(async (tx) => {
        await tx.query('insert into public.notes values (9)');
        const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
        await database.superuser.query('select pg_terminate_backend($1)', [row!.pid]);
        await tx.query('select 1');
      }),
    ).rejects.toThrow();
    expect(await single.query('select id from public.notes where id = 9')).toEqual([]);
  });
});

describe('resetting after sleep', () => {
  it('ends statements on half-open sockets and works again at once', async () => {
    const url = new URL(owner.url);
    const proxy = await silentProxy(Number(url.port));
    url.port = String(proxy.port);
    const db = await openDatabase({ url: url.href, applicationName: 'tenantkeep/test' });
    proxy.silence();
    const hanging = db.query('select 1');
    await Promise.all([expect(hanging).rejects.toThrow(), db.reset()]);
    proxy.speak();
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
    await db.close();
    proxy.server.close();
  });
});

describe('opening', () => {
  it('answers wrong settings with the error for people', async () => {
    await expect(openChanged((url) => (url.password = 'guess'))).rejects.toMatchObject({
      code: 'database_login_refused',
    });
    await expect(openChanged((url) => (url.pathname = '/nowhere'))).rejects.toMatchObject({
      code: 'database_unknown',
    });
    await expect(openChanged((url) => (url.port = '1'))).rejects.toMatchObject({
      code: 'database_unreachable',
    });
  });
});

describe('retrying', () => {
  it('repeats passing troubles only, and gives up in the end', async () => {
    const deadlock = failing('40P01', 1);
    expect(await retryTransient(deadlock.work)).toBe('done');
    expect(deadlock.calls()).toBe(2);
    const forbidden = failing('42501', 1);
    await expect(retryTransient(forbidden.work)).rejects.toMatchObject({ code: '42501' });
    expect(forbidden.calls()).toBe(1);
    const endless = failing('40001', 99);
    await expect(retryTransient(endless.work, { attempts: 2 })).rejects.toMatchObject({ code: '40001' });
    expect(endless.calls()).toBe(2);
  });
});
