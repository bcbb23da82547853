import { createHash, timingSafeEqual } from 'node:crypto';
import { errorText, isAppError } from '../../shared/errors.ts';
import type { SimulatorControl } from './control.ts';
import type { Answer } from './graph-errors.ts';
import type { Json } from './json.ts';

/** Methods of the control that may be called over the line. */
export const controlMethods = [
  'readCounters',
  'resetCounters',
  'leastReads',
  'setFault',
  'clearFaults',
  'listFaults',
  'setLatency',
  'setThrottle',
  'setTokenLifetime',
  'revokeTokens',
  'endSignIns',
  'setSignIns',
  'setPublicClient',
  'revokePermission',
  'grantPermission',
  'deniedTypes',
  'setUnavailable',
  'setIntune',
  'objects',
  'addObjects',
  'putObject',
  'setEvolving',
  'changeObject',
  'removeObject',
  'setCount',
  'setChildCount',
  'touchVolatile',
  'reorder',
  'applyRound',
  'childKeys',
] as const satisfies readonly (keyof SimulatorControl)[];

function answer(status: number, body: Json): Answer {
  return { status, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The control paths: `POST /_simulator/<method>` with a JSON array of arguments and the key. */
export function createControlDoor(control: SimulatorControl, key: string) {
  const wanted = digest(key);
  return (method: string, name: string, given: string | undefined, body: Json): Answer => {
    if (given === undefined || !timingSafeEqual(digest(given), wanted)) {
      return answer(401, { error: 'The header x-simulator-key does not fit.' });
    }
    const known = controlMethods.find((each) => each === name);
    if (method !== 'POST' || known === undefined) return answer(404, { error: `No control called ${name}.` });
    try {
      // The arguments come from whoever started the simulator; each method checks what it is given.
      const call = control[known].bind(control) as (...args: unknown[]) => unknown;
      const result: unknown = call(...(Array.isArray(body) ? body : []));
      // Text would go out as it is, and is no JSON then.
      return answer(200, typeof result === 'string' ? JSON.stringify(result) : ((result ?? null) as Json));
    } catch (error) {
      if (!isAppError(error)) throw error;
      return answer(400, { error: errorText(error), code: error.code });
    }
  };
}
