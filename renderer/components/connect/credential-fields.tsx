import {
  Field,
  Input,
  makeStyles,
  Radio,
  RadioGroup,
  Text,
  Textarea,
  tokens,
} from '@fluentui/react-components';
import type { CredentialDraft, FieldProblems } from './connect-draft.ts';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
});

interface CredentialFieldsProps {
  draft: CredentialDraft;
  problems: FieldProblems;
  onChange: (next: Partial<CredentialDraft>) => void;
  /** The command that signs a person in, which only the program on this computer can do. */
  signInCommand: string;
}

/** How hosts sign in to the tenant. What is typed here is sealed to the hosts and never shown again. */
export function CredentialFields({ draft, problems, onChange, signInCommand }: CredentialFieldsProps) {
  const styles = useStyles();
  return (
    <div className={styles.stack}>
      <Field label="Credential">
        <RadioGroup
          value={draft.kind}
          onChange={(_event, data) => onChange({ kind: data.value as CredentialDraft['kind'] })}
        >
          <Radio value="made-certificate" label="Certificate, made here (recommended)" />
          <Radio value="certificate" label="Certificate of your own" />
          <Radio value="secret" label="Client secret" />
          <Radio value="person" label="Sign-in of a person (not for unattended hosts)" />
        </RadioGroup>
      </Field>
      {draft.kind === 'made-certificate' && (
        <Text>
          The key pair is made in this program. The private key is sealed to the hosts at once; only the
          public certificate is shown, to be uploaded to the app registration.
        </Text>
      )}
      {draft.kind === 'certificate' && (
        <>
          <Field label="Certificate (PEM)" required validationMessage={problems['certificatePem']}>
            <Textarea
              rows={4}
              value={draft.certificatePem}
              onChange={(_event, data) => onChange({ certificatePem: data.value })}
            />
          </Field>
          <Field label="Private key (PEM, PKCS #8)" required validationMessage={problems['privateKeyPem']}>
            <Textarea
              rows={4}
              value={draft.privateKeyPem}
              onChange={(_event, data) => onChange({ privateKeyPem: data.value })}
            />
          </Field>
        </>
      )}
      {draft.kind === 'secret' && (
        <>
          <Field label="Secret's value" required validationMessage={problems['secret']}>
            <Input
              type="password"
              autoComplete="off"
              value={draft.secret}
              onChange={(_event, data) => onChange({ secret: data.value })}
            />
          </Field>
          <Field
            label="Ends on"
            hint="As the app registration shows it; the tenant is At risk from 14 days before."
            validationMessage={problems['expiresAt']}
          >
            <Input
              type="date"
              value={draft.secretEndsOn}
              onChange={(_event, data) => onChange({ secretEndsOn: data.value })}
            />
          </Field>
        </>
      )}
      {draft.kind === 'person' && (
        <Text>
          A person signs in on a computer with the program, where the sign-in can be kept. Type there:
          <br />
          <code>{signInCommand}</code>
        </Text>
      )}
    </div>
  );
}
