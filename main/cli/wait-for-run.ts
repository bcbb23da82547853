import { AppError } from '../../shared/errors.ts';
import { isTerminal } from '../../shared/model/run-states.ts';
import { createHost, type Host, type Workspace } from '../composition.ts';
import type { Database } from '../db/database.ts';
import type { DatabaseAccess } from '../database-access.ts';
import { countLiveHosts } from '../db/repositories/hosts.ts';
import { getRun, type Run } from '../db/repositories/runs.ts';
import type { Output } from './output.ts';

const pollMs = 500;
/** How long a queued run may stand still before this command looks again whether any host lives. */
const patienceMs = 5_000;

/**
 * Waits until a run has ended and answers it. While it is queued and no live host can open the tenant's
 * credential, this process becomes a host for this one run. An abort releases what it holds and throws
 * `interrupted`; the run itself goes on where another host carries it out.
 */
export async function waitForRun(
  parts: {
    workspace: Workspace;
    access: DatabaseAccess;
    database: Database;
    output: Output;
    signal: AbortSignal;
  },
  run: { runId: string; tenantId: string },
): Promise<Run> {
  const { workspace, access, database, output, signal } = parts;
  const { clock } = workspace;
  let host: Host | null = null;
  let shown = '';
  let nextLookMs = clock.monotonicMs();
  try {
    for (;;) {
      const current = await getRun(database, { tenantId: run.tenantId }, run.runId);
      if (current === null) {
        throw new AppError('run_not_found', 'The run is no longer there.', {
          nextStep: 'Run "tenantkeep runs list" to see what there is.',
        });
      }
      const line = progressLine(current);
      if (line !== shown) output.progress(line);
      shown = line;
      if (isTerminal(current.state)) return current;
      if (current.state === 'queued' && host === null && clock.monotonicMs() >= nextLookMs) {
        nextLookMs = clock.monotonicMs() + patienceMs;
        const { canOpenTenant } = await countLiveHosts(database, run.tenantId);
        if (canOpenTenant === 0) {
          output.progress('No host is running that can take it; this command carries it out itself.');
          host = await createHost(workspace, access, {
            kind: 'command',
            dispatch: false,
            onlyRunId: run.runId,
          });
          await host.engine.start();
        }
      }
      await clock.sleep(pollMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new AppError('interrupted', 'The command was ended before the run was.', {
      nextStep: 'Run "tenantkeep runs show" to see how it goes on.',
    });
  } finally {
    await host?.stop();
  }
}

function progressLine(run: Run): string {
  if (run.state !== 'running' || run.progress === null) return `${run.tenantName}: ${run.state}`;
  const { typesDone, typesTotal } = run.progress;
  return `${run.tenantName}: running, ${typesDone} of ${typesTotal} policy types`;
}
