import { errorText, isAppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import {
  claimAccessCheck,
  finishAccessCheck,
  type AccessCheckError,
  type ClaimedAccessCheck,
} from '../db/repositories/access-checks.ts';
import type { EngineLimits } from './engine-limits.ts';
import type { HostRegistry } from './host-registry.ts';
import type { AccessOutcome, AccessProbe, Log } from './ports.ts';
import { createSingleFlight } from './single-flight.ts';

/** Carries out the access checks that technicians ask for, one after the other, beside the runs. */
export interface AccessChecker {
  start(): void;
  /** Looks for checks now; resolves when none is left that this host can do, never rejects. */
  check(): Promise<void>;
  /** Gives the check under way back and takes no further one. */
  stop(): Promise<void>;
  /** Holds back while the machine sleeps. */
  pause(paused: boolean): void;
}

export function createAccessChecker(options: {
  database: Database;
  registry: Pick<HostRegistry, 'openableTenantIds' | 'isOutdated'>;
  probe: AccessProbe;
  clock: Clock;
  limits: Pick<EngineLimits, 'accessCheckPollMs' | 'accessCheckMs'>;
  log: Log;
}): AccessChecker {
  const { database, registry, probe, clock, limits, log } = options;
  const stopping = new AbortController();
  let paused = false;
  let cancelPoll: (() => void) | null = null;

  const checkAll = async (): Promise<void> => {
    for (;;) {
      if (paused || stopping.signal.aborted || registry.isOutdated()) return;
      const claimed = await claimAccessCheck(database, registry.openableTenantIds());
      if (claimed === null) return;
      await carryOutAccessCheck(claimed, { database, probe, clock, limits, log, signal: stopping.signal });
    }
  };
  const flight = createSingleFlight(checkAll, (error) =>
    log.warn({ err: error }, 'Looking for access checks failed; the next look tries again'),
  );
  const arm = () => {
    if (stopping.signal.aborted) return;
    cancelPoll = clock.after(limits.accessCheckPollMs, () => {
      void flight.request().then(arm);
    });
  };

  return {
    start: arm,
    check: () => flight.request(),
    async stop() {
      cancelPoll?.();
      stopping.abort();
      await flight.close();
    },
    pause(next) {
      paused = next;
    },
  };
}

/**
 * Does one claimed check and writes what came of it. It ends well within its lease, so that a slow tenant is told
 * as a failure and not done twice. An abort gives it back to the other hosts.
 */
export async function carryOutAccessCheck(
  check: ClaimedAccessCheck,
  parts: {
    database: Database;
    probe: AccessProbe;
    clock: Clock;
    limits: Pick<EngineLimits, 'accessCheckMs'>;
    log: Log;
    signal: AbortSignal;
  },
): Promise<void> {
  const { database, probe, clock, limits, log, signal } = parts;
  const tooLong = new AbortController();
  const cancel = clock.after(limits.accessCheckMs, () => tooLong.abort());
  let ending: { outcome: AccessOutcome } | { error: AccessCheckError } | null;
  try {
    const outcome = await probe.check(
      { tenantId: check.tenantId, candidateId: check.candidateId },
      AbortSignal.any([signal, tooLong.signal]),
    );
    ending = { outcome };
  } catch (error) {
    if (signal.aborted) ending = null;
    else if (tooLong.signal.aborted) ending = { error: tookTooLong };
    else ending = { error: describe(error, check, log) };
  } finally {
    cancel();
  }
  if (!(await finishAccessCheck(database, check, ending))) {
    log.warn(
      { checkId: check.checkId, tenantId: check.tenantId },
      'An access check ended after its lease; its result is left',
    );
  }
}

const tookTooLong: AccessCheckError = {
  code: 'deadline',
  message: 'Microsoft Graph did not answer all requests in time.',
  nextStep: 'Check again later.',
};

function describe(error: unknown, check: ClaimedAccessCheck, log: Log): AccessCheckError {
  if (isAppError(error)) return { code: error.code, message: error.message, nextStep: error.nextStep };
  log.error(
    { checkId: check.checkId, tenantId: check.tenantId, error: errorText(error) },
    'An access check ended with an unexpected error',
  );
  return {
    code: 'internal',
    message: 'An unexpected error ended the check.',
    nextStep: 'Look up the check in the log of the host.',
  };
}
