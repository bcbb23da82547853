import { Badge, Tooltip } from '@fluentui/react-components';
import { shortText } from '../../components/tenant-text.tsx';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';

export type HostRow = OutputOf<Contract['hosts.list']>['rows'][number];

type BadgeColor = 'success' | 'warning' | 'danger' | 'informative';

const looks: Readonly<Record<HostRow['state'], { word: string; color: BadgeColor; sentence: string }>> = {
  waiting: { word: 'Waiting', color: 'warning', sentence: 'An administrator has to approve it first.' },
  alive: { word: 'Alive', color: 'success', sentence: 'It dispatches slots and takes runs.' },
  paused: {
    word: 'Paused',
    color: 'informative',
    sentence: 'It finishes the runs that it has and takes no new ones.',
  },
  offline: { word: 'Offline', color: 'danger', sentence: 'No beat for 45 seconds.' },
  asleep: { word: 'Asleep', color: 'informative', sentence: 'The computer sleeps; its slots go to others.' },
  stopping: { word: 'Stopping', color: 'informative', sentence: 'It gives its runs back.' },
  stopped: { word: 'Stopped', color: 'informative', sentence: 'It was stopped in good order.' },
  version_too_old: {
    word: 'Version too old',
    color: 'danger',
    sentence: 'It takes no runs until TenantKeep is updated there.',
  },
};

/** The state of a host as a word; the sentence behind it is one hover or focus away. */
export function HostStateBadge({ state }: { state: HostRow['state'] }) {
  const { word, color, sentence } = looks[state];
  return (
    <Tooltip content={sentence} relationship="description">
      <Badge color={color} appearance="tint" tabIndex={0}>
        {word}
      </Badge>
    </Tooltip>
  );
}

const largestOffsetMs = 30_000;

/** "off by 41 s" where it matters; below a second nothing is off. */
export function ClockOffset({ milliseconds }: { milliseconds: number | null }) {
  if (milliseconds === null) return <>Not measured</>;
  const size = Math.abs(milliseconds);
  if (size < 1_000) return <>In step</>;
  const words = `${(size / 1_000).toFixed(1)} s ${milliseconds > 0 ? 'behind' : 'ahead'}`;
  if (size <= largestOffsetMs) return <>{words}</>;
  return (
    <Tooltip
      content="Set the clock of that computer. Slots are unaffected: the database's clock decides."
      relationship="description"
    >
      <Badge color="warning" appearance="tint" tabIndex={0}>
        Clock {words}
      </Badge>
    </Tooltip>
  );
}

/** A few names and how many more there are. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 5).map(shortText).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more tenants` : shown;
}
