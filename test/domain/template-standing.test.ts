import { describe, expect, it } from 'vitest';
import { nextSlot } from '../../main/domain/cadence.ts';
import { requireValidSpread, spreadCadence } from '../../main/domain/template-spread.ts';
import {
  judgeTemplate,
  type StandingSchedule,
  type StandingTemplate,
  type StandingTenant,
} from '../../main/domain/template-standing.ts';
import type { Cadence } from '../../shared/model/cadence.ts';

const at2: Cadence = { kind: 'daily', times: ['02:00'] };
const template: StandingTemplate = {
  templateId: 'template',
  version: 3,
  name: 'Nightly',
  cadence: at2,
  timeZone: 'Europe/Berlin',
  spec: { policyTypes: 'core', retention: { keepLast: 30 } },
  tags: ['gold', 'silver'],
  spreadMinutes: 0,
};
const tenant = (more: Partial<StandingTenant> = {}): StandingTenant => ({
  tenantId: 'tenant',
  name: 'Contoso',
  tags: ['gold'],
  state: 'connected',
  myRole: 'manager',
  ...more,
});
const schedule = (more: Partial<StandingSchedule> = {}): StandingSchedule => ({
  scheduleId: 'schedule',
  tenantId: 'tenant',
  name: 'Nightly',
  enabled: true,
  cadence: at2,
  timeZone: 'Europe/Berlin',
  spec: { policyTypes: 'core', retention: { keepLast: 30 } },
  version: 1,
  templateId: 'template',
  templateVersion: 3,
  ...more,
});

const every = (anchorUtc: string): Cadence => ({ kind: 'everyMinutes', minutes: 60, anchorUtc });
const starts = (spreadMinutes: number, tenants = 500) =>
  Array.from({ length: tenants }, (_none, index) => spreadCadence(at2, spreadMinutes, `template ${index}`));

describe('the standing of a tenant to a template', () => {
  it.each<[string, Partial<StandingTenant>, StandingSchedule | null, object]>([
    ['in step', {}, schedule(), { standing: 'in_step', step: 'none', differences: [] }],
    ['missing', {}, null, { standing: 'missing', step: 'create' }],
    ['missing, for a reader', { myRole: 'reader' }, null, { standing: 'missing', step: 'left_out' }],
    [
      'drifted',
      {},
      schedule({ cadence: { kind: 'daily', times: ['03:00'] }, timeZone: 'UTC' }),
      {
        standing: 'drifted',
        step: 'change',
        differences: [
          { part: 'cadence', template: 'Every day at 02:00', own: 'Every day at 03:00' },
          { part: 'timeZone', template: 'Europe/Berlin', own: 'UTC' },
        ],
      },
    ],
    [
      'drifted, for an operator',
      { myRole: 'operator' },
      schedule({ name: 'Mine' }),
      { standing: 'drifted', step: 'left_out' },
    ],
    ['without the tag', { tags: ['bronze'] }, schedule(), { standing: 'not_covered', step: 'left_out' }],
    ['disconnected', { state: 'disconnected' }, null, { standing: 'disconnected', step: 'left_out' }],
    ['of somebody without a role', { myRole: null }, null, { standing: 'not_visible', step: 'left_out' }],
    [
      'of another schedule by that name',
      {},
      schedule({ templateId: null, templateVersion: null, name: 'NIGHTLY' }),
      { standing: 'name_taken', step: 'left_out' },
    ],
  ])('is %s', (_what, more, own, expected) => {
    const rows = judgeTemplate(template, [tenant(more)], own === null ? [] : [own], false);
    expect(rows).toEqual([expect.objectContaining(expected)]);
    const [row] = rows;
    expect(row!.step === 'left_out').toBe(row!.leftOut !== null);
  });

  it('says nothing of tenants that it does not concern', () => {
    expect(judgeTemplate(template, [tenant({ tags: ['bronze'] })], [], false)).toEqual([]);
  });

  it('takes over a schedule by its name when asked, but never one of another template', () => {
    const named = schedule({ templateId: null, templateVersion: null });
    expect(judgeTemplate(template, [tenant()], [named], true)[0]).toMatchObject({ step: 'take_over' });
    const others = schedule({ templateId: 'other' });
    expect(judgeTemplate(template, [tenant()], [others], true)[0]).toMatchObject({
      step: 'left_out',
      leftOut: { code: 'schedule_template_taken' },
    });
  });

  it('sees no difference in order, in absent rules or in counts of nothing', () => {
    const wanted: StandingTemplate = {
      ...template,
      cadence: { kind: 'weekly', days: ['mon', 'thu'], times: ['02:00', '14:00'] },
      spec: { policyTypes: ['a', 'b'], retention: { keepLast: 30, daily: 0 } },
    };
    const same = schedule({
      cadence: { times: ['14:00', '02:00'], days: ['thu', 'mon'], kind: 'weekly' },
      spec: { policyTypes: ['b', 'a'], retention: { keepLast: 30, weekly: 0 }, alerts: { failedTimes: 3 } },
    });
    expect(judgeTemplate(wanted, [tenant()], [same], false)[0]!.differences).toEqual([]);
    const fewer = schedule({
      ...same,
      spec: { ...same.spec, alerts: { failedTimes: 2, firstPartial: false } },
    });
    expect(judgeTemplate(wanted, [tenant()], [fewer], false)[0]!.differences).toEqual([
      {
        part: 'alerts',
        template: 'age by the cadence, after 3 failures, at the first partial run',
        own: 'age by the cadence, after 2 failures',
      },
    ]);
  });

  it('names the phase where only that differs', () => {
    const [row] = judgeTemplate(
      { ...template, cadence: every('2026-01-01T00:10:00Z') },
      [tenant()],
      [schedule({ cadence: every('2026-01-01T00:25:00Z') })],
      false,
    );
    expect(row!.differences).toEqual([
      {
        part: 'cadence',
        template: 'Every hour, counted from 00:10 UTC',
        own: 'Every hour, counted from 00:25 UTC',
      },
    ]);
  });

  it('compares with the start of the tenant, not with that of the template', () => {
    const spread = { ...template, spreadMinutes: 60 };
    const own = spreadCadence(at2, 60, 'template tenant');
    expect(own).not.toEqual(at2);
    expect(judgeTemplate(spread, [tenant()], [schedule({ cadence: own })], false)[0]!.standing).toBe(
      'in_step',
    );
    expect(judgeTemplate(spread, [tenant()], [schedule()], false)[0]!.standing).toBe('drifted');
  });
});

