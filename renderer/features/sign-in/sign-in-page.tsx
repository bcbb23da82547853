import {
  Button,
  Field,
  Input,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Text,
  tokens,
} from '@fluentui/react-components';
import { type FormEvent, useState } from 'react';
import { withNextStep } from '../../../shared/errors.ts';
import { useBridge } from '../../bridge/bridge-context.ts';

const useStyles = makeStyles({
  form: {
    display: 'grid',
    gap: tokens.spacingVerticalL,
    width: 'min(26rem, 90vw)',
    margin: '12vh auto',
  },
});

/** Signing in with the person's own database login: the identity that every audit event will show. */
export function SignInPage({ onSignedIn }: { onSignedIn: () => void }) {
  const styles = useStyles();
  const bridge = useBridge();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(): Promise<void> {
    if (bridge.host.signIn === null) return;
    setBusy(true);
    setProblem(null);
    try {
      const result = await bridge.host.signIn(login, password);
      if (result.ok) onSignedIn();
      else setProblem(withNextStep(result.error));
    } catch {
      setProblem('The service does not answer. Check that it runs, then try again.');
    } finally {
      setBusy(false);
    }
  }

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    void submit();
  }

  return (
    <form className={styles.form} onSubmit={onSubmit}>
      <Text as="h1" size={600} weight="semibold">
        Sign in to TenantKeep
      </Text>
      <Text>
        Use your own database login, or open the one-time link that{' '}
        <code>tenantkeep service run --console</code> prints on this computer.
      </Text>
      {problem !== null && (
        <MessageBar intent="error">
          <MessageBarBody>{problem}</MessageBarBody>
        </MessageBar>
      )}
      <Field label="Login" required>
        <Input value={login} autoComplete="username" onChange={(_event, data) => setLogin(data.value)} />
      </Field>
      <Field label="Password" required>
        <Input
          type="password"
          value={password}
          autoComplete="current-password"
          onChange={(_event, data) => setPassword(data.value)}
        />
      </Field>
      <Button type="submit" appearance="primary" disabled={busy || login === '' || password === ''}>
        Sign in
      </Button>
    </form>
  );
}
