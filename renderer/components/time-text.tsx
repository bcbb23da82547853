import { usePreferences } from '../state/preferences.ts';
import { formatInstant, formatRelative, shownZone } from './format-time.ts';
import { Hint } from './hint.tsx';
import { useNow } from './use-now.ts';

interface TimeTextProps {
  iso: string | null;
  /** The zone of the schedule behind the instant, where there is one. */
  scheduleZone?: string | null;
  /** Shown where there is no instant, with the reason rather than a blank. */
  absent?: string;
}

/** An absolute time in the chosen zone; hovering or focusing shows local time and UTC. */
export function InstantText({ iso, scheduleZone = null, absent = 'Never' }: TimeTextProps) {
  const zone = usePreferences((state) => shownZone(state.zone, scheduleZone));
  usePreferences((state) => state.locale);
  if (iso === null) return <span>{absent}</span>;
  return (
    <Hint text={everyZone(iso, scheduleZone)}>
      <time dateTime={iso}>{formatInstant(iso, zone)}</time>
    </Hint>
  );
}

/** "5 minutes ago", ticking; hovering shows the absolute times. */
export function RelativeText({ iso, scheduleZone = null, absent = 'Never' }: TimeTextProps) {
  const nowMs = useNow();
  if (iso === null) return <span>{absent}</span>;
  return (
    <Hint text={everyZone(iso, scheduleZone)}>
      <time dateTime={iso}>{formatRelative(iso, nowMs)}</time>
    </Hint>
  );
}

function everyZone(iso: string, scheduleZone: string | null): string {
  const lines = [
    `Local: ${formatInstant(iso, shownZone('local', null))}`,
    `UTC: ${formatInstant(iso, 'UTC')}`,
  ];
  if (scheduleZone !== null) lines.push(`Schedule: ${formatInstant(iso, scheduleZone)}`);
  return lines.join(' · ');
}
