import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TenantUnreadableError } from '../../main/engine/ports.ts';
import { startGraphDouble, type DoubleAnswer, type GraphDouble } from './support/graph-double.ts';
import {
  childRead,
  openTestSession,
  policyType,
  readTypes,
  rowsOf,
  type TestSession,
} from './support/reading.ts';

let graph: GraphDouble;
let test: TestSession;

beforeEach(async () => {
  graph = await startGraphDouble();
  test = openTestSession(graph.url);
});

afterEach(async () => {
  await test.transport.close();
  await graph.close();
});

const things = policyType('things', { children: [childRead('things', 'parts')] });
const others = policyType('others');

function serve(count: number): void {
  graph.data.set('/things', rowsOf(count));
  for (const row of rowsOf(count)) graph.data.set(`/things/${row.id}/parts`, rowsOf(2, 'part'));
  graph.data.set('/others', rowsOf(3));
}

/** Answers the first `times` requests whose path holds `part` with a fault, all later ones honestly. */
function failFirst(part: string, times: number, fault: DoubleAnswer): { seen: number } {
  const counter = { seen: 0 };
  graph.intercept = (request) => {
    if (!request.path.includes(part)) return undefined;
    counter.seen += 1;
    return counter.seen <= times ? fault : undefined;
  };
  return counter;
}

const throttled = (headers: Record<string, string> = {}): DoubleAnswer => ({
  status: 429,
  headers,
  json: { error: { code: 'TooManyRequests', message: 'Please retry again later.' } },
});

