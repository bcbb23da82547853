import { systemClock } from '../../main/clock.ts';
import { resolveSelection } from '../../main/domain/policy-types/registry.ts';
import { TenantUnreadableError, type TypeReading } from '../../main/engine/ports.ts';
import { capture, simulatedReaders, unhurried } from '../capture/simulated-capture.ts';
import { measured, type Measurement } from '../support/measurement.ts';
import type { MeasurementCase, MeasurementOptions } from '../support/measurement-runner.ts';
import { startReadOnlySimulator } from '../support/read-only-simulator.ts';

const keys = resolveSelection('core')
  .known.filter((type) => type.permission !== null)
  .map((type) => type.key);

/** Sign-ins that end, with the reason that a technician must be told. */
const refusals: Readonly<Record<string, string>> = {
  'token-secret-expired': 'auth_secret_expired',
  'token-app-not-found': 'auth_consent_missing',
  'token-service-principal-missing': 'auth_consent_missing',
  'token-app-disabled': 'auth_blocked',
};

/** R11: the token ends in mid-run, and is renewed once; or cannot be, and the reason is there in seconds. */
export const signIns: MeasurementCase = {
  id: 'R11',
  what: 'token expired in mid-run, secret expired, consent revoked',
  wholeMinutes: { fixed: 0.1, trials: 0 },
  measure: measureSignIns,
};

export async function measureSignIns({ seed }: Pick<MeasurementOptions, 'seed'>): Promise<Measurement[]> {
  const simulator = await startReadOnlySimulator({
    tenants: 2,
    objects: 100,
    seed,
    throttle: false,
    latency: '30',
  });
  const [struck, other] = simulator.tenants;
  const { control } = simulator;
  const tenants = new Map([
    ['struck', struck!],
    ['other', other!],
  ]);
  const wrong: string[] = [];
  const times: Record<string, number> = {};
  let renewals = 0;
  let slowestMs = 0;
  const untouched = (name: string, readings: readonly TypeReading[]) => {
    const hurt = readings.filter((reading) => reading.outcome !== 'complete');
    if (hurt.length > 0) wrong.push(`${name}: the other tenant's ${hurt[0]!.typeKey} is ${hurt[0]!.outcome}`);
  };
  try {
    {
      const readers = simulatedReaders(simulator, tenants, unhurried);
      control.resetCounters();
      const reading = capture(readers, keys, 'struck');
      await until(() => control.readCounters().reads > 20);
      control.revokeTokens();
      const { readings } = await reading;
      renewals = control.readCounters().tokenRequests - 1;
      untouched('a token that ended', readings);
      await readers.close();
    }
    for (const [fault, reason] of Object.entries(refusals)) {
      const readers = simulatedReaders(simulator, tenants, unhurried);
      control.resetCounters();
      const reading = capture(readers, keys, 'struck').then(
        () => null,
        (error: unknown) => error,
      );
      const neighbour = capture(readers, keys, 'other');
      await until(() => control.readCounters().reads > 20);
      // The consent or secret is gone and so are the tokens: the next renewal is refused.
      control.setFault(`${fault}=tenant:${struck!.tenantGuid}`);
      control.revokeTokens();
      const startedMs = systemClock.monotonicMs();
      const error = await reading;
      const ms = systemClock.monotonicMs() - startedMs;
      times[fault] = Math.round(ms);
      slowestMs = Math.max(slowestMs, ms);
      const told = error instanceof TenantUnreadableError ? error.reason : String(error);
      if (told !== reason) wrong.push(`${fault}: told as ${told}`);
      untouched(fault, (await neighbour).readings);
      control.clearFaults();
      await readers.close();
    }
  } finally {
    await simulator.close();
  }
  return [
    measured(
      'R11',
      'renewals after a token ended in mid-run',
      renewals,
      'count',
      { atLeast: 1, atMost: 1 },
      { seed },
    ),
    measured(
      'R11',
      'sign-ins told wrongly, or other tenants touched',
      wrong.length,
      'count',
      { atMost: 0 },
      { wrong },
    ),
    measured('R11', 'until the reason is known', slowestMs / 1000, 's', { atMost: 30 }, times),
  ];
}

async function until(isTrue: () => boolean): Promise<void> {
  const endMs = systemClock.monotonicMs() + 20_000;
  while (!isTrue()) {
    if (systemClock.monotonicMs() > endMs) throw new Error('The reading did not get under way.');
    await systemClock.sleep(5, new AbortController().signal);
  }
}
