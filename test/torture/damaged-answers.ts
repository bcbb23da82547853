import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPolicyType, resolveSelection } from '../../main/domain/policy-types/registry.ts';
import { capture, differences, simulatedReaders, unhurried } from '../capture/simulated-capture.ts';
import { measured, notMeasured, type Measurement } from '../support/measurement.ts';
import { type MeasurementCase, type MeasurementOptions, trialsFor } from '../support/measurement-runner.ts';
import { startReadOnlySimulator } from '../support/read-only-simulator.ts';

const struck = 'deviceCompliancePolicies';
const path = '/deviceManagement/deviceCompliancePolicies';

/**
 * Faults of one list for good, each under its name: the type they strike must not look complete. Those in
 * `harmless` are answers that a careful reader sees through: with them everything must be complete.
 */
const shapes: Readonly<Record<string, string>> = {
  '500': 'server-error=status:500',
  '502 without a body': 'empty-error=status:502',
  '503 as HTML': 'html-error=status:503',
  '504': 'server-error=status:504',
  'truncated body': 'truncated',
  'truncated gzip': 'broken-gzip',
  'not JSON': 'not-json',
  'connection reset': 'reset',
  hang: 'hang=ms:5000',
  'endless next links': 'endless-pages',
  'repeated next link': 'repeated-link',
  'next link to another host': 'foreign-link',
  'page lost in the middle': 'page-lost',
  'list without value': 'no-value',
  '200 with an error inside': 'error-in-success',
  'endless 429': 'throttle=retryAfter:1',
};
/** A lost or doubled answer of a batch is asked for again, so it too costs nothing but time. */
const harmless: Readonly<Record<string, string>> = {
  'batch answers missing': 'batch-lost-item',
  'batch answers doubled': 'batch-doubled-item',
  'batch answers shuffled': 'batch-shuffle',
  'empty page with a next link': 'empty-page=count:1',
  'rows repeated over pages': 'duplicate-row',
  'row that moves between pages': 'moving-row',
};

/** R10: every named shape of a broken answer, and 20,000 fuzzed ones. */
export const damagedAnswers: MeasurementCase = {
  id: 'R10',
  what: 'broken answers in every named shape, and 20,000 fuzzed ones',
  wholeMinutes: { fixed: 0.3, trials: 8 },
  measure: async (options) => [
    ...(await measureShapes(options)),
    await measureFuzz(options.seed, trialsFor(options.share, 20_000, 500)),
  ],
};

export async function measureShapes({ seed }: Pick<MeasurementOptions, 'seed'>): Promise<Measurement[]> {
  const simulator = await startReadOnlySimulator({ tenants: 1, objects: 100, seed, throttle: false });
  const tenant = simulator.tenants[0]!;
  const keys = resolveSelection('core')
    .known.filter((type) => type.permission !== null)
    .map((type) => type.key)
    .slice(0, 12);
  if (!keys.includes(struck)) keys.push(struck);
  simulator.control.setCount(tenant.name, struck, 130);
  const falseTicks: string[] = [];
  const hurtOthers: string[] = [];
  const crashes: string[] = [];
  const reasons: Record<string, string | null> = {};
  const strike = async (name: string, fault: string, isHarmless: boolean) => {
    const readers = simulatedReaders(simulator, new Map([['tenant', tenant]]), {
      ...unhurried,
      maxAttempts: 2,
      backoffBaseMs: 5,
      backoffCapMs: 10,
      headersTimeoutMs: 400,
      bodyTimeoutMs: 400,
      waitBudgetMs: 1500,
      maxPages: 40,
    });
    const [kind, rest] = fault.split('=', 2) as [string, string | undefined];
    const settings = [kind.startsWith('batch') ? '' : `path:${path}`, rest].filter(Boolean).join(',');
    simulator.control.setFault(settings === '' ? kind : `${kind}=${settings}`);
    try {
      const { readings, items } = await capture(readers, keys);
      for (const { typeKey, outcome, reason } of readings) {
        if (typeKey === struck) reasons[name] = reason;
        const isStruck = typeKey === struck && !isHarmless;
        if (isStruck && outcome !== 'incomplete') falseTicks.push(`${name}: ${outcome}`);
        if (!isStruck && outcome !== 'complete') hurtOthers.push(`${name}: ${typeKey} ${outcome} ${reason}`);
        if (outcome !== 'complete') continue;
        const held = simulator.control.objects(tenant.name, typeKey);
        const own = items.filter((item) => item.typeKey === typeKey);
        const lost = differences(findPolicyType(typeKey)!, held, own);
        falseTicks.push(...lost.map((difference) => `${name}: ${typeKey} ${difference}`));
      }
    } catch (error) {
      crashes.push(`${name}: ${String(error)}`);
    } finally {
      simulator.control.clearFaults();
      await readers.close();
    }
  };
  try {
    for (const [name, fault] of Object.entries(shapes)) await strike(name, fault, false);
    for (const [name, fault] of Object.entries(harmless)) await strike(name, fault, true);
  } finally {
    await simulator.close();
  }
  const count = Object.keys(shapes).length + Object.keys(harmless).length;
  return [
    measured(
      'R10',
      'named shapes that got a false green tick, or a false refusal',
      falseTicks.length,
      'count',
      { atMost: 0 },
      {
        seed,
        shapes: count,
        falseTicks,
        reasons,
      },
    ),
    measured(
      'R10',
      'other policy types hurt',
      hurtOthers.length,
      'count',
      { atMost: 0 },
      { first: hurtOthers.slice(0, 5) },
    ),
    measured('R10', 'crashes', crashes.length, 'count', { atMost: 0 }, { crashes }),
  ];
}

/** The fuzzing lives with the client's tests; here it is asked for many more answers. */
async function measureFuzz(seed: number, answers: number): Promise<Measurement> {
  const what = `${answers} fuzzed answers: crashes and false ticks`;
  const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-fuzz-'));
  const file = join(directory, 'report.json');
  const words = ['run', 'test/graph/fuzz.test.ts', '--reporter=json', `--outputFile=${file}`];
  const child = spawn('vitest', words, {
    env: {
      ...process.env,
      PATH: `node_modules/.bin:${process.env['PATH'] ?? ''}`,
      TENANTKEEP_FUZZED_ANSWERS: String(answers),
      TENANTKEEP_FUZZ_SEED: String(seed),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(child, 'close');
  const text = await readFile(file, 'utf8').catch(() => null);
  await rm(directory, { recursive: true, force: true });
  if (text === null) return notMeasured('R10', what, 'count', 'the fuzzing gave no report');
  const report = JSON.parse(text) as {
    numTotalTests: number;
    numFailedTests: number;
    testResults: { message: string; assertionResults: { failureMessages?: string[] }[] }[];
  };
  if (report.numTotalTests === 0) return notMeasured('R10', what, 'count', 'no test was run');
  const first = report.testResults.flatMap(({ message, assertionResults }) => [
    ...(message ? [message] : []),
    ...assertionResults.flatMap((result) => result.failureMessages ?? []),
  ])[0];
  return measured(
    'R10',
    what,
    report.numFailedTests,
    'count',
    { atMost: 0 },
    { seed, ...(first && { first }) },
  );
}
