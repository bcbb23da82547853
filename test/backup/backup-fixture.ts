import { createHash, randomUUID } from 'node:crypto';
import type { PolicyType } from '../../main/domain/policy-types/policy-type.ts';
import type { Database } from '../../main/db/database.ts';
import { fenceRun, finishRun, insertRunEvents } from '../../main/db/repositories/run-ownership.ts';
import { createRunExecutor, type RunExecutorOptions } from '../../main/engine/backup/backup-executor.ts';
import type { BackupSecrets } from '../../main/engine/backup/backup-secrets.ts';
import type {
  Log,
  PolicyReadSink,
  ReadEvent,
  TenantReader,
  TenantReaderFactory,
  TypeReading,
} from '../../main/engine/ports.ts';
import {
  LeaseLostError,
  type RunCompletion,
  type RunExecutor,
  type RunLease,
} from '../../main/engine/run-lease.ts';
import type { JsonObject } from '../../main/snapshot/json-value.ts';
import { systemClock } from '../../main/clock.ts';
import type { RunSpec } from '../../shared/model/run-spec.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** A policy type with the rules that the tests speak of; the rest is filler. */
export function policyType(key: string, rules: Partial<PolicyType> = {}): PolicyType {
  return {
    key,
    displayName: key,
    category: 'Device configuration',
    priority: 'core',
    apiVersion: 'beta',
    shape: 'collection',
    listPath: `/${key}`,
    itemPath: `/${key}/{id}`,
    listQuery: {},
    detailGetRequired: false,
    children: [],
    volatileProperties: ['lastModifiedDateTime', '@odata.etag'],
    secretProperties: ['wifiPassword'],
    setLikeArrays: [
      { path: 'roleScopeTagIds', identity: null },
      { path: 'assignments', identity: 'id' },
    ],
    identityProperty: 'id',
    nameProperty: 'displayName',
    permission: null,
    acceptedPermissions: [],
    throttleGroup: 'intune',
    knownODataTypes: [],
    unavailable: [],
    notInClouds: [],
    ...rules,
  };
}

/** What the scripted tenant answers for one type: its objects, or a reading of another kind. */
interface ScriptedType {
  items?: JsonObject[];
  reading?: Partial<TypeReading>;
  /** Called when the type is read, before its objects are handed over: the pause point of a test. */
  before?: () => Promise<void> | void;
  throws?: Error;
}

export type ScriptedTenant = Map<string, ScriptedType>;

const quietLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quietLog,
};

export function scriptedReader(
  tenant: ScriptedTenant,
  names: Map<string, { kind: string; name: string; detail: JsonObject }> | Error = new Map(),
): TenantReader & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    groups: (keys) => keys.map((key) => [key]),
    async resolve(ids) {
      if (names instanceof Error) throw names;
      return new Map([...names].filter(([id]) => ids.includes(id)));
    },
    async read(keys, sink, signal) {
      const readings: TypeReading[] = [];
      for (const key of keys) readings.push(await readScripted(key, tenant.get(key) ?? {}, sink, signal));
      // Lists that a run asks only for the names in them stand in no script.
      asked.push(...keys.filter((key) => tenant.has(key)));
      return readings;
    },
  };
}

async function readScripted(
  typeKey: string,
  script: ScriptedType,
  sink: PolicyReadSink,
  signal: AbortSignal,
): Promise<TypeReading> {
  await script.before?.();
  signal.throwIfAborted();
  const items = script.items ?? [];
  for (const document of items) {
    const { id, displayName } = document;
    await sink.item({
      typeKey,
      graphId: id as string,
      name: (displayName ?? id) as string,
      document,
    });
    sink.progress({ typeKey, expected: items.length, captured: 1 });
  }
  if (script.throws) throw script.throws;
  return {
    typeKey,
    outcome: 'complete',
    reason: null,
    expected: items.length,
    captured: items.length,
    missingPermission: null,
    requestId: null,
    httpStatus: null,
    requests: 1,
    retries: 0,
    waitedMs: 0,
    failedItems: [],
    failedItemCount: 0,
    unknownKinds: [],
    ...script.reading,
  };
}

/** Seals by hashing: enough to see what was sealed without the value. */
export const testSecrets: BackupSecrets = {
  fingerprintKey: async (tenantId) => createHash('sha256').update(`key of ${tenantId}`).digest(),
  seal: async (_tenantId, secrets) =>
    secrets.map((secret) => ({
      bytes: createHash('sha256').update(secret.value).digest(),
      sealedTo: '0'.repeat(64),
    })),
};

interface RunResult {
  runId: string;
  completion: RunCompletion;
  backupSetId: string | null;
  events: ReadEvent[];
}

export interface BackupFixture {
  test: TestDatabase;
  /** The host's connection pool. */
  db: Database;
  tenantId: string;
  scheduleId: string;
  addSchedule(tenantId?: string): Promise<string>;
  executor(reader: TenantReader | TenantReaderFactory, options?: Partial<RunExecutorOptions>): RunExecutor;
  /** Claims a new run of the schedule in the database, as the claim statement would. */
  startRun(
    spec: RunSpec,
    options?: { scheduleId?: string; tenantId?: string; carriesFrom?: string },
  ): Promise<RunLease & { events: ReadEvent[] }>;
  /** Takes the run for a second attempt. */
  secondAttempt(lease: RunLease): Promise<RunLease & { events: ReadEvent[] }>;
  /** Ends a run with its completion, in one transaction behind the fence. */
  finish(lease: RunLease, completion: RunCompletion): Promise<string | null>;
  /** A whole run: start, execute, finish. */
  run(
    tenant: ScriptedTenant,
    spec?: Partial<RunSpec>,
    options?: Partial<RunExecutorOptions> & {
      scheduleId?: string;
      reader?: TenantReader;
      carriesFrom?: string;
    },
  ): Promise<RunResult>;
  count(table: string): Promise<number>;
  close(): Promise<void>;
}

