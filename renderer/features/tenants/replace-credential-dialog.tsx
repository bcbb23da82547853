import { Field, Input } from '@fluentui/react-components';
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

/** Proposes a new credential; a host tries it, and only then it takes the place of the old one. */
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
    setProblems(parsed.success ? {} : problemsByField(parsed.error.issues));
    if (parsed.success) propose.mutate(input, { onSuccess: onClose });
  }

  return (
    <TenantDialog
      title={`Replace the credential of ${shortText(tenant.name)}`}
      action="Propose credential"
      closeWords="Keep the old one"
      unsaved={JSON.stringify(draft) !== JSON.stringify(emptyCredential) || clientId !== ''}
      disabled={propose.isPending || draft.kind === 'person'}
      error={propose.error}
      onClose={onClose}
      onSubmit={submit}
    >
      <Field
        label="Application (client) id"
        hint="Empty: the app that is in use."
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
