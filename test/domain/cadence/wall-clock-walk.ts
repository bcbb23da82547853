import { type Cadence, weekdays } from '../../../shared/model/cadence.ts';

/**
 * An oracle that knows no arithmetic of slots: it watches the wall clock of a zone minute by minute, as Intl
 * shows it, and writes down when the cadence is due. A minute that the clock jumps over is due as the rules of
 * gaps say; one that it shows a second time counts only for cadences of elapsed time.
 */
export function slotsByWalking(cadence: Cadence, timeZone: string, fromMs: number, toMs: number): number[] {
  const startMs = Math.floor(fromMs / minuteMs) * minuteMs - 2 * dayMs;
  const wallAt = wallClock(timeZone);
  const named = namedBy(cadence);
  const rule = ruleOf(cadence);
  const seen = new Set<number>();
  const slots = new Set<number>();
  let highestWall = -Infinity;
  for (let ms = startMs; ms <= toMs + 2 * dayMs; ms += minuteMs) {
    const wall = wallAt(ms);
    if (wall > highestWall + minuteMs && highestWall > -Infinity) {
      for (let lost = highestWall + minuteMs; lost < wall; lost += minuteMs) {
        if (!named(lost, ms)) continue;
        if (rule === 'fixed') slots.add(ms + (lost - highestWall - minuteMs));
        if (rule === 'fixed-cron') slots.add(ms);
      }
    }
    if (named(wall, ms) && (rule === 'elapsed' || !seen.has(wall))) slots.add(ms);
    seen.add(wall);
    highestWall = Math.max(highestWall, wall);
  }
  return [...slots].filter((ms) => ms > fromMs && ms <= toMs).sort((a, b) => a - b);
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Wall time, in milliseconds as if it were UTC. Asks Intl every five minutes: no clock changes in between. */
function wallClock(timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  let blockMs = NaN;
  let offsetMs = 0;
  return (ms) => {
    const block = Math.floor(ms / (5 * minuteMs)) * 5 * minuteMs;
    if (block !== blockMs) {
      const parts = Object.fromEntries(
        format.formatToParts(block).map((part) => [part.type, Number(part.value)]),
      ) as Record<string, number>;
      offsetMs = Date.UTC(parts.year!, parts.month! - 1, parts.day!, parts.hour!, parts.minute!) - block;
      blockMs = block;
    }
    return ms + offsetMs;
  };
}

function ruleOf(cadence: Cadence): 'elapsed' | 'fixed' | 'fixed-cron' {
  if (cadence.kind === 'everyMinutes') return 'elapsed';
  if (cadence.kind === 'hourly') return cadence.everyHours === 1 ? 'elapsed' : 'fixed';
  if (cadence.kind !== 'cron') return 'fixed';
  const [minutes, hours] = cadence.expression.split(' ');
  return /[*/]/.test(`${minutes} ${hours}`) ? 'elapsed' : 'fixed-cron';
}

const at = (wall: number) => new Date(wall);

/** Whether a cadence names a wall time (or, for elapsed minutes, the instant itself). */
function namedBy(cadence: Cadence): (wall: number, ms: number) => boolean {
  switch (cadence.kind) {
    case 'everyMinutes':
      return (_, ms) => (ms - Date.parse(cadence.anchorUtc)) % (cadence.minutes * minuteMs) === 0;
    case 'hourly':
      return (wall) =>
        at(wall).getUTCMinutes() === cadence.minute && at(wall).getUTCHours() % cadence.everyHours === 0;
    case 'cron': {
      const [minutes, hours, , , days] = cadence.expression.split(' ').map(cronField);
      return (wall) =>
        minutes!(at(wall).getUTCMinutes()) && hours!(at(wall).getUTCHours()) && days!(at(wall).getUTCDay());
    }
    default: {
      const times = new Set<string>(cadence.times);
      return (wall) => times.has(at(wall).toISOString().slice(11, 16)) && isDueOn(cadence, at(wall));
    }
  }
}

/** Lists, ranges, `*` and steps: what the generated expressions use. */
function cronField(text: string): (value: number) => boolean {
  const parts = text.split(',').map((part) => {
    const [range, step] = part.split('/');
    const [from, to] = range === '*' ? [0, 59] : range!.split('-').map(Number);
    return { from: from!, to: to ?? from!, step: Number(step ?? 1) };
  });
  return (value) =>
    parts.some(({ from, to, step }) => value >= from && value <= to && (value - from) % step === 0);
}

function isDueOn(cadence: Extract<Cadence, { kind: 'daily' | 'weekly' | 'monthly' }>, date: Date): boolean {
  if (cadence.kind === 'daily') return true;
  const weekday = weekdays[(date.getUTCDay() + 6) % 7]!;
  if (cadence.kind === 'weekly') return cadence.days.includes(weekday);
  const day = date.getUTCDate();
  const length = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const { on } = cadence;
  if (on.kind === 'lastDay') return day === length;
  if (on.kind === 'day') return day === Math.min(on.day, length);
  return weekday === on.weekday && (on.nth === 'last' ? day > length - 7 : Math.ceil(day / 7) === on.nth);
}
