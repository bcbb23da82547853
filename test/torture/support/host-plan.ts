import type { EngineLimits } from '../../../main/engine/engine-limits.ts';

/** What a host process of the torture is told when it is started. */
export interface HostPlan {
  url: string;
  hostId: string;
  name: string;
  /** The database's clock runs this many times faster than time, and so do all intervals of the host. */
  rate: number;
  limits?: Partial<EngineLimits>;
  work: HostWork;
  /** Dies by SIGKILL when it reaches this point for the nth time (from 1). */
  killAt?: { point: string; nth: number };
  /** Goes on writing by itself after a lease was lost, past every local check: only the database can refuse. */
  stubborn?: boolean;
  /** Plays an engine of this level. */
  engineLevel?: number;
  /** Milliseconds by which the host's wall clock is wrong; may be changed later. */
  wallOffsetMs?: number;
  /** Waits for `go` between opening its connections and starting its engine. */
  waitsForGo?: boolean;
  /** Ticks only when told to; no minute timer of its own. */
  manualMinutes?: boolean;
}

export type HostWork =
  /** The real backup executor over a scripted tenant: so many types and objects, `stepMs` before each type. */
  | { kind: 'backup'; types: number; items: number; stepMs: number }
  /** Ends at once, without a set: for measuring and racing the scheduling alone. */
  | { kind: 'nothing' };

/** From the torture to a host process. */
export type HostCommand =
  | { kind: 'go' }
  | { kind: 'tick' }
  | { kind: 'stop' }
  | { kind: 'suspend' }
  | { kind: 'resume' }
  | { kind: 'offset'; wallOffsetMs: number }
  | { kind: 'facts' };

/** From a host process to the torture. */
export type HostReport =
  | { kind: 'opened' }
  | { kind: 'ready'; instanceId: string }
  | { kind: 'instance'; instanceId: string }
  | { kind: 'log'; level: 'warn' | 'error'; message: string; error: string | null }
  /** A write of an owner that was told to stop; `accepted` false: the fence of the database refused it. */
  | { kind: 'late_write'; runId: string; token: string; accepted: boolean }
  /** An unhandled rejection or exception: none may ever happen. */
  | { kind: 'unhandled'; error: string }
  | { kind: 'ticked' }
  | { kind: 'stopped' }
  | { kind: 'facts'; facts: HostFacts };

export interface HostFacts {
  instanceId: string;
  residentBytes: number;
  heapBytes: number;
  /** Timers, sockets and whatever else keeps the event loop busy. */
  handles: number;
  runs: number;
  ticks: number;
  outdated: boolean;
}
