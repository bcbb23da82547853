import { Checkbox, Field, Input, makeStyles, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { useObstacles } from '../../queries/use-may-do.ts';
import { useProcedure } from '../../queries/use-procedure.ts';
import { QuestionDialog } from './question-dialog.tsx';
import { plainRule, RetentionFields } from './retention-fields.tsx';
import type { BulkChange } from './use-bulk-change.ts';

const useStyles = makeStyles({
  list: {
    maxHeight: '16rem',
    overflowY: 'auto',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    padding: tokens.spacingHorizontalS,
  },
});

interface BulkDialogProps {
  rows: readonly ScheduleRow[];
  bulk: BulkChange;
  onClose: () => void;
}

const schedulesWords = (count: number) => (count === 1 ? '1 schedule' : `${count} schedules`);

/** Starting many runs cannot be taken back, so the number is repeated first. */
export function RunDialog({ rows, bulk, onClose }: BulkDialogProps) {
  const tenants = new Set(rows.map((row) => row.tenantId)).size;
  return (
    <QuestionDialog
      title={`Run ${schedulesWords(rows.length)} now`}
      confirm={`Start ${rows.length} runs`}
      onClose={onClose}
      onConfirm={() => {
        onClose();
        void bulk.run(rows);
      }}
    >
      {rows.length} runs of {tenants === 1 ? '1 tenant' : `${tenants} tenants`} start as soon as a host takes
      them. Each can be cancelled on the page Runs.
    </QuestionDialog>
  );
}

export function RetentionDialog({ rows, bulk, onClose }: BulkDialogProps) {
  const [rule, setRule] = useState(rows[0]?.retention ?? { keepLast: 30 });
  return (
    <QuestionDialog
      title={`Change retention of ${schedulesWords(rows.length)}`}
      confirm={`Change ${schedulesWords(rows.length)}`}
      onClose={onClose}
      onConfirm={() => {
        onClose();
        void bulk.changeRetention(rows, plainRule(rule));
      }}
    >
      <RetentionFields rule={rule} onChange={setRule} />
      <Text block>
        Sets that no rule keeps go after the next successful run of their schedule. Pinned sets and the newest
        complete copy of each policy type are never removed.
      </Text>
    </QuestionDialog>
  );
}

export function CopyDialog({ rows, bulk, onClose }: BulkDialogProps) {
  const styles = useStyles();
  const tenants = useProcedure('tenants.list', {});
  const obstacleIn = useObstacles();
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const all = tenants.data?.rows ?? [];
  const shown = all.filter((tenant) => tenant.name.toLowerCase().includes(search.trim().toLowerCase()));
  const targets = all.filter((tenant) => chosen.has(tenant.id));
  const copies = rows.length * targets.length;
  return (
    <QuestionDialog
      title={`Copy ${schedulesWords(rows.length)} to tenants`}
      confirm={copies === 1 ? 'Create 1 schedule' : `Create ${copies} schedules`}
      disabled={copies === 0}
      onClose={onClose}
      onConfirm={() => {
        onClose();
        void bulk.copy(rows, targets);
      }}
    >
      <Field label={`Search among ${all.length} tenants; ${targets.length} chosen`}>
        <Input value={search} onChange={(_event, data) => setSearch(data.value)} />
      </Field>
      <div className={styles.list} role="group" aria-label="Tenants">
        {shown.map((tenant) => {
          const obstacle = tenant.connected
            ? obstacleIn('schedule.create', tenant.id)
            : 'The tenant is disconnected.';
          return (
            <div key={tenant.id}>
              <Checkbox
                label={`${shortText(tenant.name)}${obstacle === null ? '' : ` (${obstacle})`}`}
                disabled={obstacle !== null}
                checked={chosen.has(tenant.id)}
                onChange={(_event, data) => {
                  const next = new Set(chosen);
                  if (data.checked === true) next.add(tenant.id);
                  else next.delete(tenant.id);
                  setChosen(next);
                }}
              />
            </div>
          );
        })}
        {shown.length === 0 && <Text>No tenant fits the search.</Text>}
      </div>
      <Text block>
        Copies have the same name, cadence, zone, policy types and retention, and start with their next slot.
      </Text>
    </QuestionDialog>
  );
}
