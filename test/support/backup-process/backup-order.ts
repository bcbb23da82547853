import type { GraphLimits } from '../../../main/graph/graph-limits.ts';
import type { ReadEvent } from '../../../main/engine/ports.ts';
import type { RunCompletion, RunCounts } from '../../../main/engine/run-lease.ts';
import type { RunSpec } from '../../../shared/model/run-spec.ts';
import type { SimulatedSignIn, SimulatorAddress } from '../../capture/simulated-capture.ts';

/** What a backup process is to do. */
export interface BackupOrder {
  databaseUrl: string;
  simulator: SimulatorAddress;
  signIns: [tenantId: string, signIn: SimulatedSignIn][];
  /** Runs that are claimed for this process. */
  runs: { runId: string; tenantId: string; scheduleId: string; token: string; spec: RunSpec }[];
  concurrentRuns: number;
  /** Changes to the product's own limits; empty: none. */
  limits: Partial<GraphLimits>;
}

export interface FinishedRun {
  runId: string;
  state: RunCompletion['state'];
  reason: RunCompletion['reason'];
  counts: RunCounts;
  backupSetId: string | null;
  ms: number;
  /** At most 20 warnings and errors. */
  events: ReadEvent[];
}

export interface BackupResult {
  runs: FinishedRun[];
  /** From the first run's start to the last one's end. */
  ms: number;
  cpuMs: number;
  /** Largest resident size of the process, MiB. */
  peakMemoryMb: number;
}
