import { Badge } from '@fluentui/react-components';
import {
  CheckmarkCircle16Filled,
  Circle16Regular,
  DismissCircle16Filled,
  type FluentIcon,
} from '@fluentui/react-icons';
import type { ChannelRow } from '../../../shared/contract/alerts.ts';
import type { AlertChannelKind, AlertSeverity } from '../../../shared/model/alerts.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';

export const channelKindWords: Readonly<Record<AlertChannelKind, string>> = {
  teams: 'Microsoft Teams',
  smtp: 'Mail',
  webhook: 'Signed webhook',
};

export const leastSeverityWords: Readonly<Record<AlertSeverity, string>> = {
  warning: 'Warnings and critical',
  critical: 'Critical only',
};

type ChannelState = 'off' | 'failing' | 'works' | 'unused';

function stateOf(channel: ChannelRow): ChannelState {
  if (!channel.enabled) return 'off';
  if (channel.failing !== null) return 'failing';
  return channel.lastSentAt === null ? 'unused' : 'works';
}

const looks: Readonly<
  Record<ChannelState, { word: string; color: 'success' | 'danger' | 'informative'; Icon: FluentIcon }>
> = {
  off: { word: 'Off', color: 'informative', Icon: Circle16Regular },
  failing: { word: 'Failing', color: 'danger', Icon: DismissCircle16Filled },
  works: { word: 'Works', color: 'success', Icon: CheckmarkCircle16Filled },
  unused: { word: 'Not used yet', color: 'informative', Icon: Circle16Regular },
};

/** Whether messages go through the channel, in a word. */
export function ChannelStateBadge({ channel }: { channel: ChannelRow }) {
  const { word, color, Icon } = looks[stateOf(channel)];
  return (
    <Badge color={color} appearance="tint" icon={<Icon />}>
      {word}
    </Badge>
  );
}

/** Since when nothing goes through and why, or when something last did. */
export function ChannelFindings({ channel }: { channel: ChannelRow }) {
  const { failing, waiting, lastSentAt } = channel;
  return (
    <>
      {failing === null ? (
        <>
          Last sent <InstantText iso={lastSentAt} absent="never" />.
        </>
      ) : (
        <>
          Nothing goes through since <InstantText iso={failing.since} />: {shortText(failing.error)}
          {failing.retryAt !== null && channel.enabled && (
            <>
              {' '}
              Next try <InstantText iso={failing.retryAt} />.
            </>
          )}
        </>
      )}
      {waiting > 0 && (waiting === 1 ? ' 1 message waits.' : ` ${waiting} messages wait.`)}
    </>
  );
}

/** Where a channel sends, as far as it is no secret. */
export function targetWords({ target }: ChannelRow): string {
  if (target.kind !== 'smtp') return target.host;
  return `${target.to.map((receiver) => shortText(receiver)).join(', ')} by ${target.server}`;
}
