import type { AuditTrailEvent } from '../db/repositories/audit-trail.ts';

/** Columns of an export, in this order for good: scripts count them. New ones go to the end. */
export const auditCsvColumns = [
  'time',
  'sequence',
  'tenant',
  'tenant_id',
  'actor',
  'host',
  'action',
  'target_kind',
  'target_id',
  'outcome',
  'reason',
  'before',
  'after',
  'correlation_id',
  'previous_hash',
  'hash',
] as const;

export const csvDelimiters = { comma: ',', semicolon: ';', tab: '\t' } as const;
export type CsvDelimiter = keyof typeof csvDelimiters;

/** The byte order mark (Excel takes a file without it for another encoding) and the column titles. */
export function csvHeader(delimiter: CsvDelimiter): string {
  return `\ufeff${csvRecord(auditCsvColumns, delimiter)}`;
}

/** One event as a record of RFC 4180, ended by CR LF. */
export function csvRow(event: AuditTrailEvent, delimiter: CsvDelimiter): string {
  return csvRecord(
    [
      event.at.toISOString(),
      event.sequence,
      event.tenantName,
      event.tenantId,
      event.actor,
      event.host,
      event.action,
      event.targetKind,
      event.targetId,
      event.outcome,
      event.reason,
      event.before,
      event.after,
      event.correlationId,
      event.previousHash,
      event.hash,
    ],
    delimiter,
  );
}

/**
 * Every field quoted; a missing value is an empty field. Written out here because it is the whole cost of an export: a
 * library that decides per field whether to quote takes five times as long for a million events.
 */
export function csvRecord(fields: readonly (string | null)[], delimiter: CsvDelimiter): string {
  return `${fields.map(quoted).join(csvDelimiters[delimiter])}\r\n`;
}

function quoted(field: string | null): string {
  if (field === null) return '""';
  const guarded = guardFormula(field);
  return guarded.includes('"') ? `"${guarded.replaceAll('"', '""')}"` : `"${guarded}"`;
}

/**
 * A field that a spreadsheet would run as a formula gets an apostrophe before it, which makes it text there
 * (OWASP, CSV injection). Spreadsheets drop leading blanks, controls, NUL and invisible characters before they
 * look, so the first character that counts is the one behind those; full-width signs count like plain ones.
 */
export function guardFormula(text: string): string {
  // Nearly every field of a log; the rules below are for what else people and tenants write.
  if (isPlainStart(text)) return text;
  const first = /^[\s\p{C}\p{Z}]*(.)/su.exec(text)?.[1];
  const isRisky =
    /^[\t\r\n\0]/.test(text) || (first !== undefined && /[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(first));
  return isRisky ? `'${text}` : text;
}

/** Whether a text starts like nearly every field of a log, with a sign that makes no formula. */
export function isPlainStart(text: string): boolean {
  return /^[A-Za-z0-9{]/.test(text);
}
