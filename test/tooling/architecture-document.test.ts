import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { coverageTable } from '../../main/domain/policy-types/coverage-table.ts';
import { writtenCoverage } from '../support/coverage-section.ts';
import { benchRecord, figureSections, recordedFigures, tortureRecord } from '../support/figures-sections.ts';

const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');

describe('ARCHITECTURE.md', () => {
  it('names each folder of main', () => {
    const folders = readdirSync(join(root, 'main'), { withFileTypes: true }).filter((each) =>
      each.isDirectory(),
    );
    expect(folders.map(({ name }) => `main/${name}/`).filter((name) => !text.includes(name))).toEqual([]);
  });

  it('names each table of the schema', () => {
    const data = text.slice(text.indexOf('## Data'), text.indexOf('## Reading Microsoft Graph'));
    const tables = readdirSync(join(root, 'migrations'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [
        ...readFileSync(join(root, 'migrations', name), 'utf8').matchAll(/create table app\.(\w+)/g),
      ])
      .map(([, table]) => table!);
    expect(tables.length).toBeGreaterThan(30);
    expect(tables.filter((table) => !new RegExp(`\\b${table}\\b`).test(data))).toEqual([]);
  });

  it('shows the registry as it is (mend with: node test/support/coverage-section.ts)', () => {
    expect(writtenCoverage()).toBe(coverageTable().trim());
  });
});

describe('the figures', () => {
  const sections = [benchRecord, tortureRecord].flatMap((record) =>
    figureSections(record, recordedFigures(record)).map(
      (section) => [section.document, record, section] as const,
    ),
  );

  it.each(sections)('in %s are those of $file (mend with: $command)', (_document, _record, section) => {
    expect(section.written()).toBe(section.expected);
  });
});
