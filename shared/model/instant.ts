/**
 * Instants cross module borders as `Date` values that came from the database or from arithmetic; nothing
 * here reads a clock. Slots are whole UTC minutes, so they survive the milliseconds of a `Date`.
 */

/** An instant from milliseconds since the epoch. */
export function instantFromMs(epochMs: number): Date {
  return new Date(epochMs);
}

/** An instant from ISO 8601 text with offset. Throws a RangeError for anything else. */
export function instantFromIso(iso: string): Date {
  const instant = new Date(iso);
  if (Number.isNaN(instant.getTime()) || !/[zZ]|[+-]\d\d:?\d\d$/.test(iso)) {
    throw new RangeError(`Not an instant: ${iso}`);
  }
  return instant;
}

/** The start of the UTC minute that holds the instant. */
export function utcMinute(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / 60_000) * 60_000);
}
