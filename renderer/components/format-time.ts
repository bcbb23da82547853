import { chosenLocale, usePreferences, type ZoneChoice } from '../state/preferences.ts';

/** The zone in which an instant is shown, by the one switch of the app. */
export function shownZone(choice: ZoneChoice, scheduleZone: string | null): string {
  if (choice === 'utc') return 'UTC';
  if (choice === 'schedule' && scheduleZone !== null) return scheduleZone;
  return localZone();
}

let knownLocalZone: string | null = null;

function localZone(): string {
  return (knownLocalZone ??= Intl.DateTimeFormat().resolvedOptions().timeZone);
}

/** By locale and zone: making a formatter costs a thousand times what formatting does. */
const instantFormats = new Map<string, Intl.DateTimeFormat>();

function instantFormat(locale: string | undefined, zone: string): Intl.DateTimeFormat {
  const key = `${locale ?? ''} ${zone}`;
  let format = instantFormats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, {
      timeZone: zone,
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      timeZoneName: 'short',
    });
    instantFormats.set(key, format);
  }
  return format;
}

/**
 * Date and time with the zone's short name, month in letters: never a date that two countries read differently.
 * In the locale that the person chose; whoever shows it renders anew when that changes.
 */
export function formatInstant(iso: string, zone: string): string {
  return instantFormat(chosenLocale(usePreferences.getState().locale), zone).format(new Date(iso));
}

const steps: readonly [limitSeconds: number, unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  [60, 'second', 1],
  [3600, 'minute', 60],
  [48 * 3600, 'hour', 3600],
  [Number.POSITIVE_INFINITY, 'day', 86_400],
];

const relativeFormat = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** "5 minutes ago", "in 2 hours". */
export function formatRelative(iso: string, nowMs: number): string {
  const seconds = Math.round((new Date(iso).getTime() - nowMs) / 1000);
  const [, unit, size] = steps.find(([limit]) => Math.abs(seconds) < limit)!;
  return relativeFormat.format(Math.trunc(seconds / size), unit);
}

/** "4 min 12 s"; whole units only, at most two of them. */
export function formatDuration(milliseconds: number): string {
  const total = Math.max(0, Math.round(milliseconds / 1000));
  const parts: readonly [number, string][] = [
    [Math.floor(total / 3600), 'h'],
    [Math.floor((total % 3600) / 60), 'min'],
    [total % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

const offsetFormats = new Map<string, Intl.DateTimeFormat>();

/** Wall time minus UTC of a zone at an instant, in milliseconds. */
export function offsetOfZone(ms: number, zone: string): number {
  let format = offsetFormats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    offsetFormats.set(zone, format);
  }
  const name = format.formatToParts(ms).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const match = /GMT([+-])(\d{2}):(\d{2})/.exec(name);
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === '-' ? -minutes : minutes) * 60_000;
}
