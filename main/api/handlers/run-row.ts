import type { z } from 'zod';
import type { runRowSchema, runTypeSchema } from '../../../shared/contract/run-fields.ts';
import { typeReasons, type TypeReason } from '../../../shared/model/reasons.ts';
import type { RunOutcomeRow } from '../../db/repositories/run-outcomes.ts';
import type { Run } from '../../db/repositories/runs.ts';
import { findPolicyType } from '../../domain/policy-types/registry.ts';

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

/** The outcome of a policy type with its words. */
export function runType(type: RunOutcomeRow): z.input<typeof runTypeSchema> {
  const reason = type.reason === null ? undefined : typeReasons[type.reason as TypeReason];
  return {
    ...type,
    displayName: typeName(type.typeKey),
    sentence: reason?.sentence ?? null,
    nextStep: reason?.nextStep ?? null,
    readAt: type.readAt?.toISOString() ?? null,
    lastCompleteAt: type.lastCompleteAt?.toISOString() ?? null,
  };
}

/** Name of a policy type for people; its key where this version does not know it. */
export function typeName(typeKey: string): string {
  return findPolicyType(typeKey)?.displayName ?? typeKey;
}
