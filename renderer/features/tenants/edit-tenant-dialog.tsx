import { Field, Input } from '@fluentui/react-components';
import { useState } from 'react';
import { contract } from '../../../shared/contract/index.ts';
import type { TenantRow } from '../../../shared/contract/tenants.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { useProcedureMutation } from '../../queries/use-procedure.ts';
import { TenantDialog } from './tenant-dialog.tsx';

/** Name, tags and allowed age; what is wrong stands at its field before anything is sent. */
export function EditTenantDialog({ tenant, onClose }: { tenant: TenantRow; onClose: () => void }) {
  const [initial] = useState(() => ({
    name: tenant.name,
    tags: tenant.tags.join(', '),
    hours: tenant.ownAllowedAgeMinutes === null ? '' : String(tenant.ownAllowedAgeMinutes / 60),
  }));
  const [draft, setDraft] = useState(initial);
  const edit = useProcedureMutation('tenants.edit', ['tenants', 'session', 'overview']);
  const input = {
    tenantId: tenant.id,
    name: draft.name,
    tags: [...new Set(draft.tags.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== ''),
    allowedAgeMinutes: draft.hours.trim() === '' ? null : Math.round(Number(draft.hours) * 60),
  };
  const parsed = contract['tenants.edit'].input.safeParse(input);
  const problem = (field: string) =>
    parsed.success ? undefined : parsed.error.issues.find((issue) => issue.path[0] === field)?.message;
  return (
    <TenantDialog
      title={`Edit ${shortText(tenant.name)}`}
      action="Save tenant"
      closeWords="Close without saving"
      unsaved={JSON.stringify(draft) !== JSON.stringify(initial)}
      disabled={!parsed.success || edit.isPending}
      error={edit.error}
      onClose={onClose}
      onSubmit={() => edit.mutate(input, { onSuccess: onClose })}
    >
      <Field label="Name" required validationMessage={problem('name')}>
        <Input value={draft.name} onChange={(_event, data) => setDraft({ ...draft, name: data.value })} />
      </Field>
      <Field label="Tags" hint="Divided by commas." validationMessage={problem('tags')}>
        <Input value={draft.tags} onChange={(_event, data) => setDraft({ ...draft, tags: data.value })} />
      </Field>
      <Field
        label="Allowed age of the last good set, in hours"
        hint="Empty: twice the longest gap between the slots of each schedule."
        validationMessage={problem('allowedAgeMinutes') === undefined ? undefined : 'From 1 to 8784 hours.'}
      >
        <Input
          inputMode="decimal"
          value={draft.hours}
          onChange={(_event, data) => setDraft({ ...draft, hours: data.value })}
        />
      </Field>
    </TenantDialog>
  );
}
