import { type PolicyTypeSelection, policyTypeSelectionSchema } from '../../shared/model/run-spec.ts';
import { findPolicyType } from '../domain/policy-types/registry.ts';
import type { Output } from './output.ts';
import { usageError } from './usage-error.ts';

/** Options that schedules and schedule templates share. */

/** Never this computer's zone: whoever reads "02:00" later must not have to know where it was typed. */
export function requireZone(given: string | undefined, what: string): string {
  if (given !== undefined) return given.trim();
  throw usageError(`${what} needs --zone.`, 'Give an IANA name such as --zone Europe/Berlin or --zone UTC.');
}

/** `core`, `all`, or keys separated by commas. */
export function parseTypes(text: string): PolicyTypeSelection {
  const given = text.trim();
  if (given === 'core' || given === 'all') return given;
  const keys = [...new Set(given.split(',').map((key) => key.trim()))];
  const parsed = policyTypeSelectionSchema.safeParse(keys);
  if (!parsed.success) throw usageError('--types must be core, all, or keys separated by commas.');
  return parsed.data;
}

/** Unknown keys are kept, so that a newer registry can read them; the person hears of it. */
export function noteUnknownTypes(selection: PolicyTypeSelection, output: Output): void {
  if (!Array.isArray(selection)) return;
  const unknown = selection.filter((key) => findPolicyType(key) === undefined);
  if (unknown.length === 0) return;
  output.progress(
    `This version does not know ${unknown.join(', ')}; runs will say so and end partial. "tenantkeep types list" shows the known ones.`,
  );
}
