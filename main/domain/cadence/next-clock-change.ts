import { type Cadence, weekdays } from '../../../shared/model/cadence.ts';
import { civilDateOf, clockText, dayMs, weekdayIndexOf } from './civil-date.ts';
import { nextSlotMs } from './next-slot.ts';
import { type OffsetPeriod, type ZoneRules, zoneRules } from './zone-rules.ts';

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const lookAheadMs = 366 * dayMs;

/**
 * The next clock change within twelve months that touches a slot of the cadence, as a sentence made from the
 * computed slots ("Sun 28 Mar 2027: 02:30 does not exist in Europe/Berlin; this run starts at 03:30."); null
 * when there is none. Throws AppError like `nextSlot`.
 */
export function nextClockChange(cadence: Cadence, timeZone: string, after: Date): string | null {
  if (cadence.kind === 'everyMinutes') return null;
  const zone = zoneRules(timeZone, after.getTime());
  let before = zone.periodAt(after.getTime());
  while (before.endMs <= after.getTime() + lookAheadMs) {
    const period = zone.periodAt(before.endMs);
    const sentence =
      period.offsetMs > before.offsetMs
        ? gapSentence(cadence, zone, before, period)
        : overlapSentence(cadence, zone, before, period);
    if (sentence !== null) return sentence;
    before = period;
  }
  return null;
}

/** Wall times from `before`'s end on do not exist until those of `period` begin. */
function gapSentence(
  cadence: Cadence,
  zone: ZoneRules,
  before: OffsetPeriod,
  period: OffsetPeriod,
): string | null {
  const changeMs = period.startMs;
  const lost = namedWallTimes(cadence, changeMs + before.offsetMs, changeMs + period.offsetMs);
  const wallMs = lost[0];
  if (wallMs === undefined) return null;
  // Where the structured kinds put it; cron puts it right after the gap; hourly has no substitute.
  const movedMs = wallMs - before.offsetMs;
  const movesByLength = cadence.kind !== 'cron' && !(cadence.kind === 'hourly' && cadence.everyHours === 1);
  const slotMs = nextSlotMs(cadence, zone.timeZone, movesByLength ? movedMs - 1 : changeMs - 1);
  const start = `${dateText(wallMs)}: ${clockText(wallMs)} does not exist in ${zone.timeZone}`;
  const more = lost.length > 1 ? ` (${lost.length - 1} more likewise)` : '';
  if (slotMs === null) return `${start}; it is left out${more}.`;
  const slotWallMs = slotMs + zone.offsetAt(slotMs);
  const isOwnSlot = namedWallTimes(cadence, slotWallMs, slotWallMs + 1).length > 0;
  const isMoved = slotMs < changeMs + (period.offsetMs - before.offsetMs);
  if (movesByLength && isOwnSlot) {
    return `${start}; this run and the one at ${clockText(slotWallMs)} are one${more}.`;
  }
  return isMoved && !isOwnSlot
    ? `${start}; this run starts at ${clockText(slotWallMs)}${more}.`
    : `${start}; it is left out, the next run starts at ${clockText(slotWallMs)}${more}.`;
}

/** Wall times from where `period` starts up to where `before` ended come twice. */
function overlapSentence(
  cadence: Cadence,
  zone: ZoneRules,
  before: OffsetPeriod,
  period: OffsetPeriod,
): string | null {
  const changeMs = period.startMs;
  const doubled = namedWallTimes(cadence, changeMs + period.offsetMs, changeMs + before.offsetMs);
  const wallMs = doubled[0];
  if (wallMs === undefined) return null;
  const isSlot = (instantMs: number) => nextSlotMs(cadence, zone.timeZone, instantMs - 1) === instantMs;
  const first = isSlot(wallMs - before.offsetMs);
  const second = isSlot(wallMs - period.offsetMs);
  const passes = first && second ? 'runs both times' : `runs once, the ${first ? 'first' : 'second'} time`;
  const more = doubled.length > 1 ? ` (${doubled.length - 1} more likewise)` : '';
  return `${dateText(wallMs)}: ${clockText(wallMs)} happens twice in ${zone.timeZone}; ${passes}${more}.`;
}

/** The wall times of a range that the cadence names, in order; UTC plays the zone without clock changes. */
function namedWallTimes(cadence: Cadence, fromMs: number, toMs: number): number[] {
  const found: number[] = [];
  let wallMs = nextSlotMs(cadence, 'UTC', fromMs - 1);
  while (wallMs !== null && wallMs < toMs) {
    found.push(wallMs);
    wallMs = nextSlotMs(cadence, 'UTC', wallMs);
  }
  return found;
}

/** `Sun 28 Mar 2027`. */
function dateText(wallMs: number): string {
  const dayNumber = Math.floor(wallMs / dayMs);
  const { year, month, day } = civilDateOf(dayNumber);
  const weekday = weekdays[weekdayIndexOf(dayNumber)]!;
  return `${weekday[0]!.toUpperCase()}${weekday.slice(1)} ${day} ${monthNames[month - 1]} ${year}`;
}
