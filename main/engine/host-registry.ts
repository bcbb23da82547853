import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { changeHostState, checkInHost, type HostKind, markHostTick } from '../db/repositories/hosts.ts';
import { engineLevel } from './engine-level.ts';
import type { HostDiary } from './host-diary.ts';
import type { Log, TenantReaderFactory } from './ports.ts';

/** The installation that this process is. */
export interface HostIdentity {
  hostId: string;
  name: string;
  kind: HostKind;
  appVersion: string;
}

/**
 * Keeps the row of this process in `host_instances` alive and knows what it says. The instance id names one
 * uninterrupted life: after sleep, or when the row is gone or says stopped, a new one is taken, never reused.
 */
export interface HostRegistry {
  instanceId(): string;
  /** Tenants whose credential this process has really opened, as of the last check-in. */
  openableTenantIds(): readonly string[];
  /** Database time minus host time with its error, for showing and warning; it decides nothing. */
  clockOffset(): { offsetMs: number; errorMs: number } | null;
  /** True when the database asks for a newer engine: this one may only finish the runs it holds. */
  isOutdated(): boolean;
  /** Writes or renews the row. Throws database errors. */
  checkIn(): Promise<void>;
  /** Takes a new id; the next check-in inserts it. */
  renewInstance(): void;
  markTick(): Promise<void>;
  /** `stopped` is final for this instance. */
  changeState(state: 'running' | 'stopping' | 'stopped' | 'asleep'): Promise<void>;
}

/** A clock is wrong from here on, and right again well below, so that one at the limit is told once. */
const warnFromMs = 30_000;
const goodAgainBelowMs = 20_000;

export function createHostRegistry(options: {
  database: Database;
  readers: Pick<TenantReaderFactory, 'openableTenantIds'>;
  host: HostIdentity;
  diary: Pick<HostDiary, 'note'>;
  clock: Clock;
  log: Log;
}): HostRegistry {
  const { database, readers, host, diary, clock, log } = options;
  let instanceId: string = randomUUID();
  let first = true;
  let state: 'running' | 'stopping' | 'asleep' = 'running';
  let openable: readonly string[] = [];
  let offset: { offsetMs: number; errorMs: number } | null = null;
  let warned = false;
  let outdated = false;
  let lastSeenAt: Date | null = null;
  let unanswered = false;

  const measureOffset = (sentMs: number, receivedMs: number, now: Date) => {
    offset = {
      offsetMs: Math.round(now.getTime() - (sentMs + receivedMs) / 2),
      // Both clocks are read in whole milliseconds, which is one more that it can be off.
      errorMs: Math.max(0, Math.ceil((receivedMs - sentMs) / 2)) + 1,
    };
    // The error counts as well: the true offset may be that much further away.
    const off = Math.abs(offset.offsetMs) + offset.errorMs >= (warned ? goodAgainBelowMs : warnFromMs);
    if (off && !warned) log.warn(offset, "This machine's clock differs from the database's");
    if (off !== warned) {
      diary.note({ action: off ? 'host.clock_differs' : 'host.clock_agrees', ...offset });
    }
    warned = off;
  };

  const writeRow = () =>
    checkInHost(
      database,
      {
        instanceId,
        ...host,
        engineLevel,
        state,
        openableTenantIds: openable,
        clockOffsetMs: offset?.offsetMs ?? null,
        clockErrorMs: offset?.errorMs ?? null,
      },
      first,
    );

  const checkIn = async (): Promise<void> => {
    openable = await readers.openableTenantIds();
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const sentMs = clock.wallMs();
      const answer = await writeRow().catch((error: unknown) => {
        unanswered = true;
        throw error;
      });
      measureOffset(sentMs, clock.wallMs(), answer.now);
      if (unanswered) diary.note({ action: 'host.reconnected', lastSeenAt });
      unanswered = false;
      lastSeenAt = answer.now;
      if (!outdated && answer.minEngineLevel > engineLevel) {
        const neededLevel = answer.minEngineLevel;
        log.warn({ engineLevel, needed: neededLevel }, 'This version is too old to run backups here');
        diary.note({ action: 'host.outdated', engineLevel, neededLevel });
      }
      outdated = answer.minEngineLevel > engineLevel;
      if (answer.known) {
        first = false;
        return;
      }
      log.warn({ instanceId }, 'The row of this host is gone or stopped; checking in anew');
      instanceId = randomUUID();
      first = true;
    }
    throw new Error('The database did not take the row of this host.');
  };

  return {
    instanceId: () => instanceId,
    openableTenantIds: () => openable,
    clockOffset: () => offset,
    isOutdated: () => outdated,
    checkIn,
    renewInstance() {
      diary.note({ action: 'host.woke', lastSeenAt });
      instanceId = randomUUID();
      first = true;
      state = 'running';
    },
    markTick: () => markHostTick(database, instanceId),
    async changeState(next) {
      if (next !== 'stopped') state = next;
      await changeHostState(database, instanceId, next);
    },
  };
}
