import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../shared/errors.ts';
import { instantFromMs, utcMinute } from '../../shared/model/instant.ts';
import { isTerminal, type RunState, type RunTrigger } from '../../shared/model/run-states.ts';
import { verifyAuditChain } from '../audit/verify-chain.ts';
import { enterDatabase, openTechnicianDatabase, openWorkspace, type Workspace } from '../composition.ts';
import type { Database } from '../db/database.ts';
import { type DemoClock, restoreClock, takeDemoClock } from '../db/demo-clock.ts';
import { joinEmbeddedServer } from '../db/embedded-server.ts';
import { openDatabase } from '../db/open-database.ts';
import { listAuditHeads } from '../db/repositories/audit-trail.ts';
import { listBackupSets, listPrunedSets, readBackupSet } from '../db/repositories/backup-sets.ts';
import { getRun, listRuns, requestRun, type Run } from '../db/repositories/runs.ts';
import { readDatabaseTime } from '../db/repositories/schedules.ts';
import { verifyBackupSets } from '../engine/backup/verify.ts';
import { addSchedule } from '../engine/change-schedule.ts';
import { openConsole } from '../open-console.ts';
import { callSimulator } from '../simulator/call-simulator.ts';
import type { SimulatorReady } from '../simulator/process.ts';
import { startOwnProcess, type OwnProcess } from './child-process.ts';
import { replayFortnight, startOfFortnight } from './demo-history.ts';
import { findRenderer } from './find-renderer.ts';
import { storeTenant } from '../credentials/connect-tenant.ts';
import type { Output } from './output.ts';

export interface DemoRun {
  trigger: RunTrigger;
  slot: string | null;
  state: RunState;
  types: { complete: number; incomplete: number; notAvailable: number; unknown: number };
  items: number;
  added: number;
  changed: number;
  removed: number;
  backupSet: { id: string; rootHash: string; items: number; newBytes: number } | null;
}

/** What `demo --once --json` prints as its last line. */
export interface DemoReport {
  tenants: { name: string; runs: DemoRun[] }[];
  retention: { pruned: number };
  audit: { events: number; verified: boolean };
  verify: { sets: number; damaged: number };
  seconds: number;
}

interface DemoTenant {
  tenantId: string;
  name: string;
  scheduleId: string;
  runs: DemoRun[];
}

const keepLast = 2;
const roundBudgetMs = 300_000;
/** A slot that is nearer than this could pass before all schedules stand. */
const leastLeadMs = 8_000;

/** The second tenant's secret ends soon, so that there is something to look after. */
const secretEndsInMs = 11 * 24 * 3_600_000;

/**
 * The whole path on this computer: embedded database, the simulator and the service, three simulated tenants. With
 * `history` a fortnight is lived through first, on a clock that is moved. With `once`, three rounds with changes
 * between them (or the history alone), then a report; otherwise it goes on until the signal is aborted and answers
 * null.
 */
export async function runDemo(options: {
  home: string | undefined;
  once: boolean;
  history: boolean;
  output: Output;
  signal: AbortSignal;
}): Promise<DemoReport | null> {
  const { output, signal, once } = options;
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'tenantkeep-demo-')));
  const workspace = await openWorkspace({ home, logName: 'demo' });
  const startedMs = workspace.clock.monotonicMs();
  const undo: (() => Promise<void>)[] = [];
  const start = async (...words: string[]): Promise<OwnProcess> => {
    const started = await startOwnProcess([...words, '--home', home]);
    undo.push(() => started.stop());
    return started;
  };
  try {
    output.progress(`Home of the demo: ${home}`);
    output.progress('Starting the embedded database …');
    const past = options.history ? await goIntoThePast(workspace, undo) : null;
    const access = await enterDatabase(workspace);
    undo.push(() => access.leave());
    const database = await openTechnicianDatabase(access, workspace.log);
    undo.push(() => database.close());
    if (!once) {
      const console_ = await openConsole(workspace, access, {
        port: 0,
        rendererDirectory: await findRenderer(),
      });
      undo.push(() => console_.close());
      output.progress(`Console: ${console_.link}`);
    }
    output.progress('Starting the simulator of Microsoft Graph …');
    const simulator = (await start('simulator')).ready as SimulatorReady;
    signal.throwIfAborted();
    const parts = { workspace, database, output, signal };
    const connected = await connectTenants(database, simulator, past?.present ?? null);
    if (past !== null) {
      output.progress('Living through the last fourteen days …');
      const { clock, present } = past;
      await replayFortnight({ ...parts, access, simulator, tenants: connected, clock, present });
      await past.restore();
    }
    if (past === null || !once) {
      output.progress('Starting the service …');
      await start('service', 'run');
    }
    const tenants = past === null || !once ? await addDemoSchedules(parts, connected, once) : [];
    if (tenants.length > 0) {
      output.progress(
        `Connected ${connected.map((tenant) => tenant.name).join(', ')}; schedules of theirs are due in the coming minute.`,
      );
      await runRound(parts, tenants, (tenant) => findScheduledRun(database, tenant));
    }
    if (!once) {
      output.progress(
        'The first backups are done, and the demo goes on. Look around in the console, or from another terminal:',
      );
      output.progress(`  tenantkeep runs list --home ${home}`);
      output.progress(`  tenantkeep backup-sets list --home ${home}`);
      output.progress('Ctrl+C ends the demo.');
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      return null;
    }
    if (past !== null) return await report(parts, await allRuns(database, connected), startedMs);
    for (const round of [2, 3]) {
      const changes = await callSimulator(simulator, 'applyRound', round - 1);
      output.progress(`Round ${round}, after changes in ${changes.length} tenants.`);
      const requested = new Map<string, string>();
      for (const tenant of tenants) {
        requested.set(tenant.tenantId, (await requestRun(database, tenant.scheduleId)).runId);
      }
      await runRound(parts, tenants, (tenant) =>
        getRun(database, { tenantId: tenant.tenantId }, requested.get(tenant.tenantId)!),
      );
    }
    await untilRetentionIsDone(parts, tenants);
    return await report(parts, tenants, startedMs);
  } finally {
    for (const step of undo.toReversed()) await step();
    workspace.log.close();
    if (options.home === undefined) await rm(home, { recursive: true, force: true });
  }
}

