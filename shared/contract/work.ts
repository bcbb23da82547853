import { z } from 'zod';
import { idSchema } from './fields.ts';
import { query } from './procedure.ts';

const workInput = z.strictObject({ workId: idSchema });

/**
 * How far a long call of the same person is, and its end before its time. Nothing that is stored changes by it, so
 * neither is a mutation. Of other people's work both say that there is none.
 */
export const work = {
  'work.progress': query({
    input: workInput,
    output: z.object({ progress: z.object({ done: z.number(), of: z.number() }).nullable() }),
    permission: null,
    scope: 'self',
  }),
  'work.cancel': query({
    input: workInput,
    output: z.object({ cancelled: z.boolean() }),
    permission: null,
    scope: 'self',
  }),
} as const;