describe('throttling', () => {
  it.each([
    ['seconds', '7', 7000],
    ['decimals', '2.5', 2500],
    ['less than the floor', '0.249', 1000],
    ['an HTTP date', 'Tue, 24 Nov 2026 02:00:09 GMT', 9000],
  ])('waits as long as Retry-After says: %s', async (_name, header, waitMs) => {
    serve(1);
    failFirst('/things', 1, throttled({ 'Retry-After': header }));
    const { readings, events } = await readTypes(test, [things]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', retries: 1 });
    expect(test.sent[1]!.atMs - test.sent[0]!.atMs).toBeGreaterThanOrEqual(waitMs);
    expect(readings[0]!.waitedMs).toBeGreaterThanOrEqual(waitMs);
    const told = events.filter((event) => event.code === 'waiting');
    expect(told.map((event) => event.detail?.['cause'])).toEqual(waitMs > 2000 ? ['retry_after'] : []);
  });

  it('backs off longer and longer when no time is given', async () => {
    serve(1);
    failFirst('/things', 4, throttled());
    const { readings } = await readTypes(test, [things]);
    expect(readings[0]!.outcome).toBe('complete');
    expect(test.clock.sleeps.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
  });

  it('makes the whole group wait, and no other group', async () => {
    const types = ['first', 'second', 'third'].map((key) => policyType(key));
    const devices = policyType('devices', { throttleGroup: 'intuneDevices' });
    for (const type of [...types, devices]) graph.data.set(`/${type.key}`, rowsOf(100));
    failFirst('/first', 1, throttled({ 'Retry-After': '20' }));
    const { readings } = await readTypes(test, [...types, devices]);
    expect(readings.every((reading) => reading.outcome === 'complete')).toBe(true);
    const ofGroup = test.sent.filter((sent) => !sent.path.includes('/devices'));
    // The first pages left together, before the refusal could arrive, and at most their next ones with it.
    const early = ofGroup.filter((sent) => sent.atMs < 20_000);
    expect(early.length).toBeLessThanOrEqual(5);
    expect(ofGroup.length).toBe(13);
    const elsewhere = test.sent.filter((sent) => sent.path.includes('/devices'));
    expect(elsewhere[0]!.atMs).toBeLessThan(20_000);
  });

  it('gives a type up when its waiting budget is spent, and reads the others', async () => {
    serve(2);
    graph.intercept = (request) =>
      request.path.startsWith('/things') ? throttled({ 'Retry-After': '300' }) : undefined;
    const elsewhere = policyType('others', { throttleGroup: 'directory' });
    const { readings } = await readTypes(test, [things, elsewhere]);
    expect(readings[0]).toMatchObject({ outcome: 'incomplete', reason: 'throttled_out', captured: 0 });
    expect(readings[0]!.waitedMs).toBeLessThanOrEqual(600_000);
    expect(readings[1]).toMatchObject({ outcome: 'complete', captured: 3 });
  });

  it('keeps conditional access at one request a second, without batches', async () => {
    const type = policyType('ca', {
      throttleGroup: 'conditionalAccess',
      children: [childRead('ca', 'parts')],
    });
    graph.data.set('/ca', rowsOf(5));
    for (const row of rowsOf(5)) graph.data.set(`/ca/${row.id}/parts`, []);
    const { readings } = await readTypes(test, [type]);
    expect(readings[0]!.outcome).toBe('complete');
    const times = test.sent.map((sent) => sent.atMs);
    expect(times).toHaveLength(6);
    for (const [index, at] of times.slice(1).entries())
      expect(at - times[index]!).toBeGreaterThanOrEqual(1000);
    expect(graph.requests.every((request) => request.method === 'GET')).toBe(true);
  });
});

describe('batches', () => {
  it('asks throttled members again, and only those, after the longest of their waits', async () => {
    serve(20);
    const refused = new Map([
      ['/things/row-3/parts', '3'],
      ['/things/row-11/parts', '5.5'],
      ['/things/row-12/parts', ''],
    ]);
    const members: [string, number][] = [];
    graph.intercept = (request) => {
      if (!request.isInBatch) return undefined;
      members.push([request.path, test.clock.monotonicMs()]);
      const header = refused.get(request.path);
      if (header === undefined) return undefined;
      refused.delete(request.path);
      return throttled(header === '' ? {} : { 'Retry-After': header });
    };
    const { readings, items } = await readTypes(test, [things]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', captured: 20, requests: 24, retries: 3 });
    expect(items.every((item) => (item.document['parts'] as unknown[]).length === 2)).toBe(true);
    expect(members).toHaveLength(23);
    const again = members.slice(20);
    expect(again.map(([path]) => path).sort()).toEqual([
      '/things/row-11/parts',
      '/things/row-12/parts',
      '/things/row-3/parts',
    ]);
    expect(again.every(([, at]) => at - members[0]![1] >= 5500)).toBe(true);
  });

  it('matches shuffled answers to their requests', async () => {
    serve(20);
    for (const row of rowsOf(20)) graph.data.set(`/things/${row.id}/parts`, rowsOf(1, `of-${row.id}`));
    graph.interceptBatch = (responses) => responses.toReversed();
    const { items } = await readTypes(test, [things]);
    for (const item of items) {
      expect(item.document['parts']).toMatchObject([{ id: `of-${item.graphId}-0` }]);
    }
  });

  it('asks for a lost answer once more', async () => {
    serve(20);
    let batches = 0;
    graph.interceptBatch = (responses) => {
      batches += 1;
      return batches === 1 ? responses.slice(1) : responses;
    };
    const { readings } = await readTypes(test, [things]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', captured: 20 });
  });

  it.each([
    ['lost', (responses: { id: string }[]) => responses.slice(2)],
    ['doubled', (responses: { id: string }[]) => [...responses, ...responses.slice(0, 2)]],
    [
      'named wrongly',
      (responses: { id: string }[]) => responses.map((r, i) => (i < 2 ? { ...r, id: `x${r.id}` } : r)),
    ],
  ])('fails the items whose answers stay %s, and only those', async (_name, damage) => {
    serve(40);
    graph.interceptBatch = (responses) => damage(responses) as typeof responses;
    const { readings } = await readTypes(test, [things]);
    expect(readings[0]).toMatchObject({ outcome: 'incomplete', reason: 'batch_answer_lost', expected: 40 });
    expect(readings[0]!.captured).toBe(40 - readings[0]!.failedItemCount);
    expect(readings[0]!.captured).toBeGreaterThan(30);
  });

  it('splits an envelope that the service refuses down to single requests', async () => {
    serve(10);
    graph.intercept = (request) =>
      request.path === '/$batch'
        ? { status: 400, json: { error: { code: 'BadRequest', message: 'x' } } }
        : undefined;
    const { readings } = await readTypes(test, [things]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', captured: 10 });
  });

  it('splits an envelope that is larger than the limit, and names only the item that is too large alone', async () => {
    await test.transport.close();
    test = openTestSession(graph.url, { maxResponseBytes: 20_000 });
    serve(10);
    for (const row of rowsOf(10))
      graph.data.set(`/things/${row.id}/parts`, [{ id: 'p', text: 'x'.repeat(3000) }]);
    graph.data.set('/things/row-4/parts', [{ id: 'p', text: 'x'.repeat(30_000) }]);
    const { readings } = await readTypes(test, [things]);
    expect(readings[0]).toMatchObject({ outcome: 'incomplete', reason: 'response_too_large', captured: 9 });
    expect(readings[0]!.failedItems).toMatchObject([{ graphId: 'row-4', reason: 'response_too_large' }]);
  });

  it('waits for a throttled envelope and goes on', async () => {
    serve(10);
    failFirst('$batch', 2, throttled({ 'Retry-After': '4' }));
    const { readings } = await readTypes(test, [things]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', captured: 10 });
    expect(test.clock.monotonicMs()).toBeGreaterThanOrEqual(8000);
  });

  it('fails only the member whose fault lasts', async () => {
    serve(20);
    graph.intercept = (request) =>
      request.path === '/things/row-7/parts'
        ? { status: 500, json: { error: { code: '', message: '' } } }
        : undefined;
    const { readings } = await readTypes(test, [things]);
    expect(readings[0]).toMatchObject({ outcome: 'incomplete', reason: 'child_read_failed', captured: 19 });
    expect(readings[0]!.failedItems).toMatchObject([{ graphId: 'row-7', httpStatus: 500 }]);
  });
});

describe('passing faults of the line', () => {
  it.each<[string, DoubleAnswer]>([
    [
      '503 with an HTML page',
      { status: 503, raw: '<html>Service Unavailable</html>', headers: { 'content-type': 'text/html' } },
    ],
    ['502 without a body', { status: 502, raw: '' }],
    [
      '504 of the back end',
      { status: 504, json: { error: { code: 'CancelledOnServiceTimeout', message: '' } } },
    ],
    [
      'a truncated gzip body',
      {
        raw: gzipSync(JSON.stringify({ value: rowsOf(50) })).subarray(0, 60),
        headers: { 'content-encoding': 'gzip' },
      },
    ],
    ['a body cut in the middle', { json: { value: rowsOf(50) }, cutAt: 40 }],
    ['a reset', { onTheLine: 'reset' }],
    ['a hang', { onTheLine: 'hang' }],
    ['text that is not JSON', { raw: '{"value":[' }],
    ['an error inside a success', { json: { error: { code: 'UnknownError', message: 'no' } } }],
  ])('tries again after %s, and gives the type up when it lasts', async (_name, fault) => {
    serve(4);
    failFirst('/things', 1, fault);
    const { readings } = await readTypes(test, [things, others]);
    expect(readings.map((reading) => reading.outcome)).toEqual(['complete', 'complete']);
    failFirst('/things', 1000, fault);
    const lasting = await readTypes(test, [things, others]);
    expect(lasting.readings[0]!.outcome).toBe('incomplete');
    expect(['list_broken', 'response_invalid']).toContain(lasting.readings[0]!.reason);
    expect(lasting.readings[1]!.outcome).toBe('complete');
  });

  it('asks again on a new connection', async () => {
    serve(1);
    const connections: (string | undefined)[] = [];
    graph.intercept = (request) => {
      if (request.path !== '/things') return undefined;
      connections.push(String(request.headers['connection']));
      return connections.length === 1 ? { status: 503, raw: '' } : undefined;
    };
    await readTypes(test, [things]);
    expect(connections).toEqual(['keep-alive', 'close']);
  });

  it('says that the tenant cannot be read when its host is gone', async () => {
    await graph.close();
    const types = Array.from({ length: 8 }, (_, index) => policyType(`type${index}`));
    await expect(readTypes(test, types)).rejects.toMatchObject({
      name: 'TenantUnreadableError',
      reason: 'graph_unavailable',
      message: expect.stringContaining('could not be reached') as string,
    });
    graph = await startGraphDouble();
  });
});

const listAnswer = (value: unknown[], link?: string): DoubleAnswer => ({
  json: { value, ...(link === undefined ? {} : { '@odata.nextLink': link }) },
});

describe('lists that do not end well', () => {
  it.each([0, 1, 2])('stops at a repeated next link (after %i good pages)', async (pages) => {
    serve(1);
    graph.intercept = (request) => {
      if (!request.path.startsWith('/others')) return undefined;
      const page = Number(/skiptoken=(\d+)/.exec(request.path)?.[1] ?? '0');
      return listAnswer(
        rowsOf(2, `p${page}`),
        `${graph.url}/beta/others?$skiptoken=${Math.min(page + 1, pages + 1)}`,
      );
    };
    const { readings } = await readTypes(test, [others, things]);
    expect(readings[0]).toMatchObject({ outcome: 'incomplete', reason: 'page_guard', requests: pages + 2 });
    expect(readings[1]!.outcome).toBe('complete');
  });

  it('stops at a list that never ends', async () => {
    await test.transport.close();
    test = openTestSession(graph.url, { maxPages: 10 });
    let page = 0;
    graph.intercept = () =>
      listAnswer(rowsOf(1, `p${(page += 1)}`), `${graph.url}/beta/others?$skiptoken=${page}`);
    const { readings } = await readTypes(test, [others]);
    expect(readings[0]).toMatchObject({ outcome: 'incomplete', reason: 'page_guard', captured: 10 });
  });

  it('never follows a link to another host, and never sends the token there', async () => {
    const stranger = await startGraphDouble();
    try {
      graph.intercept = (request) =>
        request.path === '/others'
          ? listAnswer(rowsOf(2), `${stranger.url}/beta/others?$skiptoken=2`)
          : undefined;
      const { readings } = await readTypes(test, [others]);
      expect(readings[0]).toMatchObject({ outcome: 'incomplete', reason: 'response_invalid', captured: 2 });
      expect(stranger.requests).toHaveLength(0);
    } finally {
      await stranger.close();
    }
  });

  it('goes on past empty pages', async () => {
    graph.intercept = (request) => {
      if (request.path === '/others') return listAnswer([], `${graph.url}/beta/others?$skiptoken=1`);
      return listAnswer(rowsOf(2));
    };
    const { readings } = await readTypes(test, [others]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', captured: 2 });
  });

  it('starts again once when the service forgets its place', async () => {
    graph.data.set('/others', rowsOf(60));
    failFirst('skiptoken=50', 1, { status: 410, json: { error: { code: 'syncStateNotFound' } } });
    const { readings, items } = await readTypes(test, [others]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', captured: 60 });
    expect(items).toHaveLength(60);
    failFirst('skiptoken=50', 9, { status: 410, json: { error: { code: 'syncStateNotFound' } } });
    expect((await readTypes(test, [others])).readings[0]).toMatchObject({
      outcome: 'incomplete',
      reason: 'list_broken',
    });
  });

  it('keeps what came before a link that fails halfway, and says that it is not all', async () => {
    graph.data.set('/others', rowsOf(60));
    failFirst('skiptoken=25', 99, { status: 504, raw: '' });
    const { readings } = await readTypes(test, [others]);
    expect(readings[0]).toMatchObject({
      outcome: 'incomplete',
      reason: 'list_broken',
      captured: 25,
      httpStatus: 504,
    });
  });

  it('sends its headers again with each page', async () => {
    graph.data.set('/others', rowsOf(60));
    await readTypes(test, [policyType('others', { listHeaders: { ConsistencyLevel: 'eventual' } })]);
    expect(graph.requests).toHaveLength(3);
    for (const request of graph.requests) {
      expect(request.headers).toMatchObject({
        consistencylevel: 'eventual',
        prefer: 'include-unknown-enum-members',
        accept: 'application/json',
        authorization: 'Bearer token-1',
      });
    }
    expect(new Set(graph.requests.map((request) => request.headers['client-request-id'])).size).toBe(3);
  });

  it.each<[string, unknown]>([
    ['no value', { '@odata.context': 'x' }],
    ['value that is no list', { value: { id: '1' } }],
    ['rows that are no objects', { value: [null, 7] }],
    ['a next link that is no text', { value: [], '@odata.nextLink': 5 }],
    ['a bare list', [{ id: '1' }]],
  ])('refuses an answer with %s', async (_name, json) => {
    graph.intercept = () => ({ json });
    const { readings } = await readTypes(test, [others]);
    expect(readings[0]).toMatchObject({ outcome: 'incomplete', reason: 'response_invalid', captured: 0 });
  });

  it('fails rows without identity and keeps the others', async () => {
    graph.data.set('/others', [{ id: 'a' }, { name: 'nameless' }, { id: '' }]);
    const { readings } = await readTypes(test, [others]);
    expect(readings[0]).toMatchObject({
      outcome: 'incomplete',
      reason: 'response_invalid',
      expected: 3,
      captured: 1,
    });
  });
});

describe('refusals', () => {
  const scopesMissing = {
    ErrorCode: 'Forbidden',
    Message: JSON.stringify({
      _version: 3,
      Message:
        'Application is not authorized to perform this operation. Application must have one of the following scopes: DeviceManagementApps.Read.All, DeviceManagementApps.ReadWrite.All - Operation ID (for customer support): 0000 - Activity ID: 1111 - Url: https://fef.internal.manage.microsoft.com/x',
      CustomApiErrorPhrase: '',
    }),
  };

  it.each([401, 403])('names the permission that a nested Intune error (%i) asks for', async (status) => {
    serve(1);
    failFirst('/others', 99, {
      status,
      json: { error: { code: 'UnknownError', message: JSON.stringify(scopesMissing) } },
    });
    const { readings } = await readTypes(test, [things, others]);
    expect(readings[0]!.outcome).toBe('complete');
    expect(readings[1]).toMatchObject({
      outcome: 'incomplete',
      reason: 'permission_missing',
      missingPermission: 'DeviceManagementApps.Read.All or DeviceManagementApps.ReadWrite.All',
      requests: 1,
      requestId: 'request-of-the-double',
      httpStatus: 403 === status ? 403 : 401,
    });
    expect(JSON.stringify(readings)).not.toContain('internal.manage');
  });

  it('names the permission of the record where the answer names none', async () => {
    failFirst('/others', 99, {
      status: 403,
      json: {
        error: {
          code: 'Authorization_RequestDenied',
          message: 'Insufficient privileges to complete the operation.',
        },
      },
    });
    const { readings } = await readTypes(test, [others]);
    expect(readings[0]).toMatchObject({ reason: 'permission_missing', missingPermission: 'others.Read.All' });
  });

  it.each<[string, DoubleAnswer, string, string]>([
    [
      'no Intune',
      {
        status: 400,
        json: { error: { code: 'BadRequest', message: 'Request not applicable to target tenant.' } },
      },
      'not_available',
      'not_licensed',
    ],
    [
      'licence words',
      {
        status: 403,
        json: { error: { code: 'accessDenied', message: 'The tenant needs a Premium license' } },
      },
      'not_available',
      'not_licensed',
    ],
    [
      'a licence code',
      { status: 400, json: { error: { code: 'AadPremiumLicenseRequired', message: 'x' } } },
      'not_available',
      'not_licensed',
    ],
    [
      'not implemented',
      { status: 501, json: { error: { code: 'NotImplemented' } } },
      'not_available',
      'not_in_cloud',
    ],
    [
      'no such route',
      {
        status: 400,
        json: { error: { code: 'BadRequest', message: 'No OData route exists that match template' } },
      },
      'incomplete',
      'list_broken',
    ],
    [
      'a list that is not found',
      { status: 404, json: { error: { code: 'ResourceNotFound' } } },
      'incomplete',
      'list_broken',
    ],
    ['an HTML page of a proxy', { status: 403, raw: '<html>blocked</html>' }, 'incomplete', 'list_broken'],
  ])('%s is what it is, and does not cost the other types', async (_name, fault, outcome, reason) => {
    serve(2);
    failFirst('/others', 99, fault);
    const { readings, events } = await readTypes(test, [others, things]);
    expect(events.some((event) => event.level === 'error')).toBe(outcome === 'incomplete');
    expect(readings[0]).toMatchObject({ outcome, reason, captured: 0, requests: 1 });
    expect(readings[1]!.outcome).toBe('complete');
  });

  it("follows the registry's rules about absence", async () => {
    const type = policyType('others', {
      unavailable: [
        { status: 403, code: 'Forbidden', messageIncludes: 'not onboarded', reason: 'not_configured' },
      ],
    });
    failFirst('/others', 99, {
      status: 403,
      json: { error: { code: 'Forbidden', message: 'Tenant is NOT onboarded' } },
    });
    const { readings } = await readTypes(test, [type]);
    expect(readings[0]).toMatchObject({ outcome: 'not_available', reason: 'not_configured' });
  });

  it('never takes a fault after the first page for absence', async () => {
    graph.data.set('/others', rowsOf(30));
    failFirst('skiptoken', 99, { status: 501, json: { error: { code: 'NotImplemented' } } });
    const { readings } = await readTypes(test, [others]);
    expect(readings[0]).toMatchObject({ outcome: 'incomplete', reason: 'list_broken' });
  });

  it('drops refused query options once where nothing is lost by it', async () => {
    graph.intercept = (request) =>
      request.path.includes('$top')
        ? { status: 400, json: { error: { code: 'BadRequest', message: '$top' } } }
        : undefined;
    graph.data.set('/others', rowsOf(3));
    const harmless = await readTypes(test, [
      policyType('others', { listQuery: { top: 50, filter: 'a eq 1' } }),
    ]);
    expect(harmless.readings[0]).toMatchObject({ outcome: 'complete', captured: 3 });
    expect(harmless.events.map((event) => event.code)).toContain('query_options_dropped');
    graph.intercept = (request) =>
      request.path.includes('$expand')
        ? { status: 400, json: { error: { code: 'BadRequest', message: '$expand' } } }
        : undefined;
    const harmful = await readTypes(test, [policyType('others', { listQuery: { expand: 'content' } })]);
    expect(harmful.readings[0]!.outcome).toBe('incomplete');
  });
});

describe('tokens in mid-run', () => {
  const expired: DoubleAnswer = {
    status: 401,
    headers: { 'WWW-Authenticate': 'Bearer realm=""' },
    json: {
      error: {
        code: 'InvalidAuthenticationToken',
        message: 'Lifetime validation failed, the token is expired.',
      },
    },
  };

  it('renews an expired token once and goes on', async () => {
    serve(40);
    graph.intercept = (request) =>
      request.headers['authorization'] === 'Bearer token-1' ? expired : undefined;
    const { readings } = await readTypes(test, [things, others]);
    expect(readings.map((reading) => [reading.outcome, reading.captured])).toEqual([
      ['complete', 40],
      ['complete', 3],
    ]);
    expect(test.tokens.issued).toBe(2);
  });

  it('renews when only members of a batch are refused', async () => {
    serve(20);
    let refusals = 0;
    graph.intercept = (request) => {
      if (!request.isInBatch || request.headers['authorization'] !== 'Bearer token-1') return undefined;
      refusals += 1;
      return expired;
    };
    const { readings } = await readTypes(test, [things]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', captured: 20 });
    expect(refusals).toBe(20);
    expect(test.tokens.issued).toBe(2);
  });

  it('gives the tenant up when fresh tokens are refused everywhere', async () => {
    serve(2);
    graph.intercept = () => expired;
    const types = [things, others, policyType('more'), policyType('most')];
    await expect(readTypes(test, types)).rejects.toBeInstanceOf(TenantUnreadableError);
  });
});

describe('reading only', () => {
  it('sends GET, and POST for batches and ids alone', async () => {
    serve(30);
    await readTypes(test, [things, others]);
    for (const request of graph.requests) {
      const isAllowed = request.method === 'GET' || (request.method === 'POST' && request.path === '/$batch');
      expect(isAllowed).toBe(true);
    }
  });
});

describe('what is written down', () => {
  it('holds ids of requests, and neither tokens nor paths nor what Graph said', async () => {
    const lines: string[] = [];
    const write = (fields: object, message: string) => lines.push(JSON.stringify({ ...fields, message }));
    test.session.log = {
      debug: write,
      info: write,
      warn: write,
      error: write,
      child: () => test.session.log,
    };
    serve(3);
    failFirst('/others', 9, {
      status: 403,
      json: { error: { code: 'Forbidden', message: 'canary-of-graph' } },
    });
    const { readings, events } = await readTypes(test, [things, others]);
    expect(lines.length).toBeGreaterThan(2);
    const all = lines.join() + JSON.stringify([readings, events]);
    expect(all).toContain('request-of-the-double');
    for (const hidden of ['token-1', 'Bearer', '/things', 'canary-of-graph'])
      expect(all).not.toContain(hidden);
  });
});
