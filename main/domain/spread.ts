import { AppError } from '../../shared/errors.ts';
import type { Cadence, LocalTime } from '../../shared/model/cadence.ts';
import { clockText, dayMs, minuteMs } from './cadence/civil-date.ts';
import { nextSlotMs } from './cadence/next-slot.ts';

/**
 * Many schedules at 02:00 hit one fleet at once. This suggests other minutes within a window of the day. It
 * only suggests: a person sees before and after of each schedule and accepts it, because a slot is always
 * what the screen says. Nothing here is random, so the same question gets the same answer.
 */

export interface SpreadSchedule {
  scheduleId: string;
  tenantId: string;
  cadence: Cadence;
  timeZone: string;
  /** As `expectedDurationMinutes` gives it. */
  durationMinutes: number;
}

export interface SpreadWindow {
  timeZone: string;
  /** First and last wall time that may be suggested; on one day, so `from` comes before `to`. */
  from: LocalTime;
  to: LocalTime;
}

export interface SpreadSuggestion {
  scheduleId: string;
  before: LocalTime;
  after: LocalTime;
  /** The cadence to save if the suggestion is accepted. */
  cadence: Cadence;
  /** No minute was left that keeps this schedule apart from the others of its tenant. */
  overlapsOwnTenant: boolean;
}

const unknownDurationMinutes = 5;
const judgedRuns = 10;

/** Median length of the last ten good runs in minutes, rounded up; 5 while there is none. Newest run first. */
export function expectedDurationMinutes(goodRunMs: readonly number[]): number {
  const sorted = goodRunMs.slice(0, judgedRuns).sort((a, b) => a - b);
  if (sorted.length === 0) return unknownDurationMinutes;
  const middle = sorted.length >> 1;
  const medianMs = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return Math.max(1, Math.ceil(medianMs / minuteMs));
}

/**
 * Suggests a minute for each schedule that can move: in the window's zone, at one time of day, which lies in
 * the window. All others count as load. The longest are placed first, each on the minute of the window that
 * carries least over the coming seven days; minutes 00 and 30 are left to people's habits. Schedules that
 * stay where they are get no suggestion. Throws AppError `spread_window_invalid`.
 */
export function suggestSpread(
  schedules: readonly SpreadSchedule[],
  window: SpreadWindow,
  after: Date,
): SpreadSuggestion[] {
  const minutes = minutesOf(window);
  const load = new Load(after.getTime());
  const movable: MovableSchedule[] = [];
  for (const schedule of schedules) {
    const { cadence } = schedule;
    if (isMovable(cadence) && schedule.timeZone === window.timeZone && isWithin(cadence.times[0]!, window)) {
      movable.push({ ...schedule, cadence });
    } else {
      load.add(schedule, load.slotsOf(cadence, schedule.timeZone));
    }
  }
  movable.sort(
    (a, b) => b.durationMinutes - a.durationMinutes || evenHash(a.scheduleId) - evenHash(b.scheduleId),
  );

  const suggestions: SpreadSuggestion[] = [];
  for (const schedule of movable) {
    const best = placeOn(leastLoadedFirst(schedule, minutes, load));
    load.add(schedule, best.slots);
    const before = schedule.cadence.times[0]!;
    if (best.time === before) continue;
    suggestions.push({
      scheduleId: schedule.scheduleId,
      before,
      after: best.time,
      cadence: best.cadence,
      overlapsOwnTenant: best.ownOverlap > 0,
    });
  }
  return suggestions;
}

type MovableCadence = Extract<Cadence, { times: LocalTime[] }>;
type MovableSchedule = Omit<SpreadSchedule, 'cadence'> & { cadence: MovableCadence };

interface Place {
  time: LocalTime;
  cadence: Cadence;
  slots: number[];
  /** Minutes in which a run of the same tenant is expected as well. */
  ownOverlap: number;
  /** Other runs expected at the same time, summed over all minutes of this schedule's runs. */
  load: number;
  tieBreak: number;
}

