import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenantUnreadableError, type CapturedItem, type TypeReading } from '../../main/engine/ports.ts';
import {
  startGraphDouble,
  type BatchResponse,
  type DoubleAnswer,
  type DoubleRequest,
  type GraphDouble,
} from './support/graph-double.ts';
import { childRead, openTestSession, policyType, readTypes, rowsOf } from './support/reading.ts';

/** Damaged answers to play; the torture run asks for 20,000. */
const wantedDamages = Number(process.env['TENANTKEEP_FUZZED_ANSWERS'] ?? '1500');
const seed = Number(process.env['TENANTKEEP_FUZZ_SEED'] ?? '20261124');

/** mulberry32: the same seed plays the same damages. */
function createRandom(state: number): () => number {
  let current = state >>> 0;
  return () => {
    current = (current + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(current ^ (current >>> 15), current | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const types = [
  policyType('plain'),
  policyType('parts', {
    children: [
      childRead('parts', 'settings', { countProperty: 'settingCount' }),
      childRead('parts', 'assignments', { nonEmptyProperty: 'isAssigned' }),
    ],
  }),
  policyType('details', { detailGetRequired: true, throttleGroup: 'intuneDevices' }),
  policyType('nested', {
    children: [
      childRead('nested', 'values'),
      childRead('nested', 'shown', {
        path: '/nested/{id}/values/{valueId}/shown',
        forEach: { child: 'values', parameter: 'valueId', property: 'id' },
      }),
    ],
  }),
  policyType('single', { shape: 'singleton', itemPath: null, throttleGroup: 'directory' }),
];

/** What a complete backup of each type holds: names of everything, with their places. */
const truth = new Map<string, string[]>();

function fill(graph: GraphDouble): void {
  graph.pageSize = 4;
  graph.data.set('/plain', rowsOf(9, 'plain'));
  graph.data.set(
    '/parts',
    rowsOf(6, 'part').map((row) => ({ ...row, settingCount: 6, isAssigned: true })),
  );
  for (const row of rowsOf(6, 'part')) {
    graph.data.set(`/parts/${row.id}/settings`, rowsOf(6, `${row.id}-setting`));
    graph.data.set(`/parts/${row.id}/assignments`, rowsOf(1, `${row.id}-assignment`));
  }
  graph.data.set('/details', rowsOf(5, 'detail'));
  for (const row of rowsOf(5, 'detail'))
    graph.data.set(`/details/${row.id}`, { ...row, content: `content of ${row.id}` });
  graph.data.set('/nested', rowsOf(2, 'nest'));
  for (const row of rowsOf(2, 'nest')) {
    graph.data.set(`/nested/${row.id}/values`, rowsOf(3, `${row.id}-value`));
    for (const value of rowsOf(3, `${row.id}-value`)) {
      graph.data.set(`/nested/${row.id}/values/${value.id}/shown`, rowsOf(2, `${value.id}-shown`));
    }
  }
  for (const row of [...rowsOf(6, 'part'), ...rowsOf(2, 'nest')]) {
    graph.data.set(`/${row.id.startsWith('part') ? 'parts' : 'nested'}/${row.id}`, row);
  }
  graph.data.set('/single', { id: 'the-one', name: 'Single' });
}

/** Every id and content text inside a document, sorted: what must not be missing. */
function marksOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(marksOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    (name === 'id' || name === 'content') && typeof member === 'string' ? [member] : marksOf(member),
  );
}

const errorBodies: unknown[] = [
  { error: { code: 'UnknownError', message: '' } },
  { error: { code: '', message: '{"ErrorCode":"Forbidden","Message":"{\\"Message\\":\\"x\\"}"}' } },
  { error: { code: 'TooManyRequests', message: '{"_version":3,"Message":"x","RetryAfter":null}' } },
  { error: 'text' },
  { error: null },
  { value: 'x' },
  [],
  null,
  7,
];

/**
 * One way to spoil an honest answer so that it can be told from an honest one. On the read of one item a 404
 * would mean "deleted", on a singleton "never set up", and a child row may look like anything, so neither is played there.
 */
function spoil(honest: DoubleAnswer, random: () => number, request: DoubleRequest): DoubleAnswer {
  const { path, isInBatch } = request;
  const is404Honest = path === '/single' || /^\/(details|parts|nested)\/[^/]+$/.test(path);
  const isDetail = path.startsWith('/details/');
  const isList = /^\/[a-z]+(\?|$)/.test(path) && path !== '/single';
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const body = honest.json;
  const text = JSON.stringify(body);
  const statuses = [
    400, 401, 403, 408, 409, 410, 412, 413, 423, 429, 500, 502, 503, 504, 509, 599, 302, 204, 299,
  ];
  const withMember = (change: object): DoubleAnswer => ({ json: { ...(body as object), ...change } });
  const ways: (() => DoubleAnswer)[] = [
    () => ({ status: pick(is404Honest ? statuses : [...statuses, 404]), json: pick(errorBodies) }),
    () => ({
      status: 429,
      headers: { 'Retry-After': pick(['1', '0.2', '3', 'soon', '-5', 'Tue, 24 Nov 2026 02:00:03 GMT']) },
      json: {},
    }),
    () => ({ json: pick(errorBodies) }),
    () => withMember({ error: { code: 'x', message: 'y' } }),
    () =>
      withMember({
        value: pick([null, {}, 'x', [null], [1], [[]], undefined, ...(isList ? [[{}], [{ id: null }]] : [])]),
      }),
    () => withMember({ '@odata.nextLink': pick(['http://127.0.0.1:1/x', 'not a link', 5, '', {}, ['x']]) }),
    () => withMember({ '@odata.count': 1_000_000 }),
    () => (isDetail ? withMember({ id: 'somebody-else' }) : { json: pick(errorBodies) }),
  ];
  if (!isInBatch) {
    ways.push(
      () => ({ status: pick([200, 403, 502, 503]), raw: '<html><body>gateway</body></html>' }),
      () => ({ raw: text.slice(0, Math.floor(random() * text.length)) }),
      () => ({ raw: gzipSync(text).subarray(0, 20), headers: { 'content-encoding': 'gzip' } }),
      () => ({ raw: text, headers: { 'content-encoding': pick(['gzip', 'br', 'nonsense']) } }),
      () => ({ raw: Buffer.from([0xff, 0xfe, 0x00, 0x22]) }),
      () => ({ ...honest, cutAt: Math.floor(random() * 40) }),
      () => ({ onTheLine: 'reset' }),
      () => ({ raw: `${'['.repeat(5000)}${']'.repeat(5000)}` }),
    );
  }
  return pick(ways)();
}

function spoilBatch(responses: BatchResponse[], random: () => number): BatchResponse[] {
  const at = Math.floor(random() * responses.length);
  const ways: (() => unknown[])[] = [
    () => responses.filter((_, index) => index !== at),
    () => [...responses, responses[at]!],
    () => responses.toSorted(() => random() - 0.5),
    () => responses.map((response, index) => (index === at ? { ...response, id: '99' } : response)),
    () => responses.map((response, index) => (index === at ? { ...response, status: 'x' } : response)),
    () => responses.map((response, index) => (index === at ? { ...response, body: null } : response)),
    () => responses.map((response, index) => (index === at ? null : response)),
    () => [],
  ];
  return ways[Math.floor(random() * ways.length)]!() as BatchResponse[];
}

const spoilEnvelope = (random: () => number): DoubleAnswer =>
  [
    { status: 429, json: {} },
    { status: 503, raw: '<html></html>' },
    { status: 400, json: { error: { code: 'BadRequest' } } },
    { json: { responses: 'none' } },
    { json: { responses: null } },
    { json: [] },
    { raw: '{"responses":[' },
    { onTheLine: 'reset' as const },
  ][Math.floor(random() * 8)]!;

const marksOfType = (items: readonly CapturedItem[], key: string): string[] =>
  items
    .filter((item) => item.typeKey === key)
    .flatMap((item) => marksOf(item.document))
    .sort();

/** What a reading claims and the items do not bear out. */
function liesOf(reading: TypeReading, items: readonly CapturedItem[]): string[] {
  const captured = items.filter((item) => item.typeKey === reading.typeKey);
  const isComplete = reading.outcome === 'complete';
  const lies: [string, boolean][] = [
    ['another number of items', reading.captured !== captured.length],
    ['an item twice', new Set(captured.map((item) => item.graphId)).size !== captured.length],
    ['complete with a reason, or incomplete without', isComplete !== (reading.reason === null)],
    // No answer here says that a feature is missing: a fault must not be told as absence.
    ['absence', !isComplete && reading.outcome !== 'incomplete'],
    ['complete with fewer than expected', isComplete && reading.expected !== reading.captured],
    [
      'complete with missing data',
      isComplete && marksOfType(items, reading.typeKey).join() !== truth.get(reading.typeKey)!.join(),
    ],
  ];
  return lies.filter(([, isLie]) => isLie).map(([lie]) => `${reading.typeKey}: ${lie}`);
}

describe('damaged answers', () => {
  let graph: GraphDouble;

  beforeAll(async () => {
    graph = await startGraphDouble();
    fill(graph);
    const test = openTestSession(graph.url);
    const { readings, items } = await readTypes(test, types);
    if (readings.some((reading) => reading.outcome !== 'complete')) throw new Error('the data is not whole');
    for (const type of types) truth.set(type.key, marksOfType(items, type.key));
    await test.transport.close();
  });

  afterAll(async () => {
    await graph.close();
  });

  it(
    `never shows ${wantedDamages} of them as complete, and never breaks`,
    { timeout: Math.max(600_000, wantedDamages * 120) },
    async () => {
      const random = createRandom(seed);
      const damages = { played: 0 };
      let round = 0;
      const outcomes = new Map<string, number>();
      while (damages.played < wantedDamages) {
        round += 1;
        const share = random() * 0.5;
        const test = openTestSession(graph.url, {
          maxAttempts: 2,
          waitBudgetMs: 60_000,
          maxPages: 50,
          batchLingerMs: 1,
        });
        graph.intercept = (request: DoubleRequest) => {
          if (random() >= share) return undefined;
          damages.played += 1;
          if (request.path === '/$batch') return random() < 0.5 ? spoilEnvelope(random) : undefined;
          return spoil(graph.answer(request), random, request);
        };
        graph.interceptBatch = (responses) => {
          if (random() >= share) return responses;
          damages.played += 1;
          return spoilBatch(responses, random);
        };
        try {
          const { readings, items } = await readTypes(test, types);
          for (const reading of readings) {
            expect({ seed, round, lies: liesOf(reading, items) }).toEqual({ seed, round, lies: [] });
            const outcome = `${reading.outcome} ${reading.reason ?? ''}`;
            outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          }
        } catch (error) {
          // The only other honest end: nothing of the tenant can be read.
          if (!(error instanceof TenantUnreadableError)) throw error;
          outcomes.set('unreadable', (outcomes.get('unreadable') ?? 0) + 1);
        } finally {
          await test.transport.close();
          graph.requests.length = 0;
        }
      }
      // The damages are worth something: both ends and many reasons were seen.
      expect(outcomes.size).toBeGreaterThan(6);
      expect([...outcomes.keys()]).toContain('complete ');
    },
  );
});
