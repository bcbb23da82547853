import { between, randomOf } from '../support/random.ts';
import type { Costs } from './capacity-costs.ts';

/** Runs that a host works on at once, and connections that it holds: the product's own numbers. */
export const concurrentRuns = 4;
export const connectionsPerHost = 4;

/** What the simulation assumes and nothing here has measured. */
export const assumed = {
  objectsPerTenant: 400,
  /** Of the objects of a tenant, a day. */
  changedShare: 0.01,
  /** A host uses one core: what reads, parses and hashes is one thread. */
  hostCores: 1,
  databaseCores: 4,
  /** More than this of a processor, and other work waits. */
  usableShare: 0.7,
  /** `max_connections` as PostgreSQL ships it, and what people, backups and administrators need of it. */
  maxConnections: 100,
  reservedConnections: 40,
  diskGiB: 500,
  /** Schedules spread over the night, and over the four hours of the shorter cadence. */
  windowHours: { daily: 6, fourHourly: 4 },
};

/** A queued run that no host has started by then is `missed`: the rule of the product (insert-due-runs.sql.ts). */
export const startWithinS = 15 * 60;

export type Cadence = keyof typeof assumed.windowHours;

export interface Fleet {
  tenants: number;
  cadence: Cadence;
}

export interface FleetVerdict extends Fleet {
  runsPerDay: number;
  /** Spread over the window, and where nobody spread them and all are due in one minute. */
  spread: Need;
  sameMinute: Need;
  /** Share of a host's core, and of the database's cores, over the window, with those hosts. */
  hostShare: number;
  databaseShare: number;
  connections: number;
  /** Nothing pruned and nothing compressed away: an upper bound. */
  gibPerYear: number;
  yearsOfDisk: number;
}

export interface Need {
  /** Of each thousand runs those that one host would start too late, so that they are `missed`. */
  missedOfThousandWithOneHost: number;
  /** The fewest with which none is missed and all end before the next are due; null: more than the connections allow. */
  hosts: number | null;
}

interface Work {
  graphS: number;
  hostS: number;
  databaseS: number;
}

/** One run of an unchanged tenant, but for the share that changes between two runs. */
export function workOfRun(costs: Costs, cadence: Cadence): Work & { bytes: number } {
  const { objectsPerTenant: objects } = assumed;
  const changed = (objects * assumed.changedShare) / runsPerDay(cadence);
  const of = (what: 'hostMs' | 'databaseMs' | 'bytes'): number =>
    costs.run[what] +
    (objects - changed) * costs.object.unchanged[what] +
    changed * Math.max(costs.object.first[what], costs.object.unchanged[what]);
  return {
    graphS: (costs.paced.seconds / costs.paced.objects) * objects,
    hostS: (of('hostMs') + costs.tick.hostMs) / 1000,
    databaseS: (of('databaseMs') + costs.tick.databaseMs) / 1000,
    bytes: of('bytes'),
  };
}

/** Runs of one window, second by second: who waits for a host, and how far Graph and both processors let them go. */
export function simulateWindow(
  work: Work,
  options: { runs: number; hosts: number; windowS: number; seed: number },
): { missed: number; lastEndS: number } {
  const { runs, hosts, windowS, seed } = options;
  const random = randomOf(seed);
  // Spread as the product spreads: evenly, to the minute. No tenant answers as quickly as the next.
  const due = Array.from({ length: runs }, (_, index) => Math.floor((index * windowS) / runs / 60) * 60);
  let missed = 0;
  const active: (Work & { host: number })[] = [];
  const free = Array.from({ length: hosts }, () => concurrentRuns);
  let next = 0;
  let second = 0;
  for (; next < runs || active.length > 0; second += 1) {
    while (next < runs && due[next]! <= second) {
      if (second - due[next]! > startWithinS) {
        missed += 1;
        next += 1;
        continue;
      }
      const host = free.indexOf(Math.max(...free));
      if (free[host] === 0) break;
      free[host]! -= 1;
      active.push({ ...work, graphS: work.graphS * between(random, 0.7, 1.3), host });
      next += 1;
    }
    const onDatabase = active.filter((run) => run.databaseS > 0).length;
    const databaseStep = Math.min(1, assumed.databaseCores / Math.max(1, onDatabase));
    for (const run of active) {
      const beside = active.filter((each) => each.host === run.host && each.hostS > 0).length;
      run.graphS -= 1;
      run.hostS -= assumed.hostCores / Math.max(1, beside);
      run.databaseS -= databaseStep;
    }
    for (let index = active.length - 1; index >= 0; index -= 1) {
      const run = active[index]!;
      if (run.graphS > 0 || run.hostS > 0 || run.databaseS > 0) continue;
      free[run.host]! += 1;
      active.splice(index, 1);
    }
  }
  return { missed, lastEndS: second };
}

