import { AppError } from '../../../shared/errors.ts';
import {
  type Cadence,
  cadenceIssueCode,
  type CadenceIssueCode,
  cadenceIssues,
  cadenceSchema,
  isTimeZone,
} from '../../../shared/model/cadence.ts';
import { instantFromIso } from '../../../shared/model/instant.ts';
import { clockText, dayMs, minuteMs, wallTimeText } from './civil-date.ts';
import { findCronIssue } from './cron-slots.ts';
import { nextSlotMs } from './next-slot.ts';
import { zoneRules } from './zone-rules.ts';

export interface CadenceIssue {
  code: CadenceIssueCode;
  /** The field at fault, `times.1`; `timeZone` for the zone and empty for the cadence as a whole. */
  path: string;
  /** One plain sentence. */
  message: string;
}

/**
 * Slots are looked at from a fixed instant on: whether a cadence is valid must not depend on the day on which
 * somebody asks, or a stored one could turn invalid overnight.
 */
const referenceMs = instantFromIso('2026-01-01T00:00:00Z').getTime();
const horizonMs = 8 * 365.25 * dayMs;
const checkedSlots = 500;
const leastDistanceMs = 5 * minuteMs;

/**
 * Everything that is wrong with a cadence and its zone; empty when both can be saved. The one check behind
 * the form, the CLI and the API. Costs up to 15 ms for cron and 2 ms for the others, so not for every tick.
 */
export function validateCadence(cadence: unknown, timeZone: string): CadenceIssue[] {
  const issues: CadenceIssue[] = [];
  const parsed = cadenceSchema.safeParse(cadence);
  for (const issue of parsed.error?.issues ?? []) {
    const code = cadenceIssueCode(issue.message);
    const path = issue.path.map(String).join('.');
    if (!issues.some((known) => known.code === code && known.path === path)) {
      issues.push({ code, path, message: cadenceIssues[code] });
    }
  }
  if (!isTimeZone(timeZone)) {
    issues.push({ code: 'zone_unknown', path: 'timeZone', message: cadenceIssues.zone_unknown });
  }
  if (parsed.success && parsed.data.kind === 'cron') {
    const issue = findCronIssue(parsed.data.expression);
    if (issue !== null) issues.push({ ...issue, path: 'expression' });
  }
  if (parsed.success && issues.length === 0) {
    const issue = findSlotIssue(parsed.data, timeZone);
    if (issue !== null) issues.push(issue);
  }
  return issues;
}

/**
 * A stored cadence, typed; throws AppError with the first thing that is wrong with its shape. Cheap enough
 * for every tick: the checks that compute slots were made when it was saved.
 */
export function readCadence(stored: unknown): Cadence {
  const parsed = cadenceSchema.safeParse(stored);
  if (parsed.success) return parsed.data;
  const code = cadenceIssueCode(parsed.error.issues[0]!.message);
  throw new AppError(code, cadenceIssues[code]);
}

/** The cadence, typed, if it and the zone are valid; throws AppError with the first issue otherwise. */
export function requireValidCadence(cadence: unknown, timeZone: string): Cadence {
  const [issue] = validateCadence(cadence, timeZone);
  if (issue !== undefined) {
    throw new AppError(issue.code, issue.message, {
      nextStep:
        issue.code === 'zone_unknown'
          ? 'Give an IANA name such as Europe/Berlin or UTC.'
          : 'Choose other times or another kind of cadence.',
      details: { path: issue.path, timeZone },
    });
  }
  return cadenceSchema.parse(cadence);
}

/** What only the slots themselves tell: none at all, or two too close together. */
function findSlotIssue(cadence: Cadence, timeZone: string): CadenceIssue | null {
  if (cadence.kind === 'everyMinutes' || cadence.kind === 'hourly') return null;
  const path = cadence.kind === 'cron' ? 'expression' : 'times';
  const endMs = referenceMs + horizonMs;
  let slotMs = nextSlotMs(cadence, timeZone, referenceMs);
  if (slotMs === null || slotMs > endMs) {
    return { code: 'cron_never_fires', path, message: cadenceIssues.cron_never_fires };
  }
  for (let checked = 1; checked < checkedSlots; checked += 1) {
    const laterMs = nextSlotMs(cadence, timeZone, slotMs);
    if (laterMs === null || laterMs > endMs) return null;
    if (laterMs - slotMs < leastDistanceMs) {
      return { code: 'too_frequent', path, message: closeSlotsSentence(slotMs, laterMs, timeZone) };
    }
    slotMs = laterMs;
  }
  return null;
}

function closeSlotsSentence(slotMs: number, laterMs: number, timeZone: string): string {
  const zone = zoneRules(timeZone, slotMs);
  const first = wallTimeText(slotMs + zone.offsetAt(slotMs));
  const second = clockText(laterMs + zone.offsetAt(laterMs));
  return `Two slots lie less than 5 minutes apart: ${first} and ${second} in ${timeZone}.`;
}
