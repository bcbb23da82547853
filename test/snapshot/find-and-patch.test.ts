import { describe, expect, it } from 'vitest';
import { findInDocument } from '../../main/snapshot/find-in-document.ts';
import { jsonPatch } from '../../main/snapshot/json-patch.ts';
import { valueAt } from '../../main/snapshot/json-pointer.ts';
import type { JsonObject, JsonValue } from '../../main/snapshot/json-value.ts';
import { neutralDocument } from '../../main/snapshot/neutral-document.ts';

const bytes = (document: object) => Buffer.from(JSON.stringify(document), 'utf8');
const fingerprint = `tenantkeep-secret:hmac-sha256:${'a'.repeat(64)}`;

describe('finding a text in a document', () => {
  it.each([
    ['a value, ignoring case', { a: { b: 'Some TEXT here' } }, 'text', '/a/b', 'Some TEXT here'],
    ['a key', { wifiName: 'x' }, 'wifin', '/wifiName', 'x'],
    ['a number as written', { a: [1, 12_345] }, '2345', '/a/1', '12345'],
    ['a word', { enabled: true }, 'true', '/enabled', 'true'],
    ['a quotation mark', { a: 'say "no"' }, '"no"', '/a', 'say "no"'],
    [
      'a script',
      { scriptContent: Buffer.from('Get-Item c:').toString('base64') },
      'get-item',
      '/scriptContent',
      'Get-Item c:',
    ],
  ])('finds %s', (_what, document, needle, pointer, excerpt) => {
    expect(findInDocument(bytes(document), needle)).toEqual({ pointer, excerpt, more: 0 });
  });

  it('finds a secret by its name, and shows nothing of it', () => {
    expect(findInDocument(bytes({ password: fingerprint }), 'pass')).toMatchObject({ excerpt: '(secret)' });
    for (const needle of ['aaaa', 'hmac', 'tenantkeep-secret']) {
      expect(findInDocument(bytes({ password: fingerprint, list: [fingerprint] }), needle)).toBeNull();
    }
  });

  it('counts further hits and cuts long values around the first', () => {
    const found = findInDocument(
      bytes({ a: `${'x'.repeat(500)}needle${'y'.repeat(500)}`, b: 'needle' }),
      'needle',
    );
    expect(found).toMatchObject({ pointer: '/a', more: 1 });
    expect(found!.excerpt).toMatch(/^…x+needley+…$/);
  });
});

/** RFC 6902, the three operations that are written. */
function apply(document: JsonValue, patch: ReturnType<typeof jsonPatch>): JsonValue {
  let root = structuredClone(document);
  for (const operation of patch) {
    if (operation.path === '') {
      root = (operation as { value: JsonValue }).value;
      continue;
    }
    const cut = operation.path.lastIndexOf('/');
    const holder = valueAt(root, operation.path.slice(0, cut)) as JsonObject;
    const name = operation.path
      .slice(cut + 1)
      .replaceAll('~1', '/')
      .replaceAll('~0', '~');
    if (operation.op === 'remove') delete holder[name];
    else holder[name] = operation.value;
  }
  return root;
}

describe('a JSON patch', () => {
  it.each([
    [{ a: 1 }, { a: 2, b: [1] }],
    [{ a: { 'x/y': 1, '~': 2 } }, { a: { 'x/y': 2 } }],
    [{ list: [1, { a: 1 }] }, { list: [1, { a: 2 }] }],
    [{ list: [1, 2, 3] }, { list: [1, 3] }],
    [{ a: null }, { a: {} }],
  ] as [JsonObject, JsonObject][])('turns %j into %j', (before, after) => {
    const patch = jsonPatch(before, after);
    expect(patch.length).toBeGreaterThan(0);
    expect(apply(before, patch)).toEqual(after);
    expect(jsonPatch(after, after)).toEqual([]);
  });
});

const guid = (last: string) => `aaaaaaaa-0000-4000-8000-00000000000${last}`;

describe('a neutral document', () => {
  it('is equal for two tenants whose settings are, whatever their ids', () => {
    const of = (id: string, group: string, order: 1 | -1) =>
      neutralDocument(
        {
          id,
          displayName: 'Same',
          assignments: [
            { id: `${guid('7')}_1`, target: { groupId: group } },
            { id: `${guid('8')}_2`, target: { groupId: 'b' } },
          ].toSorted(() => order),
        },
        (text) => (text === group ? 'group: Finance' : null),
      );
    expect(of(guid('1'), guid('2'), 1)).toEqual(of(guid('3'), guid('4'), -1));
    expect(of(guid('1'), guid('2'), 1)).toMatchObject({
      assignments: [{}, { target: { groupId: 'group: Finance' } }],
    });
  });

  it('keeps ids that are words', () => {
    expect(neutralDocument({ id: 'root', member: { id: 'AllUsers' } }, () => null)).toEqual({
      member: { id: 'AllUsers' },
    });
  });
});