export function judgeFleet(costs: Costs, fleet: Fleet, seed: number): FleetVerdict {
  const work = workOfRun(costs, fleet.cadence);
  const perDay = runsPerDay(fleet.cadence);
  const windowS = assumed.windowHours[fleet.cadence] * 3600;
  const mostHosts = Math.floor((assumed.maxConnections - assumed.reservedConnections) / connectionsPerHost);
  const need = (spreadOverS: number): Need => {
    const window = (hosts: number) =>
      simulateWindow(work, { runs: fleet.tenants, hosts, windowS: spreadOverS, seed });
    const isEnough = ({ missed, lastEndS }: ReturnType<typeof window>): boolean =>
      missed === 0 && lastEndS <= 86_400 / perDay;
    const one = window(1);
    let hosts: number | null = isEnough(one) ? 1 : null;
    for (let tried = 2; tried <= mostHosts && hosts === null; tried += 1) {
      if (isEnough(window(tried))) hosts = tried;
    }
    return { missedOfThousandWithOneHost: (1000 * one.missed) / fleet.tenants, hosts };
  };
  const spread = need(windowS);
  const hosts = spread.hosts ?? mostHosts;
  const bytesPerYear = fleet.tenants * perDay * 365 * work.bytes;
  const firstBytes = fleet.tenants * assumed.objectsPerTenant * costs.object.first.bytes;
  return {
    ...fleet,
    runsPerDay: fleet.tenants * perDay,
    spread,
    sameMinute: need(0),
    hostShare: (fleet.tenants * work.hostS) / (windowS * assumed.hostCores * hosts),
    databaseShare: (fleet.tenants * work.databaseS) / (windowS * assumed.databaseCores),
    connections: hosts * connectionsPerHost,
    gibPerYear: (bytesPerYear + firstBytes) / 2 ** 30,
    yearsOfDisk: Math.max(0, (assumed.diskGiB * 2 ** 30 - firstBytes) / bytesPerYear),
  };
}

/** Tenants that one host, or one database, carries before each of these is used up; the least breaks first. */
export function limitsOfOneHost(costs: Costs, cadence: Cadence): Record<string, number> {
  const work = workOfRun(costs, cadence);
  const windowS = assumed.windowHours[cadence] * 3600;
  const bytesPerYear = runsPerDay(cadence) * 365 * work.bytes;
  return {
    'waiting for Graph': Math.floor((concurrentRuns * windowS) / work.graphS),
    'processor of the host': Math.floor((assumed.usableShare * assumed.hostCores * windowS) / work.hostS),
    'processor of the database': Math.floor(
      (assumed.usableShare * assumed.databaseCores * windowS) / work.databaseS,
    ),
    'disk within a year': Math.floor(
      (assumed.diskGiB * 2 ** 30) / (bytesPerYear + assumed.objectsPerTenant * costs.object.first.bytes),
    ),
  };
}

/** Tenants for which the connections of one database suffice, each host full of waiting for Graph. */
export function limitOfConnections(costs: Costs, cadence: Cadence): number {
  const hosts = Math.floor((assumed.maxConnections - assumed.reservedConnections) / connectionsPerHost);
  const perHost = limitsOfOneHost(costs, cadence);
  return hosts * Math.min(perHost['waiting for Graph']!, perHost['processor of the host']!);
}

function runsPerDay(cadence: Cadence): number {
  return cadence === 'daily' ? 1 : 6;
}
