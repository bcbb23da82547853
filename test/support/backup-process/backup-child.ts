import { createHash } from 'node:crypto';
import { systemClock } from '../../../main/clock.ts';
import { openDatabase } from '../../../main/db/open-database.ts';
import { fenceRun, finishRun, insertRunEvents } from '../../../main/db/repositories/run-ownership.ts';
import { policyTypeLookup } from '../../../main/domain/policy-types/registry.ts';
import { createRunExecutor } from '../../../main/engine/backup/backup-executor.ts';
import type { ReadEvent } from '../../../main/engine/ports.ts';
import { LeaseLostError, type RunLease } from '../../../main/engine/run-lease.ts';
import { simulatedReaders } from '../../capture/simulated-capture.ts';
import { silentLog } from '../silent-log.ts';
import type { BackupOrder, BackupResult, FinishedRun } from './backup-order.ts';

/**
 * A host's backup work in a process of its own, so that its memory and time are its own: the engine's executor,
 * the real Graph client and a pool like the host's (two connections), over runs that were claimed beforehand.
 */
process.once('message', (order: BackupOrder) => {
  carryOut(order).then(
    (result) => process.send!(result, () => process.disconnect()),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});

async function carryOut(order: BackupOrder): Promise<BackupResult> {
  // As composition.ts opens the pool of a host's runs.
  const database = await openDatabase({
    url: order.databaseUrl,
    applicationName: 'tenantkeep/bench',
    max: 2,
    connectTimeoutMs: 60_000,
  });
  const readers = simulatedReaders(order.simulator, new Map(order.signIns), order.limits);
  const executor = createRunExecutor({
    database,
    readers,
    policyTypes: policyTypeLookup,
    secrets: {
      fingerprintKey: async (tenantId) => createHash('sha256').update(`key of ${tenantId}`).digest(),
      seal: async (_tenantId, secrets) =>
        secrets.map((secret) => ({
          bytes: createHash('sha256').update(secret.value).digest(),
          sealedTo: '0'.repeat(64),
        })),
    },
    clock: systemClock,
    log: silentLog,
  });
  const carryOutRun = async (run: BackupOrder['runs'][number]): Promise<FinishedRun> => {
    const startedMs = systemClock.monotonicMs();
    const events: ReadEvent[] = [];
    const fenced: RunLease['fenced'] = (work) =>
      database.transaction(async (tx) => {
        if (!(await fenceRun(tx, run.runId, run.token))) throw new LeaseLostError('lost');
        return work(tx);
      });
    const lease: RunLease = {
      ...run,
      trigger: 'manual',
      slotAt: null,
      attempt: 1,
      carriesFrom: null,
      signal: new AbortController().signal,
      fenced,
      reportProgress: () => undefined,
      recordEvent: (event) => events.push(event),
    };
    const completion = await executor.execute(lease);
    const backupSetId = await fenced(async (tx) => {
      const sealed = (await completion.seal?.(tx)) ?? null;
      await insertRunEvents(tx, lease, events);
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
    return {
      runId: run.runId,
      state: completion.state,
      reason: completion.reason,
      counts: completion.counts,
      backupSetId,
      ms: systemClock.monotonicMs() - startedMs,
      events: events.filter((event) => event.level !== 'info').slice(0, 20),
    };
  };
  const startedMs = systemClock.monotonicMs();
  const cpu = process.cpuUsage();
  const finished: FinishedRun[] = [];
  const waiting = [...order.runs];
  const work = async () => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      finished.push(await carryOutRun(run));
    }
  };
  await Promise.all(Array.from({ length: order.concurrentRuns }, work));
  const ms = systemClock.monotonicMs() - startedMs;
  const used = process.cpuUsage(cpu);
  await readers.close();
  await database.close();
  return {
    runs: finished,
    ms,
    cpuMs: (used.user + used.system) / 1000,
    peakMemoryMb: process.resourceUsage().maxRSS / 1024,
  };
}
