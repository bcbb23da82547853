import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../shared/errors.ts';
import { auditCsvColumns, csvDelimiters } from './csv.ts';
import type { SavedHead } from './verify-chain.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const sequence = z.string().regex(/^\d{1,19}$/);
const manifestSchema = z.object({
  format: z.literal('tenantkeep-audit-export-1'),
  file: z.string(),
  fileFormat: z.enum(['csv', 'jsonl']),
  delimiter: z.enum(['comma', 'semicolon', 'tab']).nullable(),
  filter: z.record(z.string(), z.string().nullable()),
  rows: z.number().int().min(0),
  chains: z.array(
    z.object({
      tenantId: z.string().nullable(),
      tenantName: z.string().nullable(),
      firstSequence: sequence.nullable(),
      lastSequence: sequence.nullable(),
      headSequence: sequence,
      headHash: hash,
    }),
  ),
  sha256: hash,
  bytes: z.number().int().min(0),
  exportedAt: z.string(),
});
export type ReadManifest = z.output<typeof manifestSchema>;

export interface ExportVerdict {
  manifest: ReadManifest;
  /** What is wrong, in the order in which it was found; empty: the file is as it was written. */
  findings: string[];
  rows: number;
  sha256: string;
}

/** Reads the manifest of an export. Throws `manifest_not_found` or `manifest_invalid`. */
export async function readExportManifest(path: string): Promise<ReadManifest> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError('manifest_not_found', `The manifest ${path} cannot be read.`, {
      nextStep: 'Keep an export and its manifest, which ends in .manifest.json, side by side.',
      cause: error,
    });
  }
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError('manifest_invalid', `${path} is not the manifest of an audit export.`, {
      nextStep: 'Give a file that "tenantkeep audit export" wrote.',
      cause: error,
    });
  }
}

/** The ends of the chains at the moment of the export, to verify the database against. */
export function headsOfManifest(manifest: ReadManifest): SavedHead[] {
  return manifest.chains
    .filter((chain) => chain.headSequence !== '0')
    .map(({ tenantId, headSequence, headHash }) => ({
      tenantId,
      sequence: headSequence,
      hash: headHash,
      savedAt: manifest.exportedAt,
      keptIn: `the manifest of ${manifest.file}`,
    }));
}

/**
 * Compares an exported file with `<file>.manifest.json`: bytes, rows, first and last event of each chain, and that
 * neighbouring events of a chain are linked by their hashes. Needs no database. Whoever can change both files can
 * make them agree; that shows against the database, or against the manifest's own copy elsewhere.
 */
export async function verifyAuditExport(path: string): Promise<ExportVerdict> {
  const manifest = await readExportManifest(`${path}.manifest.json`);
  const digest = createHash('sha256');
  const findings: string[] = [];
  const spans = new Map<string | null, { first: string; last: string; hash: string }>();
  let bytes = 0;
  let rows = 0;
  const text = async function* (): AsyncGenerator<string> {
    const decoder = new TextDecoder('utf-8');
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      digest.update(chunk);
      bytes += chunk.length;
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder.decode();
  };
  const note = (finding: string): void => {
    if (findings.length < 20) findings.push(finding);
  };
  try {
    const events =
      manifest.fileFormat === 'csv'
        ? csvEvents(text(), csvDelimiters[manifest.delimiter ?? 'comma'])
        : jsonEvents(text());
    for await (const event of events) {
      rows += 1;
      if (typeof event === 'string') {
        note(`Row ${rows}: ${event}`);
        continue;
      }
      const span = spans.get(event.tenantId);
      if (span === undefined) {
        spans.set(event.tenantId, { first: event.sequence, last: event.sequence, hash: event.hash });
        continue;
      }
      if (BigInt(event.sequence) <= BigInt(span.last))
        note(`Row ${rows}: the events are not in their order.`);
      else if (BigInt(event.sequence) === BigInt(span.last) + 1n && event.previousHash !== span.hash) {
        note(`Row ${rows}: event ${event.sequence} does not follow the one before it.`);
      }
      spans.set(event.tenantId, { first: span.first, last: event.sequence, hash: event.hash });
    }
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') {
      throw new AppError('file_not_found', `There is no file ${path}.`, { nextStep: 'Check the path.' });
    }
    throw error;
  }
  if (rows !== manifest.rows) note(`The file has ${rows} events, the manifest names ${manifest.rows}.`);
  for (const chain of manifest.chains) {
    const span = spans.get(chain.tenantId);
    if ((span?.first ?? null) !== chain.firstSequence || (span?.last ?? null) !== chain.lastSequence) {
      note(
        `${chain.tenantName ?? '(workspace)'}: the file holds events ${span?.first ?? '-'} to ${span?.last ?? '-'}, the manifest names ${chain.firstSequence ?? '-'} to ${chain.lastSequence ?? '-'}.`,
      );
    }
  }
  const unnamed = [...spans.keys()].filter((id) => !manifest.chains.some((chain) => chain.tenantId === id));
  if (unnamed.length > 0) note(`The file holds events of chains that the manifest does not name.`);
  const sha256 = digest.digest('hex');
  if (bytes !== manifest.bytes) note(`The file has ${bytes} bytes, the manifest names ${manifest.bytes}.`);
  if (sha256 !== manifest.sha256) note('The SHA-256 of the file is not the one in the manifest.');
  return { manifest, findings, rows, sha256 };
}

