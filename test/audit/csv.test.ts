import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvDelimiters, csvRecord, guardFormula, type CsvDelimiter } from '../../main/audit/csv.ts';

describe('formula guard', () => {
  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    '\0=1',
    ' =1',
    '\u00a0=1',
    '\u200b=1',
    '\ufeff=1',
    '\u202e=1',
    '＝1',
    '＋1',
    '－1',
    '＠x',
    '\ttab',
    '\nline',
    '\0nul',
  ])('makes %j text', (text) => {
    expect(guardFormula(text)).toBe(`'${text}`);
  });

  it.each(['', 'run.started', '2026-01-01', 'a=b', '{"a":-1}', ' a', "'x"])('leaves %j alone', (text) => {
    expect(guardFormula(text)).toBe(text);
  });
});

describe('CSV record', () => {
  it('quotes every field and ends with CR LF', () => {
    expect(csvRecord(['a', null, 'b "c"', 'd\ne'], 'comma')).toBe('"a","","b ""c""","d\ne"\r\n');
    expect(csvRecord(['a', 'b'], 'semicolon')).toBe('"a";"b"\r\n');
    expect(csvRecord(['a', 'b'], 'tab')).toBe('"a"\t"b"\r\n');
  });

  it('is read back by an independent parser as it was, whatever it holds', () => {
    const delimiters = Object.keys(csvDelimiters) as CsvDelimiter[];
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(...delimiters),
        (fields, delimiter) => {
          const [row] = parse(csvRecord(fields, delimiter), {
            delimiter: csvDelimiters[delimiter],
            record_delimiter: '\r\n',
          }) as string[][];
          expect(row).toEqual(fields.map(guardFormula));
        },
      ),
      { numRuns: 1000, seed: 20261124 },
    );
  });
});
