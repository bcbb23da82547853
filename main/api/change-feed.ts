import type { ChangeNotice } from '../../shared/contract/index.ts';
import { errorText } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Sql } from '../db/database.ts';
import { type ChangeMark, readChangeMarks } from '../db/repositories/change-marks.ts';
import type { Log } from '../engine/ports.ts';

const lookEveryMs = 2_000;

export interface ChangeFeed {
  /** Calls back for each thing that changed since; answers how to stop. */
  onChange(listener: (notice: ChangeNotice) => void): () => void;
  /** Looks now instead of at the next turn; resolves when the listeners have been told. */
  look(): Promise<void>;
  close(): void;
}

/**
 * Notices what changed by comparing marks that are read under a person's own login, so that nobody is told of a
 * tenant that they may not see. Looks only while somebody listens. A look that fails is logged once and tried
 * again at the next turn: a lost notice costs freshness, not truth.
 */
export function createChangeFeed(parts: { database: Sql; clock: Clock; log: Log }): ChangeFeed {
  const { database, clock, log } = parts;
  const listeners = new Set<(notice: ChangeNotice) => void>();
  let known: Map<string, ChangeMark> | null = null;
  let looking: Promise<void> | null = null;
  let cancelTurn: (() => void) | null = null;
  let failing = false;
  let closed = false;

  async function compare(): Promise<void> {
    try {
      const marks = new Map((await readChangeMarks(database)).map((mark) => [keyOf(mark), mark]));
      const changed = known === null ? [] : changedMarks(known, marks);
      known = marks;
      failing = false;
      for (const { kind, tenantId } of changed) {
        for (const listener of listeners) listener({ kind, tenantId, id: null });
      }
    } catch (error) {
      if (!failing && !closed)
        log.warn({ error: errorText(error) }, 'Changes cannot be noticed at the moment');
      failing = true;
    }
  }

  function look(): Promise<void> {
    looking ??= compare().finally(() => {
      looking = null;
    });
    return looking;
  }

  function arm(): void {
    cancelTurn ??= clock.after(
      lookEveryMs,
      () => {
        cancelTurn = null;
        if (closed || listeners.size === 0) return;
        void look().finally(() => {
          if (!closed && listeners.size > 0) arm();
        });
      },
      { unref: true },
    );
  }

  return {
    onChange(listener) {
      listeners.add(listener);
      // What is true now is the base; only what comes later is a change.
      if (listeners.size === 1) void look();
      arm();
      return () => {
        listeners.delete(listener);
        // The next listener must not be told of what happened while nobody looked.
        if (listeners.size === 0) known = null;
      };
    },
    look,
    close() {
      closed = true;
      listeners.clear();
      cancelTurn?.();
    },
  };
}

function keyOf(mark: ChangeMark): string {
  return `${mark.kind} ${mark.tenantId ?? ''}`;
}

/** Marks that are new or different, and those that are gone. */
function changedMarks(before: Map<string, ChangeMark>, after: Map<string, ChangeMark>): ChangeMark[] {
  return [
    ...[...after.values()].filter((mark) => before.get(keyOf(mark))?.mark !== mark.mark),
    ...[...before.values()].filter((mark) => !after.has(keyOf(mark))),
  ];
}