/**
 * Brings the embedded database up as its owner and sets its clock a fortnight back, before anything is stored in
 * it. A database that holds tenants keeps its time: it is nobody's demo. Throws AppError `demo_home_used`,
 * `demo_needs_embedded`.
 */
async function goIntoThePast(
  workspace: Workspace,
  undo: (() => Promise<void>)[],
): Promise<{ clock: DemoClock; present: Date; restore(): Promise<void> }> {
  const { home, config, secrets, log } = workspace;
  if (config.databaseUrl !== null) {
    throw new AppError('demo_needs_embedded', 'History can be made in an embedded database only.', {
      nextStep: 'Unset TENANTKEEP_DATABASE_URL, or add --no-history.',
    });
  }
  const server = await joinEmbeddedServer({ home: home.directory, passwords: secrets, log });
  undo.push(() => server.leave());
  const { migrate } = await import('../db/migrate.ts');
  await migrate(server.ownerUrl);
  const owner = await openDatabase({ url: server.ownerUrl, applicationName: 'tenantkeep/demo', max: 1, log });
  undo.push(() => owner.close());
  const restore = () => restoreClock(owner);
  const clock = await takeDemoClock(owner, startOfFortnight);
  undo.push(restore);
  return { clock, present: clock.present, restore };
}

async function connectTenants(
  database: Database,
  simulator: SimulatorReady,
  present: Date | null,
): Promise<{ tenantId: string; name: string }[]> {
  const customCloud = { graphUrl: simulator.graphUrl, loginUrl: simulator.loginUrl, ca: simulator.caPem };
  const connected: { tenantId: string; name: string }[] = [];
  for (const { name, tenantId: tenantGuid, clientId, clientSecret } of simulator.tenants) {
    const endsSoon = present !== null && connected.length === 1;
    const tenantId = await storeTenant(database, {
      name,
      tenantGuid,
      clientId,
      cloud: 'custom',
      customCloud,
      credential: { kind: 'secret', secret: clientSecret },
      expiresAt: endsSoon ? instantFromMs(present.getTime() + secretEndsInMs) : null,
    });
    connected.push({ tenantId, name });
  }
  return connected;
}

/** Schedules that are due in the coming minute: for each tenant, or beside a history for the first one. */
async function addDemoSchedules(
  { database }: DemoParts,
  connected: readonly { tenantId: string; name: string }[],
  once: boolean,
): Promise<DemoTenant[]> {
  const hasHistory =
    (await listRuns(database, { allTenants: true }, {}, { cursor: null, limit: 1 })).rows.length > 0;
  const nowMs = (await readDatabaseTime(database)).getTime();
  const slot = instantFromMs(utcMinute(instantFromMs(nowMs + leastLeadMs)).getTime() + 60_000);
  const tenants: DemoTenant[] = [];
  for (const tenant of hasHistory ? connected.slice(0, 1) : connected) {
    const scheduleId = await addSchedule(database, {
      tenantId: tenant.tenantId,
      name: hasHistory ? 'Every 15 minutes' : 'demo',
      // Once a day from the coming minute on, so that only the first run of the demo is a scheduled one.
      cadence: { kind: 'everyMinutes', minutes: once ? 1440 : 15, anchorUtc: slot.toISOString() },
      timeZone: 'UTC',
      spec: { policyTypes: hasHistory ? 'core' : 'all', retention: { keepLast } },
    });
    tenants.push({ ...tenant, scheduleId, runs: [] });
  }
  return tenants;
}

