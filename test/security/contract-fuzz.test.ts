import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createApi } from '../../main/api/api.ts';
import type { Router, Session } from '../../main/api/router.ts';
import { guardFormula } from '../../main/audit/csv.ts';
import { exportAudit } from '../../main/audit/export-audit.ts';
import { verifyAuditExport } from '../../main/audit/verify-export.ts';
import { systemClock } from '../../main/clock.ts';
import { startConsole, type Console } from '../../main/console/console-server.ts';
import { contract, type ProcedureName } from '../../shared/contract/index.ts';
import type { Result } from '../../shared/result.ts';
import { pick, randomOf, type Random } from '../support/random.ts';
import { silentLog } from '../support/silent-log.ts';
import { attack, createAttackWorld, type AttackWorld } from './attack-world.ts';

const electron = vi.hoisted(() => ({
  handler: null as ((event: object, message: unknown) => Promise<unknown>) | null,
}));
vi.mock('electron', () => ({
  app: {},
  session: {},
  protocol: {},
  BrowserWindow: { fromWebContents: () => null },
  ipcMain: {
    handle: (_channel: string, handler: NonNullable<typeof electron.handler>) => {
      electron.handler = handler;
    },
  },
}));
const { answerPages } = await import('../../main/shell/ipc.ts');

/**
 * The contract under calls that no page of ours would make, by both transports. The inputs are made from the schemas
 * of the contract, so a new procedure is fuzzed without a line here. TENANTKEEP_FUZZ_CALLS asks for more calls
 * (`npm run torture -- --only S3`: 100,000 a transport), TENANTKEEP_FUZZ_REPORT for a file with what became of them.
 */
const seed = Number(process.env['TENANTKEEP_TEST_SEED'] ?? 20261124);
const calls = Number(process.env['TENANTKEEP_FUZZ_CALLS'] ?? 2_000);
const names = Object.keys(contract) as ProcedureName[];

let world: AttackWorld;
let api: Router;
let session: Session;
const unexpected: object[] = [];

beforeAll(async () => {
  world = await createAttackWorld();
  api = createApi({
    version: '0.0.0',
    clock: systemClock,
    log: { ...silentLog, error: (fields) => unexpected.push(fields) },
  });
  session = { login: world.logins.owner.login, database: world.logins.owner.db };
}, 60_000);
afterAll(async () => {
  await world?.database.close();
});

const hostileTexts: Record<string, string> = {
  sql: `'; drop table app.tenants; --`,
  dollar: `$$; select pg_sleep(60); $$`,
  wildcard: '%_\\',
  formula: `=HYPERLINK("http://x.example";"click")`,
  formulaBehindNul: `\u0000=1+1`,
  html: `<img src=x onerror=alert(1)><script>alert(1)</script>`,
  ansi: `\u001b[2J\u001b]0;owned\u0007`,
  lines: `one\r\ntwo\nthree\u2028four`,
  bidi: `\u202egnp.exe\u2066`,
  nul: `a\u0000b`,
  loneSurrogate: `a\ud800b`,
  format: '%s%n{0}${process.exit(1)}',
  path: '../../../../etc/passwd',
  proto: '__proto__',
  long: 'x'.repeat(1_000_000),
};

interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
}

/** Values that make a call go all the way, by the name of the field. */
function known(name: string): unknown {
  const { a } = world;
  const values: Record<string, unknown> = {
    tenantId: a.tenantId,
    scheduleId: a.scheduleId,
    runId: a.runId,
    backupSetId: a.setId,
    leftId: a.setId,
    rightId: a.setId,
    cadence: { kind: 'daily', times: ['02:10'] },
    timeZone: 'Europe/Berlin',
    policyTypes: 'core',
    retention: { keepLast: 3 },
    typeKey: 'namedLocations',
    graphId: 'x',
    expectedVersion: 1,
    name: 'Name',
    tags: [],
    reason: 'a good reason',
    filter: {},
  };
  return values[name];
}

