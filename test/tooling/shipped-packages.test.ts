import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { shippedPackages } from '../../shipped-packages.ts';

const root = join(import.meta.dirname, '..', '..');
const shipped = shippedPackages(root);
const names = new Set(shipped.map(({ name }) => name));

it('lists what the main process needs, what the renderer bundles, and Electron', () => {
  for (const name of ['electron', 'pg', 'pg-protocol', 'react-dom', '@fluentui/react-components']) {
    expect(names).toContain(name);
  }
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) expect(names).toContain(name);
});

it('leaves out what only the tools of the project need', () => {
  for (const name of ['vitest', 'playwright', 'typescript', 'oxlint', 'electron-builder']) {
    expect(names).not.toContain(name);
  }
});

it('states the version that is installed and a licence that allows shipping', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/pg/package.json'), 'utf8')) as {
    version: string;
  };
  expect(shipped.find(({ name }) => name === 'pg')).toEqual({ name: 'pg', version, licence: 'MIT' });
  const permissive =
    /^\(?(?:MIT|MIT-0|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|CC0-1\.0|Unlicense|PostgreSQL|Python-2\.0)\b/;
  expect(shipped.filter(({ licence }) => !permissive.test(licence))).toEqual([]);
});
