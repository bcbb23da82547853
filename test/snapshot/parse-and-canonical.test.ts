import canonicalize from 'canonicalize';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalNumber, writeCanonicalJson } from '../../main/snapshot/canonical-json.ts';
import type { JsonObject, JsonValue } from '../../main/snapshot/json-value.ts';
import { parseJson } from '../../main/snapshot/parse-json.ts';

const reason = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return null;
};

const read = (text: string): unknown => {
  const failure = reason(() => parseJson(text));
  return failure === null ? writeCanonicalJson(parseJson(text)) : failure;
};

describe('reading JSON', () => {
  it('keeps long strings beside short ones, escapes and keys of theirs too, and refuses broken ones', () => {
    const long = `long string 0 \\u0041\\n\\ud800${'ä\\"'.repeat(200_000)}`;
    const text = `{"a":"${long}","b":["long string 0","${long}",1.10],"${long}" :1}`;
    const value = parseJson(text) as JsonObject;
    expect(writeCanonicalJson(value)).toBe(writeCanonicalJson(JSON.parse(text) as JsonObject));
    expect(reason(() => parseJson(`{"a":"${long}\n"}`))).toMatchObject({ code: 'response_invalid' });
    expect(reason(() => parseJson(`{"${long}":1,"${long}":2}`))).toMatchObject({
      details: { problem: 'duplicate_key' },
    });
  });

  it('keeps digits, unknown keys, __proto__, NUL and lone surrogates', () => {
    const value = parseJson(
      `\uFEFF{"big":12345678901234567890,"dec":1.10,"__proto__":{"x":1},"nul":"\\u0000","half":"\\ud800"}`,
    ) as JsonObject;
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value)).toContain('__proto__');
    expect(writeCanonicalJson(value)).toBe(
      '{"__proto__":{"x":1},"big":12345678901234567890,"dec":1.1,"half":"\\ud800","nul":"\\u0000"}',
    );
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('reads the same by the quick way as by the lossless one, to which one number with an exponent leads', () => {
    const digits = fc.stringMatching(/^-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,8})?(?:[eE][+-]?[0-9]{1,2})?$/);
    const leaf = fc.oneof(
      digits,
      fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
      fc.constantFrom('null', 'true', '"\\ud800"', '-0'),
    );
    const { document } = fc.letrec<{ document: string }>((tie) => ({
      document: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('document'), { maxLength: 4 }).map((members) => `[ ${members.join(' ,')}]`),
        fc
          .array(fc.tuple(fc.constantFrom('a', 'b', '1', '10', '__proto__', ':{['), tie('document')), {
            maxLength: 4,
          })
          .map((pairs) => `{${pairs.map(([key, value]) => `${JSON.stringify(key)} : ${value}`).join(',')}}`),
      ),
    }));
    fc.assert(
      fc.property(document, (text) => {
        const quick = read(`[${text},10]`);
        const lossless = read(`[${text},1e1]`);
        if (typeof quick === 'string') expect(quick).toBe(lossless);
        else expect(quick).toMatchObject({ code: (lossless as { code: string }).code });
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses one key with two values, and takes it twice with one', () => {
    expect(reason(() => parseJson('{"a":1,"a":2}'))).toMatchObject({
      code: 'response_invalid',
      details: { problem: 'duplicate_key' },
    });
    expect(reason(() => parseJson('{"__proto__":1,"__proto__":2}'))).toMatchObject({
      code: 'response_invalid',
    });
    expect(writeCanonicalJson(parseJson('{"a":1,"a":1}'))).toBe('{"a":1}');
  });

  it('refuses depth, size and what is not JSON, without quoting it', () => {
    expect(reason(() => parseJson('['.repeat(10_000) + ']'.repeat(10_000)))).toMatchObject({
      code: 'response_invalid',
      details: { problem: 'too_deep' },
    });
    expect(reason(() => parseJson('"' + '[{'.repeat(10_000) + '"'))).toBeNull();
    expect(reason(() => parseJson('"\\\\" '))).toBeNull();
    expect(reason(() => parseJson('"0123456789"', { maxBytes: 5 }))).toMatchObject({
      code: 'response_too_large',
    });
    for (const text of ['', '{', '{"a":SECRET}', '<html>SECRET', '01', '[1,]', '"\n"', 'nul']) {
      const error = reason(() => parseJson(text)) as Error;
      expect({ text, code: (error as Error & { code?: string }).code }).toEqual({
        text,
        code: 'response_invalid',
      });
      expect(error.message).not.toContain('SECRET');
    }
    expect(reason(() => parseJson(Buffer.from([0x22, 0xff, 0x22])))).toMatchObject({
      details: { problem: 'not_utf8' },
    });
  });

  it('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(writeCanonicalJson(parseJson(text)))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });
});

describe('canonical JSON', () => {
  it('agrees with another implementation of RFC 8785 on ordinary values', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        fc.pre(JSON.stringify(value) === JSON.stringify(value).toWellFormed() && isWellFormed(value));
        expect(writeCanonicalJson(value as JsonValue)).toBe(canonicalize(value));
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(writeCanonicalJson(number)).toBe(canonicalize(number));
      }),
      { numRuns: 1000 },
    );
  });

  it('spells equal numbers equally and loses no digit', () => {
    const spellings: [string, string][] = [
      ['1.0', '1'],
      ['-0', '0'],
      ['-0.0e5', '0'],
      ['1E3', '1000'],
      ['0.10', '0.1'],
      ['1e20', '100000000000000000000'],
      ['100000000000000000000', '100000000000000000000'],
      ['1000000000000000000000', '1e+21'],
      ['0.000001', '0.000001'],
      ['0.0000001', '1e-7'],
      ['12345678901234567890123', '1.2345678901234567890123e+22'],
      ['3.14159265358979323846264338', '3.14159265358979323846264338'],
      ['1e400', '1e+400'],
      ['-12.5e-3', '-0.0125'],
    ];
    expect(spellings.map(([text]) => [text, canonicalNumber(text)])).toEqual(spellings);
    expect(() => canonicalNumber('1e99999999999999999')).toThrow('cannot be kept');
    expect(() => writeCanonicalJson(Number.NaN)).toThrow('cannot be kept');
  });

  it('is stable: writing, reading and writing again changes nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const once = writeCanonicalJson(value as JsonValue);
        expect(writeCanonicalJson(parseJson(once))).toBe(once);
      }),
    );
  });
});

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, member]) => key.isWellFormed() && isWellFormed(member));
}
