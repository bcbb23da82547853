import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Session } from '../api/router.ts';
import type { Clock } from '../clock.ts';

const idleMs = 30 * 60_000;
const linkMs = 10 * 60_000;

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Hashing first makes lengths equal, so that the comparison takes the same time whatever was sent. */
function sameSecret(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

interface OpenSession {
  token: string;
  session: Session;
  lastUsedMs: number;
}

/**
 * Sessions of the loopback console, in memory only: a restart of the service ends them all. A session starts
 * with a one-time link (embedded database, where the person at the machine is its administrator) or with the
 * person's own database login, and ends after 30 minutes without a call.
 */
export interface ConsoleSessions {
  /** A code for one use within ten minutes; whoever brings it gets `session`. */
  issueLink(session: Session): string;
  /** The token of a new session, or null when the code is unknown, used or too old. */
  redeemLink(code: string): string | null;
  open(session: Session): string;
  /** The session of a token, or null; finding it counts as use. */
  find(token: string): Session | null;
  close(token: string): void;
  /** Ends what has been idle for too long. */
  sweep(): void;
}

export function createConsoleSessions(
  clock: Clock,
  /** Told once for each token that ends, by sign-out or by idling. */
  onEnd: (session: Session) => void,
): ConsoleSessions {
  const links = new Map<string, { session: Session; bornMs: number }>();
  const sessions: OpenSession[] = [];

  function open(session: Session): string {
    const token = randomBytes(32).toString('base64url');
    sessions.push({ token, session, lastUsedMs: clock.monotonicMs() });
    return token;
  }

  function end(index: number): void {
    for (const ended of sessions.splice(index, 1)) onEnd(ended.session);
  }

  function sweep(): void {
    const now = clock.monotonicMs();
    for (const [code, link] of links) if (now - link.bornMs > linkMs) links.delete(code);
    for (let index = sessions.length - 1; index >= 0; index -= 1) {
      if (now - sessions[index]!.lastUsedMs > idleMs) end(index);
    }
  }

  return {
    issueLink(session) {
      const code = randomBytes(32).toString('base64url');
      links.set(code, { session, bornMs: clock.monotonicMs() });
      return code;
    },
    redeemLink(code) {
      sweep();
      for (const [known, link] of links) {
        if (!sameSecret(known, code)) continue;
        links.delete(known);
        return open(link.session);
      }
      return null;
    },
    open,
    find(token) {
      sweep();
      const found = sessions.find((candidate) => sameSecret(candidate.token, token));
      if (!found) return null;
      found.lastUsedMs = clock.monotonicMs();
      return found.session;
    },
    close(token) {
      const index = sessions.findIndex((candidate) => sameSecret(candidate.token, token));
      if (index >= 0) end(index);
    },
    sweep,
  };
}
