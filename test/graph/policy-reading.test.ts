import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGraphDouble, type GraphDouble } from './support/graph-double.ts';
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

const configurations = policyType('configurations', {
  children: [
    childRead('configurations', 'settings', { countProperty: 'settingCount' }),
    childRead('configurations', 'assignments', { nonEmptyProperty: 'isAssigned' }),
  ],
});

function serveConfigurations(count: number, settings: number): void {
  graph.data.set(
    '/configurations',
    rowsOf(count, 'policy').map((row) => ({ ...row, settingCount: settings, isAssigned: true })),
  );
  for (let index = 0; index < count; index += 1) {
    graph.data.set(`/configurations/policy-${index}/settings`, rowsOf(settings, 'setting'));
    graph.data.set(`/configurations/policy-${index}/assignments`, rowsOf(1, 'assignment'));
  }
}

describe('boundary sizes', () => {
  it.each([0, 1, 20, 21, 25, 26, 100, 101])('%i items of a list are all captured', async (count) => {
    serveConfigurations(count, 2);
    const { readings, items } = await readTypes(test, [configurations]);
    expect(readings[0]).toMatchObject({
      outcome: 'complete',
      reason: null,
      expected: count,
      captured: count,
    });
    expect(new Set(items.map((item) => item.graphId)).size).toBe(count);
    expect(items.every((item) => (item.document['settings'] as unknown[]).length === 2)).toBe(true);
  });

  it.each([0, 1, 20, 21, 25, 26, 100, 101])('%i rows of a child are all captured', async (count) => {
    serveConfigurations(3, count);
    const { readings, items } = await readTypes(test, [configurations]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', captured: 3 });
    for (const item of items) expect(item.document['settings']).toHaveLength(count);
  });

  it('sends full batches of children and no more requests than the least', async () => {
    serveConfigurations(100, 2);
    await readTypes(test, [configurations]);
    const exchanges = graph.exchanges();
    const batches = exchanges.filter((request) => request.path === '/$batch').length;
    // Four pages and two hundred children in ten batches at best.
    expect(exchanges.length - batches).toBe(4);
    expect(batches).toBeGreaterThanOrEqual(10);
    expect(exchanges.length).toBeLessThanOrEqual(1.1 * 14 + 1);
  });
});

describe('rows and types', () => {
  const even = policyType('even', {
    listPath: '/mixed',
    split: { property: 'template.family', values: ['even'], fallback: false },
  });
  const other = policyType('other', {
    listPath: '/mixed',
    split: { property: 'template.family', values: ['odd'], fallback: true },
  });

  it('fetches a shared list once and gives unknown families to the fallback, with a note', async () => {
    const rows = rowsOf(30).map((row, index) => ({
      ...row,
      template: { family: index === 7 ? 'brandNew' : index % 2 === 0 ? 'even' : 'odd' },
    }));
    graph.data.set('/mixed', rows);
    const { readings, items } = await readTypes(test, [even, other]);
    expect(readings.map((reading) => [reading.typeKey, reading.outcome, reading.captured])).toEqual([
      ['even', 'complete', 15],
      ['other', 'complete', 15],
    ]);
    expect(readings[1]!.unknownKinds).toEqual([{ kind: 'template.family', value: 'brandNew', count: 1 }]);
    expect(items.find((item) => item.graphId === 'row-7')!.typeKey).toBe('other');
    expect(graph.exchanges()).toHaveLength(2);
  });

  it('leaves rows of a type that was not asked for alone', async () => {
    graph.data.set(
      '/mixed',
      rowsOf(4).map((row, index) => ({ ...row, template: { family: index < 1 ? 'even' : 'odd' } })),
    );
    const { readings } = await readTypes(test, [even, other], { keys: ['even', 'nobody'] });
    expect(readings.map((reading) => [reading.typeKey, reading.outcome, reading.captured])).toEqual([
      ['even', 'complete', 1],
      ['nobody', 'unknown_type', 0],
    ]);
  });

  it('notes kinds of objects that the registry does not know and keeps them', async () => {
    const type = policyType('typed', { knownODataTypes: ['#microsoft.graph.known'] });
    graph.data.set('/typed', [
      { id: 'a', name: 'A', '@odata.type': '#microsoft.graph.known' },
      { id: 'b', name: 'B', '@odata.type': '#microsoft.graph.new', extra: { deep: [1, 2] } },
    ]);
    const { readings, items } = await readTypes(test, [type]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', captured: 2 });
    expect(readings[0]!.unknownKinds).toEqual([
      { kind: '@odata.type', value: '#microsoft.graph.new', count: 1 },
    ]);
    expect(JSON.stringify(items[1]!.document)).toContain('deep');
  });

  it('takes a row that comes twice once', async () => {
    graph.data.set('/twice', [...rowsOf(30), ...rowsOf(2)]);
    const { readings, events } = await readTypes(test, [policyType('twice')]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', expected: 30, captured: 30 });
    expect(events.find((event) => event.code === 'duplicate_rows')?.detail).toEqual({ duplicates: 2 });
  });

  it('reads a singleton as the only item, and a missing one as never set up', async () => {
    const present = policyType('present', {
      shape: 'singleton',
      itemPath: '/present',
      identityProperty: null,
    });
    const absent = policyType('absent', { shape: 'singleton', itemPath: '/absent', identityProperty: null });
    graph.data.set('/present', { name: 'Settings', secureByDefault: true });
    const { readings, items } = await readTypes(test, [present, absent]);
    expect(readings.map((reading) => [reading.outcome, reading.reason, reading.captured])).toEqual([
      ['complete', null, 1],
      ['not_available', 'not_configured', 0],
    ]);
    expect(items[0]).toMatchObject({ graphId: 'present', name: 'Settings' });
  });

  it('asks nothing for a type that the cloud does not have', async () => {
    const { readings } = await readTypes(test, [policyType('here', { notInClouds: ['china'] })], {
      cloud: 'china',
    });
    expect(readings[0]).toMatchObject({ outcome: 'not_available', reason: 'not_in_cloud', requests: 0 });
    expect(graph.requests).toHaveLength(0);
  });

  it('encodes ids that are no guids and binds paths by other properties', async () => {
    const type = policyType('odd', {
      children: [
        childRead('odd', 'parts'),
        childRead('odd', 'value', { path: "/odd/{id}/read(ref='{reference}')", shape: 'single' }),
        childRead('odd', 'organization', { path: '/organizations/{organizationId}', shape: 'single' }),
      ],
    });
    graph.data.set('/odd', [{ id: 'a/b #1?', name: 'Odd', reference: "it's" }]);
    graph.data.set('/organizations/organization-1', { name: 'Org' });
    graph.intercept = (request) => {
      if (request.path === '/odd/a/b #1?/parts') return { json: { value: [{ id: 'p' }] } };
      if (request.path === "/odd/a/b #1?/read(ref='it''s')") return { json: { value: 'plain' } };
      return undefined;
    };
    const { readings, items } = await readTypes(test, [type]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', captured: 1 });
    expect(items[0]!.document['parts']).toHaveLength(1);
  });
});

describe('details and children', () => {
  it('lays the read of one item over its row', async () => {
    const type = policyType('scripts', { detailGetRequired: true });
    graph.data.set(
      '/scripts',
      rowsOf(21).map((row) => ({ ...row, content: null, onlyInList: 1 })),
    );
    for (const row of rowsOf(21)) graph.data.set(`/scripts/${row.id}`, { ...row, content: 'Zm9v' });
    const { readings, items } = await readTypes(test, [type]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', captured: 21 });
    expect(items.every((item) => item.document['content'] === 'Zm9v' && 'onlyInList' in item.document)).toBe(
      true,
    );
  });

  it('drops an item that was deleted between list and read, and stays complete', async () => {
    const type = policyType('scripts', {
      detailGetRequired: true,
      children: [childRead('scripts', 'assignments')],
    });
    graph.data.set('/scripts', rowsOf(3));
    for (const row of rowsOf(3).slice(1)) {
      graph.data.set(`/scripts/${row.id}`, row);
      graph.data.set(`/scripts/${row.id}/assignments`, []);
    }
    const { readings, events } = await readTypes(test, [type]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', expected: 2, captured: 2, failedItemCount: 0 });
    expect(events.filter((event) => event.code === 'item_gone')).toHaveLength(1);
  });

  it('does not take a missing part for a deleted item', async () => {
    const type = policyType('profiles', { children: [childRead('profiles', 'assignments')] });
    graph.data.set('/profiles', rowsOf(2));
    for (const row of rowsOf(2)) graph.data.set(`/profiles/${row.id}`, row);
    graph.data.set('/profiles/row-0/assignments', []);
    const { readings } = await readTypes(test, [type]);
    expect(readings[0]).toMatchObject({
      outcome: 'incomplete',
      reason: 'child_read_failed',
      expected: 2,
      captured: 1,
    });
    expect(readings[0]!.failedItems).toMatchObject([{ graphId: 'row-1', httpStatus: 404 }]);
  });

  it('reads parts of parts, and keeps them inside their row', async () => {
    const type = policyType('templates', {
      children: [
        childRead('templates', 'values', { expand: 'definition' }),
        childRead('templates', 'presentations', {
          path: '/templates/{id}/values/{valueId}/presentations',
          forEach: { child: 'values', parameter: 'valueId', property: 'id' },
        }),
      ],
    });
    graph.data.set('/templates', rowsOf(2));
    for (const row of rowsOf(2)) {
      graph.data.set(`/templates/${row.id}/values`, rowsOf(30, 'value'));
      for (const value of rowsOf(30, 'value')) {
        graph.data.set(`/templates/${row.id}/values/${value.id}/presentations`, rowsOf(26, 'shown'));
      }
    }
    const { readings, items } = await readTypes(test, [type]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', captured: 2 });
    const values = items[0]!.document['values'] as { presentations: unknown[] }[];
    expect(values).toHaveLength(30);
    expect(values.every((value) => value.presentations.length === 26)).toBe(true);
    expect(graph.requests.some((request) => request.path.includes('/values?$expand=definition'))).toBe(true);
  });

  it('reads a part only where its condition holds, and keeps a part that does not exist as null', async () => {
    const type = policyType('mixed', {
      children: [
        childRead('mixed', 'secrets', { when: { propertyPresent: 'encrypted' } }),
        childRead('mixed', 'store', {
          when: { odataType: ['#app'] },
          absentStatuses: [404],
          shape: 'single',
        }),
      ],
    });
    graph.data.set('/mixed', [
      { id: '1', encrypted: ['x'] },
      { id: '2', encrypted: [], '@odata.type': '#app' },
    ]);
    graph.data.set('/mixed/1/secrets', rowsOf(1));
    const { readings, items } = await readTypes(test, [type]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', captured: 2 });
    const second = items.find((item) => item.graphId === '2')!.document;
    expect(second['store']).toBeNull();
    expect('secrets' in second).toBe(false);
  });

  it('lets an additional part fail alone', async () => {
    const type = policyType('apps', {
      children: [childRead('apps', 'inventory', { importance: 'enrichment' })],
    });
    graph.data.set('/apps', rowsOf(3));
    graph.intercept = (request) =>
      request.path.endsWith('/inventory')
        ? { status: 403, json: { error: { code: 'Forbidden' } } }
        : undefined;
    const { readings, events } = await readTypes(test, [type]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', captured: 3, failedItemCount: 0 });
    expect(events.filter((event) => event.code === 'enrichment_failed')).toHaveLength(1);
  });

  it('follows the next link of an expanded array', async () => {
    graph.data.set('/sets', [
      {
        ...rowsOf(1)[0],
        items: rowsOf(20, 'item'),
        'items@odata.nextLink': `${graph.url}/beta/sets/row-0/items?$skiptoken=20`,
      },
    ]);
    graph.data.set('/sets/row-0/items', rowsOf(47, 'item'));
    const { readings, items } = await readTypes(test, [
      policyType('sets', { listQuery: { expand: 'items' } }),
    ]);
    expect(readings[0]!.outcome).toBe('complete');
    expect(items[0]!.document['items']).toHaveLength(47);
    expect(items[0]!.document).not.toHaveProperty('items@odata.nextLink');
  });

  it('says so when a part has fewer rows than its parent announces', async () => {
    serveConfigurations(2, 3);
    graph.data.set('/configurations/policy-1/settings', rowsOf(2, 'setting'));
    const { readings } = await readTypes(test, [configurations]);
    expect(readings[0]).toMatchObject({
      outcome: 'incomplete',
      reason: 'count_mismatch',
      captured: 1,
      expected: 2,
    });
  });

  it('says so when a policy claims to be assigned and no assignment comes', async () => {
    serveConfigurations(1, 1);
    graph.data.set('/configurations/policy-0/assignments', []);
    const { readings } = await readTypes(test, [configurations]);
    expect(readings[0]).toMatchObject({ outcome: 'incomplete', reason: 'count_mismatch', captured: 0 });
  });

  it('takes a part that caught up at the second look', async () => {
    serveConfigurations(1, 1);
    let asked = 0;
    graph.intercept = (request) => {
      if (!request.path.endsWith('/assignments')) return undefined;
      asked += 1;
      return asked === 1 ? { json: { value: [] } } : undefined;
    };
    const { readings } = await readTypes(test, [configurations]);
    expect(readings[0]!.outcome).toBe('complete');
  });
});

describe('counts of lists', () => {
  it('compares the announced count', async () => {
    graph.data.set('/counted', rowsOf(26));
    graph.countsFirstPage = true;
    expect((await readTypes(test, [policyType('counted')])).readings[0]!.outcome).toBe('complete');
    graph.intercept = (request) =>
      request.path === '/counted' ? { json: { '@odata.count': 26, value: rowsOf(25) } } : undefined;
    const { readings, items } = await readTypes(test, [policyType('counted')]);
    expect(readings[0]).toMatchObject({
      outcome: 'incomplete',
      reason: 'count_mismatch',
      expected: 26,
      captured: 25,
    });
    expect(items).toHaveLength(25);
  });

  it('does not take the size of each page for the size of the list', async () => {
    graph.intercept = (request) => {
      if (!request.path.startsWith('/paged')) return undefined;
      const isFirst = !request.path.includes('skiptoken');
      return {
        json: {
          '@odata.count': isFirst ? 25 : 7,
          ...(isFirst ? { '@odata.nextLink': `${graph.url}/beta/paged?$skiptoken=x` } : {}),
          value: isFirst ? rowsOf(25) : rowsOf(7, 'more'),
        },
      };
    };
    const { readings } = await readTypes(test, [policyType('paged')]);
    expect(readings[0]).toMatchObject({ outcome: 'complete', expected: 32, captured: 32 });
  });
});

describe('what the sink decides', () => {
  it('stops at once when an item is refused, and never calls again', async () => {
    graph.data.set('/many', rowsOf(200));
    let calls = 0;
    const refused = new Error('the lease is lost');
    await expect(
      readTypes(test, [policyType('many')], {
        onItem: async () => {
          calls += 1;
          if (calls >= 3) throw refused;
        },
      }),
    ).rejects.toBe(refused);
    const callsThen = calls;
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toBe(callsThen);
    expect(calls).toBeLessThan(200);
  });

  it('ends with the reason of the signal', async () => {
    graph.data.set('/many', rowsOf(60));
    const stop = new AbortController();
    const reason = new Error('cancelled');
    graph.intercept = (request) => {
      if (request.path.includes('skiptoken=50')) stop.abort(reason);
      return undefined;
    };
    await expect(readTypes(test, [policyType('many')], { signal: stop.signal })).rejects.toBe(reason);
  });
});