function schemaOf(name: ProcedureName): JsonSchema {
  return z.toJSONSchema(contract[name].input, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

function validInput(schema: JsonSchema): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(schema.properties ?? {})
      .map((name) => [name, known(name)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

/** Paths of all fields that may hold text, also below `filter`. */
function textFields(schema: JsonSchema, path: string[] = []): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const forms = field.anyOf ?? [field];
    return [
      ...(forms.some(({ type, items }) => type === 'string' || items?.type === 'string')
        ? [[...path, name]]
        : []),
      ...forms.flatMap((form) => textFields(form, [...path, name])),
    ];
  });
}

function withText(
  input: Record<string, unknown>,
  [head, ...rest]: string[],
  text: string,
): Record<string, unknown> {
  if (rest.length > 0) {
    return {
      ...input,
      [head!]: withText((input[head!] as Record<string, unknown> | undefined) ?? {}, rest, text),
    };
  }
  return { ...input, [head!]: Array.isArray(input[head!]) ? [text] : text };
}

const junk: ((random: Random) => unknown)[] = [
  () => null,
  () => undefined,
  () => true,
  () => -1,
  () => Number.MAX_SAFE_INTEGER + 2,
  () => 1e308,
  () => Number.NaN,
  () => '',
  (random) => pick(random, Object.values(hostileTexts)),
  () => [],
  () => Array.from({ length: 5_000 }, () => 0),
  () => ({}),
  () =>
    JSON.parse(
      '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}',
    ) as unknown,
  () => deep(2_000),
  () => JSON.parse('{"toString": "x", "valueOf": "x", "then": "x", "length": -1}') as unknown,
  () => new Date(Number.NaN),
  () => new Map([['tenantId', 'x']]),
  () => 12_345_678_901_234_567_890n,
  () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    return cyclic;
  },
];

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

function fuzzedCall(random: Random): { name: unknown; input: unknown } {
  const name = pick(random, names);
  const style = random();
  if (style < 0.08) return { name: pick(random, junk)(random), input: {} };
  if (style < 0.16) return { name, input: pick(random, junk)(random) };
  const schema = schemas.get(name)!;
  const input = validInput(schema);
  const fields = Object.keys(schema.properties ?? {});
  const changes = 1 + Math.floor(random() * 3);
  for (let change = 0; change < changes; change += 1) {
    const what = random();
    if (what < 0.1) input[pick(random, ['__proto__x', 'constructor', 'extra', 'tenantid'])] = 1;
    else if (fields.length > 0 && what < 0.25) delete input[pick(random, fields)];
    else if (fields.length > 0) input[pick(random, fields)] = pick(random, junk)(random);
  }
  return { name, input };
}
const schemas = new Map(names.map((name) => [name, schemaOf(name)]));

