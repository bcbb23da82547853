import { describe, expect, it } from 'vitest';
import { diffDocuments } from '../../main/snapshot/diff-documents.ts';
import { readableText, readableValues } from '../../main/snapshot/readable-values.ts';

const base64 = (text: string, encoding: BufferEncoding = 'utf8') =>
  Buffer.from(text, encoding).toString('base64');

describe('base64 payloads as text', () => {
  it('finds scripts by name and other payloads by what they hold, with their pointers', () => {
    const document = {
      scriptContent: base64('exit 0'),
      omaSettings: [{ value: base64('<RuleCollection Type="Exe"/>') }],
      largeIcon: { value: Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64') },
    };
    expect(readableValues(document)).toEqual([
      { pointer: '/scriptContent', text: 'exit 0' },
      { pointer: '/omaSettings/0/value', text: '<RuleCollection Type="Exe"/>' },
    ]);
  });

  it('reads what PowerShell and old editors write, without their byte-order marks', () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Grüße', 'utf16le')]);
    expect(readableText('scriptContent', utf16.toString('base64'))).toBe('Grüße');
    expect(readableText('/scriptContent', base64('\ufeff# ok'))).toBe('# ok');
    expect(readableText('detectionScriptContent', base64('Write-Host "für"', 'latin1'))).toBe(
      'Write-Host "für"',
    );
  });

  it.each([
    'ConfigureHomeGroupListenerServiceStartup',
    'basicIntegrityAndDeviceCertification',
    'sendSafeSamplesAutomatically',
    'DisablePostLogonProvisioning',
    '6f8a2c1e-9f4d-4a57-8d31-0c0a3c8f21aa',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'not base64 at all, only a sentence',
  ])('takes %s for what it is', (word) => {
    expect(readableText('displayName', word)).toBeNull();
  });

  it('refuses what only looks like base64, and bytes that are no text', () => {
    expect(readableText('scriptContent', 'YWJj=GVm')).toBeNull();
    expect(readableText('scriptContent', base64('a\u0000b'))).toBeNull();
    expect(readableText('scriptContent', null)).toBeNull();
    expect(readableText('scriptContent', '')).toBeNull();
  });

  it('stands beside the served value in a comparison', () => {
    const [before, after] = [base64('exit 0'), base64('exit 1')];
    expect(
      diffDocuments(
        { name: 'a', scriptContent: before },
        { name: 'b', rulesContent: base64('{}'), scriptContent: after },
        null,
      ),
    ).toEqual([
      { pointer: '/name', kind: 'changed', before: 'a', after: 'b', secret: false },
      {
        pointer: '/rulesContent',
        kind: 'added',
        after: base64('{}'),
        readable: { before: null, after: '{}' },
        secret: false,
      },
      {
        pointer: '/scriptContent',
        kind: 'changed',
        before,
        after,
        readable: { before: 'exit 0', after: 'exit 1' },
        secret: false,
      },
    ]);
  });
});
