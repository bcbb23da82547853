import { Button, makeStyles, MessageBar, MessageBarBody, tokens } from '@fluentui/react-components';
import type { ChannelRow } from '../../../shared/contract/alerts.ts';
import { ProblemBar } from '../../components/problem-bar.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { type useChannelChanges, useTestResult } from './use-channels.ts';

const useStyles = makeStyles({ stack: { display: 'grid', gap: tokens.spacingVerticalM } });

interface ChannelTestProps {
  tenantId: string | null;
  channel: ChannelRow;
  test: ReturnType<typeof useChannelChanges>['test'];
  unsaved: boolean;
}

const arrived: Readonly<Record<ChannelRow['kind'], string>> = {
  teams: 'Microsoft Teams took the test message. Look for it in the channel.',
  smtp: 'The mail server took the test message. Look for it in the mailbox.',
  webhook: 'The receiver took the test message.',
};

/** Sends a message that says it is a test, and tells whether it arrived or why not. */
export function ChannelTest({ tenantId, channel, test, unsaved }: ChannelTestProps) {
  const styles = useStyles();
  const messageId = test.data?.messageId ?? null;
  const result = useTestResult(tenantId, messageId);
  const state = messageId === null ? null : (result.data?.state ?? 'waiting');
  const obstacle = unsaved ? 'Save the channel first.' : channel.enabled ? null : 'The channel is off.';
  return (
    <div className={styles.stack} aria-live="polite">
      <div>
        <Button
          disabledFocusable={obstacle !== null || test.isPending || state === 'waiting'}
          title={obstacle ?? undefined}
          onClick={() => obstacle === null && test.mutate(channel.id)}
        >
          Send test message
        </Button>
      </div>
      <ProblemBar error={test.error ?? result.error} />
      {state === 'waiting' && result.error === null && (
        <MessageBar intent="info" layout="multiline">
          <MessageBarBody>
            The test message waits for a host, which sends within a minute. While no host runs, nothing is
            sent.
          </MessageBarBody>
        </MessageBar>
      )}
      {state === 'sent' && (
        <MessageBar intent="success" layout="multiline">
          <MessageBarBody>{arrived[channel.kind]}</MessageBarBody>
        </MessageBar>
      )}
      {state === 'failed' && (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>
            The test message did not arrive: {shortText(result.data?.error ?? 'the reason is not known.')}
          </MessageBarBody>
        </MessageBar>
      )}
    </div>
  );
}