/** Every run that read something, oldest first. */
async function allRuns(
  database: Database,
  connected: readonly { tenantId: string; name: string }[],
): Promise<{ tenantId: string; name: string; runs: DemoRun[] }[]> {
  return await Promise.all(
    connected.map(async (tenant) => {
      const { rows } = await listRuns(database, { tenantId: tenant.tenantId });
      return { ...tenant, runs: await Promise.all(rows.toReversed().map((run) => demoRun(database, run))) };
    }),
  );
}

interface DemoParts {
  workspace: Workspace;
  database: Database;
  output: Output;
  signal: AbortSignal;
}

async function findScheduledRun(database: Database, tenant: DemoTenant): Promise<Run | null> {
  const { rows } = await listRuns(database, { tenantId: tenant.tenantId }, { scheduleId: tenant.scheduleId });
  return rows.at(-1) ?? null;
}

/** Waits for one run of each tenant and keeps what it brought, before retention can take its set away. */
async function runRound(
  parts: DemoParts,
  tenants: readonly DemoTenant[],
  find: (tenant: DemoTenant) => Promise<Run | null>,
): Promise<void> {
  const { workspace, database, output, signal } = parts;
  const deadline = workspace.clock.monotonicMs() + roundBudgetMs;
  const open = new Set(tenants);
  while (open.size > 0) {
    for (const tenant of open) {
      const run = await find(tenant);
      if (run === null || !isTerminal(run.state)) continue;
      open.delete(tenant);
      tenant.runs.push(await demoRun(database, run));
      output.progress(
        `${tenant.name}: ${run.state}${run.counts === null ? '' : `, ${run.counts.items} items, ${run.counts.added} added, ${run.counts.changed} changed, ${run.counts.removed} removed`}`,
      );
    }
    if (workspace.clock.monotonicMs() > deadline) {
      throw new AppError('demo_stuck', 'A run of the demo did not end within five minutes.', {
        nextStep: 'Look into the logs of the home, kept with --home.',
      });
    }
    if (open.size > 0) await workspace.clock.sleep(300, signal);
  }
}

async function demoRun(database: Database, run: Run): Promise<DemoRun> {
  const set = run.backupSetId === null ? null : await readBackupSet(database, run.tenantId, run.backupSetId);
  const { complete = 0, incomplete = 0, notAvailable = 0, unknown = 0 } = run.counts?.types ?? {};
  return {
    trigger: run.trigger,
    slot: run.slotAt?.toISOString() ?? null,
    state: run.state,
    types: { complete, incomplete, notAvailable, unknown },
    items: run.counts?.items ?? 0,
    added: run.counts?.added ?? 0,
    changed: run.counts?.changed ?? 0,
    removed: run.counts?.removed ?? 0,
    backupSet:
      set === null ? null : { id: set.id, rootHash: set.root, items: set.items, newBytes: set.newBytes },
  };
}

/** Retention follows a run in transactions of its own; a run that ended well is not yet a tidy database. */
async function untilRetentionIsDone(parts: DemoParts, tenants: readonly DemoTenant[]): Promise<void> {
  const { workspace, database, signal } = parts;
  const deadline = workspace.clock.monotonicMs() + 30_000;
  for (const tenant of tenants) {
    while ((await listBackupSets(database, tenant.tenantId)).length > keepLast) {
      if (workspace.clock.monotonicMs() > deadline) return;
      await workspace.clock.sleep(200, signal);
    }
  }
}

async function report(
  parts: DemoParts,
  tenants: readonly Pick<DemoTenant, 'tenantId' | 'name' | 'runs'>[],
  startedMs: number,
): Promise<DemoReport> {
  const { database, output, workspace } = parts;
  output.progress('Verifying all backup sets and the audit chains …');
  let pruned = 0;
  const verify = { sets: 0, damaged: 0 };
  for (const tenant of tenants) {
    pruned += (await listPrunedSets(database, tenant.tenantId)).length;
    const verdict = await verifyBackupSets(database, tenant.tenantId);
    verify.sets += verdict.setsVerified;
    // A broken chain belongs to no single set; it must not read as "nothing damaged".
    verify.damaged += Math.max(verdict.setsDamaged, verdict.damages.length > 0 ? 1 : 0);
  }
  const audit = { events: 0, verified: true };
  for (const head of await listAuditHeads(database, { allTenants: true })) {
    const verdict = await verifyAuditChain(database, head.tenantId);
    audit.events += verdict.events;
    audit.verified &&= verdict.firstBroken === null;
  }
  return {
    tenants: tenants.map(({ name, runs }) => ({ name, runs })),
    retention: { pruned },
    audit,
    verify,
    seconds: Math.round((workspace.clock.monotonicMs() - startedMs) / 100) / 10,
  };
}
