import { describe, expect, it } from 'vitest';
import { decideRunOutcome, type TypeResult } from '../../main/domain/run-outcome.ts';

const complete: TypeResult = { outcome: 'complete', reason: null };
const unlicensed: TypeResult = { outcome: 'not_available', reason: 'not_licensed' };
const denied: TypeResult = { outcome: 'incomplete', reason: 'permission_missing' };
const throttled: TypeResult = { outcome: 'incomplete', reason: 'throttled_out' };
const unknown: TypeResult = { outcome: 'unknown_type', reason: 'type_unknown' };
const unread: TypeResult = { outcome: 'not_attempted', reason: 'run_ended' };

describe('the end of a run', () => {
  it.each([
    ['all complete', [complete, complete], null, 'succeeded', null],
    ['complete or not available', [complete, unlicensed], null, 'succeeded', null],
    ['nothing available in this tenant', [unlicensed], null, 'succeeded', null],
    ['one type denied', [complete, denied], null, 'partial', null],
    ['one key unknown', [complete, unknown], null, 'partial', null],
    ['nothing complete', [denied, unlicensed], null, 'failed', 'no_type_complete'],
    ['only unknown keys', [unknown], null, 'failed', 'no_type_complete'],
    ['throttled everywhere', [throttled, throttled], null, 'failed', 'throttled_out'],
    ['sign-in refused', [unread, unread], 'auth_blocked', 'failed', 'auth_blocked'],
    ['sign-in refused in the middle', [complete, unread], 'auth_blocked', 'partial', 'auth_blocked'],
    ['no space left', [complete, complete], 'storage_full', 'failed', 'storage_full'],
    ['no type at all', [], null, 'failed', 'no_type_complete'],
  ] as const)('%s', (_name, types, stoppedBy, state, reason) => {
    expect(decideRunOutcome(types, stoppedBy)).toEqual({ state, reason });
  });
});
