import { waitCauses } from '../../../shared/contract/runs.ts';
import { AppError } from '../../../shared/errors.ts';
import { instantFromIso, instantFromMs } from '../../../shared/model/instant.ts';
import { type RunReason, runReasons } from '../../../shared/model/reasons.ts';
import { isTerminal, runStateSentences } from '../../../shared/model/run-states.ts';
import { readRunOutcomes } from '../../db/repositories/run-outcomes.ts';
import {
  cancelRun,
  getRun,
  listNewestEvents,
  listRunAttempts,
  listRunEvents,
  requestRun,
  requestTypesRetry,
  type Run,
  type RunEvent,
} from '../../db/repositories/runs.ts';
import { getSchedule, readDatabaseTime, type Schedule } from '../../db/repositories/schedules.ts';
import type { CallContext, Handlers } from '../router.ts';
import { supportBundle } from '../support-bundle.ts';
import { runRow, runType, typeName } from './run-row.ts';

type Answer = Awaited<ReturnType<Handlers['runs.get']>>;

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

/** What a retry would do differently: the names of the settings that have changed since. */
function differencesOf(run: Run, schedule: Schedule | null): string[] {
  if (schedule === null) return [];
  const differs = (setting: keyof Run['spec']) =>
    JSON.stringify(run.spec[setting]) !== JSON.stringify(schedule.spec[setting]);
  return [
    ...(differs('policyTypes') ? ['policy types'] : []),
    ...(differs('retention') ? ['retention'] : []),
  ];
}

/** Waits that have not ended yet, one a policy type, the one that ends last. */
function waitsOf(events: readonly RunEvent[], nowMs: number): Answer['waits'] {
  const byType = new Map<string | null, Answer['waits'][number]>();
  for (const event of events) {
    const waitMs = event.detail?.waitMs;
    const cause = waitCauses.find((known) => known === event.detail?.cause);
    if (event.code !== 'waiting' || typeof waitMs !== 'number' || cause === undefined) continue;
    const untilMs = event.at.getTime() + waitMs;
    if (untilMs <= nowMs) continue;
    const former = byType.get(event.typeKey);
    if (former !== undefined && instantFromIso(former.until).getTime() >= untilMs) continue;
    const status = event.detail?.status;
    byType.set(event.typeKey, {
      typeKey: event.typeKey,
      displayName: event.typeKey === null ? null : typeName(event.typeKey),
      cause,
      status: typeof status === 'number' ? status : null,
      until: instantFromMs(untilMs).toISOString(),
    });
  }
  return [...byType.values()];
}

async function requireRun({ session }: CallContext, tenantId: string, runId: string): Promise<Run> {
  const run = await getRun(session.database, { tenantId }, runId);
  if (run === null) throw new AppError('run_not_found', 'There is no such run.');
  return run;
}

async function answerRun(context: CallContext, tenantId: string, runId: string): Promise<Answer> {
  const sql = context.session.database;
  const run = await requireRun(context, tenantId, runId);
  const [attempts, outcomes, schedule, recent, now] = await Promise.all([
    listRunAttempts(sql, tenantId, runId),
    readRunOutcomes(sql, tenantId, runId),
    getSchedule(sql, tenantId, run.scheduleId),
    isTerminal(run.state) ? [] : listNewestEvents(sql, tenantId, runId),
    readDatabaseTime(sql),
  ]);
  return {
    run: runRow(run),
    sentence: sentenceOf(run),
    timeZone: schedule?.timeZone ?? 'UTC',
    retryOf: run.retryOf,
    carriesFrom: run.carriesFrom,
    blockedBy: run.blockedBy,
    spec: run.spec,
    scheduleDiffersIn: differencesOf(run, schedule),
    types: outcomes.map(runType),
    waits: waitsOf(recent, now.getTime()),
    attempts: attempts.map((attempt) => ({
      attempt: attempt.attempt,
      hostName: attempt.hostName,
      startedAt: attempt.startedAt.toISOString(),
      endedAt: attempt.endedAt?.toISOString() ?? null,
      outcome: attempt.outcome,
      keptTypes: attempt.keptTypes,
    })),
    lastBeatAt: run.heartbeatAt?.toISOString() ?? null,
  };
}

const levelsFrom = {
  info: [],
  warning: ['warning', 'error'],
  error: ['error'],
} as const satisfies Record<RunEvent['level'], RunEvent['level'][]>;

type RunHandlers = Pick<
  Handlers,
  | 'runs.get'
  | 'runs.events'
  | 'runs.start'
  | 'runs.retry'
  | 'runs.retry-types'
  | 'runs.cancel'
  | 'runs.support-bundle'
>;

const handlers: Omit<RunHandlers, 'runs.support-bundle'> = {
  'runs.get': (context, { tenantId, runId }) => answerRun(context, tenantId, runId),

  'runs.events': async ({ session }, { tenantId, runId, least, cursor, pageSize }) => {
    const position = { cursor, limit: pageSize };
    const page = await listRunEvents(session.database, tenantId, runId, position, levelsFrom[least]);
    const rows = page.rows.map(({ at, level, code, typeKey, message }) => ({
      at: at.toISOString(),
      level,
      code,
      typeKey,
      message,
    }));
    return { rows, nextCursor: page.nextCursor, total: null };
  },

  // The permission was checked in the tenant that the page named, so schedule and run must be of that tenant.
  'runs.start': async ({ session }, { tenantId, scheduleId }) => {
    if ((await getSchedule(session.database, tenantId, scheduleId)) === null) {
      throw new AppError('schedule_not_found', 'There is no such schedule.');
    }
    return await requestRun(session.database, scheduleId, null);
  },

  'runs.retry': async (context, { tenantId, runId }) => {
    const run = await requireRun(context, tenantId, runId);
    return await requestRun(context.session.database, run.scheduleId, runId);
  },

  'runs.retry-types': async (context, { tenantId, runId }) => {
    await requireRun(context, tenantId, runId);
    return await requestTypesRetry(context.session.database, runId);
  },

  'runs.cancel': async (context, { tenantId, runId }) => {
    await requireRun(context, tenantId, runId);
    return await cancelRun(context.session.database, runId);
  },
};

/** One run: its detail and what a person asks of it; `about` is what this program knows of itself. */
export function runHandlers(about: { version: string }): RunHandlers {
  return {
    ...handlers,
    'runs.support-bundle': async (context, { tenantId, runId }) => {
      const answer = await answerRun(context, tenantId, runId);
      return { text: await supportBundle(context.session.database, answer, about.version) };
    },
  };
}
