import { Field, Input, Select, Switch, Text } from '@fluentui/react-components';
import { ZoneField } from '../../components/zone-field.tsx';
import type { ChannelDraft } from './channel-draft.ts';

export interface ChannelFieldsProps {
  draft: ChannelDraft;
  change: (next: Partial<ChannelDraft>) => void;
  /** What is wrong with a field of the input, by its path, such as `target.port`. */
  problem: (path: string) => string | undefined;
  /** The channel is stored, and so is its secret. */
  stored: boolean;
}

/** Where a channel sends. */
export function TargetFields(props: ChannelFieldsProps) {
  return props.draft.kind === 'smtp' ? <MailFields {...props} /> : <PostFields {...props} />;
}

const storedWords = 'Stored; type to replace';

function PostFields({ draft, change, problem, stored }: ChannelFieldsProps) {
  const ofTeams = draft.kind === 'teams';
  return (
    <>
      <SecretField
        label={ofTeams ? 'Workflow address' : 'Webhook address'}
        hint={
          ofTeams
            ? 'From the workflow "Send webhook alerts to a channel" of the channel in Teams. It is a secret: whoever has it can post there.'
            : 'An https address. It is sealed to the hosts and not shown again.'
        }
        stored={stored}
        value={draft.url}
        problem={problem('target.url')}
        onChange={(url) => change({ url })}
      />
      {!ofTeams && (
        <SecretField
          label="Signing key"
          hint="At least 16 characters. The receiver checks with it that a message comes from here."
          stored={stored}
          value={draft.signingKey}
          problem={problem('target.signingKey')}
          onChange={(signingKey) => change({ signingKey })}
        />
      )}
    </>
  );
}

function MailFields({ draft, change, problem, stored }: ChannelFieldsProps) {
  return (
    <>
      <Field label="Mail server" required validationMessage={problem('target.server')}>
        <Input value={draft.server} onChange={(_event, data) => change({ server: data.value })} />
      </Field>
      <Field
        label="Port"
        required
        validationMessage={problem('target.port') && 'A port is a number from 1 to 65535.'}
      >
        <Input
          inputMode="numeric"
          value={draft.port}
          onChange={(_event, data) => change({ port: data.value })}
        />
      </Field>
      <Field label="Encryption">
        <Select
          value={draft.security}
          onChange={(_event, data) => change({ security: data.value as ChannelDraft['security'] })}
        >
          <option value="starttls">STARTTLS, required</option>
          <option value="tls">TLS from the start</option>
          <option value="none">None, for a relay on the same computer</option>
        </Select>
      </Field>
      <Field
        label="User"
        hint="Empty: the server asks for no login."
        validationMessage={problem('target.user')}
      >
        <Input
          autoComplete="off"
          value={draft.user}
          onChange={(_event, data) => change({ user: data.value })}
        />
      </Field>
      {draft.user.trim() !== '' && (
        <SecretField
          label="Password"
          hint="Sealed to the hosts and not shown again."
          stored={stored}
          value={draft.password}
          problem={problem('target.password')}
          onChange={(password) => change({ password })}
        />
      )}
      <Field label="Sender" required validationMessage={problem('target.from')}>
        <Input value={draft.from} onChange={(_event, data) => change({ from: data.value })} />
      </Field>
      <Field label="Receivers" required hint="Divided by commas." validationMessage={problem('target.to')}>
        <Input value={draft.to} onChange={(_event, data) => change({ to: data.value })} />
      </Field>
    </>
  );
}

interface SecretFieldProps {
  label: string;
  hint: string;
  stored: boolean;
  value: string;
  problem: string | undefined;
  onChange: (value: string) => void;
}

/** Something that is written and never read back. */
function SecretField({ label, hint, stored, value, problem, onChange }: SecretFieldProps) {
  return (
    <Field label={label} required={!stored} hint={hint} validationMessage={problem}>
      <Input
        type="password"
        autoComplete="off"
        placeholder={stored ? storedWords : ''}
        value={value}
        onChange={(_event, data) => onChange(data.value)}
      />
    </Field>
  );
}

/** When messages wait. */
export function WaitingFields({ draft, change, problem }: Omit<ChannelFieldsProps, 'stored'>) {
  return (
    <>
      <Switch
        label="Quiet hours"
        checked={draft.quiet}
        onChange={(_event, data) => change({ quiet: data.checked })}
      />
      {draft.quiet && (
        <>
          <TimeField
            label="Quiet from"
            value={draft.quietFrom}
            problem={problem('quietHours.from')}
            onChange={(quietFrom) => change({ quietFrom })}
          />
          <TimeField
            label="Quiet until"
            value={draft.quietTo}
            problem={problem('quietHours.to')}
            onChange={(quietTo) => change({ quietTo })}
          />
          <ZoneField
            label="Time zone of the quiet hours"
            hint="Messages wait until the quiet hours end."
            zone={draft.quietZone}
            onChange={(quietZone) => change({ quietZone })}
          />
          <Switch
            label="Critical alerts are sent in quiet hours too"
            checked={draft.quietExceptCritical}
            onChange={(_event, data) => change({ quietExceptCritical: data.checked })}
          />
        </>
      )}
      <Switch
        label="Daily digest"
        checked={draft.digest}
        onChange={(_event, data) => change({ digest: data.checked })}
      />
      {draft.digest && (
        <>
          <TimeField
            label="Digest at"
            value={draft.digestAt}
            problem={problem('digest.at')}
            onChange={(digestAt) => change({ digestAt })}
          />
          <ZoneField
            label="Time zone of the digest"
            hint="Messages are gathered and sent together once a day."
            zone={draft.digestZone}
            onChange={(digestZone) => change({ digestZone })}
          />
          <Switch
            label="Critical alerts are sent at once"
            checked={draft.digestExceptCritical}
            onChange={(_event, data) => change({ digestExceptCritical: data.checked })}
          />
        </>
      )}
      {!draft.quiet && !draft.digest && <Text size={200}>Each message is sent at once.</Text>}
    </>
  );
}

function TimeField(props: {
  label: string;
  value: string;
  problem: string | undefined;
  onChange: (value: string) => void;
}) {
  return (
    <Field label={props.label} required validationMessage={props.problem}>
      <Input type="time" value={props.value} onChange={(_event, data) => props.onChange(data.value)} />
    </Field>
  );
}
