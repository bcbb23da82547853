import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

/**
 * The architecture is a set of import rules that the linter holds. A rule that silently stopped matching
 * would look exactly like a clean project, so each boundary is proved here by planting a breach.
 */
const root = join(import.meta.dirname, '..', '..');
const planted: string[] = [];

function lintPlanted(path: string, source: string): { exitCode: number; output: string } {
  const file = join(root, path);
  planted.push(file);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  try {
    return {
      exitCode: 0,
      output: execFileSync(join(root, 'node_modules/.bin/oxlint'), ['--no-ignore', path], {
        cwd: root,
        encoding: 'utf8',
      }),
    };
  } catch (error) {
    const failure = error as { status: number; stdout: string; stderr: string };
    return { exitCode: failure.status, output: failure.stdout + failure.stderr };
  }
}

afterEach(() => {
  for (const file of planted.splice(0)) rmSync(file, { force: true });
});

describe('import boundaries', () => {
  it.each([
    ['shared/planted-breach.ts', '../main/clock.ts'],
    ['shared/planted-breach.ts', 'node:fs'],
    ['main/domain/planted-breach.ts', '../db/database.ts'],
    ['main/domain/planted-breach.ts', 'node:fs'],
    ['main/snapshot/planted-breach.ts', '../engine/ports.ts'],
    ['main/engine/planted-breach.ts', '../graph/graph-client.ts'],
    ['main/engine/planted-breach.ts', '../simulator/process.ts'],
    ['main/engine/planted-breach.ts', 'undici'],
    ['main/engine/planted-breach.ts', '../notify/alert-sender.ts'],
    ['main/notify/planted-breach.ts', '../engine/dispatcher.ts'],
    ['main/graph/planted-breach.ts', '../engine/run-lease.ts'],
    ['main/db/planted-breach.ts', '../engine/dispatcher.ts'],
    ['main/simulator/planted-breach.ts', '../graph/graph-client.ts'],
    ['main/updates/planted-breach.ts', '../engine/dispatcher.ts'],
    ['main/updates/planted-breach.ts', 'electron'],
    ['main/cli/planted-breach.ts', 'electron'],
    ['main/shell/planted-breach.ts', '../engine/ports.ts'],
    ['renderer/planted-breach.ts', '../main/clock.ts'],
    ['preload/planted-breach.ts', '../renderer/app.ts'],
  ])('%s may not import %s', (path, target) => {
    const result = lintPlanted(path, `import * as breach from '${target}';\nexport { breach };\n`);
    expect(result.output).toContain('no-restricted-imports');
    expect(result.exitCode).toBe(1);
  });

  it('lets the adapters import the ports of the engine', () => {
    const result = lintPlanted(
      'main/graph/planted-permitted.ts',
      "import type { Log } from '../engine/ports.ts';\nexport type Planted = Log;\n",
    );
    expect(result.output).not.toContain('no-restricted-imports');
    expect(result.exitCode).toBe(0);
  });

  it.each([
    ['setTimeout', 'setTimeout(() => undefined, 1);\n'],
    ['Date', 'export const now = Date.now();\n'],
    ['floating promise', 'async function work(): Promise<void> {}\nwork();\n'],
    ['empty catch', 'try {\n  JSON.parse("x");\n} catch {}\n'],
  ])('product code with %s is refused', (_name, source) => {
    expect(lintPlanted('main/engine/planted-breach.ts', source).exitCode).toBe(1);
  });
});
