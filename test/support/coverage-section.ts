import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { coverageTable } from '../../main/domain/policy-types/coverage-table.ts';

const file = join(import.meta.dirname, '..', '..', 'ARCHITECTURE.md');
const begin = '<!-- coverage:begin (generated from the registry; `npm test` compares) -->\n';
const end = '<!-- coverage:end -->';

function split(): { before: string; section: string; after: string } {
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error('ARCHITECTURE.md has lost the marks of its coverage table.');
  return {
    before: text.slice(0, from + begin.length),
    section: text.slice(from + begin.length, to).trim(),
    after: text.slice(to),
  };
}

/** The coverage table as ARCHITECTURE.md holds it. */
export function writtenCoverage(): string {
  return split().section;
}

// Run by itself, it writes the table anew.
if (import.meta.main) {
  const { before, after } = split();
  writeFileSync(file, `${before}\n${coverageTable().trim()}\n\n${after}`);
}
