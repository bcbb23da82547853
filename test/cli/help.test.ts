import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../main/cli/program.ts';
import { runCli } from '../support/cli.ts';

const home = mkdtempSync(join(tmpdir(), 'tenantkeep-help-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function leaves(command: Command, path: string[] = []): { path: string[]; command: Command }[] {
  return command.commands.length === 0
    ? [{ path, command }]
    : command.commands.flatMap((each) => leaves(each, [...path, each.name()]));
}
const commands = leaves(createProgram({ code: 0 }, new AbortController().signal));

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

describe('help', () => {
  it('knows the commands of the contract', () => {
    expect(commands.map(({ path }) => path.join(' ')).toSorted()).toEqual(
      [
        'audit accept-restore',
        'audit export',
        'audit list',
        'audit verify',
        'audit verify-export',
        'backup-sets delete-import',
        'backup-sets diff',
        'backup-sets export',
        'backup-sets import',
        'backup-sets list',
        'backup-sets show',
        'backup-sets verify',
        'demo',
        'doctor',
        'alerts list',
        'freshness',
        'hosts approve',
        'hosts list',
        'hosts remove',
        'hosts reseal',
        'migrate',
        'notifications add',
        'notifications list',
        'notifications remove',
        'notifications test',
        'run-now',
        'runs cancel',
        'runs list',
        'runs retry',
        'runs show',
        'schedules add',
        'schedules list',
        'schedules next',
        'schedules pause',
        'schedules remove',
        'schedules resume',
        'service install',
        'service logs',
        'service run',
        'service status',
        'service uninstall',
        'sign-in',
        'sign-out',
        'simulator',
        'technicians add',
        'technicians grant',
        'technicians list',
        'technicians remove',
        'technicians revoke',
        'tenants check',
        'tenants connect',
        'tenants connect-many',
        'tenants delete',
        'tenants list',
        'tenants replace-credential',
        'tenants tag',
        'templates apply',
        'templates detach',
        'templates drift',
        'templates list',
        'templates remove',
        'templates set',
        'templates show',
        'types list',
        'types unknown',
        'updates check',
      ].toSorted(),
    );
  });

  it.each(commands.map(({ path, command }) => ({ name: path.join(' '), command })))(
    '$name has an example, the exit codes and the common options',
    ({ name, command }) => {
      const text = helpOf(command);
      expect(text).toMatch(new RegExp(`Examples?:\\n.*tenantkeep ${name}`, 's'));
      expect(text).toContain('Exit codes:');
      expect(text).toContain('--json');
      expect(text).toContain('--home');
    },
  );

  it('is printed on stdout with exit code 0 and touches no home', async () => {
    const result = await runCli(['schedules', 'add', '--help'], { home: join(home, 'none') });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toContain('tenantkeep schedules add');
  });

  it.each([
    [['schedulez', 'add'], 'schedulez'],
    [['schedules', 'ad'], 'ad'],
    [['schedules'], 'needs a command'],
    [['runs', 'list', '--colour', 'red'], '--colour'],
    [['runs', 'show'], 'run'],
    [['runs', 'list', '--limit', 'many'], '--limit'],
    [['schedules', 'add', '--name', 'x', '--daily', '02:00'], '--tenant'],
  ])('%j is a usage error in one sentence', async (words, mentioned) => {
    const plain = await runCli(words, { home });
    expect(plain).toMatchObject({ exitCode: 2, stdout: '' });
    expect(plain.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(plain.stderr).toContain(mentioned);
    const asJson = await runCli([...words, '--json'], { home });
    expect(asJson.exitCode).toBe(2);
    expect(asJson.error?.code).toBe('usage');
    expect(asJson.error?.nextStep).toBeTruthy();
  });
});
