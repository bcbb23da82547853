/** What a small probe of a policy type showed: the outcomes of an access check. */
export const accessStates = [
  'readable',
  'permission_missing',
  'not_licensed',
  'not_configured',
  'not_in_cloud',
  'signed_in_only',
  'throttled',
  'unknown',
] as const;
export type AccessState = (typeof accessStates)[number];
