import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Session } from '../../main/api/router.ts';
import type { AuditExportManifest } from '../../main/audit/export-audit.ts';
import { systemClock } from '../../main/clock.ts';
import type { ExportAudit } from '../../main/console/audit-downloads.ts';
import { type Console, startConsole } from '../../main/console/console-server.ts';
import type { ChangeNotice } from '../../shared/contract/index.ts';
import { AppError } from '../../shared/errors.ts';
import { silentLog } from '../support/silent-log.ts';

const session = { login: 'alice', database: null } as unknown as Session;
let console_: Console;
let directory: string;
let asked: unknown[];
let notify: (notice: ChangeNotice) => void;
let nowMs: number;
let logged: string;
let endedLogins: string[];
let watchers: string[];
let exportAudit: ExportAudit = () => Promise.reject(new Error('Set before each test.'));

interface Answer {
  status: number;
  body: string;
  headers: Record<string, string | string[] | undefined>;
}

/** A request with exactly the headers given; `fetch` would not let a test lie about Host and Origin. */
function send(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port: console_.port,
        path,
        method: options.method ?? 'GET',
        headers: { host: `127.0.0.1:${console_.port}`, ...options.headers },
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part: string) => (body += part));
        response.on('end', () => resolve({ status: response.statusCode!, body, headers: response.headers }));
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}

function sameOrigin(cookie?: string): Record<string, string> {
  return {
    origin: `http://127.0.0.1:${console_.port}`,
    'content-type': 'application/json',
    ...(cookie !== undefined && { cookie }),
  };
}

const call = (headers: Record<string, string>) =>
  send('/api', { method: 'POST', headers, body: JSON.stringify({ name: 'session.me', input: {} }) });

async function signedInCookie(): Promise<string> {
  const link = new URL(console_.linkFor(session));
  const answer = await send(link.pathname + link.search);
  return String(answer.headers['set-cookie']).split(';')[0]!;
}

const askForExport = (cookie: string, body: object = { filter: {}, format: 'csv' }) =>
  send('/audit-export', { method: 'POST', headers: sameOrigin(cookie), body: JSON.stringify(body) });

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tenantkeep-console-'));
  writeFileSync(join(directory, 'index.html'), '<!doctype html><title>TenantKeep</title>');
  writeFileSync(`${directory}-outside.html`, 'outside');
  symlinkSync(`${directory}-outside.html`, join(directory, 'link.html'));
  asked = [];
  logged = '';
  endedLogins = [];
  watchers = [];
  exportAudit = async (_who, _filter, path, { onProgress }) => {
    onProgress?.(5_000);
    await writeFile(path, 'sequence,actor\n');
    await writeFile(`${path}.manifest.json`, '{}');
    return { file: basename(path), rows: 5_001 } as AuditExportManifest;
  };
  nowMs = 0;
  console_ = await startConsole({
    port: 0,
    router: {
      dispatch: (who, given) => {
        asked.push([who.login, given]);
        return Promise.resolve({ ok: true, value: 'answer' });
      },
    },
    rendererDirectory: directory,
    signIn: (login, password) =>
      password === 'right'
        ? Promise.resolve({ ...session, login })
        : Promise.reject(new AppError('sign_in_refused', 'The login or the password is wrong.')),
    onSessionEnd: (ended) => endedLogins.push(ended.login),
    watch: (who, listener) => {
      watchers.push(who.login);
      notify = listener;
      return () => watchers.pop();
    },
    exportAudit: (who, filter, path, wishes) => exportAudit(who, filter, path, wishes),
    clock: { ...systemClock, monotonicMs: () => nowMs },
    log: { ...silentLog, warn: (fields, message) => (logged += JSON.stringify(fields) + message) },
  });
});

afterEach(async () => {
  await console_.close();
  rmSync(directory, { recursive: true });
  rmSync(`${directory}-outside.html`);
});

