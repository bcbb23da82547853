import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { assumed, judgeFleet, Need } from '../bench/fleet-simulation.ts';
import type { Costs } from '../bench/capacity-costs.ts';
import type { RecordedFigures } from './measurement.ts';

const root = join(import.meta.dirname, '..', '..');
/** The figures of one command: where they are kept, and the parts of documents that are made from them. */
export interface FigureRecord {
  file: string;
  command: string;
  /** Each part: its document, the mark around it, and what it has to say. */
  parts: readonly { document: string; mark: string; text: (figures: RecordedFigures) => string }[];
}

export const benchRecord: FigureRecord = {
  file: 'docs/figures.json',
  command: 'npm run bench -- --record',
  parts: [
    { document: 'README.md', mark: 'figures', text: figuresTable },
    { document: 'ARCHITECTURE.md', mark: 'capacity', text: capacityTables },
  ],
};

export const tortureRecord: FigureRecord = {
  file: 'docs/torture-figures.json',
  command: 'npm run torture -- --record',
  parts: [{ document: 'README.md', mark: 'torture', text: figuresTable }],
};

export function recordedFigures({ file }: FigureRecord): RecordedFigures {
  return JSON.parse(readFileSync(join(root, file), 'utf8')) as RecordedFigures;
}

/** Keeps the figures, in the place of older ones of the same cases, and renews the sections of the documents. */
export function recordFigures(
  record: FigureRecord,
  figures: RecordedFigures,
  order: readonly string[],
): void {
  let older: RecordedFigures | null;
  try {
    older = recordedFigures(record);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    older = null;
  }
  // Figures of two machines in one table would compare what cannot be compared.
  const isSame = older !== null && JSON.stringify(older.machine) === JSON.stringify(figures.machine);
  const all = isSame
    ? {
        machine: figures.machine,
        seconds: { ...older!.seconds, ...figures.seconds },
        results: { ...older!.results, ...figures.results },
      }
    : figures;
  const known = order.filter((id) => id in all.results);
  const sorted: RecordedFigures = {
    machine: all.machine,
    seconds: Object.fromEntries(known.map((id) => [id, all.seconds[id]!])),
    results: Object.fromEntries(known.map((id) => [id, all.results[id]!])),
  };
  writeFileSync(join(root, record.file), `${JSON.stringify(sorted, null, 1)}\n`);
  for (const section of figureSections(record, sorted)) section.write();
}

interface Section {
  document: string;
  written(): string;
  expected: string;
  write(): void;
}

/** Every part of a document that is made from the figures: what it says, and what it has to say. */
export function figureSections(record: FigureRecord, figures: RecordedFigures): Section[] {
  return record.parts.map((part) => section(part.document, part.mark, record.command, part.text(figures)));
}

function section(name: string, mark: string, command: string, expected: string): Section {
  const file = join(root, name);
  const begin = `<!-- ${mark}:begin (made by \`${command}\`; \`npm test\` compares) -->\n`;
  const end = `<!-- ${mark}:end -->`;
  const split = () => {
    const text = readFileSync(file, 'utf8');
    const from = text.indexOf(begin);
    const to = text.indexOf(end);
    if (from < 0 || to < from) throw new Error(`${name} has lost the marks of its ${mark}.`);
    return {
      before: text.slice(0, from + begin.length),
      inside: text.slice(from + begin.length, to).trim(),
      after: text.slice(to),
    };
  };
  return {
    document: name,
    expected: expected.trim(),
    written: () => split().inside,
    write() {
      const { before, after } = split();
      writeFileSync(file, `${before}\n${expected.trim()}\n\n${after}`);
    },
  };
}

function figuresTable({ machine, results, seconds }: RecordedFigures): string {
  const rows = Object.values(results)
    .flat()
    .map((result) => [
      result.id,
      result.what,
      result.value === null ? 'not had' : `${number(result.value)} ${unit(result.unit)}`.trim(),
      result.target === '' ? '–' : targetText(result.target),
      result.ok === null || result.target === '' ? '–' : result.ok ? 'met' : 'missed',
    ]);
  const total = Object.values(seconds).reduce((sum, each) => sum + each, 0);
  return [
    `${machineText(machine)}; measured in ${Math.ceil(total / 60)} minutes.`,
    '',
    ...table(['id', 'what', 'value', 'target', ''], rows),
  ].join('\n');
}

