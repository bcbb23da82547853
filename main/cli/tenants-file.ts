import { readFile } from 'node:fs/promises';
import { resolve, dirname } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { AppError, isAppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { CredentialSecret } from '../credentials/sealed-credential.ts';
import type { Cloud } from '../db/repositories/credentials.ts';
import { cloudNames } from '../graph/clouds.ts';
import { readCredential, refusePastEnd } from './credential-files.ts';
import { guid, oneOf, usageError } from './usage-error.ts';

const columns = {
  required: ['name', 'tenantId', 'clientId'],
  optional: ['cloud', 'secretFile', 'certificateFile', 'privateKeyFile', 'secretExpires', 'tags'],
} as const;
const allColumns: readonly string[] = [...columns.required, ...columns.optional];
const mostRows = 5_000;
const mostTags = 20;

/** A line of the file that was read and checked, its files included. */
export interface TenantLine {
  line: number;
  name: string;
  tenantGuid: string;
  clientId: string;
  cloud: Cloud;
  tags: string[];
  credential: Exclude<CredentialSecret, { kind: 'delegated' }>;
  expiresAt: Date | null;
}

/** A line that cannot be connected as it stands. */
export interface RefusedLine {
  line: number;
  name: string;
  error: AppError;
}

/**
 * Reads a CSV file of tenants (RFC 4180, UTF-8, a header line) and checks every line before anything is stored.
 * Paths in it are relative to the file. Throws `tenants_file_invalid` when the file itself cannot be right: then
 * nothing of it may be used. A line with a wrong value is handed back as refused.
 */
export async function readTenantsFile(
  path: string,
  clock: Clock,
): Promise<{ lines: TenantLine[]; refused: RefusedLine[] }> {
  const records = parseFile(await readText(path), path);
  const lines: TenantLine[] = [];
  const refused: RefusedLine[] = [];
  const seen = new Map<string, number>();
  for (const { line, fields } of records) {
    const name = (fields.name ?? '').trim();
    try {
      const checked = await checkLine(line, fields, dirname(path), clock);
      for (const key of [`name ${checked.name.toLowerCase()}`, `id ${checked.tenantGuid}`]) {
        const before = seen.get(key);
        if (before !== undefined) {
          const what = key.startsWith('name ') ? 'name' : 'tenantId';
          throw usageError(`The ${what} stands in line ${before} too.`, 'Keep one line for each tenant.');
        }
        seen.set(key, line);
      }
      lines.push(checked);
    } catch (error) {
      if (!isAppError(error)) throw error;
      refused.push({ line, name, error });
    }
  }
  return { lines, refused };
}

type Fields = Partial<Record<string, string>>;

function parseFile(text: string, path: string): { line: number; fields: Fields }[] {
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(text, { bom: true, info: true, skip_empty_lines: true }) as unknown as typeof records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as CsvError & { lines?: number };
    throw invalid(
      `${path} is not CSV as RFC 4180 has it${lines === undefined ? '' : `: see line ${lines}`}.`,
      error,
    );
  }
  const [header, ...rows] = records;
  if (header === undefined) throw invalid(`${path} is empty.`);
  const titles = header.record.map((title) => title.trim());
  const missing = columns.required.filter((column) => !titles.includes(column));
  if (missing.length > 0) throw invalid(`${path} lacks the column ${missing.join(', ')} in its first line.`);
  const strange = titles.find(
    (title, index) => !allColumns.includes(title) || titles.indexOf(title) !== index,
  );
  if (strange !== undefined) {
    const twice = allColumns.includes(strange);
    throw invalid(`${path} has ${twice ? `the column ${strange} twice` : `an unknown column "${strange}"`}.`);
  }
  if (rows.length === 0) throw invalid(`${path} holds no tenant.`);
  if (rows.length > mostRows) throw invalid(`${path} holds more than ${mostRows} tenants.`);
  return rows.map(({ record, info }) => ({
    line: info.lines,
    fields: Object.fromEntries(
      titles.map((title, index) => [title, record[index] === '' ? undefined : record[index]]),
    ),
  }));
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError('tenants_file_invalid', message, {
    nextStep: `The columns are ${columns.required.join(', ')} and, as needed, ${columns.optional.join(', ')}.`,
    cause,
  });
}

async function checkLine(line: number, fields: Fields, directory: string, clock: Clock): Promise<TenantLine> {
  const name = (fields.name ?? '').trim();
  if (name === '' || name.length > 200 || /\p{Cc}/u.test(name)) {
    throw usageError('name must have 1 to 200 characters and no control characters.', 'Correct the line.');
  }
  const tenantGuid = guid(fields.tenantId ?? '', 'tenantId');
  const clientId = guid(fields.clientId ?? '', 'clientId');
  const cloud = oneOf<Cloud>(fields.cloud ?? 'global', 'cloud', cloudNames);
  const tags = tagsOf(fields.tags ?? '');
  const file = (column: string): string | undefined => {
    const given = fields[column];
    return given === undefined ? undefined : resolve(directory, given);
  };
  const hasSecret = fields.secretFile !== undefined;
  const pair = [fields.certificateFile, fields.privateKeyFile].filter((each) => each !== undefined).length;
  if (hasSecret ? pair > 0 : pair !== 2) {
    throw usageError(
      'A line has either a secretFile, or a certificateFile and a privateKeyFile.',
      'Correct the line.',
    );
  }
  const given = await readCredential({
    secretFile: file('secretFile'),
    certificateFile: file('certificateFile'),
    privateKeyFile: file('privateKeyFile'),
    secretExpires: fields.secretExpires,
  });
  refusePastEnd(given, clock);
  return { line, name, tenantGuid, clientId, cloud, tags, ...given };
}

/** Tags are parted by semicolons, which need no quotes in CSV. */
function tagsOf(text: string): string[] {
  const tags = [
    ...new Set(
      text
        .split(';')
        .map((tag) => tag.trim())
        .filter(Boolean),
    ),
  ];
  if (tags.length > mostTags || tags.some((tag) => tag.length > 50 || /\p{Cc}/u.test(tag))) {
    throw usageError(
      `tags are at most ${mostTags}, parted by ";", each of at most 50 characters.`,
      'Correct the line.',
    );
  }
  return tags;
}

async function readText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new AppError('file_not_found', `The file of --csv cannot be read: ${path}.`, {
      nextStep: 'Check the path and that this account may read the file.',
      cause: error,
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalid(`${path} is not UTF-8.`, error);
  }
}
