import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = readFileSync(join(root, 'SECURITY.md'), 'utf8');

it('SECURITY.md names tests that exist', () => {
  const named = [...text.matchAll(/`(test\/[^` ]+)`/g)].map(([, path]) => path!);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it('SECURITY.md has a line for each attack that the project set itself, and each names a test', () => {
  const ids = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9', 'S10', 'R16'];
  const lines = text.split('\n');
  expect(
    ids.filter((id) => !lines.some((line) => line.startsWith(`| ${id} `) && line.includes('`test/'))),
  ).toEqual([]);
});
