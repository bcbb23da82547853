import { runReasons, typeReasons, type RunReason, type TypeReason } from '../../shared/model/reasons.ts';
import { runStateSentences, type RunState } from '../../shared/model/run-states.ts';
import type { RunOutcomeRow } from '../db/repositories/run-outcomes.ts';
import type { Run } from '../db/repositories/runs.ts';
import { exitCodes } from './exit-codes.ts';

/** A run as --json shows it. */
export function runDocument(run: Run): object {
  return {
    id: run.runId,
    tenant: { id: run.tenantId, name: run.tenantName },
    schedule: { id: run.scheduleId, name: run.scheduleName },
    trigger: run.trigger,
    slot: run.slotAt?.toISOString() ?? null,
    state: run.state,
    reason: run.reason,
    errorCode: run.errorCode,
    attempt: run.attempt,
    requestedBy: run.requestedBy,
    retryOf: run.retryOf,
    blockedBy: run.blockedBy,
    missedCount: run.missedCount,
    missedUntil: run.missedUntil?.toISOString() ?? null,
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
    host: run.hostName,
    types: run.counts === null ? null : run.counts.types,
    items: run.counts?.items ?? null,
    added: run.counts?.added ?? null,
    changed: run.counts?.changed ?? null,
    removed: run.counts?.removed ?? null,
    newBytes: run.counts?.newBytes ?? null,
    backupSetId: run.backupSetId,
  };
}

/** What happened, in one sentence. */
export function runSentence(run: Pick<Run, 'state' | 'reason'>): string {
  const reason = run.reason !== null && run.reason in runReasons ? runReasons[run.reason as RunReason] : null;
  return reason === null
    ? runStateSentences[run.state]
    : [reason.sentence, reason.nextStep].filter(Boolean).join(' ');
}

/** Why a policy type is not complete, in words; empty where there is nothing to say. */
export function typeSentence(row: Pick<RunOutcomeRow, 'reason' | 'missingPermission'>): string {
  if (row.reason === null) return '';
  const text = row.reason in typeReasons ? typeReasons[row.reason as TypeReason].sentence : row.reason;
  return row.missingPermission === null ? text : `${text} Needed: ${row.missingPermission}.`;
}

/** The exit code of a command that waited for a run. */
export function exitCodeOfRun(state: RunState): number {
  if (state === 'succeeded') return exitCodes.ok;
  return state === 'partial' ? exitCodes.runPartial : exitCodes.runFailed;
}