describe('the loopback console', () => {
  it('signs in whoever brings the one-time link, once', async () => {
    const link = new URL(console_.linkFor(session));
    const first = await send(link.pathname + link.search);
    expect([first.status, first.headers.location]).toEqual([303, '/']);
    expect(String(first.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await send(link.pathname + link.search)).status).toBe(403);
  });

  it('does not take a link that is older than ten minutes, nor one that was never given', async () => {
    const link = new URL(console_.linkFor(session));
    nowMs += 10 * 60_000 + 1;
    expect((await send(link.pathname + link.search)).status).toBe(403);
    expect((await send('/session?code=guess')).status).toBe(403);
  });

  it('hands a call of a signed-in page to the router under the login of the session', async () => {
    const answer = await call(sameOrigin(await signedInCookie()));
    expect(JSON.parse(answer.body)).toEqual({ ok: true, value: 'answer' });
    expect(asked).toEqual([['alice', { name: 'session.me', input: {} }]]);
  });

  it('signs in with a database login, and says why it does not', async () => {
    const attempt = (password: string) =>
      send('/sign-in', {
        method: 'POST',
        headers: sameOrigin(),
        body: JSON.stringify({ login: 'bob', password }),
      });
    const refused = await attempt('wrong');
    expect(refused.status).toBe(401);
    expect(refused.body).toContain('sign_in_refused');
    const taken = await attempt('right');
    const cookie = String(taken.headers['set-cookie']).split(';')[0]!;
    await call(sameOrigin(cookie));
    expect(asked).toEqual([['bob', { name: 'session.me', input: {} }]]);
  });

  it('ends a session after thirty minutes without a call, and at sign-out', async () => {
    const idle = await signedInCookie();
    nowMs += 30 * 60_000 + 1;
    expect((await call(sameOrigin(idle))).status).toBe(401);
    const leaving = await signedInCookie();
    await send('/sign-out', { method: 'POST', headers: sameOrigin(leaving), body: '{}' });
    expect((await call(sameOrigin(leaving))).status).toBe(401);
    expect(endedLogins).toEqual(['alice', 'alice']);
    expect(asked).toEqual([]);
  });

  it.each<[string, (port: number) => Record<string, string>, number]>([
    ['no session', () => ({}), 401],
    ['a made-up session', () => ({ cookie: 'tenantkeep_session=guess' }), 401],
    ['the name of another host', () => ({ host: 'rebound.example' }), 403],
    ['the right name with another port', () => ({ host: '127.0.0.1:1' }), 403],
    ['another origin', () => ({ origin: 'https://evil.example' }), 403],
    ['an opaque origin', () => ({ origin: 'null' }), 403],
    ['a cross-site page', () => ({ 'sec-fetch-site': 'cross-site' }), 403],
    ['a form', () => ({ 'content-type': 'application/x-www-form-urlencoded' }), 415],
  ])('refuses a call with %s', async (_what, headers, status) => {
    const good = sameOrigin(status === 401 ? undefined : await signedInCookie());
    expect((await call({ ...good, ...headers(console_.port) })).status).toBe(status);
    expect(asked).toEqual([]);
  });

  it('refuses a call without an origin, and verbs that nobody needs', async () => {
    const { origin: _origin, ...headers } = sameOrigin(await signedInCookie());
    expect((await call(headers)).status).toBe(403);
    expect((await send('/', { method: 'PUT', headers: sameOrigin() })).status).toBe(403);
  });

  it('refuses a body that is too large or no JSON', async () => {
    const headers = sameOrigin(await signedInCookie());
    const post = (body: string) => send('/api', { method: 'POST', headers, body });
    expect((await post('{')).status).toBe(400);
    expect((await post(`"${'x'.repeat(1_100_000)}"`)).status).toBe(400);
    expect(asked).toEqual([]);
  });

  it('serves the renderer under a strict policy, and nothing beside it', async () => {
    const page = await send('/');
    expect(page.status).toBe(200);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self';/);
    expect((await send('/link.html')).status).toBe(404);
    expect((await send('/..%2f..%2fetc/passwd.html')).status).toBe(404);
    expect((await send('/%00.html')).status).toBe(404);
    expect((await send('/missing.js')).status).toBe(404);
  });

  it('tells open pages what changed for their session', async () => {
    const cookie = await signedInCookie();
    const notice = await new Promise<string>((resolve, reject) => {
      const request = httpRequest(
        {
          host: '127.0.0.1',
          port: console_.port,
          path: '/events',
          headers: { host: `127.0.0.1:${console_.port}`, cookie },
        },
        (response) => {
          response.setEncoding('utf8').on('data', (part: string) => {
            if (part.startsWith(': open')) {
              expect(watchers).toEqual(['alice']);
              notify({ kind: 'runs', tenantId: 'own', id: null });
            } else {
              resolve(part);
              request.destroy();
            }
          });
        },
      );
      request.on('error', reject);
      request.end();
    });
    expect(notice).toContain('"own"');
    expect((await send('/events')).status).toBe(401);
  });

  it('tells how far an export of the audit log is, then gives file and manifest to that session alone', async () => {
    const cookie = await signedInCookie();
    const lines = (await askForExport(cookie)).body.trim().split('\n');
    expect(JSON.parse(lines[0]!)).toEqual({ rows: 5_000 });
    const { ok, value } = JSON.parse(lines[1]!) as { ok: boolean; value: { id: string; file: string } };
    expect([ok, value.file]).toEqual([true, expect.stringMatching(/^audit-\d{4}-\d\d-\d\d\.csv$/)]);
    const file = await send(`/audit-export/${value.id}/file`, { headers: { cookie } });
    expect([file.status, file.body]).toEqual([200, 'sequence,actor\n']);
    expect(file.headers['content-disposition']).toBe(`attachment; filename="${value.file}"`);
    const manifest = await send(`/audit-export/${value.id}/manifest`, { headers: { cookie } });
    expect([manifest.status, manifest.body]).toEqual([200, '{}']);
    expect((await send(`/audit-export/${value.id}/file`)).status).toBe(401);
    const other = await send('/sign-in', {
      method: 'POST',
      headers: sameOrigin(),
      body: JSON.stringify({ login: 'bob', password: 'right' }),
    });
    const bob = String(other.headers['set-cookie']).split(';')[0]!;
    expect((await send(`/audit-export/${value.id}/file`, { headers: { cookie: bob } })).status).toBe(404);
    expect((await send('/audit-export/../file', { headers: { cookie } })).status).toBe(404);
  });

  it('says why an export is refused, and leaves no file of one that failed', async () => {
    const cookie = await signedInCookie();
    let place = '';
    exportAudit = async (_who, _filter, path) => {
      place = path;
      await writeFile(path, 'half of it');
      throw new AppError('forbidden', 'This needs the role auditor.');
    };
    expect(JSON.parse((await askForExport(cookie)).body)).toMatchObject({
      ok: false,
      error: { code: 'forbidden', message: 'This needs the role auditor.' },
    });
    expect(existsSync(place)).toBe(false);
    expect((await askForExport(cookie, { filter: {}, format: 'exe' })).body).toContain('input_invalid');
    expect((await askForExport('tenantkeep_session=guess')).status).toBe(401);
  });

  it('stops an export whose page went away', async () => {
    const cookie = await signedInCookie();
    const stopped = new Promise<void>((resolve) => {
      exportAudit = (_who, _filter, _path, { signal, onProgress }) => {
        onProgress?.(5_000);
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            reject(signal.reason as Error);
            resolve();
          });
        });
      };
    });
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port: console_.port,
        path: '/audit-export',
        method: 'POST',
        headers: { host: `127.0.0.1:${console_.port}`, ...sameOrigin(cookie) },
      },
      (response) => response.once('data', () => request.destroy()),
    );
    request.on('error', () => undefined);
    request.end(JSON.stringify({ filter: {}, format: 'csv' }));
    await stopped;
  });

  it('never logs a token or a code', async () => {
    const cookie = await signedInCookie();
    await call({ ...sameOrigin(cookie), host: 'rebound.example' });
    expect(logged).toContain('refused');
    expect(logged).not.toContain(cookie.split('=')[1]);
  });
});
