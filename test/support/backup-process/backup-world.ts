import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { hostNodeOptions } from '../../../main/node-options.ts';
import { answerOf } from '../child-answer.ts';
import type { SimulatorOptions } from '../../../main/simulator/start-simulator.ts';
import type { GraphLimits } from '../../../main/graph/graph-limits.ts';
import type { RunSpec } from '../../../shared/model/run-spec.ts';
import { type Arena, openArena } from '../arena.ts';
import type { BackupOrder, BackupResult } from './backup-order.ts';
import { startSimulatorProcess, type SimulatorProcess } from './start-simulator-process.ts';

/** A database server, a simulator and, for each round of backups, a host's process: three processes and this one. */
export interface BackupWorld {
  arena: Arena;
  simulator: SimulatorProcess;
  /** Ids in our database, in the order of the simulator's tenants. */
  tenantIds: string[];
  /** Backs up tenants in a new process. */
  backUp(options?: {
    tenantIds?: readonly string[];
    policyTypes?: RunSpec['policyTypes'];
    concurrentRuns?: number;
    limits?: Partial<GraphLimits>;
    /** Flags of the process beside those of every host, such as `--cpu-prof`. */
    execArgv?: string[];
  }): Promise<BackupResult>;
  close(): Promise<void>;
}

export async function openBackupWorld(options: SimulatorOptions): Promise<BackupWorld> {
  const simulator = await startSimulatorProcess(options);
  const arena = await openArena({}).catch(async (error: unknown) => {
    await simulator.close();
    throw error;
  });
  const host = await arena.addHost('Bench');
  const tenantIds: string[] = [];
  for (const { name } of simulator.tenants) tenantIds.push(await arena.addTenant(name));
  const scheduleIds = await arena.addSchedules(
    tenantIds.map((tenantId) => ({
      tenantId,
      name: 'Bench',
      cadence: { kind: 'daily', times: ['02:00'] },
      nextSlotAt: null,
    })),
  );
  const claimRun = async (tenantId: string, spec: RunSpec) => {
    const scheduleId = scheduleIds[tenantIds.indexOf(tenantId)]!;
    const [row] = await arena.superuser.query<{ id: string; lease_token: string }>(
      `insert into app.backup_runs (tenant_id, schedule_id, trigger, state, spec, spec_version, attempt, started_at,
              lease_instance, lease_token, lease_expires_at, deadline_at)
       values ($1, $2, 'manual', 'running', $3, 1, 1, app.db_now(), gen_random_uuid(), 1,
               app.db_now() + interval '1 day', app.db_now() + interval '1 day')
       returning id, lease_token`,
      [tenantId, scheduleId, JSON.stringify(spec)],
    );
    return { runId: row!.id, tenantId, scheduleId, token: row!.lease_token, spec };
  };
  return {
    arena,
    simulator,
    tenantIds,
    backUp: async ({ tenantIds: asked = tenantIds, policyTypes = 'core', ...rest } = {}) => {
      const spec: RunSpec = { policyTypes, retention: { keepLast: 30 } };
      const { graphUrl, loginUrl, caPem } = simulator;
      const order: BackupOrder = {
        databaseUrl: host.url,
        simulator: { graphUrl, loginUrl, caPem },
        signIns: tenantIds.map((id, index) => [id, simulator.tenants[index]!]),
        runs: [],
        concurrentRuns: rest.concurrentRuns ?? 4,
        limits: rest.limits ?? {},
      };
      for (const tenantId of asked) order.runs.push(await claimRun(tenantId, spec));
      return carryOut(order, [...hostNodeOptions, ...(rest.execArgv ?? [])]);
    },
    close: async () => {
      await simulator.close();
      await arena.close();
    },
  };
}

async function carryOut(order: BackupOrder, execArgv: string[]): Promise<BackupResult> {
  const child = fork(fileURLToPath(new URL('./backup-child.ts', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv,
  });
  const ended = once(child, 'exit');
  child.send(order);
  const result = await answerOf<BackupResult>(child, 'backup process');
  await ended;
  return result;
}
