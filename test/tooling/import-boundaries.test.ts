import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * The architecture is a set of import rules that the linter holds. A rule that silently stopped matching
 * would look exactly like a clean project, so each boundary is proved here by planting a breach.
 */
const root = join(import.meta.dirname, '..', '..');

const breaches: readonly [folder: string, target: string][] = [
  ['shared', '../main/clock.ts'],
  ['shared', 'node:fs'],
  ['main/domain', '../db/database.ts'],
  ['main/domain', 'node:fs'],
  ['main/snapshot', '../engine/ports.ts'],
  ['main/engine', '../graph/graph-client.ts'],
  ['main/engine', '../simulator/process.ts'],
  ['main/engine', 'undici'],
  ['main/engine', '../notify/alert-sender.ts'],
  ['main/notify', '../engine/dispatcher.ts'],
  ['main/graph', '../engine/run-lease.ts'],
  ['main/db', '../engine/dispatcher.ts'],
  ['main/simulator', '../graph/graph-client.ts'],
  ['main/updates', '../engine/dispatcher.ts'],
  ['main/updates', 'electron'],
  ['main/cli', 'electron'],
  ['main/shell', '../engine/ports.ts'],
  ['renderer', '../main/clock.ts'],
  ['preload', '../renderer/app.ts'],
];
const refused: readonly [what: string, source: string][] = [
  ['setTimeout', 'setTimeout(() => undefined, 1);\n'],
  ['Date', 'export const now = Date.now();\n'],
  ['floating promise', 'async function work(): Promise<void> {}\nwork();\n'],
  ['empty catch', 'try {\n  JSON.parse("x");\n} catch {}\n'],
];
const permitted = 'main/graph/planted-permitted.ts';

/** What is planted, by path: all at once, because the linter takes as long for one file as for all of them. */
const planted = new Map<string, string>([
  ...breaches.map(
    ([folder, target], index) =>
      [breachPath(folder, index), `import * as breach from '${target}';\nexport { breach };\n`] as const,
  ),
  ...refused.map(([, source], index) => [refusedPath(index), source] as const),
  [permitted, "import type { Log } from '../engine/ports.ts';\nexport type Planted = Log;\n"],
]);

function breachPath(folder: string, index: number): string {
  return `${folder}/planted-breach-${index}.ts`;
}

function refusedPath(index: number): string {
  return `main/engine/planted-refused-${index}.ts`;
}

/** The rules by which the linter would fail, by path; what it merely warns of would hold nothing. */
const found = new Map<string, string[]>();

beforeAll(async () => {
  for (const [path, source] of planted) writeFileSync(join(root, path), source);
  const { diagnostics } = await lint([...planted.keys()]);
  for (const { filename, code } of diagnostics.filter(({ severity }) => severity === 'error')) {
    found.set(filename, [...(found.get(filename) ?? []), code]);
  }
});

afterAll(() => {
  for (const path of planted.keys()) rmSync(join(root, path), { force: true });
});

async function lint(
  paths: string[],
): Promise<{ diagnostics: { filename: string; code: string; severity: string }[] }> {
  const words = ['--no-ignore', '--format', 'json', ...paths];
  const output = await new Promise<string>((resolve) => {
    // Its exit code is that of what it found, which is what this is about.
    execFile(join(root, 'node_modules/.bin/oxlint'), words, { cwd: root }, (_error, stdout) =>
      resolve(stdout),
    );
  });
  return JSON.parse(output) as Awaited<ReturnType<typeof lint>>;
}

describe('import boundaries', () => {
  it.each(breaches.map(([folder, target], index) => [folder, target, index] as const))(
    '%s may not import %s',
    (folder, _target, index) => {
      expect(found.get(breachPath(folder, index))).toContain('eslint(no-restricted-imports)');
    },
  );

  it('lets the adapters import the ports of the engine', () => {
    expect(found.get(permitted)).toBeUndefined();
  });

  it.each(refused.map(([what], index) => [what, index] as const))(
    'product code with %s is refused',
    (_what, index) => {
      expect(found.get(refusedPath(index))).toHaveLength(1);
    },
  );
});
