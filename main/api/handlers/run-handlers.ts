import type { z } from 'zod';
import type { runRowSchema } from '../../../shared/contract/runs.ts';
import { AppError } from '../../../shared/errors.ts';
import { type RunReason, runReasons, typeReasons, type TypeReason } from '../../../shared/model/reasons.ts';
import { instantFromIso } from '../../../shared/model/instant.ts';
import { runStateSentences } from '../../../shared/model/run-states.ts';
import { readOutcomeMatrix, readRunOutcomes } from '../../db/repositories/run-outcomes.ts';
import {
  cancelRun,
  getRun,
  listRunAttempts,
  listRunEvents,
  listRuns,
  requestRun,
  type Run,
} from '../../db/repositories/runs.ts';
import { getSchedule } from '../../db/repositories/schedules.ts';
import { findPolicyType } from '../../domain/policy-types/registry.ts';
import { outcomeMatrix } from '../outcome-matrix.ts';
import type { Handlers } from '../router.ts';

type RunRowInput = z.input<typeof runRowSchema>;

/** A stored run as lists show it. */
export function runRow(run: Run): RunRowInput {
  return {
    id: run.runId,
    tenantId: run.tenantId,
    tenantName: run.tenantName,
    scheduleId: run.scheduleId,
    scheduleName: run.scheduleName,
    trigger: run.trigger,
    requestedBy: run.requestedBy,
    state: run.state,
    reason: run.reason,
    slotAt: run.slotAt?.toISOString() ?? null,
    missedCount: run.missedCount,
    missedUntil: run.missedUntil?.toISOString() ?? null,
    attempt: run.attempt,
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
    cancelRequestedAt: run.cancelRequestedAt?.toISOString() ?? null,
    hostName: run.hostName,
    progress: run.progress as RunRowInput['progress'],
    types: run.counts?.types ?? null,
    items: run.counts?.items ?? null,
    added: run.counts?.added ?? null,
    changed: run.counts?.changed ?? null,
    removed: run.counts?.removed ?? null,
    backupSetId: run.backupSetId,
  };
}

/** What happened, in a sentence: the reason where there is one, else what the state means. */
function sentenceOf(run: Run): string {
  if (run.state === 'partial' && run.counts !== null) {
    const { types } = run.counts;
    const asked = types.complete + types.incomplete + types.notAvailable + types.unknown + types.notAttempted;
    const troubled = types.incomplete + types.unknown + types.notAttempted;
    return `Partial: ${troubled} of ${asked} policy types are incomplete or unknown.`;
  }
  const reason = run.reason === null ? undefined : runReasons[run.reason as RunReason];
  if (reason === undefined) return runStateSentences[run.state];
  return [reason.sentence, reason.nextStep].filter(Boolean).join(' ');
}

export const runHandlers: Pick<
  Handlers,
  'runs.list' | 'runs.get' | 'runs.events' | 'runs.matrix' | 'runs.start' | 'runs.retry' | 'runs.cancel'
> = {
  'runs.list': async ({ session }, input) => {
    const page = await listRuns(
      session.database,
      input.tenantId === null ? { allTenants: true } : { tenantId: input.tenantId },
      {
        states: input.states,
        ...(input.scheduleId !== null && { scheduleId: input.scheduleId }),
        ...(input.from !== null && { from: instantFromIso(input.from) }),
        ...(input.to !== null && { to: instantFromIso(input.to) }),
      },
      { cursor: input.cursor, limit: input.pageSize },
    );
    return { rows: page.rows.map(runRow), nextCursor: page.nextCursor, total: null };
  },

  'runs.get': async ({ session }, { tenantId, runId }) => {
    const run = await getRun(session.database, { tenantId }, runId);
    if (run === null) throw new AppError('run_not_found', 'There is no such run.');
    const [attempts, outcomes, schedule] = await Promise.all([
      listRunAttempts(session.database, tenantId, runId),
      readRunOutcomes(session.database, tenantId, runId),
      getSchedule(session.database, tenantId, run.scheduleId),
    ]);
    return {
      run: runRow(run),
      sentence: sentenceOf(run),
      spec: run.spec,
      specDiffersFromSchedule: schedule !== null && schedule.version !== run.specVersion,
      types: outcomes.map((type) => {
        const reason = type.reason === null ? undefined : typeReasons[type.reason as TypeReason];
        return {
          ...type,
          displayName: findPolicyType(type.typeKey)?.displayName ?? type.typeKey,
          sentence: reason?.sentence ?? null,
          nextStep: reason?.nextStep ?? null,
        };
      }),
      attempts: attempts.map((attempt) => ({
        attempt: attempt.attempt,
        hostName: attempt.hostName,
        startedAt: attempt.startedAt.toISOString(),
        endedAt: attempt.endedAt?.toISOString() ?? null,
        outcome: attempt.outcome,
      })),
    };
  },

  'runs.events': async ({ session }, { tenantId, runId, cursor, pageSize }) => {
    const page = await listRunEvents(session.database, tenantId, runId, { cursor, limit: pageSize });
    const rows = page.rows.map(({ at, level, code, typeKey, message }) => ({
      at: at.toISOString(),
      level,
      code,
      typeKey,
      message,
    }));
    return { rows, nextCursor: page.nextCursor, total: null };
  },

  'runs.matrix': async ({ session }, { tenantId, scheduleId }) => {
    if ((await getSchedule(session.database, tenantId, scheduleId)) === null) {
      throw new AppError('schedule_not_found', 'There is no such schedule.');
    }
    return outcomeMatrix(await readOutcomeMatrix(session.database, tenantId, scheduleId));
  },

  'runs.start': ({ session }, { tenantId, scheduleId }) =>
    requestRunOf(session.database, tenantId, scheduleId, null),

  'runs.retry': async ({ session }, { tenantId, runId }) => {
    const run = await getRun(session.database, { tenantId }, runId);
    if (run === null) throw new AppError('run_not_found', 'There is no such run.');
    return await requestRunOf(session.database, tenantId, run.scheduleId, runId);
  },

  'runs.cancel': async ({ session }, { tenantId, runId }) => {
    const run = await getRun(session.database, { tenantId }, runId);
    if (run === null) throw new AppError('run_not_found', 'There is no such run.');
    return await cancelRun(session.database, runId);
  },
};

/** The permission was checked in the tenant that the page named, so the schedule must be of that tenant. */
async function requestRunOf(
  database: Parameters<typeof requestRun>[0],
  tenantId: string,
  scheduleId: string,
  retryOf: string | null,
) {
  if ((await getSchedule(database, tenantId, scheduleId)) === null) {
    throw new AppError('schedule_not_found', 'There is no such schedule.');
  }
  return await requestRun(database, scheduleId, retryOf);
}
