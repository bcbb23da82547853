import { Temporal } from 'temporal-polyfill';
import { AppError } from '../../../shared/errors.ts';
import { cadenceIssues, isTimeZone } from '../../../shared/model/cadence.ts';
import { dayMs } from './civil-date.ts';

/**
 * What a zone's clocks do: periods of one offset each, found by Temporal from the tz database inside Node and
 * kept for the life of the process. Converting through Temporal costs 10 to 25 µs a time (measured) and one
 * slot needs several; looking into these periods costs well under one. The tests compare every answer with
 * plain Temporal, `disambiguation: 'compatible'`.
 */
export interface OffsetPeriod {
  /** First instant of the period; -Infinity where no earlier clock change is known. */
  startMs: number;
  /** First instant after the period; Infinity where no later clock change is known. */
  endMs: number;
  /** Wall time minus UTC. */
  offsetMs: number;
}

export class ZoneRules {
  readonly timeZone: string;
  /** Neighbouring periods without holes, grown in both directions as they are asked for. */
  readonly #periods: OffsetPeriod[];

  constructor(timeZone: string, aroundMs: number) {
    this.timeZone = timeZone;
    this.#periods = [this.#readPeriod(aroundMs)];
  }

  /** The period that holds an instant. */
  periodAt(instantMs: number): OffsetPeriod {
    return this.#periods[this.#indexAt(instantMs)]!;
  }

  offsetAt(instantMs: number): number {
    return this.periodAt(instantMs).offsetMs;
  }

  /**
   * The instant of a wall time. One that does not exist is moved forward by the length of the gap; of one
   * that exists twice the first is taken ('compatible' in the words of Temporal and RFC 5545).
   */
  instantOf(wallMs: number): number {
    let index = this.#indexAt(wallMs - dayMs);
    for (;;) {
      const period = this.#periods[index]!;
      const instantMs = wallMs - period.offsetMs;
      // Later than the period before, earlier than this one: the clock jumped over it.
      if (instantMs < period.startMs) return wallMs - this.#periods[index - 1]!.offsetMs;
      if (instantMs < period.endMs) return instantMs;
      index = this.#indexAt(period.endMs);
    }
  }

  /** Whether the zone's clocks show a wall time never, once or twice. */
  occurrencesOf(wallMs: number): number {
    let count = 0;
    let period = this.periodAt(wallMs - dayMs);
    for (;;) {
      const instantMs = wallMs - period.offsetMs;
      if (instantMs >= period.startMs && instantMs < period.endMs) count += 1;
      if (period.endMs > wallMs + dayMs) return count;
      period = this.periodAt(period.endMs);
    }
  }

  #indexAt(instantMs: number): number {
    while (instantMs >= this.#periods.at(-1)!.endMs) {
      this.#periods.push(this.#readPeriod(this.#periods.at(-1)!.endMs));
    }
    while (instantMs < this.#periods[0]!.startMs) {
      this.#periods.unshift(this.#readPeriod(this.#periods[0]!.startMs - 1));
    }
    let low = 0;
    let high = this.#periods.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#periods[middle]!.startMs <= instantMs) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #readPeriod(instantMs: number): OffsetPeriod {
    const moment = Temporal.Instant.fromEpochMilliseconds(instantMs).toZonedDateTimeISO(this.timeZone);
    // 'previous' means strictly before: ask from one millisecond later, so that a clock change at this very
    // instant counts as the start of its period.
    const start = moment.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
    const end = moment.getTimeZoneTransition('next');
    return {
      startMs: start?.epochMilliseconds ?? -Infinity,
      endMs: end?.epochMilliseconds ?? Infinity,
      offsetMs: moment.offsetNanoseconds / 1e6,
    };
  }
}

const knownZones = new Map<string, ZoneRules>();

/** The rules of a zone. Throws AppError `zone_unknown`, and a RangeError for an instant that is none. */
export function zoneRules(timeZone: string, aroundMs: number): ZoneRules {
  const known = knownZones.get(timeZone);
  if (known !== undefined) return known;
  if (!isTimeZone(timeZone)) {
    throw new AppError('zone_unknown', cadenceIssues.zone_unknown, { details: { timeZone } });
  }
  const rules = new ZoneRules(timeZone, aroundMs);
  knownZones.set(timeZone, rules);
  return rules;
}