export async function createBackupFixture(types: readonly PolicyType[]): Promise<BackupFixture> {
  const test = await createTestDatabase();
  const host = await test.asHost();
  const { db } = host;
  const tenantId = await test.addTenant('Contoso');
  const byKey = new Map(types.map((type) => [type.key, type]));
  const addSchedule = async (tenant = tenantId): Promise<string> => {
    const [row] = await test.superuser.query<{ id: string }>(
      `insert into app.backup_schedules (tenant_id, name, cadence, time_zone, spec, computed_with)
       values ($1, $2, '{"kind":"daily","times":["02:00"]}', 'Europe/Berlin', '{}', 'test') returning id`,
      [tenant, randomUUID()],
    );
    return row!.id;
  };
  const scheduleId = await addSchedule();

  const leaseOf = (
    run: {
      id: string;
      tenant_id: string;
      schedule_id: string;
      attempt: number;
      lease_token: string;
      carries_from: string | null;
    },
    spec: RunSpec,
  ): RunLease & { events: ReadEvent[] } => {
    const events: ReadEvent[] = [];
    return {
      runId: run.id,
      tenantId: run.tenant_id,
      scheduleId: run.schedule_id,
      trigger: 'manual',
      slotAt: null,
      attempt: run.attempt,
      token: run.lease_token,
      spec,
      carriesFrom: run.carries_from,
      signal: new AbortController().signal,
      fenced: (work) =>
        db.transaction(async (tx) => {
          if (!(await fenceRun(tx, run.id, run.lease_token))) throw new LeaseLostError('lost');
          return work(tx);
        }),
      reportProgress: () => undefined,
      recordEvent: (event) => events.push(event),
      events,
    };
  };

  const fixture: BackupFixture = {
    test,
    db,
    tenantId,
    scheduleId,
    addSchedule,
    executor: (reader, options = {}) =>
      createRunExecutor({
        database: db,
        readers: 'open' in reader ? reader : { openableTenantIds: async () => [], open: async () => reader },
        policyTypes: { find: (key) => byKey.get(key), keysOf: () => [...byKey.keys()] },
        secrets: testSecrets,
        clock: systemClock,
        log: quietLog,
        ...options,
      }),
    async startRun(spec, options = {}) {
      const [row] = await test.superuser.query<Parameters<typeof leaseOf>[0]>(
        `insert into app.backup_runs (tenant_id, schedule_id, trigger, state, spec, spec_version, attempt, started_at,
                lease_instance, lease_token, lease_expires_at, deadline_at, carries_from)
         values ($1, $2, 'manual', 'running', $3, 1, 1, app.db_now(), gen_random_uuid(), 1,
                 app.db_now() + interval '1 day', app.db_now() + interval '1 day', $4)
         returning id, tenant_id, schedule_id, attempt, lease_token, carries_from`,
        [
          options.tenantId ?? tenantId,
          options.scheduleId ?? scheduleId,
          JSON.stringify(spec),
          options.carriesFrom ?? null,
        ],
      );
      return leaseOf(row!, spec);
    },
    async secondAttempt(lease) {
      await test.superuser.query(`alter table app.backup_runs disable trigger user`);
      const [row] = await test.superuser.query<Parameters<typeof leaseOf>[0]>(
        `update app.backup_runs set attempt = 2, lease_token = lease_token + 2 where id = $1
         returning id, tenant_id, schedule_id, attempt, lease_token, carries_from`,
        [lease.runId],
      );
      await test.superuser.query(`alter table app.backup_runs enable trigger user`);
      return leaseOf(row!, lease.spec);
    },
    async finish(lease, completion) {
      return db.transaction(async (tx) => {
        if (!(await fenceRun(tx, lease.runId, lease.token))) throw new LeaseLostError('lost');
        const sealed = (await completion.seal?.(tx)) ?? null;
        await insertRunEvents(tx, lease, (lease as { events?: ReadEvent[] }).events ?? []);
        await finishRun(tx, lease.runId, lease.token, {
          state: completion.state,
          reason: completion.reason,
          errorCode: completion.errorCode,
          counts: completion.counts,
          backupSetId: sealed?.backupSetId ?? null,
          progress: null,
        });
        return sealed?.backupSetId ?? null;
      });
    },
    async run(tenant, spec = {}, options = {}) {
      const fullSpec: RunSpec = { policyTypes: 'all', retention: { keepLast: 30 }, ...spec };
      const lease = await fixture.startRun(fullSpec, options);
      const executor = fixture.executor(options.reader ?? scriptedReader(tenant), options);
      const completion = await executor.execute(lease);
      const backupSetId = await fixture.finish(lease, completion);
      if (backupSetId !== null) await executor.afterFinish(lease);
      return { runId: lease.runId, completion, backupSetId, events: lease.events };
    },
    async count(table) {
      const [row] = await test.superuser.query<{ n: string }>(`select count(*) as n from app.${table}`);
      return Number(row!.n);
    },
    close: () => test.close(),
  };
  return fixture;
}

/** A plausible object; `changes` are laid over it. */
export function policy(id: string, changes: JsonObject = {}): JsonObject {
  return {
    id,
    displayName: `Policy ${id}`,
    description: 'made up',
    lastModifiedDateTime: '2026-01-01T00:00:00Z',
    roleScopeTagIds: ['0', '1'],
    assignments: [
      { id: `${id}_a`, target: { groupId: 'aaaaaaaa-0000-4000-8000-000000000001' } },
      { id: `${id}_b`, target: { groupId: 'aaaaaaaa-0000-4000-8000-000000000002' } },
    ],
    ...changes,
  };
}
