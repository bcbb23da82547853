import { describe, expect, it } from 'vitest';
import { createLivenessJudge, type ServiceFacts, stuckAfterMs } from '../../main/service-health/liveness.ts';

function aJudge() {
  let nowMs = 0;
  const facts: ServiceFacts = { engine: null, stopping: false };
  const judge = createLivenessJudge({ monotonicMs: () => nowMs }, () => facts);
  const engine = { phase: 'running' as const, ticks: 1, lastTickError: null, outdated: false };
  return {
    facts,
    engine,
    stateAfter: (ms: number) => {
      nowMs += ms;
      return judge().state;
    },
  };
}

describe('liveness', () => {
  it('waits for a database as long as it takes, without being stuck', () => {
    const { stateAfter } = aJudge();
    expect([stateAfter(0), stateAfter(stuckAfterMs * 10)]).toEqual(['waiting', 'waiting']);
  });

  it('is well while ticks end, and stuck when none has ended for five minutes', () => {
    const { facts, engine, stateAfter } = aJudge();
    facts.engine = engine;
    expect(stateAfter(0)).toBe('well');
    expect(stateAfter(stuckAfterMs)).toBe('well');
    expect(stateAfter(1)).toBe('stuck');
    facts.engine = { ...engine, ticks: 2 };
    expect(stateAfter(0)).toBe('well');
  });

  it('is troubled, not stuck, while ticks fail: a new process would not bring the database back', () => {
    const { facts, engine, stateAfter } = aJudge();
    facts.engine = { ...engine, lastTickError: 'connection refused' };
    expect([stateAfter(0), stateAfter(stuckAfterMs * 10)]).toEqual(['troubled', 'troubled']);
  });

  it('is not stuck while the computer sleeps, nor right after', () => {
    const { facts, engine, stateAfter } = aJudge();
    facts.engine = { ...engine, phase: 'asleep' };
    expect(stateAfter(stuckAfterMs * 10)).toBe('well');
    facts.engine = engine;
    expect(stateAfter(stuckAfterMs)).toBe('well');
  });

  it('says when it is too old, and when it stops', () => {
    const { facts, engine, stateAfter } = aJudge();
    facts.engine = { ...engine, outdated: true };
    expect(stateAfter(0)).toBe('outdated');
    facts.stopping = true;
    expect(stateAfter(0)).toBe('stopping');
  });
});
