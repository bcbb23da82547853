import { type Cadence, cadenceSchema } from '../../shared/model/cadence.ts';
import { instantFromIso } from '../../shared/model/instant.ts';
import {
  type AlertRule,
  type PolicyTypeSelection,
  type RetentionRule,
  usualAlertRule,
} from '../../shared/model/run-spec.ts';
import { describeCadence } from './cadence.ts';
import { dayMs, clockText, minuteMs } from './cadence/civil-date.ts';

/** Parts of a schedule in words, so that two of them can stand side by side. */

/**
 * When a schedule starts, without its zone. Elapsed time names its phase too, because that may be all that differs.
 * A cadence of a newer version is named as such.
 */
export function cadenceWords(cadence: Cadence, timeZone: string): string {
  const known = cadenceSchema.safeParse(cadence);
  if (!known.success) return 'a cadence that this version does not know';
  const words = describeCadence(known.data, timeZone).replace(` (${timeZone})`, '');
  if (known.data.kind !== 'everyMinutes') return words;
  const phaseMs = instantFromIso(known.data.anchorUtc).getTime() % (known.data.minutes * minuteMs);
  return `${words}, counted from ${clockText(phaseMs % dayMs)} UTC`;
}

/** Which policy types are asked for. */
export function policyTypeWords(selection: PolicyTypeSelection): string {
  if (selection === 'core') return 'core types';
  if (selection === 'all') return 'all known types';
  const shown = [...selection].sort();
  return shown.length <= 3
    ? shown.join(', ')
    : `${shown.slice(0, 3).join(', ')} and ${shown.length - 3} more`;
}

/** How many backup sets are kept. */
export function retentionWords(rule: RetentionRule): string {
  const more = (['daily', 'weekly', 'monthly'] as const).flatMap((kind) =>
    (rule[kind] ?? 0) > 0 ? [`${rule[kind]} ${kind}`] : [],
  );
  return [`the last ${rule.keepLast}`, ...more].join(', ');
}

/** When a schedule asks for attention. */
export function alertWords(rule: AlertRule): string {
  return [
    rule.allowedAgeMinutes === undefined ? 'age by the cadence' : `age over ${rule.allowedAgeMinutes / 60} h`,
    `after ${rule.failedTimes ?? usualAlertRule.failedTimes} failures`,
    ...((rule.firstPartial ?? usualAlertRule.firstPartial) ? ['at the first partial run'] : []),
  ].join(', ');
}
