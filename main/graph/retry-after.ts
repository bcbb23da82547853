import { instantFromMs } from '../../shared/model/instant.ts';
import type { GraphLimits } from './graph-limits.ts';

/**
 * How long a Retry-After header asks to wait, in milliseconds within the floor and cap: seconds, also with
 * decimals (seen in batches), or an HTTP date (RFC 9110, 10.2.3). Null when absent or unreadable.
 */
export function retryAfterMs(
  header: string | null | undefined,
  wallMs: number,
  limits: Pick<GraphLimits, 'retryAfterFloorMs' | 'retryAfterCapMs'>,
): number | null {
  const text = header?.trim() ?? '';
  if (text === '') return null;
  const asked = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : httpDateMs(text) - wallMs;
  if (Number.isNaN(asked)) return null;
  return Math.min(limits.retryAfterCapMs, Math.max(limits.retryAfterFloorMs, Math.ceil(asked)));
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Milliseconds since the epoch of an IMF-fixdate such as `Sun, 06 Nov 1994 08:49:37 GMT`; NaN for other text. */
function httpDateMs(text: string): number {
  const match = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/.exec(text);
  const month = months.indexOf(match?.[2] ?? '');
  if (match === null || month === -1) return Number.NaN;
  const epoch = instantFromMs(0);
  const [hours = 0, minutes = 0, seconds = 0] = match[4]!.split(':').map(Number);
  epoch.setUTCFullYear(Number(match[3]), month, Number(match[1]));
  return epoch.setUTCHours(hours, minutes, seconds);
}