function problemOf(result: unknown): string | null {
  const answer = result as Result<unknown>;
  if (answer.ok) return null;
  const text = JSON.stringify(answer.error);
  if (answer.error.code === 'internal') return 'internal';
  if (/\n\s+at |node_modules|\.ts:\d|select .* from|postgres:\/\//i.test(text))
    return `leaks: ${text.slice(0, 300)}`;
  return text.length > 100_000 ? 'endless answer' : null;
}

const foreignHeaders: Record<string, string>[] = [
  { origin: 'http://evil.example' },
  { origin: 'null' },
  { host: 'evil.example' },
  { 'sec-fetch-site': 'cross-site' },
  { cookie: '' },
  { cookie: 'tenantkeep_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
];

/** Where a page that is not ours could be. */
const foreignFrames: (object | null)[] = [
  null,
  { url: 'https://example.com/', parent: null },
  { url: 'tenantkeep-app://app.evil/', parent: null },
  { url: 'tenantkeep-app://app/', parent: { url: 'tenantkeep-app://app/', parent: null } },
  { url: 'file:///tmp/x.html', parent: null },
  { url: '', parent: null },
];
const sendByIpc = (frame: object | null, message: unknown): Promise<Result<unknown>> =>
  electron.handler!({ senderFrame: frame, sender: {} }, message) as Promise<Result<unknown>>;
const ownFrame = { url: 'tenantkeep-app://app/#/runs', parent: null };

function report(transport: string, counts: { refused: number; answered: number; problems: number }): void {
  const file = process.env['TENANTKEEP_FUZZ_REPORT'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ transport, calls, ...counts })}\n`);
}

describe(`fuzzed calls (seed ${seed})`, { timeout: Math.max(600_000, calls * 60) }, () => {
  it(`by IPC, ${calls} times: refused or answered, and nothing else happens`, async () => {
    answerPages({
      opening: Promise.resolve({ router: api, session }),
      hostCalls: new Map(),
      log: { ...silentLog, close: () => undefined },
    });
    const random = randomOf(seed);
    const problems: string[] = [];
    const counts = { refused: 0, answered: 0 };
    for (let index = 0; index < calls; index += 1) {
      const call = fuzzedCall(random);
      const style = random();
      let result: Result<unknown>;
      if (style < 0.05) {
        // However good the call: not from there.
        result = await sendByIpc(pick(random, foreignFrames), call);
        if (result.ok || result.error.code !== 'sender_refused') problems.push(`${index}: a foreign frame`);
      } else if (style < 0.1) {
        result = await sendByIpc(ownFrame, style < 0.07 ? { ...call, extra: 1 } : pick(random, junk)(random));
        if (result.ok) problems.push(`${index}: a message that is no call`);
      } else {
        result = await sendByIpc(ownFrame, call);
      }
      counts[result.ok ? 'answered' : 'refused'] += 1;
      const problem = problemOf(result);
      if (problem !== null) problems.push(`${index} ${String((call as { name: unknown }).name)}: ${problem}`);
    }
    report('IPC', { ...counts, problems: problems.length + unexpected.length });
    expect({ problems: problems.slice(0, 20), unexpected: unexpected.slice(0, 5) }).toEqual({
      problems: [],
      unexpected: [],
    });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    // Not one of the calls of A's owner touched B.
    expect(
      await world.database.superuser.query(
        `select t.name, t.tags from app.tenants t where t.id = $1
         union all select s.name, null from app.backup_schedules s where s.tenant_id = $1`,
        [world.b.tenantId],
      ),
    ).toHaveLength(2);
  });

  describe('over HTTP', () => {
    let console_: Console;
    let cookie = '';
    const directory = mkdtempSync(join(tmpdir(), 'tenantkeep-fuzz-'));

    const send = (
      body: string | Buffer,
      headers: Record<string, string> = {},
      path = '/api',
    ): Promise<{ status: number; body: string }> =>
      new Promise((resolve, reject) => {
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
              ...headers,
            },
          },
          (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (part: string) => (text += part));
            response.on('end', () => resolve({ status: response.statusCode!, body: text }));
          },
        );
        // The console may close the line on a body that is too large; that is a refusal too.
        request.on('error', (error: NodeJS.ErrnoException) =>
          error.code === 'ECONNRESET' || error.code === 'EPIPE'
            ? resolve({ status: 413, body: '' })
            : reject(error),
        );
        request.end(body);
      });

    beforeAll(async () => {
      console_ = await startConsole({
        port: 0,
        router: api,
        rendererDirectory: directory,
        signIn: () => Promise.reject(new Error('not asked')),
        onSessionEnd: () => undefined,
        watch: () => () => undefined,
        exportAudit: () => Promise.reject(new Error('not asked')),
        clock: systemClock,
        log: { ...silentLog, error: (fields) => unexpected.push(fields) },
      });
      const link = new URL(console_.linkFor(session));
      const { headers } = await fetch(`http://127.0.0.1:${console_.port}${link.pathname}${link.search}`, {
        redirect: 'manual',
      });
      cookie = headers.get('set-cookie')!.split(';')[0]!;
    });
    afterAll(async () => {
      await console_.close();
      rmSync(directory, { recursive: true, force: true });
    });

    it(`${calls} times: refused or answered, and the console goes on`, async () => {
      const random = randomOf(seed + 1);
      const problems: string[] = [];
      const counts = { refused: 0, answered: 0 };
      for (let index = 0; index < calls; index += 1) {
        const call = fuzzedCall(random);
        let body: string | Buffer;
        try {
          body = JSON.stringify(call);
        } catch (error) {
          // Cyclic, or a BigInt: what a hostile page would send in its place is half a document.
          if (!(error instanceof TypeError)) throw error;
          body = '{"name":"tenants.list","input":{"a":';
        }
        if (random() < 0.05) body = Buffer.concat([Buffer.from(body), Buffer.from([0xff, 0xfe, 0x00])]);
        if (random() < 0.03) body = '['.repeat(50_000);
        const foreign = random() < 0.05 ? pick(random, foreignHeaders) : null;
        const answer = await send(body, foreign ?? {});
        const given = `${index} ${answer.status}`;
        const isAnswered = answer.status === 200 && (JSON.parse(answer.body) as Result<unknown>).ok;
        counts[isAnswered ? 'answered' : 'refused'] += 1;
        if (foreign !== null) {
          if (![400, 401, 403, 413].includes(answer.status))
            problems.push(`${given}: ${JSON.stringify(foreign)}`);
          continue;
        }
        if (answer.status === 200) {
          const problem = problemOf(JSON.parse(answer.body));
          if (problem !== null) problems.push(`${given}: ${problem} ${String(body).slice(0, 200)}`);
        } else if (![400, 413].includes(answer.status))
          problems.push(`${given} ${answer.body.slice(0, 100)}`);
        else if (/\n\s+at /.test(answer.body)) problems.push(`${given}: a stack`);
      }
      report('console HTTP', { ...counts, problems: problems.length + unexpected.length });
      expect(problems.slice(0, 20)).toEqual([]);
      expect(unexpected).toEqual([]);
      expect((await send(JSON.stringify({ name: 'session.me', input: {} }))).status).toBe(200);
    });

    it.each([
      ['a foreign origin', { origin: 'http://evil.example' }],
      ['another host name', { host: 'evil.example' }],
      ['a host name that resolves to this machine', { host: 'localhost.evil.example:80' }],
      ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
      ['no session', { cookie: '' }],
      ['a made-up session', { cookie: 'tenantkeep_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
      ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ])('refuses %s, however good the call', async (_what, headers) => {
      const { status } = await send(JSON.stringify({ name: 'session.me', input: {} }), headers);
      expect([401, 403, 404, 415]).toContain(status);
    });
  });
});

