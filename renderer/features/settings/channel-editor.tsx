import { Button, Field, Input, makeStyles, Select, Switch, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { type ChannelRow, channelInputSchema } from '../../../shared/contract/alerts.ts';
import {
  type AlertChannelKind,
  alertChannelKinds,
  alertSeverities,
  type AlertSeverity,
} from '../../../shared/model/alerts.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { ProblemBar } from '../../components/problem-bar.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { UnsavedDialog } from '../../components/unsaved-dialog.tsx';
import { channelDraftOf, type ChannelDraft, channelInputOf } from './channel-draft.ts';
import { TargetFields, WaitingFields } from './channel-fields.tsx';
import {
  ChannelFindings,
  channelKindWords,
  ChannelStateBadge,
  leastSeverityWords,
} from './channel-state.tsx';
import { ChannelTest } from './channel-test.tsx';
import { useChannelChanges } from './use-channels.ts';

const useStyles = makeStyles({
  form: { display: 'grid', gap: tokens.spacingVerticalM, paddingBottom: tokens.spacingVerticalL },
  state: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
  commands: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
});

interface ChannelEditorProps {
  /** Null: of the workspace. */
  tenantId: string | null;
  /** Null: a new one. */
  channel: ChannelRow | null;
  onSaved: (channelId: string) => void;
  onClose: () => void;
}

/** One channel: where it sends, what and when; trying and removing it. */
export function ChannelEditor({ tenantId, channel, onSaved, onClose }: ChannelEditorProps) {
  const styles = useStyles();
  const [initial, setInitial] = useState(() => channelDraftOf(channel));
  const [draft, setDraft] = useState(initial);
  // What is wrong is told once somebody tried to save: an empty form is no mistake.
  const [tried, setTried] = useState(false);
  const [asking, setAsking] = useState<'leave' | 'remove' | null>(null);
  const { save, remove, test } = useChannelChanges(tenantId);
  const input = channelInputOf(draft, channel?.id ?? null);
  const parsed = channelInputSchema.safeParse(input);
  const unsaved = JSON.stringify(draft) !== JSON.stringify(initial);
  const change = (next: Partial<ChannelDraft>): void => setDraft((before) => ({ ...before, ...next }));
  const close = (): void => (unsaved ? setAsking('leave') : onClose());
  const issues = [
    ...(channel === null ? missingSecrets(input) : []),
    ...(parsed.success ? [] : parsed.error.issues),
  ];
  const problem = (path: string): string | undefined =>
    tried ? issues.find((issue) => `${issue.path.join('.')}.`.startsWith(`${path}.`))?.message : undefined;

  function submit(): void {
    setTried(true);
    if (!parsed.success || issues.length > 0 || save.isPending) return;
    save.mutate(parsed.data, {
      onSuccess: ({ channelId }) => {
        const kept = { ...draft, url: '', signingKey: '', password: '' };
        setInitial(kept);
        setDraft(kept);
        setTried(false);
        onSaved(channelId);
      },
    });
  }

  return (
    <DetailDrawer
      title={channel === null ? 'New channel' : shortText(channel.name)}
      open
      onClose={close}
      size="medium"
    >
      <form
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {channel !== null && (
          <div className={styles.state}>
            <ChannelStateBadge channel={channel} />
            <Text>
              <ChannelFindings channel={channel} />
            </Text>
          </div>
        )}
        {channel !== null && (
          <ChannelTest tenantId={tenantId} channel={channel} test={test} unsaved={unsaved} />
        )}
        {channel === null ? (
          <Field label="Kind">
            <Select
              value={draft.kind}
              onChange={(_event, data) => change({ kind: data.value as AlertChannelKind })}
            >
              {alertChannelKinds.map((kind) => (
                <option key={kind} value={kind}>
                  {channelKindWords[kind]}
                </option>
              ))}
            </Select>
          </Field>
        ) : (
          <Text>
            {channelKindWords[channel.kind]}
            {channel.target.kind !== 'smtp' && `, to ${channel.target.host}`}
          </Text>
        )}
        <Field label="Name" required validationMessage={problem('name')}>
          <Input value={draft.name} onChange={(_event, data) => change({ name: data.value })} />
        </Field>
        <TargetFields draft={draft} change={change} problem={problem} stored={channel !== null} />
        <Field label="Sends">
          <Select
            value={draft.leastSeverity}
            onChange={(_event, data) => change({ leastSeverity: data.value as AlertSeverity })}
          >
            {alertSeverities.map((severity) => (
              <option key={severity} value={severity}>
                {leastSeverityWords[severity]}
              </option>
            ))}
          </Select>
        </Field>
        <WaitingFields draft={draft} change={change} problem={problem} />
        <Switch
          label="Channel is on"
          checked={draft.enabled}
          onChange={(_event, data) => change({ enabled: data.checked })}
        />
        {tried && issues.length > 0 && <Text>Not saved: {issues[0]!.message}</Text>}
        <ProblemBar error={save.error} />
        <div className={styles.commands}>
          <Button type="submit" appearance="primary" disabled={save.isPending}>
            Save channel
          </Button>
          <Button onClick={close}>Close editor</Button>
          {channel !== null && <Button onClick={() => setAsking('remove')}>Remove channel</Button>}
        </div>
      </form>
      {asking === 'leave' && <UnsavedDialog onKeep={() => setAsking(null)} onDiscard={onClose} />}
      {asking === 'remove' && channel !== null && (
        <ConfirmDialog
          title={`Remove ${shortText(channel.name)}`}
          confirm="Remove channel"
          keep="Keep channel"
          error={remove.error}
          pending={remove.isPending}
          onClose={() => setAsking(null)}
          onConfirm={() => remove.mutate(channel.id, { onSuccess: onClose })}
        >
          <p>
            Nobody is told of alerts by it any more, {channel.waiting} waiting messages are not sent, and its
            secret is forgotten. Alerts themselves stay in the list.
          </p>
        </ConfirmDialog>
      )}
    </DetailDrawer>
  );
}

/** A new channel has no stored secret that could stay. */
function missingSecrets({ target }: ReturnType<typeof channelInputOf>) {
  if (target.kind === 'smtp') return [];
  const missing = [];
  if (target.url === null) missing.push({ path: ['target', 'url'], message: 'An address is needed.' });
  if (target.kind === 'webhook' && target.signingKey === null) {
    missing.push({ path: ['target', 'signingKey'], message: 'A signing key is needed.' });
  }
  return missing;
}