function isMovable(cadence: Cadence): cadence is MovableCadence {
  return 'times' in cadence && cadence.times.length === 1;
}

const isWithin = (time: LocalTime, window: SpreadWindow) => time >= window.from && time <= window.to;

function minutesOf(window: SpreadWindow): LocalTime[] {
  const minutes: LocalTime[] = [];
  for (let wallMs = 0; wallMs < dayMs; wallMs += minuteMs) {
    const time = clockText(wallMs) as LocalTime;
    if (isWithin(time, window) && !/:[03]0$/.test(time)) minutes.push(time);
  }
  if (minutes.length === 0) {
    throw new AppError('spread_window_invalid', 'The window holds no minute to suggest.', {
      nextStep: 'Choose a window that starts before it ends, on one day.',
      details: { from: window.from, to: window.to },
    });
  }
  return minutes;
}

function leastLoadedFirst(schedule: MovableSchedule, minutes: readonly LocalTime[], load: Load): Place[] {
  return minutes.map((time) => {
    const cadence: Cadence = { ...schedule.cadence, times: [time] };
    const slots = load.slotsOf(cadence, schedule.timeZone);
    const tieBreak = evenHash(`${schedule.scheduleId} ${time}`);
    return { time, cadence, slots, tieBreak, ...load.measure(schedule, slots) };
  });
}

function placeOn(places: readonly Place[]): Place {
  return places.reduce((best, place) => {
    const difference =
      place.ownOverlap - best.ownOverlap || place.load - best.load || place.tieBreak - best.tieBreak;
    return difference < 0 ? place : best;
  });
}

const loadMinutes = (7 * dayMs) / minuteMs;

/** Runs expected in each minute of the coming seven days, of all tenants and of each. */
class Load {
  readonly #startMs: number;
  readonly #all = new Uint16Array(loadMinutes);
  readonly #byTenant = new Map<string, Uint16Array>();

  constructor(startMs: number) {
    this.#startMs = Math.ceil(startMs / minuteMs) * minuteMs;
  }

  /** Slots within the seven days, as minutes from their start. */
  slotsOf(cadence: Cadence, timeZone: string): number[] {
    const slots: number[] = [];
    let slotMs = nextSlotMs(cadence, timeZone, this.#startMs - 1);
    while (slotMs !== null && slotMs < this.#startMs + 7 * dayMs) {
      slots.push((slotMs - this.#startMs) / minuteMs);
      slotMs = nextSlotMs(cadence, timeZone, slotMs);
    }
    return slots;
  }

  add(run: { tenantId: string; durationMinutes: number }, slots: readonly number[]): void {
    const own = this.#ofTenant(run.tenantId);
    for (const minute of minutesOfRuns(slots, run.durationMinutes)) {
      this.#all[minute]! += 1;
      own[minute]! += 1;
    }
  }

  measure(run: { tenantId: string; durationMinutes: number }, slots: readonly number[]) {
    const own = this.#ofTenant(run.tenantId);
    let [ownOverlap, load] = [0, 0];
    for (const minute of minutesOfRuns(slots, run.durationMinutes)) {
      if (own[minute]! > 0) ownOverlap += 1;
      load += this.#all[minute]!;
    }
    return { ownOverlap, load };
  }

  #ofTenant(tenantId: string): Uint16Array {
    let own = this.#byTenant.get(tenantId);
    if (own === undefined) {
      own = new Uint16Array(loadMinutes);
      this.#byTenant.set(tenantId, own);
    }
    return own;
  }
}

function* minutesOfRuns(slots: readonly number[], durationMinutes: number): Generator<number> {
  for (const slot of slots) {
    const end = Math.min(slot + durationMinutes, loadMinutes);
    for (let minute = slot; minute < end; minute += 1) yield minute;
  }
}

/** FNV-1a, 32 bits: spreads ids evenly and is the same on every host. */
export function evenHash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) {
    value ^= character.codePointAt(0)!;
    value = Math.imul(value, 0x01000193) >>> 0;
  }
  return value;
}
