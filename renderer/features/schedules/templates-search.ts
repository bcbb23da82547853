import { z } from 'zod';
import { templateStandings } from '../../../shared/model/template-standings.ts';

const id = z.uuid().optional().catch(undefined);

/** What the address holds of the page of templates; nonsense in one field leaves the others good. */
export const templatesSearchFields = {
  templateTab: z.enum(['list', 'drift']).optional().catch(undefined),
  /** The template whose editor is open. */
  template: z
    .union([z.literal('new'), z.uuid()])
    .optional()
    .catch(undefined),
  /** The template whose tenants are shown. */
  ofTemplate: id,
  /** Absent: everything that is not as its template says. */
  standing: z
    .enum(['all', ...templateStandings])
    .optional()
    .catch(undefined),
  /** The tenant and template that are open beside the list of drift. */
  driftOf: z
    .string()
    .regex(/^[0-9a-f-]{36}_[0-9a-f-]{36}$/)
    .optional()
    .catch(undefined),
};

const templatesSearchSchema = z.object(templatesSearchFields);
export type TemplatesSearch = z.output<typeof templatesSearchSchema> & {
  tenantId?: string;
  q?: string | undefined;
};
