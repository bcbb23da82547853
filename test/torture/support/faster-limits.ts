import type { EngineLimits } from '../../../main/engine/engine-limits.ts';

/** The intervals of a host whose database's clock runs `rate` times faster; counts and grace stay. */
export function fasterLimits(limits: EngineLimits, rate: number): EngineLimits {
  const ms = (value: number) => Math.max(20, value / rate);
  return {
    ...limits,
    safetyTickMs: ms(limits.safetyTickMs),
    tickRetryMs: ms(limits.tickRetryMs),
    claimPollMs: ms(limits.claimPollMs),
    claimJitterMs: ms(limits.claimJitterMs),
    beatMs: ms(limits.beatMs),
    beatRetryMs: ms(limits.beatRetryMs),
    trustMs: ms(limits.trustMs),
    checkInMs: ms(limits.checkInMs),
    pulseMs: ms(limits.pulseMs),
    jumpMs: ms(limits.jumpMs),
    stallMs: ms(limits.stallMs),
    eventFlushMs: ms(limits.eventFlushMs),
    abortGraceMs: ms(limits.abortGraceMs),
  };
}
