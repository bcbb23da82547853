import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../../main/api/api.ts';
import { type ChangeFeed, createChangeFeed } from '../../main/api/change-feed.ts';
import type { Router, Session } from '../../main/api/router.ts';
import { systemClock } from '../../main/clock.ts';
import { type Console, startConsole } from '../../main/console/console-server.ts';
import type { ChangeNotice } from '../../shared/contract/index.ts';
import type { Result } from '../../shared/result.ts';
import { createTestDatabase, type TestDatabase, type TestTechnician } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';

/**
 * S2: a role that was taken away is out within five seconds, also for who has a window, a console session and a stream
 * of changes open. Measured, by the real transports.
 */
const most = 5_000;
const directory = mkdtempSync(join(tmpdir(), 'tenantkeep-revocation-'));
let database: TestDatabase;
let tenantId = '';
let other = '';
let admin: TestTechnician;
let rita: TestTechnician;
let session: Session;
let api: Router;
let console_: Console;
let cookie = '';
/** What a window is told, and what the stream of a console session brings. */
const window_ = { feed: null as unknown as ChangeFeed, notices: [] as ChangeNotice[] };
let streamed: ChangeNotice[] = [];
let feed: ChangeFeed;
let closeStream = (): void => undefined;

function http(path: string, body?: object): Promise<{ status: number; result: Result<any> }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port: console_.port,
        path,
        method: 'POST',
        headers: {
          host: `127.0.0.1:${console_.port}`,
          origin: `http://127.0.0.1:${console_.port}`,
          'content-type': 'application/json',
          cookie,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode!, result: JSON.parse(text) }));
      },
    );
    request.on('error', reject);
    request.end(JSON.stringify(body ?? {}));
  });
}

function openStream(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port: console_.port, path: '/events', headers: { cookie } },
      (response) => {
        response.setEncoding('utf8').on('data', (part: string) => {
          for (const [, json] of part.matchAll(/^data: (.*)$/gm)) streamed.push(JSON.parse(json!));
        });
        resolve();
      },
    );
    request.on('error', reject);
    request.end();
    closeStream = () => request.destroy();
  });
}

/** Milliseconds until it holds; fails the test after the time that is promised. */
async function msUntil(holds: () => Promise<boolean> | boolean): Promise<number> {
  const startedMs = systemClock.monotonicMs();
  for (;;) {
    if (await holds()) return systemClock.monotonicMs() - startedMs;
    if (systemClock.monotonicMs() - startedMs > most) throw new Error(`not within ${most} ms`);
    await systemClock.sleep(50);
  }
}

const byWindow = (name: string, input: object) =>
  api.dispatch(session, { name, input }) as Promise<Result<any>>;
const byConsole = async (name: string, input: object) => (await http('/api', { name, input })).result;
const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.error.code);

beforeAll(async () => {
  writeFileSync(join(directory, 'index.html'), '<!doctype html>');
  database = await createTestDatabase();
  tenantId = await database.addTenant('Adatum');
  other = await database.addTenant('Bellows');
  admin = await database.asTechnician('admin', 'owner', tenantId);
  await database.superuser.query('update app.technicians set administrator = true where id = $1', [
    admin.technicianId,
  ]);
  rita = await database.asTechnician('rita', 'operator', tenantId);
  await admin.db.query(`select app.grant_membership($1, $2, 'reader')`, [other, rita.technicianId]);
  session = { login: rita.login, database: rita.db };
  api = createApi({ version: '0.0.0', clock: systemClock, log: silentLog });
  window_.feed = createChangeFeed({ database: rita.db, clock: systemClock, log: silentLog });
  window_.feed.onChange((notice) => window_.notices.push(notice));
  feed = createChangeFeed({ database: rita.db, clock: systemClock, log: silentLog });
  console_ = await startConsole({
    port: 0,
    router: api,
    rendererDirectory: directory,
    signIn: () => Promise.reject(new Error('not asked')),
    onSessionEnd: () => undefined,
    watch: (_who, listener) => feed.onChange(listener),
    exportAudit: () => Promise.reject(new Error('not asked')),
    clock: systemClock,
    log: silentLog,
  });
  const link = new URL(console_.linkFor(session));
  const { headers } = await fetch(`http://127.0.0.1:${console_.port}${link.pathname}${link.search}`, {
    redirect: 'manual',
  });
  cookie = headers.get('set-cookie')!.split(';')[0]!;
  await openStream();
}, 60_000);
afterAll(async () => {
  closeStream();
  window_.feed?.close();
  feed?.close();
  await console_?.close();
  await database?.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a technician with everything open', { timeout: 60_000 }, () => {
  it('works and is told of changes before', async () => {
    expect(codeOf(await byWindow('tenants.get', { tenantId }))).toBe('ok');
    expect(codeOf(await byConsole('tenants.get', { tenantId }))).toBe('ok');
    await Promise.all([window_.feed.look(), feed.look()]);
    await admin.db.query(`select app.edit_tenant($1, 'Adatum 2', '{}')`, [tenantId]);
    await msUntil(() =>
      [window_.notices, streamed].every((list) => list.some((n) => n.tenantId === tenantId)),
    );
  });

  it('loses a tenant in window, console and stream, and is told of nothing there any more', async () => {
    window_.notices.length = 0;
    streamed = [];
    await admin.db.query('select app.revoke_membership($1, $2)', [tenantId, rita.technicianId]);
    const taken = {
      window: await msUntil(async () => codeOf(await byWindow('tenants.get', { tenantId })) !== 'ok'),
      console: await msUntil(async () => codeOf(await byConsole('tenants.get', { tenantId })) !== 'ok'),
      // The pages hear that something went, so that what they show goes too.
      windowTold: await msUntil(() => window_.notices.some((n) => n.tenantId === tenantId)),
      streamTold: await msUntil(() => streamed.some((n) => n.tenantId === tenantId)),
    };
    for (const ms of Object.values(taken)) expect(ms).toBeLessThan(most);
    expect(codeOf(await byConsole('tenants.get', { tenantId }))).toBe('tenant_not_found');
    const rows = (await byWindow('tenants.list', {})) as { ok: true; value: { rows: { id: string }[] } };
    expect(rows.value.rows.map(({ id }) => id)).toEqual([other]);

    window_.notices.length = 0;
    streamed = [];
    await admin.db.query(`select app.edit_tenant($1, 'Adatum 3', '{}')`, [tenantId]);
    await Promise.all([window_.feed.look(), feed.look()]);
    expect([...window_.notices, ...streamed].filter((notice) => notice.tenantId === tenantId)).toEqual([]);
  });

  it('loses everything with the login', async () => {
    await admin.db.query(`select app.remove_technician($1, 'left')`, [rita.technicianId]);
    const taken = {
      window: await msUntil(async () => codeOf(await byWindow('tenants.get', { tenantId: other })) !== 'ok'),
      console: await msUntil(
        async () => codeOf(await byConsole('tenants.get', { tenantId: other })) !== 'ok',
      ),
      streamTold: await msUntil(() => streamed.some((notice) => notice.tenantId === other)),
    };
    for (const ms of Object.values(taken)) expect(ms).toBeLessThan(most);
    expect(await rita.db.query('select 1 from app.tenants')).toEqual([]);
    expect(await rita.db.query('select 1 from app.audit_events')).toEqual([]);
    expect(await rita.db.query('select 1 from app.hosts')).toEqual([]);
  });
});
