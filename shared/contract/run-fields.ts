import { z } from 'zod';
import { runStates, typeOutcomes } from '../model/run-states.ts';
import { countsByOutcomeSchema, idSchema, instantSchema } from './fields.ts';

const progressSchema = z.object({
  typesTotal: z.number().int(),
  typesDone: z.number().int(),
  current: z.array(
    z.object({ typeKey: z.string(), expected: z.number().int().nullable(), captured: z.number().int() }),
  ),
});

/** One run as lists show it. A missed row may stand for several slots (`missedCount`, `missedUntil`). */
export const runRowSchema = z.object({
  id: idSchema,
  tenantId: idSchema,
  tenantName: z.string(),
  scheduleId: idSchema,
  scheduleName: z.string(),
  trigger: z.enum(['scheduled', 'manual']),
  requestedBy: z.string(),
  state: z.enum(runStates),
  reason: z.string().nullable(),
  slotAt: instantSchema.nullable(),
  missedCount: z.number().int().nullable(),
  missedUntil: instantSchema.nullable(),
  attempt: z.number().int(),
  createdAt: instantSchema,
  startedAt: instantSchema.nullable(),
  finishedAt: instantSchema.nullable(),
  cancelRequestedAt: instantSchema.nullable(),
  hostName: z.string().nullable(),
  progress: progressSchema.nullable(),
  types: countsByOutcomeSchema.nullable(),
  items: z.number().int().nullable(),
  added: z.number().int().nullable(),
  changed: z.number().int().nullable(),
  removed: z.number().int().nullable(),
  backupSetId: idSchema.nullable(),
});
export type RunRow = z.output<typeof runRowSchema>;

/** One policy type of a run with everything that explains its outcome. */
export const runTypeSchema = z.object({
  typeKey: z.string(),
  displayName: z.string(),
  outcome: z.enum(typeOutcomes),
  reason: z.string().nullable(),
  sentence: z.string().nullable(),
  nextStep: z.string().nullable(),
  missingPermission: z.string().nullable(),
  expected: z.number().int().nullable(),
  captured: z.number().int(),
  /** Against the newest complete copy before; null where the type is not complete, and for runs of old versions. */
  added: z.number().int().nullable(),
  changed: z.number().int().nullable(),
  removed: z.number().int().nullable(),
  requests: z.number().int(),
  retries: z.number().int(),
  waitedMs: z.number().int(),
  /** Null where the type was never read. */
  durationMs: z.number().int().nullable(),
  /** When the type was read; for a type that was taken over from a run before, that is long before this run. */
  readAt: instantSchema.nullable(),
  carried: z.boolean(),
  /** The newest complete copy in the sets of the schedule up to this run. */
  lastCompleteAt: instantSchema.nullable(),
  requestId: z.string().nullable(),
  httpStatus: z.number().int().nullable(),
  failedItemCount: z.number().int(),
  failedItems: z.array(
    z.object({
      graphId: z.string(),
      name: z.string(),
      reason: z.string(),
      message: z.string(),
      requestId: z.string().nullable(),
    }),
  ),
});
export type RunType = z.output<typeof runTypeSchema>;
