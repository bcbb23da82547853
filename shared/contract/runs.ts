import { z } from 'zod';
import { runSpecSchema } from '../model/run-spec.ts';
import { runStates, typeOutcomes } from '../model/run-states.ts';
import {
  countsByOutcomeSchema,
  cursorSchema,
  idSchema,
  instantSchema,
  pageOf,
  pageSizeSchema,
} from './fields.ts';
import { mutation, query } from './procedure.ts';

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
  requests: z.number().int(),
  retries: z.number().int(),
  waitedMs: z.number().int(),
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

const runInput = z.strictObject({ tenantId: idSchema, runId: idSchema });

export const runs = {
  'runs.list': query({
    input: z.strictObject({
      tenantId: idSchema.nullable().default(null),
      scheduleId: idSchema.nullable().default(null),
      states: z.array(z.enum(runStates)).max(runStates.length).default([]),
      from: instantSchema.nullable().default(null),
      to: instantSchema.nullable().default(null),
      cursor: cursorSchema,
      pageSize: pageSizeSchema,
    }),
    output: pageOf(runRowSchema),
    permission: 'run.view',
    scope: 'permitted-tenants',
  }),
  'runs.get': query({
    input: runInput,
    output: z.object({
      run: runRowSchema,
      sentence: z.string(),
      spec: runSpecSchema,
      specDiffersFromSchedule: z.boolean(),
      types: z.array(runTypeSchema),
      attempts: z.array(
        z.object({
          attempt: z.number().int(),
          hostName: z.string().nullable(),
          startedAt: instantSchema,
          endedAt: instantSchema.nullable(),
          outcome: z.string().nullable(),
        }),
      ),
    }),
    permission: 'run.view',
    scope: 'tenant',
  }),
  'runs.events': query({
    input: z.strictObject({
      tenantId: idSchema,
      runId: idSchema,
      cursor: cursorSchema,
      pageSize: pageSizeSchema,
    }),
    output: pageOf(
      z.object({
        at: instantSchema,
        level: z.enum(['info', 'warning', 'error']),
        code: z.string(),
        typeKey: z.string().nullable(),
        message: z.string(),
      }),
    ),
    permission: 'run.view',
    scope: 'tenant',
  }),
  'runs.matrix': query({
    input: z.strictObject({ tenantId: idSchema, scheduleId: idSchema }),
    output: z.object({
      /** The last thirty runs of the schedule that read anything, oldest first. */
      runs: z.array(z.object({ id: idSchema, state: z.enum(runStates), at: instantSchema })),
      /** One row a policy type; `outcomes` has one cell a run, null where the run did not ask for the type. */
      types: z.array(
        z.object({
          typeKey: z.string(),
          displayName: z.string(),
          outcomes: z.array(
            z.object({ outcome: z.enum(typeOutcomes), sentence: z.string().nullable() }).nullable(),
          ),
        }),
      ),
    }),
    permission: 'run.view',
    scope: 'tenant',
  }),
  'runs.start': mutation({
    input: z.strictObject({ tenantId: idSchema, scheduleId: idSchema }),
    /** `created` false: a run of this schedule is active already, and this is it. */
    output: z.object({ runId: idSchema, created: z.boolean() }),
    permission: 'run.start',
    scope: 'tenant',
    auditAction: 'run.requested',
  }),
  'runs.retry': mutation({
    input: runInput,
    output: z.object({ runId: idSchema, created: z.boolean() }),
    permission: 'run.retry',
    scope: 'tenant',
    auditAction: 'run.retry_requested',
  }),
  'runs.cancel': mutation({
    input: runInput,
    output: z.object({ state: z.enum(runStates), cancelRequested: z.boolean() }),
    permission: 'run.cancel',
    scope: 'tenant',
    auditAction: 'run.cancel_requested',
  }),
} as const;
