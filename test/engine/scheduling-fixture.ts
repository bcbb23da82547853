import { randomUUID } from 'node:crypto';
import type { Clock } from '../../main/clock.ts';
import { systemClock } from '../../main/clock.ts';
import type { Database, Sql } from '../../main/db/database.ts';
import { computedWith } from '../../main/domain/cadence.ts';
import { createEngine, type Engine, type EngineOptions } from '../../main/engine/engine.ts';
import type { Log } from '../../main/engine/ports.ts';
import type { RunCompletion, RunExecutor, RunLease } from '../../main/engine/run-lease.ts';
import type { Cadence } from '../../shared/model/cadence.ts';
import type { TestDatabase, TestHost } from '../support/database.ts';

/** Parts that scheduling tests share: schedules, hosts with a fake backup, pause points, row reading. */

export const quarterHourly: Cadence = {
  kind: 'everyMinutes',
  minutes: 15,
  anchorUtc: '2026-01-01T00:00:00Z',
};
export const spec = { policyTypes: 'core', retention: { keepLast: 30 } } as const;

export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};

/** A log that keeps what errors were reported. */
export function recordingLog(): Log & { errors: unknown[] } {
  const errors: unknown[] = [];
  const log: Log & { errors: unknown[] } = {
    ...silentLog,
    errors,
    error: (fields) => void errors.push(fields),
    child: () => log,
  };
  return log;
}

/** Inserts a schedule as the owner of the database would; next slot by the real rules unless given. */
export async function addSchedule(
  test: TestDatabase,
  tenantId: string,
  options: {
    name?: string;
    cadence?: Cadence;
    timeZone?: string;
    nextSlotAt: Date | null;
    enabled?: boolean;
  },
): Promise<string> {
  const [row] = await test.superuser.query<{ id: string }>(
    `insert into app.backup_schedules (tenant_id, name, cadence, time_zone, spec, next_slot_at, computed_with, enabled)
     values ($1, $2, $3::jsonb, $4, $5::jsonb, $6, $7, $8) returning id`,
    [
      tenantId,
      options.name ?? `schedule ${randomUUID()}`,
      JSON.stringify(options.cadence ?? quarterHourly),
      options.timeZone ?? 'Etc/UTC',
      JSON.stringify(spec),
      options.nextSlotAt?.toISOString() ?? null,
      computedWith(),
      options.enabled ?? true,
    ],
  );
  return row!.id;
}

export interface RunRow {
  id: string;
  schedule_id: string;
  state: string;
  reason: string | null;
  trigger: string;
  slot_at: Date | null;
  attempt: number;
  lease_token: string;
  blocked_by: string | null;
  missed_count: number | null;
  missed_until: Date | null;
  retry_of: string | null;
  backup_set_id: string | null;
  cancel_requested_at: Date | null;
  error_code: string | null;
  progress: object | null;
}

export async function runsOf(test: TestDatabase, scheduleId: string): Promise<RunRow[]> {
  return await test.superuser.query<RunRow>(
    'select * from app.backup_runs where schedule_id = $1 order by slot_at nulls last, created_at, id',
    [scheduleId],
  );
}

export async function auditActions(test: TestDatabase, targetId: string): Promise<string[]> {
  const rows = await test.superuser.query<{ action: string }>(
    'select action from app.audit_events where target_id = $1 order by sequence',
    [targetId],
  );
  return rows.map((row) => row.action);
}

export const goodCompletion = (): RunCompletion => ({
  state: 'succeeded',
  reason: null,
  errorCode: null,
  counts: {
    types: { complete: 1, incomplete: 0, notAvailable: 0, unknown: 0, notAttempted: 0 },
    items: 3,
    added: 3,
    changed: 0,
    removed: 0,
    newBytes: 100,
  },
  seal: async () => ({ backupSetId: randomUUID() }),
});

/** A backup whose every run waits until the test decides how it ends. */
export interface HeldExecutor extends RunExecutor {
  /** Resolves with the next lease that was handed out and not yet taken by the test. */
  nextLease(): Promise<RunLease>;
  finish(runId: string, completion?: RunCompletion): void;
  fail(runId: string, error: unknown): void;
  readonly afterFinished: string[];
}

function createHeldExecutor(): HeldExecutor {
  const leases: RunLease[] = [];
  const waiting: ((lease: RunLease) => void)[] = [];
  const endings = new Map<string, { resolve(c: RunCompletion): void; reject(e: unknown): void }>();
  const afterFinished: string[] = [];
  return {
    afterFinished,
    execute(lease) {
      return new Promise<RunCompletion>((resolve, reject) => {
        endings.set(lease.runId, { resolve, reject });
        lease.signal.addEventListener('abort', () => reject(lease.signal.reason));
        const waiter = waiting.shift();
        if (waiter === undefined) leases.push(lease);
        else waiter(lease);
      });
    },
    afterFinish: async ({ runId }) => {
      afterFinished.push(runId);
    },
    nextLease() {
      const lease = leases.shift();
      return lease === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(lease);
    },
    finish: (runId, completion = goodCompletion()) => endings.get(runId)!.resolve(completion),
    fail: (runId, error) => endings.get(runId)!.reject(error),
  };
}

/** An engine on a login of its own, with a fake backup; minutes never fire unless the test says so. */
export async function startHost(
  test: TestDatabase,
  host: TestHost,
  options: Partial<EngineOptions> & { openable?: () => Promise<string[]>; clock?: Clock } = {},
): Promise<{ engine: Engine; executor: HeldExecutor; databases: EngineOptions['databases'] }> {
  const executor = createHeldExecutor();
  const databases = options.databases ?? (await openHandles(test, host));
  const tenants = async () =>
    (await test.superuser.query<{ id: string }>('select id from app.tenants')).map((row) => row.id);
  const engine = createEngine({
    executor,
    readers: { openableTenantIds: options.openable ?? tenants },
    clock: systemClock,
    log: silentLog,
    host: { hostId: host.hostId, name: host.login, kind: 'service', appVersion: '0.0.0-test' },
    minutes: () => () => undefined,
    ...options,
    databases,
  });
  await engine.start();
  return { engine, executor: (options.executor as HeldExecutor | undefined) ?? executor, databases };
}

export async function openHandles(test: TestDatabase, host: TestHost): Promise<EngineOptions['databases']> {
  return {
    beat: await test.open(host, { max: 1 }),
    tick: await test.open(host, { max: 1 }),
    work: await test.open(host, { max: 2 }),
  };
}

export interface PausePoint {
  /** Resolves when a statement that matches has arrived and waits. */
  reached: Promise<void>;
  release(): void;
}

/** A handle whose next statement that contains `text` waits until the test lets it go on. */
export function pauseBefore(database: Database, text: string): { database: Database; point: PausePoint } {
  let arrived!: () => void;
  let release!: () => void;
  const reached = new Promise<void>((resolve) => (arrived = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  let used = false;
  const wrap = (sql: Sql): Sql => ({
    async query(statement, parameters) {
      if (!used && statement.includes(text)) {
        used = true;
        arrived();
        await released;
      }
      return await sql.query(statement, parameters);
    },
  });
  return {
    point: { reached, release },
    database: {
      ...database,
      query: (statement, parameters) => wrap(database).query(statement, parameters),
      transaction: (work, transactionOptions) =>
        database.transaction((tx) => work({ ...tx, ...wrap(tx) }), transactionOptions),
    },
  };
}

/** Waits until a condition on the database holds; for what another process does in its own time. */
export async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (await condition()) return;
    await systemClock.sleep(10);
  }
  throw new Error(`It never came to pass: ${what}`);
}
