import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../main/snapshot/json-value.ts';
import { parseJson } from '../../main/snapshot/parse-json.ts';
import { splitDocument, type SplitRules } from '../../main/snapshot/split-document.ts';

const rules: SplitRules = {
  volatileProperties: ['lastModifiedDateTime', 'version'],
  secretProperties: ['tokenValue', 'credentials'],
  setLikeArrays: [
    { path: 'scopeTags', identity: null },
    { path: 'assignments', identity: 'target.groupId' },
    { path: 'apps[].identifiers', identity: 'id' },
  ],
  knownODataTypes: ['#microsoft.graph.known'],
};
const key = Buffer.alloc(32, 7);
const split = (document: JsonObject) => splitDocument(document, rules, { fingerprintKey: key });
const stable = (document: JsonObject) => JSON.parse(Buffer.from(split(document).stable).toString('utf8'));

const member = (group: string, version: number): JsonObject => ({ target: { groupId: group }, version });

describe('splitting a document', () => {
  it('takes volatile values out at every depth and tells where they were', () => {
    const result = split({ id: '1', version: 3, nested: { 'a/b~': [{ version: 4, keep: true }] } });
    expect(result.volatile).toEqual({ '/version': 3, '/nested/a~1b~0/0/version': 4 });
    expect(stable({ id: '1', version: 3, nested: { version: 1 } })).toEqual({ id: '1', nested: {} });
  });

  it('gives one hash for every order of set-like arrays, with volatile values following their member', () => {
    const assignments = [member('b', 2), member('a', 1), member('c', 3)];
    const apps = [{ identifiers: [{ id: '2' }, { id: '1' }] }];
    const expected = split({ scopeTags: ['1', '0'], assignments, apps });
    fc.assert(
      fc.property(fc.shuffledSubarray(assignments, { minLength: 3 }), fc.boolean(), (shuffled, flip) => {
        const result = split({
          scopeTags: flip ? ['0', '1'] : ['1', '0'],
          assignments: shuffled,
          apps: [{ identifiers: flip ? apps[0]!.identifiers.toReversed() : apps[0]!.identifiers }],
        });
        expect(result.sha256).toBe(expected.sha256);
        expect(result.volatile).toEqual(expected.volatile);
      }),
    );
    expect(expected.volatile).toEqual({
      '/assignments/0/version': 1,
      '/assignments/1/version': 2,
      '/assignments/2/version': 3,
    });
  });

  it('keeps the order of arrays where order means something', () => {
    expect(split({ rules: ['a', 'b'] }).sha256).not.toBe(split({ rules: ['b', 'a'] }).sha256);
  });

  it('replaces secrets by a keyed fingerprint that changes with the value only', () => {
    const one = split({ tokenValue: 'abc', child: { adminPassword: 'abc' }, credentials: [{ a: 1 }] });
    expect(one.secrets.map((secret) => [secret.pointer, secret.value])).toEqual([
      ['/child/adminPassword', '"abc"'],
      ['/credentials', '[{"a":1}]'],
      ['/tokenValue', '"abc"'],
    ]);
    expect(Buffer.from(one.stable).toString()).not.toContain('abc');
    expect(split({ tokenValue: 'abd' }).sha256).not.toBe(split({ tokenValue: 'abc' }).sha256);
    expect(
      split({ token: 'a', qrCodeContent: 'b', mytoken: 'c' }).secrets.map((found) => found.pointer),
    ).toEqual(['/qrCodeContent', '/token']);
    const otherKey = splitDocument({ tokenValue: 'abc' }, rules, { fingerprintKey: Buffer.alloc(32, 8) });
    expect(otherKey.sha256).not.toBe(split({ tokenValue: 'abc' }).sha256);
  });

  it('leaves settings alone that only sound like secrets', () => {
    const settings: JsonObject = {
      passwordRequired: true,
      passwordMinimumLength: 8,
      passwordRequiredType: 'alphanumeric',
      preSharedKeyEncoding: 'utf8',
      wifiPassword: null,
      secretReferenceValueId: 'a_b_c',
      keyUsage: 'digitalSignature',
    };
    expect(split(settings).secrets).toEqual([]);
    expect(stable(settings)).toEqual(settings);
  });

  it('marks what Graph kept back, with its reference', () => {
    const result = split({
      omaSettings: [
        {
          '@odata.type': '#microsoft.graph.omaSettingString',
          isEncrypted: true,
          secretReferenceValueId: 'ref_1',
          value: '****',
        },
        {
          '@odata.type': '#microsoft.graph.omaSettingStringXml',
          isEncrypted: true,
          secretReferenceValueId: 'ref_2',
          value: 'KioqKg==',
        },
      ],
      settings: [
        {
          '@odata.type': '#microsoft.graph.deviceManagementConfigurationSecretSettingValue',
          valueState: 'encryptedValueToken',
          value: 'token-1',
        },
        {
          '@odata.type': '#microsoft.graph.deviceManagementConfigurationSecretSettingValue',
          valueState: 'notEncrypted',
          value: 'open',
        },
      ],
      sharedSecret: '******',
    });
    expect(result.missingSecrets).toEqual([
      { pointer: '/omaSettings/0/value', reference: 'ref_1' },
      { pointer: '/omaSettings/1/value', reference: 'ref_2' },
      { pointer: '/settings/0/value', reference: 'token-1' },
      { pointer: '/sharedSecret', reference: null },
    ]);
    expect(result.secrets.map((secret) => secret.pointer)).toEqual(['/settings/1/value']);
  });

  it('tells kinds that the registry does not know', () => {
    expect(split({ '@odata.type': '#microsoft.graph.brandNew' }).unknownKinds).toEqual([
      { kind: '@odata.type', value: '#microsoft.graph.brandNew' },
    ]);
    expect(split({ '@odata.type': '#microsoft.graph.known' }).unknownKinds).toEqual([]);
  });

  it('keeps __proto__ an ordinary key and refuses what is too deep or too large', () => {
    const hostile = parseJson(
      '{"__proto__":{"version":1,"x":2},"constructor":{"prototype":1}}',
    ) as JsonObject;
    expect(Buffer.from(split(hostile).stable).toString()).toBe(
      '{"__proto__":{"x":2},"constructor":{"prototype":1}}',
    );
    let deep: JsonValue = 1;
    for (let depth = 0; depth < 10_000; depth += 1) deep = { deep };
    expect(() => split({ deep })).toThrow('nested too deeply');
    expect(() => splitDocument({ a: 'x'.repeat(100) }, rules, { fingerprintKey: key, maxBytes: 50 })).toThrow(
      'larger',
    );
  });
});
