import type { LongWork } from '../long-work.ts';
import type { Handlers } from '../router.ts';

/** Answers about the long calls of the same session. */
export function workHandlers(work: LongWork): Pick<Handlers, 'work.progress' | 'work.cancel'> {
  return {
    'work.progress': async ({ session }, { workId }) => ({ progress: work.progressOf(session, workId) }),
    'work.cancel': async ({ session }, { workId }) => ({ cancelled: work.cancel(session, workId) }),
  };
}
