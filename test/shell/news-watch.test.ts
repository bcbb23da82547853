import { expect, it } from 'vitest';
import { systemClock } from '../../main/clock.ts';
import type { FleetStatus } from '../../main/shell/fleet-status.ts';
import { createNewsWatch } from '../../main/shell/news-watch.ts';

type Health = FleetStatus['tenants'][number]['health'];

/** Answers what would be told when a tenant is seen in that health, so many hours later. */
function watch(): (health: Health, afterHours?: number) => string[] {
  let nowMs = 0;
  const news = createNewsWatch({ ...systemClock, monotonicMs: () => nowMs });
  return (health, afterHours = 0) => {
    nowMs += afterHours * 3_600_000;
    const tenants = [{ id: 't', name: 'Contoso', health, sentence: 'why' }];
    const fleet: FleetStatus = { worst: health, tenants, running: 0, nextSlot: null, schedules: [] };
    return news.newsIn(fleet).map((notice) => notice.title);
  };
}

it('tells a turn for the worse once, again after a day, and the recovery', () => {
  const see = watch();
  expect(see('protected')).toEqual([]);
  expect(see('at_risk')).toEqual(['Contoso is at risk']);
  expect(see('at_risk', 23)).toEqual([]);
  expect(see('at_risk', 1)).toEqual(['Contoso is at risk']);
  expect(see('unprotected')).toEqual(['Contoso is unprotected']);
  expect(see('protected')).toEqual(['Contoso is out of danger']);
  expect(see('protected', 48)).toEqual([]);
});

it('tells nothing of what was so when the app started, until a day has passed', () => {
  const see = watch();
  expect(see('unprotected')).toEqual([]);
  expect(see('unprotected', 1)).toEqual([]);
  expect(see('unprotected', 24)).toEqual(['Contoso is unprotected']);
});
