import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

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

describe('electron-builder.yml', () => {
  const yaml = readFileSync(join(root, 'electron-builder.yml'), 'utf8');

  it('satisfies the schema of the builder that will read it', () => {
    expect(complaintOfSchema(yaml)).toBeNull();
  });

  it('names what a deb cannot be made without: a maintainer and a homepage', () => {
    expect(yaml).toMatch(/^linux:\n(?: .*\n)*? {2}maintainer: .+ <.+@.+>$/m);
    expect(yaml).toMatch(/^extraMetadata:\n {2}homepage: https:/m);
  });

  it('would be refused with an option that the builder does not know', () => {
    expect(complaintOfSchema(`${yaml}\nnotAnOption: true\n`)).toContain('notAnOption');
  });
});
