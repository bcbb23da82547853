import { Button, Field, Input, makeStyles, Select, Textarea, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { ProcedureError } from '../../queries/procedure-error.ts';
import { useProcedureMutation } from '../../queries/use-procedure.ts';
import { ProblemBar } from '../problem-bar.tsx';
import { type ConnectDraft, type FieldProblems, problemsByField, readDraft } from './connect-draft.ts';
import { CredentialFields } from './credential-fields.tsx';
import { PermissionList } from './permission-list.tsx';
import { SealedTo } from './sealed-to.tsx';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
});

const cloudNames: readonly [ConnectDraft['cloud'], string][] = [
  ['global', 'Global (also GCC)'],
  ['gcc-high', 'US Government GCC High'],
  ['dod', 'US Government DoD'],
  ['china', 'China, operated by 21Vianet'],
  ['custom', 'Custom, with addresses of its own'],
];

export type ConnectedTenant = OutputOf<Contract['tenants.connect']> & { name: string };

interface ConnectTenantFormProps {
  /** Held by the caller, so that closing what the form stands in can ask first. */
  draft: ConnectDraft;
  onDraft: (draft: ConnectDraft) => void;
  onConnected: (tenant: ConnectedTenant) => void;
  onClose: () => void;
  closeWords: string;
}

/** Name, cloud, app and credential of a tenant. Everything is checked by the contract's own schema before it leaves. */
export function ConnectTenantForm(props: ConnectTenantFormProps) {
  const { draft, onDraft, onConnected, onClose } = props;
  const styles = useStyles();
  const [problems, setProblems] = useState<FieldProblems>({});
  const connect = useProcedureMutation('tenants.connect', ['tenants', 'session', 'overview']);
  const change = (next: Partial<ConnectDraft>) => onDraft({ ...draft, ...next });

  function submit(): void {
    const read = readDraft(draft);
    setProblems('problems' in read ? read.problems : {});
    if ('problems' in read) return;
    connect.mutate(read.input, {
      onSuccess: (answer) => onConnected({ ...answer, name: draft.name.trim() }),
      onError: (error) => {
        if (!(error instanceof ProcedureError)) return;
        setProblems(
          problemsByField(
            error.answer.fields.map(({ path, message }) => ({ path: path.split('.'), message })),
          ),
        );
      },
    });
  }

  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field label="Name" required validationMessage={problems['name']}>
        <Input value={draft.name} onChange={(_event, data) => change({ name: data.value })} />
      </Field>
      <Field label="Cloud">
        <Select
          value={draft.cloud}
          onChange={(_event, data) => change({ cloud: data.value as ConnectDraft['cloud'] })}
        >
          {cloudNames.map(([cloud, words]) => (
            <option key={cloud} value={cloud}>
              {words}
            </option>
          ))}
        </Select>
      </Field>
      {draft.cloud === 'custom' && (
        <>
          <Field label="Graph address" required validationMessage={problems['graphUrl']}>
            <Input value={draft.graphUrl} onChange={(_event, data) => change({ graphUrl: data.value })} />
          </Field>
          <Field label="Sign-in address" required validationMessage={problems['loginUrl']}>
            <Input value={draft.loginUrl} onChange={(_event, data) => change({ loginUrl: data.value })} />
          </Field>
          <Field
            label="Certificate authority (PEM)"
            hint="Only where the server's certificate is not signed by a public authority."
            validationMessage={problems['ca']}
          >
            <Textarea rows={3} value={draft.ca} onChange={(_event, data) => change({ ca: data.value })} />
          </Field>
        </>
      )}
      <Field label="Entra tenant id" required validationMessage={problems['entraTenantId']}>
        <Input
          value={draft.entraTenantId}
          onChange={(_event, data) => change({ entraTenantId: data.value })}
        />
      </Field>
      <Field
        label="Application (client) id"
        required
        hint="Of the app registration through which the tenant is read."
        validationMessage={problems['clientId']}
      >
        <Input value={draft.clientId} onChange={(_event, data) => change({ clientId: data.value })} />
      </Field>
      <CredentialFields
        draft={draft.credential}
        problems={problems}
        onChange={(next) => change({ credential: { ...draft.credential, ...next } })}
        signInCommand="tenantkeep tenants connect --browser --name … --tenant-id … --client-id …"
      />
      <PermissionList />
      <SealedTo />
      <ProblemBar error={Object.keys(problems).length > 0 ? null : connect.error} />
      <div className={styles.actions}>
        <Button
          type="submit"
          appearance="primary"
          disabled={connect.isPending || draft.credential.kind === 'person'}
        >
          Connect tenant
        </Button>
        <Button onClick={onClose}>{props.closeWords}</Button>
      </div>
    </form>
  );
}
