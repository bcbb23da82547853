import { readdir, readFile } from 'node:fs/promises';
import { systemClock } from '../../main/clock.ts';
import { openDatabase } from '../../main/db/open-database.ts';
import { dispatchDue } from '../../main/engine/dispatcher.ts';
import { defaultEngineLimits } from '../../main/engine/engine-limits.ts';
import { unhurried } from '../capture/simulated-capture.ts';
import { type Arena, openArena } from '../support/arena.ts';
import type { BackupResult } from '../support/backup-process/backup-order.ts';
import { type BackupWorld, openBackupWorld } from '../support/backup-process/backup-world.ts';
import { median } from '../support/measurement.ts';
import { silentLog } from '../support/silent-log.ts';

/** What a host and a database pay, measured on this machine; the capacity of a fleet is simulated from it. */
export interface Costs {
  /** Processor time of one due schedule: its tick, run row and audit event. */
  tick: { hostMs: number; databaseMs: number };
  /** First backup of an object, and one that has not changed since. */
  object: Record<'first' | 'unchanged', { hostMs: number; databaseMs: number; bytes: number }>;
  /** What a run costs whatever it holds. */
  run: { hostMs: number; databaseMs: number; bytes: number };
  /** One tenant alone, 400 objects, core types, published rates, 200±100 ms a request. */
  paced: { objects: number; seconds: number; requests: number };
  peakMemoryMb: number;
}

const tenants = 4;
const smallObjects = 100;
const largeObjects = 1000;
const pacedObjects = 400;
const unchangedRounds = 6;
const pacedRounds = 3;
const dueSchedules = 5000;

export async function measureCosts(seed: number): Promise<Costs> {
  const small = await measureFleet(smallObjects, seed);
  const large = await measureFleet(largeObjects, seed);
  // Two sizes make a line: its slope is the object, what is left is the run.
  const slope = (kind: 'first' | 'unchanged', what: 'hostMs' | 'databaseMs' | 'bytes'): number =>
    Math.max(0, (large[kind][what] - small[kind][what]) / (large.items - small.items));
  const rest = (what: 'hostMs' | 'databaseMs' | 'bytes'): number =>
    Math.max(0, small.unchanged[what] - slope('unchanged', what) * small.items);
  const object = (kind: 'first' | 'unchanged') => ({
    hostMs: slope(kind, 'hostMs'),
    databaseMs: slope(kind, 'databaseMs'),
    bytes: slope(kind, 'bytes'),
  });
  return {
    tick: await measureTick(),
    object: { first: object('first'), unchanged: object('unchanged') },
    run: { hostMs: rest('hostMs'), databaseMs: rest('databaseMs'), bytes: rest('bytes') },
    paced: await measurePaced(seed),
    peakMemoryMb: large.peakMemoryMb,
  };
}

/** Costs of one run of a fleet of equal tenants, as the mean over them. */
async function measureFleet(objects: number, seed: number) {
  const world = await openBackupWorld({ tenants, objects, seed, throttle: false });
  try {
    const first = await measureBackups(world, 1);
    // Page splits of the first growth are then behind.
    await measureBackups(world, 1);
    // Tables grow by whole pages, and processor time is told in hundredths: only the mean of several says something.
    const unchanged = await measureBackups(world, unchangedRounds);
    return {
      items: first.results[0]!.runs.reduce((sum, run) => sum + run.counts.items, 0) / tenants,
      first: first.perRun,
      unchanged: unchanged.perRun,
      peakMemoryMb: first.results[0]!.peakMemoryMb,
    };
  } finally {
    await world.close();
  }
}

async function measureBackups(world: BackupWorld, rounds: number) {
  const { superuser } = world.arena;
  const { rates, appRate } = unhurried;
  await superuser.query('vacuum');
  const bytes = await databaseBytes(world.arena);
  const databaseMs = await databaseCpuMs(world.arena);
  const results: BackupResult[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const result = await world.backUp({ limits: { rates: rates!, appRate: appRate! } });
    requireSuccess(result);
    results.push(result);
  }
  const usedMs = (await databaseCpuMs(world.arena)) - databaseMs;
  await superuser.query('vacuum');
  const runs = tenants * rounds;
  return {
    results,
    perRun: {
      hostMs: results.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / runs,
      databaseMs: usedMs / runs,
      bytes: Math.max(0, (await databaseBytes(world.arena)) - bytes) / runs,
    },
  };
}

