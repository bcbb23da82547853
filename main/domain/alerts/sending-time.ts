import { Temporal } from 'temporal-polyfill';
import type { AlertSeverity, Digest, QuietHours } from '../../../shared/model/alerts.ts';
import { instantFromMs } from '../../../shared/model/instant.ts';

/**
 * When a message of a channel may go: at once, after the quiet hours, or with the next digest. Wall-clock times
 * that a clock change skips or repeats are taken as Temporal's `compatible` does.
 */
export function sendingTime(
  channel: { quietHours: QuietHours | null; digest: Digest | null },
  severity: AlertSeverity,
  now: Date,
): Date {
  const { quietHours, digest } = channel;
  const critical = severity === 'critical';
  let due = now;
  if (digest !== null && !(critical && digest.exceptCritical)) {
    due = nextTimeOfDay(digest.at, digest.timeZone, due);
  }
  if (quietHours !== null && !(critical && quietHours.exceptCritical) && isQuiet(quietHours, due)) {
    due = nextTimeOfDay(quietHours.to, quietHours.timeZone, due);
  }
  return due;
}

/** True from `from` up to, not including, `to`. Equal times mean no quiet hours. */
function isQuiet(quiet: QuietHours, instant: Date): boolean {
  const time = zoned(instant, quiet.timeZone).toPlainTime();
  const from = Temporal.PlainTime.from(quiet.from);
  const to = Temporal.PlainTime.from(quiet.to);
  const after = Temporal.PlainTime.compare(time, from) >= 0;
  const before = Temporal.PlainTime.compare(time, to) < 0;
  return Temporal.PlainTime.compare(from, to) <= 0 ? after && before : after || before;
}

/** The next instant, not before the given one, at which clocks in the zone show this time. */
function nextTimeOfDay(time: string, timeZone: string, from: Date): Date {
  const start = zoned(from, timeZone);
  for (let days = 0; ; days += 1) {
    const candidate = start
      .toPlainDate()
      .add({ days })
      .toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(time) });
    if (candidate.epochMilliseconds >= from.getTime()) return instantFromMs(candidate.epochMilliseconds);
  }
}

function zoned(instant: Date, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone);
}
