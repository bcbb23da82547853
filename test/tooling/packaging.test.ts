import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectionFileOfArguments } from '../../main/shell/connection-files.ts';
import { appSchemaVersion, clientLevel } from '../../main/db/schema-status.ts';
import { engineLevel } from '../../main/engine/engine-level.ts';
import { readReleaseEntry } from '../../main/updates/release-entry.ts';

const root = join(import.meta.dirname, '..', '..');

/** Runs electron-builder's own schema over a configuration; answers its complaint, or null when it has none. */
function complaintOfSchema(yamlText: string): string | null {
  const script = `
    import { load } from 'js-yaml';
    import { validateConfiguration } from 'app-builder-lib/out/util/config/config.js';
    import debug from 'builder-util';
    const text = await new Promise((resolve) => {
      let all = '';
      process.stdin.setEncoding('utf8').on('data', (part) => (all += part)).on('end', () => resolve(all));
    });
    const logger = new debug.DebugLogger(false);
    try {
      await validateConfiguration(load(text), logger);
      process.stdout.write('ok');
    } catch (error) {
      process.stdout.write(error.message);
    }
  `;
  const answer = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    input: yamlText,
    encoding: 'utf8',
  });
  return answer === 'ok' ? null : answer;
}

/** Has the builder find the hook that a configuration names and call it before packing for these targets. */
function answerOfHook(yamlText: string, targets: readonly string[]): string {
  const script = `
    import { readFileSync } from 'node:fs';
    import { load } from 'js-yaml';
    import { resolveFunction } from 'app-builder-lib/out/util/resolve.js';
    const config = load(readFileSync(0, 'utf8'));
    const hook = await resolveFunction(undefined, config.beforePack, 'beforePack', process.cwd());
    try {
      await hook({ targets: ${JSON.stringify(targets.map((name) => ({ name })))}, packager: { config } });
      process.stdout.write('ok');
    } catch (error) {
      process.stdout.write(error.message);
    }
  `;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    input: yamlText,
    encoding: 'utf8',
  });
}

/**
 * The entry of the feed that the builder writes for an artifact: its own functions, with the hook that the configuration
 * names, on a packager that is as far as they look at it.
 */
function entryOfBuilder(yamlText: string): string {
  const script = `
    import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
    import { tmpdir } from 'node:os';
    import { join } from 'node:path';
    import { load } from 'js-yaml';
    import { Platform } from 'app-builder-lib';
    import { createUpdateInfoTasks, writeUpdateInfoFiles } from 'app-builder-lib/out/publish/updateInfoBuilder.js';
    import { resolveFunction } from 'app-builder-lib/out/util/resolve.js';
    const config = load(readFileSync(0, 'utf8'));
    const outDir = mkdtempSync(join(tmpdir(), 'tenantkeep-entry-'));
    const file = join(outDir, 'TenantKeep-1.2.3.AppImage');
    writeFileSync(file, 'an artifact');
    const packager = {
      config,
      platformSpecificBuildOptions: config.linux,
      platform: Platform.LINUX,
      appInfo: { version: '1.2.3' },
      info: { metadata: {} },
      getResource: async () => null,
      emitArtifactCreated: async () => undefined,
    };
    await (await resolveFunction(undefined, config.afterPack, 'afterPack', process.cwd()))({ packager });
    const tasks = await createUpdateInfoTasks({ packager, file, target: { outDir }, arch: 1 }, [config.publish]);
    await writeUpdateInfoFiles(tasks, packager);
    process.stdout.write(readFileSync(join(outDir, 'latest-linux.yml'), 'utf8'));
    rmSync(outDir, { recursive: true });
  `;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    input: yamlText,
    encoding: 'utf8',
  });
}

describe('electron-builder.yml', () => {
  const yaml = readFileSync(join(root, 'electron-builder.yml'), 'utf8');

  it('satisfies the schema of the builder that will read it', () => {
    expect(complaintOfSchema(yaml)).toBeNull();
  });

  it('names what a deb cannot be made without: a maintainer and a homepage', () => {
    expect(yaml).toMatch(/^linux:\n(?: .*\n)*? {2}maintainer: .+ <.+@.+>$/m);
    expect(yaml).toMatch(/^extraMetadata:\n {2}homepage: https:/m);
  });

  it('opens connection files with the app, by the ending that inviting a person gives them', () => {
    const [, ending] = /^fileAssociations:\n {2}- ext: (\w+)$/m.exec(yaml) ?? [];
    expect(connectionFileOfArguments([`rita.${ending}`], '/home')).toBe(`/home/rita.${ending}`);
    for (const maker of [
      'main/cli/technicians-commands.ts',
      'renderer/features/settings/invite-technician.tsx',
    ]) {
      expect(readFileSync(join(root, maker), 'utf8')).toContain(`login}.${ending}\``);
    }
    // Each of these is what one of the systems needs for it.
    expect(yaml).toMatch(/^nsis:\n(?: .*\n)*? {2}perMachine: true$/m);
    expect(yaml).toMatch(/^ {4}mimeType: application\/\S+$/m);
    expect(yaml).toMatch(/^ {4}role: Viewer$/m);
  });

  it('makes no package for other people with placeholders as names, and a directory with them', () => {
    expect(answerOfHook(yaml, ['deb', 'AppImage'])).toBe(
      'A package for release needs real names: put your own in extraMetadata.homepage, linux.maintainer, publish.url of electron-builder.yml.',
    );
    expect(answerOfHook(yaml, ['dir'])).toBe('ok');
    const feedLeft = yaml.replace('https://tenantkeep.invalid\n', 'https://example.com\n');
    expect(answerOfHook(feedLeft.replace('@tenantkeep.invalid', '@example.com'), ['deb'])).toContain(
      'put your own in publish.url of',
    );
    const named = yaml.replaceAll('tenantkeep.invalid', 'example.com');
    expect(answerOfHook(named, ['deb'])).toBe('ok');
  });

  it('has the builder write an entry that says what the release is made for, as the code has it', () => {
    const text = entryOfBuilder(yaml);
    expect(text).toContain('sha512: ');
    expect(readReleaseEntry(text)).toEqual({
      version: '1.2.3',
      schemaVersion: appSchemaVersion,
      engineLevel,
      clientLevel,
      stagingPercentage: null,
    });
    expect(yaml).not.toMatch(/schemaVersion|engineLevel|clientLevel/);
  });

  it('would be refused with an option that the builder does not know', () => {
    expect(complaintOfSchema(`${yaml}\nnotAnOption: true\n`)).toContain('notAnOption');
  });
});
