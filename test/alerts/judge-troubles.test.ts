import { describe, expect, it } from 'vitest';
import { judgeTroubles, type WorkspaceFacts } from '../../main/domain/alerts/judge-troubles.ts';
import type { RunState } from '../../shared/model/run-states.ts';

const now = new Date('2026-11-28T12:00:00Z');
const hour = 3_600_000;
const day = 24 * hour;

const health = (state: WorkspaceFacts['tenants'][number]['health']['state']) => ({
  state,
  lastGoodSetAt: new Date(now.getTime() - 71 * hour),
  allowedAgeMs: 48 * hour,
  ageMs: 71 * hour,
  credentialEndsAt: null,
});

function facts(change: Partial<WorkspaceFacts>): WorkspaceFacts {
  return { now, tenants: [], hosts: [], chains: [], silence: null, ...change };
}

function tenantWith(
  change: Partial<WorkspaceFacts['tenants'][number]>,
  lastRuns: readonly RunState[] = ['succeeded'],
): WorkspaceFacts {
  return facts({
    tenants: [
      {
        tenantId: 't',
        name: 'Contoso',
        health: health('protected'),
        credentialExpiresAt: null,
        schedules: [{ name: 'nightly', enabled: true, failuresUntilAlert: 3, tellsPartial: true, lastRuns }],
        ...change,
      },
    ],
  });
}

const causes = (given: WorkspaceFacts) =>
  judgeTroubles(given).map(({ cause, severity }) => `${cause}:${severity}`);

describe('troubles of a tenant', () => {
  it.each([
    ['protected', []],
    ['paused', []],
    ['no_schedule', []],
    ['at_risk', ['tenant_health:warning']],
    ['unprotected', ['tenant_health:critical']],
    ['never_backed_up', ['tenant_health:critical']],
    ['disconnected', ['tenant_health:critical']],
  ] as const)('health %s', (state, expected) => {
    expect(causes(tenantWith({ health: health(state) }))).toEqual(expected);
  });

  it.each([
    ['for a credential alone', { ageMs: 31 * hour, credentialEndsAt: now }],
    ['before the first set is due', { ageMs: null, lastGoodSetAt: null }],
  ])('at risk %s is no alert of health', (_why, change) => {
    expect(causes(tenantWith({ health: { ...health('at_risk'), ...change } }))).toEqual([]);
  });

  it.each<[string, RunState[], string[]]>([
    ['two failures', ['failed', 'failed', 'succeeded'], []],
    ['three failures', ['failed', 'interrupted', 'missed', 'succeeded'], ['runs_failed:critical']],
    [
      'three failures and a run that goes on',
      ['running', 'failed', 'failed', 'failed'],
      ['runs_failed:critical'],
    ],
    ['skips and cancels say nothing', ['skipped', 'failed', 'cancelled', 'failed', 'succeeded'], []],
    ['a good run ends it', ['succeeded', 'failed', 'failed', 'failed'], []],
    ['a partial one is no failure', ['partial', 'failed', 'failed', 'failed'], ['run_partial:warning']],
    ['a skipped slot after a partial run', ['skipped', 'partial'], ['run_partial:warning']],
    ['no run yet', [], []],
  ])('%s', (_what, lastRuns, expected) => {
    expect(causes(tenantWith({}, lastRuns))).toEqual(expected);
  });

  it('says nothing of partial runs where the schedule does not ask for it', () => {
    const quiet = {
      name: 'n',
      enabled: true,
      failuresUntilAlert: 3,
      tellsPartial: false,
      lastRuns: ['partial'] as RunState[],
    };
    expect(causes(tenantWith({ schedules: [quiet] }))).toEqual([]);
  });

  it('does not look at a paused schedule', () => {
    const paused = {
      name: 'n',
      enabled: false,
      failuresUntilAlert: 1,
      tellsPartial: true,
      lastRuns: ['failed'] as RunState[],
    };
    expect(causes(tenantWith({ schedules: [paused] }))).toEqual([]);
  });

  it.each([
    [31, []],
    [30, ['credential_expiring:warning']],
    [8, ['credential_expiring:warning']],
    [7, ['credential_expiring:critical']],
    [-1, ['credential_expiring:critical']],
  ])('credential that ends in %i days', (days, expected) => {
    const credentialExpiresAt = new Date(now.getTime() + days * day);
    expect(causes(tenantWith({ credentialExpiresAt }))).toEqual(expected);
  });
});

describe('troubles of the workspace', () => {
  it.each([
    ['just seen', true, 4 * 60_000, 0],
    ['silent for five minutes', true, 5 * 60_000, 1],
    ['stopped in good order', false, hour, 0],
    ['forgotten for a month', true, 30 * day, 0],
  ])('a host %s', (_what, shouldRun, silentMs, count) => {
    const host = { hostId: 'h', name: 'OFFICE-1', shouldRun, lastSeenAt: new Date(now.getTime() - silentMs) };
    expect(judgeTroubles(facts({ hosts: [host] }))).toHaveLength(count);
  });

  it('tells of a silence that is over once, and of one that goes on until it ends', () => {
    const from = new Date(now.getTime() - 3 * hour);
    const [over] = judgeTroubles(facts({ silence: { from, to: now, missedSlots: 12 } }));
    expect(over).toMatchObject({ cause: 'nothing_dispatched', lasts: false });
    expect(over!.sentence).toBe(
      'No host dispatched schedules from 2026-11-28 09:00 UTC to 2026-11-28 12:00 UTC; 12 slots were missed. Hosts dispatch again.',
    );
    const [going] = judgeTroubles(facts({ silence: { from, to: null, missedSlots: 0 } }));
    expect(going).toMatchObject({ cause: 'nothing_dispatched', lasts: true, severity: 'critical' });
  });

  it('names the chain that is broken, and where', () => {
    const chains = [
      { tenantId: null, tenantName: null, brokenSequence: '7', what: 'The event is missing.' },
      { tenantId: 't', tenantName: 'Contoso', brokenSequence: null, what: null },
    ];
    const troubles = judgeTroubles(facts({ chains }));
    expect(troubles.map((trouble) => trouble.sentence)).toEqual([
      'The audit chain of the workspace is broken at event 7: The event is missing.',
    ]);
  });
});
