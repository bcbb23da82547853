import type { CheckState } from '../../shared/contract/diagnostics.ts';
import { isAppError } from '../../shared/errors.ts';
import type { Log } from '../engine/ports.ts';

/** One thing that was looked at. */
export interface Check {
  /** Stable, such as `disk`. */
  key: string;
  name: string;
  state: CheckState;
  /** The fact, in one line. */
  finding: string;
  /** What to do about it; null when there is nothing to do. */
  nextStep: string | null;
}

export type Finding = Pick<Check, 'state' | 'finding'> & { nextStep?: string };

/** Carries out one check. What it throws is its finding: the others go on. */
export async function runCheck(
  check: Pick<Check, 'key' | 'name'>,
  look: () => Promise<Finding> | Finding,
  log: Log,
): Promise<Check> {
  try {
    const { state, finding, nextStep = null } = await look();
    return { ...check, state, finding, nextStep };
  } catch (error) {
    log.warn({ error, check: check.key }, 'A check could not be carried out');
    return isAppError(error)
      ? { ...check, state: 'problem', finding: error.message, nextStep: error.nextStep }
      : {
          ...check,
          state: 'problem',
          finding: 'This could not be looked at.',
          nextStep: 'Look for "A check could not be carried out" in the log.',
        };
  }
}
