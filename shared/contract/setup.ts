import { z } from 'zod';
import { mutation, query } from './procedure.ts';

/** The first-run wizard, and what is left to do until the first good backup set. */
export const setup = {
  'setup.state': query({
    input: z.strictObject({}),
    output: z.object({
      /** An administrator of a workspace without tenants who has neither finished nor put off the wizard. */
      needed: z.boolean(),
      /** Null once there is a good backup set, and for whoever sees no runs. */
      checklist: z.object({ tenantConnected: z.boolean(), scheduleOn: z.boolean() }).nullable(),
    }),
    permission: null,
    scope: 'self',
  }),
  /** Finishes the wizard for the caller, or puts it off; a second time changes nothing. */
  'setup.end': mutation({
    input: z.strictObject({}),
    output: z.object({}),
    permission: null,
    scope: 'self',
    auditAction: 'setup.ended',
  }),
} as const;
