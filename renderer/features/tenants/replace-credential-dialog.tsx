import { Field, Input, Text } from '@fluentui/react-components';
import { useState } from 'react';
import { contract } from '../../../shared/contract/index.ts';
import type { TenantRow } from '../../../shared/contract/tenants.ts';
import {
  credentialInput,
  emptyCredential,
  type FieldProblems,
  problemsByField,
} from '../../components/connect/connect-draft.ts';
import { CredentialFields } from '../../components/connect/credential-fields.tsx';
import { SealedTo } from '../../components/connect/sealed-to.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { useProcedureMutation } from '../../queries/use-procedure.ts';
import { TenantDialog } from './tenant-dialog.tsx';

/**
 * Proposes a new credential; a host tries it, and only then it takes the place of the old one. A disconnected tenant
 * is connected again by it.
 */
export function ReplaceCredentialDialog({ tenant, onClose }: { tenant: TenantRow; onClose: () => void }) {
  const [clientId, setClientId] = useState('');
  const [draft, setDraft] = useState(emptyCredential);
  const [problems, setProblems] = useState<FieldProblems>({});
  const propose = useProcedureMutation('tenants.propose-credential', ['tenants']);

  function submit(): void {
    const input = {
      tenantId: tenant.id,
      clientId: clientId.trim() === '' ? null : clientId.trim(),
      credential: credentialInput(draft),
    };
    const parsed = contract['tenants.propose-credential'].input.safeParse(input);
    const found = parsed.success ? {} : problemsByField(parsed.error.issues);
    // A disconnected tenant has no credential in force whose app could be used again.
    const appMissing = !tenant.connected && input.clientId === null;
    setProblems(appMissing ? { ...found, clientId: 'The application (client) id is needed.' } : found);
    if (parsed.success && !appMissing) propose.mutate(input, { onSuccess: onClose });
  }

  return (
    <TenantDialog
      title={`${tenant.connected ? 'Replace the credential of' : 'Reconnect'} ${shortText(tenant.name)}`}
      action={tenant.connected ? 'Propose credential' : 'Reconnect tenant'}
      closeWords={tenant.connected ? 'Keep the old one' : 'Keep tenant disconnected'}
      unsaved={JSON.stringify(draft) !== JSON.stringify(emptyCredential) || clientId !== ''}
      disabled={propose.isPending || draft.kind === 'person'}
      error={propose.error}
      onClose={onClose}
      onSubmit={submit}
    >
      {!tenant.connected && (
        <Text>
          The tenant is connected again as soon as a host has signed in with the new credential. Its schedules
          stay paused until somebody resumes them.
        </Text>
      )}
      <Field
        label="Application (client) id"
        required={!tenant.connected}
        hint={tenant.connected ? 'Empty: the app that is in use.' : undefined}
        validationMessage={problems['clientId']}
      >
        <Input value={clientId} onChange={(_event, data) => setClientId(data.value)} />
      </Field>
      <CredentialFields
        draft={draft}
        problems={problems}
        onChange={(next) => setDraft({ ...draft, ...next })}
        signInCommand="tenantkeep tenants replace-credential --browser --tenant …"
      />
      <SealedTo />
    </TenantDialog>
  );
}
