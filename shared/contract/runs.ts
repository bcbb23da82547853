import { z } from 'zod';
import { runSpecSchema } from '../model/run-spec.ts';
import { runStates } from '../model/run-states.ts';
import { cursorSchema, idSchema, instantSchema, pageOf, pageSizeSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';
import { runRowSchema, runTypeSchema } from './run-fields.ts';

const runInput = z.strictObject({ tenantId: idSchema, runId: idSchema });
const startedRun = z.object({ runId: idSchema, created: z.boolean() });

/** Why the reading of a policy type stands still at this moment. */
export const waitCauses = ['retry_after', 'backoff', 'retry', 'pace'] as const;

export const runs = {
  'runs.get': query({
    input: runInput,
    output: z.object({
      run: runRowSchema,
      sentence: z.string(),
      /** IANA zone of the schedule, for the slot's wall time. */
      timeZone: z.string(),
      retryOf: idSchema.nullable(),
      /** The run whose complete policy types this one took over. */
      carriesFrom: idSchema.nullable(),
      /** The run that stood in the way of a skipped one. */
      blockedBy: idSchema.nullable(),
      spec: runSpecSchema,
      /** What a retry would do differently, because the schedule has changed since: in words, empty for nothing. */
      scheduleDiffersIn: z.array(z.string()),
      types: z.array(runTypeSchema),
      /** Waits that go on now. */
      waits: z.array(
        z.object({
          typeKey: z.string().nullable(),
          displayName: z.string().nullable(),
          cause: z.enum(waitCauses),
          status: z.number().int().nullable(),
          until: instantSchema,
        }),
      ),
      attempts: z.array(
        z.object({
          attempt: z.number().int(),
          hostName: z.string().nullable(),
          startedAt: instantSchema,
          endedAt: instantSchema.nullable(),
          outcome: z.string().nullable(),
          /** Policy types that it took over from the attempt before. */
          keptTypes: z.number().int(),
        }),
      ),
      lastBeatAt: instantSchema.nullable(),
    }),
    permission: 'run.view',
    scope: 'tenant',
  }),
  'runs.events': query({
    input: z.strictObject({
      tenantId: idSchema,
      runId: idSchema,
      /** `warning`: warnings and errors. */
      least: z.enum(['info', 'warning', 'error']).default('info'),
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
  'runs.start': mutation({
    input: z.strictObject({ tenantId: idSchema, scheduleId: idSchema }),
    /** `created` false: a run of this schedule is active already, and this is it. */
    output: startedRun,
    permission: 'run.start',
    scope: 'tenant',
    auditAction: 'run.requested',
  }),
  'runs.retry': mutation({
    input: runInput,
    output: startedRun,
    permission: 'run.retry',
    scope: 'tenant',
    auditAction: 'run.retry_requested',
  }),
  /** A new run that takes over the complete policy types of a partial one and reads the others. */
  'runs.retry-types': mutation({
    input: runInput,
    output: startedRun,
    permission: 'run.retry',
    scope: 'tenant',
    auditAction: 'run.types_retry_requested',
  }),
  'runs.cancel': mutation({
    input: runInput,
    output: z.object({ state: z.enum(runStates), cancelRequested: z.boolean() }),
    permission: 'run.cancel',
    scope: 'tenant',
    auditAction: 'run.cancel_requested',
  }),
  /** Everything that support needs of one run, as text to look at before it is copied. Holds no secrets. */
  'runs.support-bundle': mutation({
    input: runInput,
    output: z.object({ text: z.string() }),
    permission: 'run.support-bundle',
    scope: 'tenant',
    auditAction: 'run.support_bundle_made',
  }),
} as const;
