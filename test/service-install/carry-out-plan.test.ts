import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { carryOutPlan, type CommandAnswer, runCommand } from '../../main/service-install/carry-out-plan.ts';
import { planInstallation, planRemoval } from '../../main/service-install/installation-plan.ts';
import { aDefinition } from './definition.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantkeep-plan-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const well: CommandAnswer = { exitCode: 0, stdout: '', stderr: '' };

describe('carrying out a plan', () => {
  it('writes a file with its mode and encoding, and removes it again', async () => {
    const path = join(directory, 'task.xml');
    const steps = [{ do: 'write', path, mode: 0o600, encoding: 'utf16le', content: '<a>é</a>\n' }] as const;
    await carryOutPlan({ steps, notes: [] }, runCommand);
    expect((await readFile(path)).toString('hex')).toBe(
      Buffer.from('\ufeff<a>é</a>\n', 'utf16le').toString('hex'),
    );
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await carryOutPlan({ steps: [{ do: 'remove', path }], notes: [] }, runCommand);
    await expect(stat(path)).rejects.toThrow('ENOENT');
    await carryOutPlan({ steps: [{ do: 'remove', path }], notes: [] }, runCommand);
  });

  it('stops at the first command that fails and says which, with what it said', async () => {
    const later = join(directory, 'later');
    const steps = [
      { do: 'run', words: ['sh', '-c', 'echo no such unit >&2; exit 5'] },
      { do: 'write', path: later, mode: 0o600, encoding: 'utf8', content: '' },
    ] as const;
    await expect(carryOutPlan({ steps, notes: [] }, runCommand)).rejects.toMatchObject({
      code: 'service_not_installed',
      message: expect.stringContaining('no such unit'),
    });
    await expect(stat(later)).rejects.toThrow('ENOENT');
  });

  it('goes on after a command whose failure changes nothing, and after one that does not exist', async () => {
    const steps = [
      { do: 'run', words: ['sh', '-c', 'exit 1'], mayFail: true },
      { do: 'run', words: ['tenantkeep-no-such-program'], mayFail: true },
    ] as const;
    await expect(carryOutPlan({ steps, notes: [] }, runCommand)).resolves.toBeUndefined();
  });

  it('says that an administrator is needed where the file may not be written', async (context) => {
    if (process.getuid?.() === 0) context.skip('not run: root may write everywhere');
    const steps = [
      { do: 'write', path: '/etc/tenantkeep.test', mode: 0o600, encoding: 'utf8', content: '' },
    ] as const;
    await expect(carryOutPlan({ steps, notes: [] }, runCommand)).rejects.toMatchObject({
      code: 'administrator_needed',
    });
  });
});

describe('plans', () => {
  it('let the scheduler ask for the password of an account, so that it never passes through this program', async () => {
    const asked: (readonly string[])[] = [];
    const windows = { home: directory, account: 'CONTOSO\\backup' };
    const plan = planInstallation('windows', aDefinition(windows), { start: true });
    const commands = plan.steps.filter((step) => step.do === 'run');
    await carryOutPlan({ steps: commands, notes: [] }, async (words, options) => {
      if (options?.asks === true) asked.push(words);
      return well;
    });
    expect(asked).toEqual([expect.arrayContaining(['/RU', 'CONTOSO\\backup', '/RP', '*'])]);
  });

  it.each(['linux', 'macos', 'windows'] as const)(
    'of %s start only when asked to, and remove what they wrote',
    (platform) => {
      const words = (start: boolean) =>
        planInstallation(platform, aDefinition(), { start }).steps.flatMap((step) =>
          step.do === 'run' ? [step.words.join(' ')] : [],
        );
      expect(words(true).length).toBe(words(false).length + 1);
      const written = planInstallation(platform, aDefinition(), { start: true }).steps.flatMap((step) =>
        step.do === 'write' ? [step.path] : [],
      );
      const removed = planRemoval(platform, aDefinition().home).steps.flatMap((step) =>
        step.do === 'remove' ? [step.path] : [],
      );
      expect(removed).toEqual(written);
    },
  );
});
