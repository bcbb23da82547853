import { mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { runCommand } from '../../main/service-install/carry-out-plan.ts';
import { systemdUnit, watchdogSeconds } from '../../main/service-install/systemd-unit.ts';
import { aDefinition, awkwardPath } from './definition.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantkeep-unit-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function writeUnit(text: string): Promise<string> {
  const file = join(directory, 'tenantkeep.service');
  await writeFile(file, text);
  return file;
}

/** What systemd itself says of a unit; skips the test where systemd's checker is not on this computer. */
async function systemdAnalyze(context: TestContext, ...words: string[]) {
  const answer = await runCommand(['systemd-analyze', ...words]);
  if (answer.exitCode === null)
    context.skip('not run: systemd-analyze is not on this computer (package systemd)');
  return answer;
}

describe('systemd unit', () => {
  it('is accepted by systemd without a word', async (context) => {
    const answer = await systemdAnalyze(context, 'verify', await writeUnit(systemdUnit(aDefinition())));
    expect(answer).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('would be refused with a directive that systemd does not know', async (context) => {
    const unit = systemdUnit(aDefinition()).replace('WatchdogSec=', 'WatchdogSek=');
    const answer = await systemdAnalyze(context, 'verify', await writeUnit(unit));
    expect(answer.stderr).toContain('WatchdogSek');
  });

  it('is hardened: an exposure of at most 2.5 on a scale to 10, as systemd rates it', async (context) => {
    const file = await writeUnit(systemdUnit(aDefinition()));
    const answer = await systemdAnalyze(context, 'security', '--offline=true', '--threshold=25', file);
    expect({ exitCode: answer.exitCode, rating: answer.stdout.trim().split('\n').at(-1) }).toMatchObject({
      exitCode: 0,
    });
  });

  it('is enabled for the start of the computer, with nobody signed in', async (context) => {
    const units = join(directory, 'etc/systemd/system');
    await mkdir(units, { recursive: true });
    await writeFile(join(units, 'tenantkeep.service'), systemdUnit(aDefinition()));
    const answer = await runCommand(['systemctl', `--root=${directory}`, 'enable', 'tenantkeep.service']);
    if (answer.exitCode === null)
      context.skip('not run: systemctl is not on this computer (package systemd)');
    expect(answer).toMatchObject({ exitCode: 0 });
    expect(await readlink(join(units, 'multi-user.target.wants/tenantkeep.service'))).toBe(
      '/etc/systemd/system/tenantkeep.service',
    );
  });

  it('hands awkward paths to the program as they are, and is still accepted', async (context) => {
    const unit = systemdUnit(
      aDefinition({ program: ['/usr/bin/env', `${awkwardPath}.js`], home: awkwardPath }),
    );
    const answer = await systemdAnalyze(context, 'verify', await writeUnit(unit));
    expect(answer).toMatchObject({ exitCode: 0, stderr: '' });
    const line = /^ExecStart=(.*)$/m.exec(unit)![1]!;
    expect(wordsOf(line)).toEqual([
      '/usr/bin/env',
      `${awkwardPath}.js`,
      'service',
      'run',
      '--home',
      awkwardPath,
    ]);
  });

  it('starts after the network and a local database, and never gives up', () => {
    const unit = systemdUnit(aDefinition());
    expect(unit).toMatch(/^After=network-online\.target postgresql\.service$/m);
    expect(unit).toMatch(/^StartLimitIntervalSec=0$/m);
    expect(unit).toMatch(/^Restart=on-failure$/m);
    expect(unit).toMatch(new RegExp(`^WatchdogSec=${watchdogSeconds}$`, 'm'));
    expect(unit).not.toMatch(/^(?:Requires|BindsTo)=/m);
  });

  it.each([
    { home: '/srv/x\nExecStartPre=/bin/evil' },
    { account: 'a\u0085b' },
    { program: ['/usr/bin/node', ''] },
  ])('refuses %j, which would write a directive of its own or none', (different) => {
    expect(() => systemdUnit(aDefinition(different))).toThrow(
      expect.objectContaining({ code: 'service_definition_invalid' }),
    );
  });
});

/** Takes an ExecStart line apart as systemd.syntax(7) says; a percent or dollar that is not doubled would mean something. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, inside]) => {
    expect(inside!.replaceAll('%%', '').replaceAll('$$', '')).not.toMatch(/[%$]/);
    return inside!
      .replaceAll(/\\(.)/g, '$1')
      .replaceAll('%%', '%')
      .replaceAll('$$', () => '$');
  });
}
