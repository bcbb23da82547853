import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { civilDateOf, dayNumberOf, weekdayIndexOf } from '../../../main/domain/cadence/civil-date.ts';
import { ZoneRules, zoneRules } from '../../../main/domain/cadence/zone-rules.ts';
import { zonedInstant } from './arbitrary-cadence.ts';
import { zones } from './plain-temporal.ts';

const hourMs = 3_600_000;
const offsetByIntl = (timeZone: string) => {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (ms: number) => {
    const parts = Object.fromEntries(
      format.formatToParts(ms).map((part) => [part.type, Number(part.value)]),
    ) as Record<string, number>;
    return Date.UTC(parts.year!, parts.month! - 1, parts.day!, parts.hour!, parts.minute!) - ms;
  };
};

describe('zone rules', () => {
  it.each(zones)('%s has the offsets that Intl shows, every 36 hours for ten years', (timeZone) => {
    const rules = zoneRules(timeZone, Date.UTC(2026, 0, 1));
    const offsetAt = offsetByIntl(timeZone);
    const different: string[] = [];
    for (let ms = Date.UTC(2018, 0, 1); ms < Date.UTC(2028, 0, 1); ms += 36 * hourMs) {
      if (rules.offsetAt(ms) !== offsetAt(ms)) different.push(new Date(ms).toISOString());
    }
    expect(different).toEqual([]);
  });

  it('turn wall times into the instants that Temporal gives, and count how often they occur', () => {
    fc.assert(
      fc.property(zonedInstant, ({ timeZone, ms: wall }) => {
        const rules = zoneRules(timeZone, wall);
        const wallMs = Math.floor(wall / 60_000) * 60_000;
        const local = Temporal.PlainDateTime.from(new Date(wallMs).toISOString().slice(0, 19));
        const at = (disambiguation: 'earlier' | 'later' | 'compatible') =>
          local.toZonedDateTime(timeZone, { disambiguation });
        expect(rules.instantOf(wallMs)).toBe(at('compatible').epochMilliseconds);
        const isReal = at('compatible').toPlainDateTime().equals(local);
        const isDouble = isReal && !at('earlier').equals(at('later'));
        expect(rules.occurrencesOf(wallMs)).toBe(isDouble ? 2 : isReal ? 1 : 0);
      }),
      { seed: 20261124, numRuns: 3000 },
    );
  });

  it('answer the same whatever instant they were first asked about', () => {
    fc.assert(
      fc.property(zonedInstant, zonedInstant, ({ timeZone, ms: first }, { ms: then }) => {
        const fresh = new ZoneRules(timeZone, first);
        expect(fresh.offsetAt(then)).toBe(zoneRules(timeZone, then).offsetAt(then));
        expect(fresh.offsetAt(first)).toBe(zoneRules(timeZone, first).offsetAt(first));
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  it('change offset at the very instant of a clock change', () => {
    const changeMs = Date.UTC(2026, 2, 29, 1);
    expect(new ZoneRules('Europe/Berlin', changeMs).periodAt(changeMs)).toEqual({
      startMs: changeMs,
      endMs: Date.UTC(2026, 9, 25, 1),
      offsetMs: 2 * hourMs,
    });
  });

  it('refuse a zone that is none', () => {
    expect(() => zoneRules('Mars/Olympus', 0)).toThrow(expect.objectContaining({ code: 'zone_unknown' }));
  });
});

describe('civil dates', () => {
  it('agree with Date on every day of four centuries', () => {
    const different: string[] = [];
    for (let day = -80_000; day < 80_000; day += 1) {
      const date = new Date(day * 24 * hourMs);
      const civil = civilDateOf(day);
      if (
        civil.year !== date.getUTCFullYear() ||
        civil.month !== date.getUTCMonth() + 1 ||
        civil.day !== date.getUTCDate() ||
        dayNumberOf(civil) !== day ||
        weekdayIndexOf(day) !== (date.getUTCDay() + 6) % 7
      ) {
        different.push(`day ${day}: ${JSON.stringify(civil)}`);
      }
    }
    expect(different).toEqual([]);
  });
});