async function measurePaced(seed: number): Promise<Costs['paced']> {
  const world = await openBackupWorld({ tenants: 1, objects: pacedObjects, seed, latency: '200±100' });
  try {
    const seconds: number[] = [];
    let requests = 0;
    let objects = 0;
    for (let round = 0; round < pacedRounds; round += 1) {
      await world.simulator.call('resetCounters');
      const result = await world.backUp();
      requireSuccess(result);
      ({ roundTrips: requests } = await world.simulator.call('readCounters'));
      objects = result.runs[0]!.counts.items;
      seconds.push(result.runs[0]!.ms / 1000);
    }
    return { objects, seconds: median(seconds), requests };
  } finally {
    await world.close();
  }
}

function requireSuccess(result: BackupResult): void {
  const other = result.runs.find((run) => run.state !== 'succeeded');
  if (other) throw new Error(`A backup ended ${other.state}: ${JSON.stringify(other)}`);
}

async function measureTick(): Promise<Costs['tick']> {
  const arena = await openArena({ forgetful: false });
  try {
    const tenantIds: string[] = [];
    for (let index = 0; index < 200; index += 1) tenantIds.push(await arena.addTenant(`Tenant ${index}`));
    const slotMs = Math.floor(systemClock.wallMs() / 60_000) * 60_000;
    await arena.addSchedules(
      Array.from({ length: dueSchedules }, (_, index) => ({
        tenantId: tenantIds[index % tenantIds.length]!,
        name: `Schedule ${index}`,
        cadence: { kind: 'everyMinutes' as const, minutes: 1440, anchorUtc: '2026-01-01T00:00:00Z' },
        nextSlotAt: new Date(slotMs),
      })),
    );
    const host = await arena.addHost('Tick');
    const database = await openDatabase({ url: host.url, applicationName: 'tenantkeep/bench', max: 1 });
    const databaseMs = await databaseCpuMs(arena);
    const before = process.cpuUsage();
    const { queued } = await dispatchDue({ database, limits: defaultEngineLimits, log: silentLog });
    const used = process.cpuUsage(before);
    const usedMs = (await databaseCpuMs(arena)) - databaseMs;
    await database.close();
    if (queued !== dueSchedules)
      throw new Error(`Only ${queued} of ${dueSchedules} schedules were dispatched.`);
    return {
      hostMs: (used.user + used.system) / 1000 / dueSchedules,
      databaseMs: usedMs / dueSchedules,
    };
  } finally {
    await arena.close();
  }
}

async function databaseBytes({ superuser }: Arena): Promise<number> {
  const [row] = await superuser.query<{ bytes: string }>(
    'select pg_database_size(current_database()) as bytes',
  );
  return Number(row!.bytes);
}

/** Kernel ticks of /proc are hundredths of a second on every Linux that Node runs on. */
const msPerTick = 10;

/**
 * Processor time of the database server and all its processes, those that have ended included, in milliseconds. Linux
 * only; its own checkpointer and writers count, for a fleet pays for them too.
 */
async function databaseCpuMs({ superuser }: Arena): Promise<number> {
  const [row] = await superuser.query<{ pid: string }>(
    `select split_part(pg_read_file('postmaster.pid'), E'\n', 1) as pid`,
  );
  const server = Number(row!.pid);
  let ticks = 0;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => null);
    if (stat === null) continue;
    // Behind the name in brackets: state, parent, …; 14 to 17 of proc(5) are own and waited-for times.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const own = Number(fields[11]) + Number(fields[12]);
    if (Number(name) === server) ticks += own + Number(fields[13]) + Number(fields[14]);
    else if (Number(fields[1]) === server) ticks += own;
  }
  return ticks * msPerTick;
}
