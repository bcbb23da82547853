import type { Clock } from '../clock.ts';
import type { EngineState } from '../engine/engine.ts';

/**
 * - `waiting`: the database cannot be reached yet; nothing else is wrong
 * - `well`: ticks end well
 * - `troubled`: the last tick failed; the engine tries again by itself
 * - `stuck`: no tick has ended for too long; only a new process helps
 * - `outdated`: the database asks for a newer version of this program
 * - `stopping`: asked to stop
 */
export type ServiceState = 'waiting' | 'well' | 'troubled' | 'stuck' | 'outdated' | 'stopping';

export interface Liveness {
  state: ServiceState;
  /** One sentence for people, without addresses or names. */
  sentence: string;
}

/** What the judge looks at: the engine once there is one, and whether the service was asked to stop. */
export interface ServiceFacts {
  engine: Pick<EngineState, 'phase' | 'ticks' | 'lastTickError' | 'outdated'> | null;
  stopping: boolean;
}

/** Ticks come every ten seconds; this many milliseconds without one that ended is no slow database any more. */
export const stuckAfterMs = 300_000;

/** Judges a service each time it is asked. Ask more often than every `stuckAfterMs`, or `stuck` is seen late. */
export function createLivenessJudge(
  clock: Pick<Clock, 'monotonicMs'>,
  facts: () => ServiceFacts,
): () => Liveness {
  let lastTicks = -1;
  let lastMoveMs = clock.monotonicMs();
  return () => {
    const { engine, stopping } = facts();
    if (stopping) return { state: 'stopping', sentence: 'The service stops.' };
    if (engine === null || engine.phase === 'new') {
      lastMoveMs = clock.monotonicMs();
      return { state: 'waiting', sentence: 'The service waits for its database.' };
    }
    // A failing tick has ended too, and a sleeping machine ticks not at all.
    if (engine.ticks !== lastTicks || engine.lastTickError !== null || engine.phase !== 'running') {
      lastTicks = engine.ticks;
      lastMoveMs = clock.monotonicMs();
    }
    if (clock.monotonicMs() - lastMoveMs > stuckAfterMs) {
      return { state: 'stuck', sentence: 'No tick has ended for five minutes.' };
    }
    if (engine.outdated) {
      return { state: 'outdated', sentence: 'The database asks for a newer version of TenantKeep.' };
    }
    if (engine.lastTickError !== null) {
      return { state: 'troubled', sentence: 'The last tick failed; the log says why.' };
    }
    return { state: 'well', sentence: 'Schedules are dispatched.' };
  };
}