interface ExportedEvent {
  tenantId: string | null;
  sequence: string;
  previousHash: string;
  hash: string;
}

const eventSchema = z.object({
  tenantId: z.string().nullable(),
  sequence,
  previousHash: hash,
  hash,
});

const column = {
  tenantId: auditCsvColumns.indexOf('tenant_id'),
  sequence: auditCsvColumns.indexOf('sequence'),
  previousHash: auditCsvColumns.indexOf('previous_hash'),
  hash: auditCsvColumns.indexOf('hash'),
};

/** Events, or what is wrong with a row. */
async function* csvEvents(
  text: AsyncIterable<string>,
  delimiter: string,
): AsyncGenerator<ExportedEvent | string> {
  let isHeader = true;
  for await (const fields of csvRecords(text, delimiter)) {
    if (isHeader) {
      isHeader = false;
      const titles = fields?.map((field, index) => (index === 0 ? field.replace(/^\ufeff/, '') : field));
      if (titles?.join() !== auditCsvColumns.join())
        yield 'the column titles are not those of an audit export.';
      continue;
    }
    const parsed = eventSchema.safeParse({
      tenantId: fields?.[column.tenantId] || null,
      sequence: fields?.[column.sequence],
      previousHash: fields?.[column.previousHash],
      hash: fields?.[column.hash],
    });
    yield fields?.length === auditCsvColumns.length && parsed.success ? parsed.data : 'it is no audit event.';
  }
}

async function* jsonEvents(text: AsyncIterable<string>): AsyncGenerator<ExportedEvent | string> {
  for await (const line of lines(text)) {
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      parsed = null;
    }
    const event = eventSchema.safeParse(parsed);
    yield event.success ? event.data : 'it is no audit event.';
  }
}

async function* lines(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const part of text) {
    const pieces = (rest + part).split('\n');
    rest = pieces.pop()!;
    yield* pieces;
  }
  if (rest !== '') yield rest;
}

/** Records of RFC 4180 as this program writes them: every field quoted, CR LF at the end. Null: another form. */
async function* csvRecords(text: AsyncIterable<string>, delimiter: string): AsyncGenerator<string[] | null> {
  let record = '';
  let quotes = 0;
  for await (const line of lines(text)) {
    record += record === '' ? line : `\n${line}`;
    quotes += countQuotes(line);
    // A line break inside quotes belongs to the field.
    if (quotes % 2 === 1) continue;
    yield splitRecord(record.replace(/\r$/, ''), delimiter);
    record = '';
    quotes = 0;
  }
  if (record !== '') yield null;
}

function countQuotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) count += 1;
  return count;
}

function splitRecord(record: string, delimiter: string): string[] | null {
  const fields: string[] = [];
  const body = record.replace(/^\ufeff/, '');
  const field = /"([^"]*(?:""[^"]*)*)"(.|$)/suy;
  for (;;) {
    const match = field.exec(body);
    if (match === null) return null;
    fields.push(match[1]!.replaceAll('""', '"'));
    if (match[2] === '') return field.lastIndex === body.length ? fields : null;
    if (match[2] !== delimiter) return null;
  }
}
