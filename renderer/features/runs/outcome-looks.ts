import type { TypeOutcome } from '../../../shared/model/run-states.ts';

/** Sign and word of each outcome of a policy type; the sign alone is enough to read a cell. */
export const outcomeLooks: Readonly<
  Record<TypeOutcome, { look: 'complete' | 'trouble' | 'none'; sign: string; word: string }>
> = {
  complete: { look: 'complete', sign: '✓', word: 'Complete' },
  incomplete: { look: 'trouble', sign: '◐', word: 'Incomplete' },
  unknown_type: { look: 'trouble', sign: '?', word: 'Not known to this version' },
  not_available: { look: 'none', sign: '–', word: 'Not available in this tenant' },
  not_attempted: { look: 'none', sign: '·', word: 'Not attempted' },
};
