import { describe, expect, it } from 'vitest';
import { diffDocuments } from '../../main/snapshot/diff-documents.ts';
import type { JsonObject } from '../../main/snapshot/json-value.ts';
import { parseJson } from '../../main/snapshot/parse-json.ts';
import { fingerprintSecret } from '../../main/snapshot/secrets.ts';

const type = { setLikeArrays: [{ path: 'assignments', identity: 'id' }] };
const diff = (before: JsonObject, after: JsonObject) =>
  diffDocuments(before, after, type).map((change) => `${change.kind} ${change.pointer}`);

const setting = (id: string, value: number) => ({ settingInstance: { settingDefinitionId: id, value } });

const document = (text: string) => parseJson(text) as JsonObject;

const secret = (value: string) => fingerprintSecret(Buffer.alloc(32), value);

describe('the difference of two documents', () => {
  it('pairs settings by their definition, wherever they stand', () => {
    expect(
      diff(
        { settings: [setting('a', 1), setting('b', 2), setting('c', 3)] },
        { settings: [setting('b', 2), setting('c', 4), setting('d', 5)] },
      ),
    ).toEqual(['removed /settings/0', 'changed /settings/1/settingInstance/value', 'added /settings/2']);
  });

  it('reports a new order only where order means something', () => {
    const a = { id: 'a' };
    const b = { id: 'b' };
    expect(diff({ assignments: [a, b] }, { assignments: [b, a] })).toEqual([]);
    expect(diff({ rules: [a, b] }, { rules: [b, a] })).toEqual(['reordered /rules']);
  });

  it('keeps one inserted line one change', () => {
    expect(diff({ lines: ['x', 'y', 'y', 'z'] }, { lines: ['x', 'new', 'y', 'y', 'z'] })).toEqual([
      'added /lines/1',
    ]);
  });

  it('compares numbers by value and sees every digit', () => {
    expect(diff(document('{"n":1.0}'), document('{"n":1}'))).toEqual([]);
    expect(diff(document('{"n":12345678901234567890}'), document('{"n":12345678901234567891}'))).toEqual([
      'changed /n',
    ]);
  });

  it('tells that a secret changed without showing anything of it', () => {
    const [change] = diffDocuments({ p: secret('a') }, { p: secret('b') }, null);
    expect(change).toEqual({
      pointer: '/p',
      kind: 'changed',
      before: '(secret)',
      after: '(secret)',
      secret: true,
    });
  });

  it('stays quick on long reversed lists', () => {
    const list = Array.from({ length: 4000 }, (_, index) => `entry ${index}`);
    expect(diff({ list }, { list: list.toReversed() })).toHaveLength(4000);
  });

  it('treats __proto__ and constructor as ordinary keys', () => {
    const before = parseJson('{"__proto__":{"a":1}}') as JsonObject;
    const after = parseJson('{"__proto__":{"a":2},"constructor":1}') as JsonObject;
    expect(diff(before, after)).toEqual(['changed /__proto__/a', 'added /constructor']);
  });
});
