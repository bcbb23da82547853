import { AppError } from '../../shared/errors.ts';
import type { Session } from './router.ts';

/** What a long piece of work is given: when to stop, and where to say how far it is. */
export interface WorkControl {
  signal: AbortSignal;
  onProgress(done: number, of: number): void;
}

/**
 * Long calls that are going on, each under an id that its caller chose, so that the same person can ask how far it
 * is and end it. In memory: work ends with its process.
 */
export interface LongWork {
  /** Runs `task`; without an id it cannot be followed. Throws `work_cancelled` when it was ended. */
  run<T>(session: Session, workId: string | null, task: (control: WorkControl) => Promise<T>): Promise<T>;
  progressOf(session: Session, workId: string): { done: number; of: number } | null;
  /** False when there is no such work (any more). */
  cancel(session: Session, workId: string): boolean;
}

interface Running {
  session: Session;
  controller: AbortController;
  progress: { done: number; of: number };
}

export function createLongWork(): LongWork {
  const running = new Map<string, Running>();
  const find = (session: Session, workId: string): Running | null => {
    const found = running.get(workId);
    return found?.session === session ? found : null;
  };
  return {
    async run(session, workId, task) {
      const own: Running = { session, controller: new AbortController(), progress: { done: 0, of: 0 } };
      if (workId !== null && running.has(workId)) {
        throw new AppError('work_id_taken', 'Other work is going on under this id.');
      }
      if (workId !== null) running.set(workId, own);
      try {
        return await task({
          signal: own.controller.signal,
          onProgress: (done, of) => {
            own.progress = { done, of };
          },
        });
      } finally {
        if (workId !== null) running.delete(workId);
      }
    },
    progressOf: (session, workId) => find(session, workId)?.progress ?? null,
    cancel(session, workId) {
      const found = find(session, workId);
      found?.controller.abort(new AppError('work_cancelled', 'The work was cancelled; nothing was kept.'));
      return found !== null;
    },
  };
}
