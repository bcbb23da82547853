import type { comparisonFormats } from '../../../shared/contract/set-exports.ts';
import { csvRecord } from '../../audit/csv.ts';
import type { Sql } from '../../db/database.ts';
import type { KeptSet } from '../../db/repositories/kept-sets.ts';
import { findPolicyType } from '../../domain/policy-types/registry.ts';
import { writeCanonicalJson } from '../../snapshot/canonical-json.ts';
import type { DocumentChange } from '../../snapshot/diff-documents.ts';
import { jsonPatch } from '../../snapshot/json-patch.ts';
import type { JsonValue } from '../../snapshot/json-value.ts';
import { maskSecrets } from '../../snapshot/secrets.ts';
import { type ComparedItem, compareItem, comparedDocuments, compareSets } from './compare-sets.ts';
import type { SetAddress } from './diff.ts';
import type { ExportWishes } from './export-content.ts';

export type ComparisonFormat = (typeof comparisonFormats)[number];

/** Longest value in a table that people read; the whole of it is in the JSON Patch. */
const valueChars = 2_000;

interface Line {
  typeKey: string;
  kind: 'added' | 'changed' | 'removed';
  item: ComparedItem;
}

/**
 * Two sets beside each other as a file: Markdown to read, CSV with a line a setting, or JSON Patches (RFC 6902) that
 * turn each changed object into its later form. Volatile values are left out, secrets masked, in all three.
 */
export async function writeComparisonText(
  sql: Sql,
  sets: { before: KeptSet; after: KeptSet },
  format: ComparisonFormat,
  wishes: ExportWishes = {},
): Promise<string> {
  const before = { tenantId: sets.before.tenantId, setId: sets.before.id };
  const after = { tenantId: sets.after.tenantId, setId: sets.after.id };
  const comparison = await compareSets(sql, before, after);
  const lines: Line[] = comparison.compared.flatMap((type) =>
    (['added', 'changed', 'removed'] as const).flatMap((kind) =>
      type[kind].map((item) => ({ typeKey: type.typeKey, kind, item })),
    ),
  );
  const pieces: string[] = [];
  for (const [index, line] of lines.entries()) {
    wishes.signal?.throwIfAborted();
    pieces.push(await writers[format].item(sql, before, after, line));
    wishes.onProgress?.(index + 1, lines.length);
  }
  return writers[format].whole(pieces, {
    ...sets,
    counts: comparison.counts,
    notCompared: comparison.notCompared.map(({ typeKey, reason }) => `${nameOf(typeKey)} (${reason})`),
  });
}

interface Frame {
  before: KeptSet;
  after: KeptSet;
  counts: { added: number; changed: number; removed: number };
  notCompared: string[];
}

interface Writer {
  item(sql: Sql, before: SetAddress, after: SetAddress, line: Line): Promise<string>;
  whole(pieces: readonly string[], frame: Frame): string;
}

/** What a set is called in a sentence. */
const titleOf = ({ origin }: KeptSet): string =>
  origin.kind === 'run' ? `Backup set ${origin.set.sequence}` : `Import from ${origin.set.tool}`;
const sourceOf = ({ origin, at }: KeptSet): string =>
  origin.kind === 'run' ? `sealed ${at}` : `taken ${at}, imported ${origin.set.importedAt}`;

const nameOf = (typeKey: string): string => findPolicyType(typeKey)?.displayName ?? typeKey;

function changesOf(sql: Sql, before: SetAddress, after: SetAddress, line: Line): Promise<DocumentChange[]> {
  return line.kind === 'changed'
    ? compareItem(sql, before, after, line.typeKey, line.item)
    : Promise.resolve([]);
}

const textOf = (value: JsonValue | undefined): string =>
  value === undefined ? '' : writeCanonicalJson(value).slice(0, valueChars);

/** Text of a tenant inside a line of Markdown: no markup, no end of the line, no end of a code span. */
function markdownText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').replaceAll(/[\\`*_{}[\]<>()#+!|~&]/g, String.raw`\$&`);
}

function markdownCode(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ');
  // The fence of a code span is longer than any run of back-ticks inside it.
  const longest = Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${plain}${fence}` : `${fence} ${plain} ${fence}`;
}

const markdown: Writer = {
  async item(sql, before, after, line) {
    const changes = await changesOf(sql, before, after, line);
    const head = `### ${line.kind}: ${markdownText(line.item.name)}\n\n${nameOf(line.typeKey)}, id ${markdownCode(line.item.idAfter ?? line.item.idBefore ?? '')}\n`;
    const rows = changes.map(
      (change) =>
        `- ${change.kind} ${markdownCode(change.pointer)}` +
        (change.before === undefined ? '' : ` from ${markdownCode(textOf(change.before))}`) +
        (change.after === undefined ? '' : ` to ${markdownCode(textOf(change.after))}`),
    );
    return rows.length === 0 ? head : `${head}\n${rows.join('\n')}\n`;
  },
  whole: (pieces, { before, after, counts, notCompared }) =>
    [
      `# ${titleOf(after)} compared with ${titleOf(before)}`,
      '',
      `- before: set ${before.id}, ${sourceOf(before)}, root ${before.root}`,
      `- after: set ${after.id}, ${sourceOf(after)}, root ${after.root}`,
      `- ${counts.added} added, ${counts.changed} changed, ${counts.removed} removed`,
      ...[before, after]
        .filter((set) => set.origin.kind === 'import')
        .map(
          (set) =>
            `- ${titleOf(set)} proves nothing about completeness; properties that only one side has are not compared`,
        ),
      ...(notCompared.length === 0 ? [] : [`- not compared: ${notCompared.join(', ')}`]),
      '',
      ...pieces,
    ].join('\n'),
};

const csvColumns = [
  'type',
  'type_name',
  'item_before',
  'item_after',
  'name',
  'difference',
  'setting',
  'change',
  'before',
  'after',
];

const csv: Writer = {
  async item(sql, before, after, line) {
    const changes = await changesOf(sql, before, after, line);
    const head = [
      line.typeKey,
      nameOf(line.typeKey),
      line.item.idBefore ?? '',
      line.item.idAfter ?? '',
      line.item.name,
      line.kind,
    ];
    if (changes.length === 0) return csvRecord([...head, '', '', '', ''], 'comma');
    return changes
      .map((change) =>
        csvRecord(
          [...head, change.pointer, change.kind, textOf(change.before), textOf(change.after)],
          'comma',
        ),
      )
      .join('');
  },
  // The byte order mark: Excel takes a file without it for another encoding.
  whole: (pieces) => `\uFEFF${csvRecord(csvColumns, 'comma')}${pieces.join('')}`,
};

const patch: Writer = {
  async item(sql, before, after, line) {
    const { typeKey, kind, item } = line;
    const documents = await comparedDocuments(sql, before, after, item);
    const operations = jsonPatch(maskSecrets(documents.before), maskSecrets(documents.after));
    return writeCanonicalJson({
      type: typeKey,
      idBefore: item.idBefore,
      idAfter: item.idAfter,
      name: item.name,
      difference: kind,
      patch: operations as unknown as JsonValue,
    });
  },
  whole: (pieces, { before, after, notCompared }) =>
    `${writeCanonicalJson({
      format: 'RFC 6902',
      before: { set: before.id, root: before.root },
      after: { set: after.id, root: after.root },
      notCompared,
    }).slice(0, -1)},"items":[\n${pieces.join(',\n')}\n]}\n`,
};

const writers: Readonly<Record<ComparisonFormat, Writer>> = { markdown, csv, 'json-patch': patch };
