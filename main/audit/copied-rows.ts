import { auditCsvColumns, csvDelimiters, csvRecord, isPlainStart, type CsvDelimiter } from './csv.ts';

const quote = 0x22;
const lineFeed = 0x0a;
const sequenceColumn = auditCsvColumns.indexOf('sequence');
const tenantIdColumn = auditCsvColumns.indexOf('tenant_id');

/** First bytes of a field that need no look at the formula guard; a quote is an empty field or a quoted quote. */
const plainStart = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === quote || (byte < 0x80 && isPlainStart(String.fromCharCode(byte))) ? 1 : 0,
);

export interface CopiedRow {
  /** The record, CR LF at its end, where it differs from the row in more than its line end; null otherwise. */
  record: string | null;
  tenantId: string | null;
  sequence: string;
}

/**
 * Reads rows that COPY printed as CSV with every field quoted, and tells what makes each exactly the record that
 * `csvRow` gives. COPY is by far the quickest to quote; but it knows no formula guard and ends lines as Unix does.
 * Throws on what is no such row.
 */
export function createCopiedRowReader(delimiter: CsvDelimiter): (row: Buffer) => CopiedRow {
  const divider = csvDelimiters[delimiter].charCodeAt(0);
  /** Where the closing quote of each field stands. */
  const ends = new Int32Array(auditCsvColumns.length);

  /** Fills `ends`; true if no field starts in a way that the guard has to look at. */
  const scan = (row: Buffer): boolean => {
    const { length } = row;
    let isPlain = true;
    let at = 0;
    for (let field = 0; field < ends.length; field += 1) {
      if (row[at] !== quote) throw notARow();
      at += 1;
      if (plainStart[row[at]!] !== 1) isPlain = false;
      for (; ; at += 2) {
        while (at < length && row[at] !== quote) at += 1;
        if (row[at + 1] !== quote) break;
      }
      ends[field] = at;
      if (row[at + 1] !== (field === ends.length - 1 ? lineFeed : divider)) throw notARow();
      at += 2;
    }
    if (at !== length) throw notARow();
    return isPlain;
  };

  const startOf = (field: number): number => (field === 0 ? 1 : ends[field - 1]! + 3);

  return (row) => {
    const isPlain = scan(row);
    const tenantId = row.toString('latin1', startOf(tenantIdColumn), ends[tenantIdColumn]);
    return {
      record: isPlain
        ? null
        : csvRecord(
            Array.from(ends, (end, field) => row.toString('utf8', startOf(field), end).replaceAll('""', '"')),
            delimiter,
          ),
      tenantId: tenantId === '' ? null : tenantId,
      sequence: row.toString('latin1', startOf(sequenceColumn), ends[sequenceColumn]),
    };
  };
}

function notARow(): Error {
  return new Error('The database sent a row of the export in another form than it was asked for.');
}
