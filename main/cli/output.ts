import { escapeControls, redactText } from '../logging/redact.ts';

/** Writes for people or for programs: results on stdout, progress and errors on stderr. */
export interface Output {
  /** True with `--json`: stdout carries exactly one JSON document, the last line. */
  readonly json: boolean;
  /** The result: `document` with --json, otherwise the lines of `text`. */
  result(document: unknown, text: () => readonly string[]): void;
  /** One line on stderr, for people who wait; not part of the result. */
  progress(line: string): void;
}

export function createOutput(
  json: boolean,
  streams: { stdout: NodeJS.WritableStream; stderr: NodeJS.WritableStream } = process,
): Output {
  return {
    json,
    result(document, text) {
      if (json) {
        streams.stdout.write(`${JSON.stringify(document)}\n`);
        return;
      }
      // In one piece: who reads along gets a result whole.
      streams.stdout.write(
        text()
          .map((line) => `${showLine(line)}\n`)
          .join(''),
      );
    },
    progress(line) {
      streams.stderr.write(`${showLine(line)}\n`);
    },
  };
}

/** Text that came from a tenant, a file or an error, safe for a terminal: one line, no controls, no secrets. */
export function showLine(text: string): string {
  return escapeControls(redactText(text));
}

export interface Column<Row> {
  title: string;
  value(row: Row): string | number | boolean | Date | null;
  align?: 'left' | 'right';
}

/** Rows as an aligned, plain table; `nothing` where there are none. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], nothing: string): string[] {
  if (rows.length === 0) return [nothing];
  const cells = rows.map((row) => columns.map((column) => showLine(cellText(column.value(row)))));
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...cells.map((row) => displayWidth(row[index]!))),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => {
        const padding = ' '.repeat(Math.max(0, widths[index]! - displayWidth(text)));
        return columns[index]!.align === 'right' ? padding + text : text + padding;
      })
      .join('  ')
      .trimEnd();
  return [line(columns.map((column) => column.title.toUpperCase())), ...cells.map(line)];
}

/** Facts about one thing, a name and its value per line. */
export function facts(
  rows: readonly (readonly [string, string | number | boolean | Date | null])[],
): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${`${name}:`.padEnd(width + 2)}${showLine(cellText(value))}`);
}

function cellText(value: string | number | boolean | Date | null): string {
  if (value === null) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? value.toISOString() : String(value);
}

/** Columns of a terminal that a text takes: wide East Asian characters and emoji take two. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}

/** An instant for people: ISO time in the computer's zone with offset. */
export function localIso(instant: Date | null): string {
  if (instant === null) return '-';
  const offset = -instant.getTimezoneOffset();
  return (
    `${String(instant.getFullYear())}-${two(instant.getMonth() + 1)}-${two(instant.getDate())}` +
    `T${two(instant.getHours())}:${two(instant.getMinutes())}:${two(instant.getSeconds())}` +
    `${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)}`
  );
}

/** At least two digits, without a sign. */
function two(value: number): string {
  return String(Math.trunc(Math.abs(value))).padStart(2, '0');
}
