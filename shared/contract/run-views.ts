import { z } from 'zod';
import { runStates, typeOutcomes } from '../model/run-states.ts';
import { cursorSchema, idSchema, instantSchema, pageOf, pageSizeSchema } from './fields.ts';
import { query } from './procedure.ts';
import { runRowSchema, runTypeSchema } from './run-fields.ts';

/** One filter over all views of runs. The place of a run in time is its slot, or its creation where it has none. */
export const runFilterFields = {
  tenantId: idSchema.nullable().default(null),
  scheduleId: idSchema.nullable().default(null),
  /** Empty: every state. */
  states: z.array(z.enum(runStates)).max(runStates.length).default([]),
  reason: z.string().max(100).nullable().default(null),
  trigger: z.enum(['scheduled', 'manual']).nullable().default(null),
  /** Name of the host that held the run last. */
  host: z.string().max(200).nullable().default(null),
  /** Runs in which this policy type is incomplete, unknown or not attempted. */
  troubledType: z.string().max(100).nullable().default(null),
  from: instantSchema.nullable().default(null),
  to: instantSchema.nullable().default(null),
};

const most = { buckets: 2000, days: 92 };

/** Runs of one row that lie nearer together than `bucketMs`: one run, or the worst state of several. */
const timelineBarSchema = z.tuple([
  /** Start of the first run, start of the last one, and the end, in milliseconds since the epoch. */
  z.number().int(),
  z.number().int(),
  z.number().int(),
  z.enum(runStates),
  /** Runs, or slots of a row that stands for several. */
  z.number().int(),
  /** The run where there is one only. */
  idSchema.nullable(),
]);

export const timelineRowSchema = z.object({
  /** The schedule's id, or the host's name. */
  key: z.string(),
  tenantId: idSchema.nullable(),
  tenantName: z.string().nullable(),
  name: z.string(),
  bars: z.array(timelineBarSchema),
  pauses: z.array(
    z.object({ from: instantSchema, to: instantSchema.nullable(), reason: z.string().nullable() }),
  ),
  /** Coming slots, at most fifty. */
  slots: z.array(instantSchema),
});
export type TimelineRow = z.output<typeof timelineRowSchema>;

export const runViews = {
  'runs.list': query({
    input: z.strictObject({ ...runFilterFields, cursor: cursorSchema, pageSize: pageSizeSchema }),
    output: pageOf(runRowSchema).extend({
      /** The database's time before the page was read: what is created later is new to its reader. */
      asOf: instantSchema,
    }),
    permission: 'run.view',
    scope: 'permitted-tenants',
  }),
  /** What changed for a reader of the list: the rows in sight as they are now, and how many runs came since. */
  'runs.refresh': query({
    input: z.strictObject({
      ...runFilterFields,
      createdAfter: instantSchema,
      runIds: z.array(idSchema).max(100),
    }),
    output: z.object({ newRuns: z.number().int(), rows: z.array(runRowSchema) }),
    permission: 'run.view',
    scope: 'permitted-tenants',
  }),
  'runs.timeline': query({
    input: z
      .strictObject({
        ...runFilterFields,
        from: instantSchema,
        to: instantSchema,
        rows: z.enum(['schedule', 'host']).default('schedule'),
        /** Runs of a row that start within this time are answered as one bar. */
        bucketMs: z.number().int().min(1000),
        /** Leaves out rows without a run in the period. */
        busyOnly: z.boolean().default(false),
        cursor: cursorSchema,
        pageSize: pageSizeSchema,
      })
      .refine(
        ({ from, to }) => Date.parse(to) > Date.parse(from),
        'The end of the period is not after its start.',
      )
      .refine(
        ({ from, to }) => Date.parse(to) - Date.parse(from) <= most.days * 86_400_000,
        'The timeline shows at most 92 days.',
      )
      .refine(
        ({ from, to, bucketMs }) => (Date.parse(to) - Date.parse(from)) / bucketMs <= most.buckets,
        'The period is too long for bars this short.',
      ),
    output: pageOf(timelineRowSchema).extend({ now: instantSchema }),
    permission: 'run.view',
    scope: 'permitted-tenants',
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
          outcomes: z.array(z.enum(typeOutcomes).nullable()),
          /** When the trouble began that the newest run still has; null while it has none. */
          troubledSince: instantSchema.nullable(),
        }),
      ),
    }),
    permission: 'run.view',
    scope: 'tenant',
  }),
  /** One cell of the matrix in full. */
  'runs.type': query({
    input: z.strictObject({ tenantId: idSchema, runId: idSchema, typeKey: z.string().max(100) }),
    output: runTypeSchema,
    permission: 'run.view',
    scope: 'tenant',
  }),
} as const;