describe('the spread of a template', () => {
  it('gives each tenant a start of its own within the minutes, away from :00 and :30, and always the same', () => {
    const all = starts(120);
    expect(all).toEqual(starts(120));
    const counts = new Map<string, number>();
    for (const cadence of all) {
      if (cadence.kind !== 'daily') throw new Error('The kind of the cadence stays.');
      const [time] = cadence.times;
      expect(time! >= '02:00' && time! < '04:00').toBe(true);
      expect(time).not.toMatch(/:[03]0$/);
      counts.set(time!, (counts.get(time!) ?? 0) + 1);
    }
    // 500 tenants on 116 minutes: 4.3 each on average.
    expect(counts.size).toBeGreaterThan(105);
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(13);
  });

  it.each<[Cadence, number, number]>([
    [{ kind: 'daily', times: ['01:00', '23:30'] }, 30, 31],
    [{ kind: 'weekly', days: ['sun'], times: ['22:00'] }, 120, 121],
    [{ kind: 'hourly', everyHours: 1, minute: 45 }, 15, 16],
    [{ kind: 'everyMinutes', minutes: 15, anchorUtc: '1970-01-01T00:00:00Z' }, 15, 16],
    [{ kind: 'cron', expression: '0 2 * * *' }, 0, 1],
  ])('keeps %o what it is: %d minutes go, %d do not', (cadence, most, tooMany) => {
    expect(() => requireValidSpread(cadence, most)).not.toThrow();
    expect(() => requireValidSpread(cadence, tooMany)).toThrow(
      expect.objectContaining({ code: 'spread_invalid' }),
    );
    // The first slot comes at most the spread later.
    const from = new Date('2026-11-24T00:00Z');
    const first = nextSlot(cadence, 'UTC', from)!.getTime();
    for (let tenants = 0; tenants < 50; tenants += 1) {
      const moved = spreadCadence(cadence, most, `template ${tenants}`);
      const minutes = (nextSlot(moved, 'UTC', new Date(first - 60_000))!.getTime() - first) / 60_000;
      expect(minutes).toBeGreaterThanOrEqual(0);
      expect(minutes).toBeLessThan(Math.max(most, 1));
    }
  });
});
