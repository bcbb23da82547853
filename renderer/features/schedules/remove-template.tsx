import { useState } from 'react';
import type { TemplateRow } from '../../../shared/contract/schedule-templates.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { useProcedureMutation } from '../../queries/use-procedure.ts';
import { refreshedByTemplates } from './use-template-changes.ts';

/** Removing says how many schedules stay behind, and asks once. */
export function RemoveTemplate({ template, onRemoved }: { template: TemplateRow; onRemoved: () => void }) {
  const [asking, setAsking] = useState(false);
  const remove = useProcedureMutation('schedule-templates.remove', refreshedByTemplates);
  const { id: templateId, version: expectedVersion, schedules } = template;
  return (
    <>
      <PermittedButton permission="workspace.defaults" tenantId={null} onClick={() => setAsking(true)}>
        Remove template
      </PermittedButton>
      {asking && (
        <ConfirmDialog
          title={`Remove ${shortText(template.name)}`}
          confirm="Remove template"
          keep="Keep template"
          error={remove.error}
          pending={remove.isPending}
          onConfirm={() => remove.mutate({ templateId, expectedVersion }, { onSuccess: onRemoved })}
          onClose={() => setAsking(false)}
        >
          {schedules === 0
            ? 'No schedule comes from it.'
            : `${schedules.toLocaleString()} ${schedules === 1 ? 'schedule stays as it is and is' : 'schedules stay as they are and are'} detached.`}{' '}
          No template changes them any more.
        </ConfirmDialog>
      )}
    </>
  );
}