/** A bound for readers; one that allows a single value is that value. */
function targetText(target: string): string {
  const exact = /^>= (\S+) and <= \1$|^<= (\S+) and >= \2$/.exec(target);
  if (exact !== null) return number(Number(exact[1] ?? exact[2]));
  return target
    .replaceAll('<=', '≤')
    .replaceAll('>=', '≥')
    .replaceAll(/\d+(?:\.\d+)?/g, (digits) => number(Number(digits)));
}

interface CapacityDetail {
  measured: Costs;
  assumed: typeof assumed;
  work: Record<string, { graphS: number; hostS: number; databaseS: number; bytes: number }>;
  limits: Record<string, Record<string, number>>;
  fleets: ReturnType<typeof judgeFleet>[];
}

const cadenceWords: Record<string, string> = { daily: 'daily', fourHourly: 'every four hours' };

function capacityTables({ machine, results }: RecordedFigures): string {
  const result = results['CAPACITY']?.[0];
  if (result === undefined || result.value === null) return 'Not had on this machine.';
  const { measured: costs, ...simulated } = result.detail as unknown as CapacityDetail;
  const ms = (value: number) => `${number(value)} ms`;
  return [
    `Measured (${machineText(machine)}):`,
    '',
    ...table(
      ['what', 'processor of the host', 'processor of the database', 'bytes in the database'],
      [
        [
          'a due schedule: tick, run, audit event',
          ms(costs.tick.hostMs),
          ms(costs.tick.databaseMs),
          'in the run',
        ],
        ['a run, whatever it holds', ms(costs.run.hostMs), ms(costs.run.databaseMs), number(costs.run.bytes)],
        ...(['first', 'unchanged'] as const).map((kind) => [
          kind === 'first' ? 'an object, first backup' : 'an object that has not changed',
          ms(costs.object[kind].hostMs),
          ms(costs.object[kind].databaseMs),
          number(costs.object[kind].bytes),
        ]),
      ],
    ),
    '',
    `One tenant alone, ${costs.paced.objects} objects at 200±100 ms a request and under Microsoft's published rates: ` +
      `${number(costs.paced.seconds)} s and ${costs.paced.requests} requests. Four runs at once held ${Math.round(costs.peakMemoryMb)} MiB.`,
    '',
    'Simulated from that, tenants for which each suffices:',
    '',
    ...table(
      [
        'cadence',
        ...Object.keys(simulated.limits['daily']!).map((name) =>
          name === 'connections' ? 'connections of the database' : name,
        ),
      ],
      Object.entries(simulated.limits).map(([cadence, limits]) => [
        cadenceWords[cadence]!,
        ...Object.values(limits).map(number),
      ]),
    ),
    '',
    `Of these, ${firstToGiveWay(simulated.limits['daily']!)} gives way first.`,
    '',
    'Simulated fleets; "busy" is over the window, with the hosts that a spread fleet needs:',
    '',
    ...table(
      [
        'tenants',
        'cadence',
        'spread: missed with one host; hosts needed',
        'all in one minute: missed with one host; hosts needed',
        'host busy',
        'database busy',
        'connections',
        'GiB a year',
      ],
      simulated.fleets.map((fleet) => [
        String(fleet.tenants),
        cadenceWords[fleet.cadence]!,
        needText(fleet.spread),
        needText(fleet.sameMinute),
        `${number(fleet.hostShare * 100)} %`,
        `${number(fleet.databaseShare * 100)} %`,
        String(fleet.connections),
        number(fleet.gibPerYear),
      ]),
    ),
  ].join('\n');
}

function firstToGiveWay(limits: Record<string, number>): string {
  return Object.entries(limits).toSorted(([, a], [, b]) => a - b)[0]![0];
}

function needText({ missedOfThousandWithOneHost, hosts }: Need): string {
  return `${number(missedOfThousandWithOneHost / 10)} %; ${hosts ?? 'more than the connections allow'}`;
}

function machineText(machine: Record<string, unknown>): string {
  return `${String(machine['model'])}, ${String(machine['cores'])} cores, ${String(machine['memoryGiB'])} GiB, Node ${String(machine['node'])}`;
}

function number(value: number): string {
  const rounded = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 6 });
}

function unit(word: string): string {
  return word === 'ratio' || word === 'count' ? '' : word;
}

/** As prettier sets it, so that a formatted document stays equal. */
function table(head: string[], rows: string[][]): string[] {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', String.raw`\|`)));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(cells[0]!), line(widths.map((width) => '-'.repeat(width))), ...cells.slice(1).map(line)];
}
