import { DOMParser } from '@xmldom/xmldom';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../main/service-install/carry-out-plan.ts';
import { launchDaemon } from '../../main/service-install/launch-daemon.ts';
import { aDefinition, awkwardPath } from './definition.ts';

type PlistValue = string | number | boolean | PlistValue[] | { [key: string]: PlistValue };

/** A property list as its own document type defines it; anything else throws. */
function parsePlist(xml: string): Record<string, PlistValue> {
  const document = new DOMParser({
    errorHandler: (_level: string, message: string) => {
      throw new Error(message);
    },
  }).parseFromString(xml, 'text/xml');
  expect(document.doctype?.publicId).toContain('-//Apple//DTD PLIST 1.0//EN');
  const root = document.documentElement;
  expect([root.tagName, root.getAttribute('version')]).toEqual(['plist', '1.0']);
  const [value, ...more] = elementsIn(root);
  expect(more).toEqual([]);
  return plistValue(value!) as Record<string, PlistValue>;
}

function elementsIn(element: Element): Element[] {
  return Array.from(element.childNodes).filter((node): node is Element => node.nodeType === 1);
}

function plistValue(element: Element): PlistValue {
  switch (element.tagName) {
    case 'string':
      return element.textContent ?? '';
    case 'integer':
      return Number(element.textContent);
    case 'true':
    case 'false':
      return element.tagName === 'true';
    case 'array':
      return elementsIn(element).map(plistValue);
    case 'dict': {
      const parts = elementsIn(element);
      const keys = parts.filter((_part, index) => index % 2 === 0);
      expect(keys.every(({ tagName }) => tagName === 'key')).toBe(true);
      return Object.fromEntries(
        keys.map((key, index) => [key.textContent ?? '', plistValue(parts[index * 2 + 1]!)]),
      );
    }
    default:
      throw new Error(`${element.tagName} is no part of a property list.`);
  }
}

describe('launch daemon', () => {
  it('starts at boot under the account, and again after every end but a good one', () => {
    expect(parsePlist(launchDaemon(aDefinition({ metricsPort: 9_123 })))).toEqual({
      Label: 'io.tenantkeep.service',
      ProgramArguments: [
        '/usr/bin/env',
        '/opt/TenantKeep/resources/cli.js',
        'service',
        'run',
        '--home',
        '/var/lib/tenantkeep',
        '--metrics-port',
        '9123',
      ],
      UserName: 'tenantkeep',
      WorkingDirectory: '/var/lib/tenantkeep',
      EnvironmentVariables: { NODE_ENV: 'production' },
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 10,
      ExitTimeOut: 60,
      Umask: 0o077,
      ProcessType: 'Standard',
      StandardErrorPath: '/var/lib/tenantkeep/service-stderr.log',
    });
  });

  it('carries awkward paths unchanged', () => {
    const parsed = parsePlist(launchDaemon(aDefinition({ home: awkwardPath })));
    expect(parsed['WorkingDirectory']).toBe(awkwardPath);
    expect(parsed['ProgramArguments']).toContain(awkwardPath);
  });

  it('is accepted by the checker of macOS', async (context) => {
    const answer = await runCommand(['plutil', '-help']);
    if (answer.exitCode === null) context.skip('not run: plutil exists on macOS only');
    const { mkdtemp, rm, writeFile } = await import('node:fs/promises');
    const directory = await mkdtemp('/tmp/tenantkeep-plist-');
    try {
      await writeFile(`${directory}/service.plist`, launchDaemon(aDefinition({ home: awkwardPath })));
      expect(await runCommand(['plutil', '-lint', `${directory}/service.plist`])).toMatchObject({
        exitCode: 0,
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
