import { notOffered } from './not-offered.ts';
import type { ChildRead, PolicyType } from './policy-type.ts';
import { policyTypes } from './registry.ts';

const heads = ['Policy type', 'Path', 'Version', 'Children', 'Least permission'];

/**
 * What is backed up and by which reads, as Markdown: one table over all policy types by category, then what
 * Graph does not offer. Stands in ARCHITECTURE.md, where CI compares it with the registry. Columns are padded as
 * prettier pads them.
 */
export function coverageTable(): string {
  const rows = policyTypes.map(rowOf);
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const tables = [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
  return [
    ...tables,
    '',
    '\\* may fail alone and never touches completeness. Parts in parentheses are known and not read:',
    '',
    ...notReadParts().map((text) => `- ${text}`),
    '',
    'Not offered by Microsoft Graph to a reader:',
    '',
    ...notOffered.map(({ name, note }) => `- ${name}: ${note}`),
    '',
  ].join('\n');
}

function rowOf(type: PolicyType): string[] {
  return [
    `${type.displayName} (\`${type.key}\`${type.priority === 'core' ? '' : `, ${type.priority}`})`,
    `\`${type.listPath}\``,
    type.apiVersion,
    type.children.map(childLabel).join(', ') || '–',
    type.permission ?? 'none published for apps',
  ];
}

function childLabel(child: ChildRead): string {
  if (child.notRead !== undefined) return `(${child.name})`;
  return child.importance === 'required' ? child.name : `${child.name}\\*`;
}

function notReadParts(): string[] {
  const parts = policyTypes.flatMap((type) => type.children.filter((child) => child.notRead !== undefined));
  return [...new Set(parts.map((child) => `${child.name}: ${child.notRead}`))];
}
