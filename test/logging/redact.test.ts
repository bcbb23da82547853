import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeControls, redactJsonLine, redactText } from '../../main/logging/redact.ts';

const canary = 'CANARY7f3a9c';

describe('scrub of finished text', () => {
  it.each([
    ['a JSON web token', `token eyJhbGciOiJSUzI1NiJ9.eyJ${canary}.sig-${canary} refused`],
    ['a Bearer header', `Authorization: Bearer ${canary}.abc~+/==`],
    ['a Basic header', `authorization=Basic ${canary}${canary}`],
    ['a PEM key', `-----BEGIN PRIVATE KEY-----\n${canary}\nMII/${canary}==\n-----END PRIVATE KEY-----`],
    ['a PEM key cut off in the middle', `bad key: -----BEGIN RSA PRIVATE KEY-----\n${canary}\nMII`],
    ['a shared access signature', `GET https://hook.example/x?sv=1&sig=${canary}%2B1&x=2`],
    ['a client secret in a form', `grant_type=client_credentials&client_secret=${canary}~x.y&scope=z`],
    ['a client secret in JSON', `{"client_secret":"a\\"b${canary}"}`],
    ['a client secret in JSON inside JSON', JSON.stringify({ body: `{"client_secret":"q ${canary}"}` })],
    ['an assertion', `client_assertion=${canary}.${canary}`],
    ['a connection string', `connect postgres://tk_owner:${canary}@db.example:5432/tenantkeep failed`],
    ['a connection string with odd characters', `postgres://tk:p@${canary}"x:y@db.example/tenantkeep`],
    ['a connection string with a slash in the password', `postgres://tk:a/${canary}@db.example/tenantkeep`],
    ['a libpq string', `host=db user=tk password='${canary} x' dbname=y`],
    ['a libpq string without quotes', `host=db password=${canary} dbname=y`],
    ['an access token in an answer', `{"access_token":"${canary}","token_type":"Bearer"}`],
    ['an age secret key', `AGE-SECRET-KEY-1${canary.toUpperCase()}QQQ`],
    ['a post-quantum age secret key', `AGE-SECRET-KEY-PQ-1${canary.toUpperCase()}QQQ`],
  ])('removes %s', (_what, text) => {
    expect(redactText(text).toUpperCase()).not.toContain(canary.toUpperCase());
    const line = JSON.stringify({ message: text, nested: { deep: text } });
    const redacted = redactJsonLine(line);
    expect(redacted.toUpperCase()).not.toContain(canary.toUpperCase());
    expect(() => JSON.parse(redacted)).not.toThrow();
  });

  it('leaves what people need to read', () => {
    for (const text of [
      'Run 4f1c ended: 3 policy types incomplete',
      'https://graph.microsoft.com/beta/deviceManagement/configurationPolicies?$top=25',
      'passwordRequiredType: alphanumeric',
      'signature verified, design=2',
      'connect postgres://db.example:5432/tenantkeep failed',
    ]) {
      expect(redactText(text)).toBe(text);
    }
  });

  it('keeps a JSON line JSON, whatever stands in it', () => {
    const pieces = fc.constantFrom(
      '"',
      '\\',
      '\n',
      'sig=',
      'password: ',
      'Bearer ',
      '-----BEGIN X-----',
      '-----END X-----',
      'postgres://u:',
      '@h/',
      'eyJabcdef.',
      "'",
      '&',
      ' ',
      'abcdefgh',
      '\u202e',
      '\u0000',
      'client_secret":"',
      'é',
      '\ud83d',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
        const line = escapeControls(redactJsonLine(JSON.stringify({ a: parts.join(''), b: 'kept' })));
        expect(line).not.toMatch(/[\r\n]/);
        expect((JSON.parse(line) as { b: string }).b).toBe('kept');
      }),
      { numRuns: 3000, seed: 20261124 },
    );
  });

  it('takes no more than linear time on long text', () => {
    const started = performance.now();
    redactText(`postgres://${'a:'.repeat(50_000)}`);
    redactText('-----BEGIN X-----'.repeat(5_000));
    redactText(`sig=${'a'.repeat(200_000)}`);
    redactText(`eyJ${'a.'.repeat(50_000)}`);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('control characters', () => {
  it('writes line breaks, terminal sequences, bidi marks and NUL as escapes', () => {
    expect(escapeControls('a\r\nb\u001b[31mc\u0000\u202ed\u2066e\u2028f\u0085g\ufeff')).toBe(
      'a\\u000d\\u000ab\\u001b[31mc\\u0000\\u202ed\\u2066e\\u2028f\\u0085g\\ufeff',
    );
  });

  it('leaves letters of every script and emoji alone', () => {
    expect(escapeControls('Müller 東京 שלום 🚀')).toBe('Müller 東京 שלום 🚀');
  });
});
