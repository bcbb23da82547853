import { Field, Input, Text } from '@fluentui/react-components';
import { useState } from 'react';
import { pauseReasonSchema } from '../../../shared/contract/schedules.ts';
import { contract } from '../../../shared/contract/index.ts';
import type { TenantRow } from '../../../shared/contract/tenants.ts';
import { BulkBar } from '../../components/bulk-bar.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { useObstacles } from '../../queries/use-may-do.ts';
import {
  changedTags,
  tagsOf,
  type TenantBulkAction,
  tenantBulkActions,
  tenantBulkWords,
  tenantReach,
} from './tenant-bulk-actions.ts';
import { TenantDialog } from './tenant-dialog.tsx';
import { allTags } from './tenants-view.ts';
import type { TenantBulk } from './use-tenant-bulk.ts';

/** What the rows of this page are called. */
export const tenantNoun = { one: 'tenant', many: 'tenants' };

interface TenantBulkBarProps {
  chosen: readonly TenantRow[];
  bulk: TenantBulk;
  onClear: () => void;
}

/** What can be done to the chosen tenants, with the questions that it asks first. */
export function TenantBulkBar({ chosen, bulk, onClear }: TenantBulkBarProps) {
  const obstacleIn = useObstacles();
  const [asking, setAsking] = useState<TenantBulkAction | null>(null);
  const close = () => setAsking(null);
  const asked = asking === null ? [] : tenantReach(asking, chosen, obstacleIn).rows;
  return (
    <BulkBar
      noun={tenantNoun}
      chosen={chosen}
      actions={tenantBulkActions.map((action) => ({
        action,
        words: tenantBulkWords[action],
        reach: tenantReach(action, chosen, obstacleIn),
      }))}
      busy={bulk.progress !== null}
      onAct={(action, rows) => (action === 'check' ? void bulk.checkAccess(rows) : setAsking(action))}
      onClear={onClear}
    >
      {asking === 'tag' && <TagsDialog rows={asked} bulk={bulk} onClose={close} />}
      {asking === 'pause' && <PauseDialog rows={asked} bulk={bulk} onClose={close} />}
    </BulkBar>
  );
}

interface BulkDialogProps {
  rows: readonly TenantRow[];
  bulk: TenantBulk;
  onClose: () => void;
}

const namesOf = (rows: readonly TenantRow[]): string =>
  rows.length === 1 ? shortText(rows[0]!.name) : `${rows.length} tenants`;

const tagsSchema = contract['tenants.edit'].input.shape.tags;

/** Adds tags to tenants and takes others away; the rest of their tags stays. */
function TagsDialog({ rows, bulk, onClose }: BulkDialogProps) {
  const [typed, setTyped] = useState({ add: '', remove: '' });
  const add = tagsOf(typed.add);
  const remove = tagsOf(typed.remove);
  const problem = rows
    .map((row) => tagsSchema.safeParse(changedTags(row.tags, add, remove)).error?.issues[0]?.message)
    .find((message) => message !== undefined);
  const present = allTags(rows);
  return (
    <TenantDialog
      title={`Change the tags of ${namesOf(rows)}`}
      action="Change tags"
      closeWords="Keep tags"
      unsaved={false}
      disabled={problem !== undefined || (add.length === 0 && remove.length === 0)}
      error={null}
      onClose={onClose}
      onSubmit={() => {
        onClose();
        void bulk.changeTags(rows, add, remove);
      }}
    >
      <Field label="Tags to add" hint="Divided by commas." validationMessage={problem}>
        <Input value={typed.add} onChange={(_event, data) => setTyped({ ...typed, add: data.value })} />
      </Field>
      <Field
        label="Tags to remove"
        hint={
          present.length === 0
            ? 'None of them has a tag.'
            : `There are: ${present.map((tag) => shortText(tag)).join(', ')}.`
        }
      >
        <Input value={typed.remove} onChange={(_event, data) => setTyped({ ...typed, remove: data.value })} />
      </Field>
    </TenantDialog>
  );
}

/** Pauses every schedule of the tenants with one reason. */
function PauseDialog({ rows, bulk, onClose }: BulkDialogProps) {
  const [reason, setReason] = useState('');
  return (
    <TenantDialog
      title={`Pause the schedules of ${namesOf(rows)}`}
      action="Pause schedules"
      closeWords="Keep running"
      unsaved={false}
      disabled={!pauseReasonSchema.safeParse(reason).success}
      error={null}
      onClose={onClose}
      onSubmit={() => {
        onClose();
        void bulk.pause(rows, reason.trim());
      }}
    >
      <Text>
        Schedules that are paused already keep their own reason. The others stay paused until somebody resumes
        them; their slots are neither run nor recorded as missed.
      </Text>
      <Field label="Reason" required hint="At least 3 characters; the audit log shows it.">
        <Input maxLength={500} value={reason} onChange={(_event, data) => setReason(data.value)} />
      </Field>
    </TenantDialog>
  );
}
