/** How a tenant stands to a schedule template, and what applying the template would do there. */

export const templateStandings = [
  /** The schedule of the template is there and says the same. */
  'in_step',
  /** It is there and differs from the template. */
  'drifted',
  /** The tenant has a tag of the template and no schedule of it. */
  'missing',
  /** Missing, and another schedule of the tenant has its name. */
  'name_taken',
  /** The schedule is there, but the tenant no longer has a tag of the template. */
  'not_covered',
  /** The tenant is disconnected: nothing is scheduled for it. */
  'disconnected',
  /** The caller has no role in the tenant and does not see its schedules. */
  'not_visible',
] as const;
export type TemplateStandingState = (typeof templateStandings)[number];

/** What applying does in a tenant; `none`: everything is as the template says. */
export const templateSteps = ['create', 'change', 'take_over', 'none', 'left_out'] as const;
export type TemplateStep = (typeof templateSteps)[number];

/** Parts of a schedule that a template decides. */
export const templatedParts = ['name', 'cadence', 'timeZone', 'policyTypes', 'retention', 'alerts'] as const;
export type TemplatedPart = (typeof templatedParts)[number];