describe('hostile text', { timeout: 120_000 }, () => {
  const fields = names.flatMap((name) =>
    textFields(schemas.get(name)!).map((path) => [name, path.join('.')] as const),
  );

  it('finds text fields to try', () => {
    expect(fields.length).toBeGreaterThan(30);
  });

  it.each(fields)('in %s, field %s, is kept as text or refused', async (name, field) => {
    const before = unexpected.length;
    for (const [kind, text] of Object.entries(hostileTexts)) {
      const input = withText(validInput(schemas.get(name)!), field.split('.'), text);
      const result = await api.dispatch(session, { name, input });
      expect([name, field, kind, problemOf(result), unexpected.slice(before)]).toEqual([
        name,
        field,
        kind,
        null,
        [],
      ]);
    }
    expect(unexpected.slice(before)).toEqual([]);
  });

  it('that was stored comes back from an export of the audit as it is, and runs nowhere', async () => {
    const { database, a } = world;
    // A call among the thousands may have disconnected the tenant, as its owner may.
    await database.superuser.query(
      `update app.tenants set state = 'connected', disconnected_at = null where id = $1`,
      [a.tenantId],
    );
    const storable = Object.entries(hostileTexts).filter(([kind]) => kind !== 'long');
    const kept: string[] = [];
    for (const [kind, text] of storable) {
      const result = await api.dispatch(session, {
        name: 'schedules.create',
        input: {
          tenantId: a.tenantId,
          // Another name than in the trials above, with the same beginning: that is what a spreadsheet looks at.
          name: `${text.slice(0, 150)} exported`,
          cadence: known('cadence'),
          timeZone: 'UTC',
          policyTypes: 'core',
          retention: { keepLast: 3 },
        },
      });
      if (result.ok) kept.push(kind);
      else expect([kind, result.error.code]).toEqual([kind, 'input_invalid']);
    }
    // Names hold no controls; everything else is a name like any other.
    expect(kept).toEqual(
      expect.arrayContaining(['sql', 'formula', 'html', 'format', 'path', 'proto', 'bidi']),
    );
    expect((await attack(database.superuser, 'select count(*) from app.tenants')).code).toBe('ok');
    const directory = mkdtempSync(join(tmpdir(), 'tenantkeep-hostile-'));
    try {
      const file = join(directory, 'audit.csv');
      await exportAudit(session.database as never, file, {
        filter: { scope: { tenantId: a.tenantId } },
        format: 'csv',
        delimiter: 'semicolon',
        appVersion: '0.0.0',
      });
      const rows = parseCsv(readFileSync(file), { bom: true, delimiter: ';', columns: true }) as Record<
        string,
        string
      >[];
      const events = await database.superuser.query<{
        sequence: string;
        after: string | null;
        reason: string | null;
      }>(
        `select sequence::text as sequence, after::text as after, reason from app.audit_events e where e.tenant_id = $1 order by e.sequence`,
        [a.tenantId],
      );
      expect(rows.map(({ sequence, after, reason }) => ({ sequence, after, reason }))).toEqual(
        events.map(({ sequence, after, reason }) => ({
          sequence,
          after: guardFormula(after ?? ''),
          reason: guardFormula(reason ?? ''),
        })),
      );
      expect(await verifyAuditExport(file)).toMatchObject({ findings: [] });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
