import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hostNodeOptions } from '../../main/node-options.ts';

const root = join(import.meta.dirname, '..', '..');

it.each(['main/cli.ts', 'assets/bin/tenantkeep', 'assets/bin/tenantkeep.cmd'])(
  '%s starts Node with the options of a host',
  (path) => {
    expect(readFileSync(join(root, path), 'utf8')).toContain(` ${hostNodeOptions.join(' ')} `.trimEnd());
  },
);

it('leaves the launcher for Windows the line ends that cmd.exe needs', () => {
  const lines = readFileSync(join(root, 'assets/bin/tenantkeep.cmd'), 'utf8').split('\n').slice(0, -1);
  expect(lines.filter((line) => !line.endsWith('\r'))).toEqual([]);
});
