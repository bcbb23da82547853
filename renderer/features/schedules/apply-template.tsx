import { Checkbox, makeStyles, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { StandingRow, TemplateRow } from '../../../shared/contract/schedule-templates.ts';
import { templateSteps } from '../../../shared/model/template-standings.ts';
import { ProblemBar } from '../../components/problem-bar.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { QuestionDialog } from './question-dialog.tsx';
import { canApply, differenceWords, stepWords } from './template-words.tsx';
import type { TemplateChanges } from './use-template-changes.ts';

const useStyles = makeStyles({
  rows: { maxHeight: '20rem', overflowY: 'auto', marginBlock: tokens.spacingVerticalS },
  table: {
    borderCollapse: 'collapse',
    width: '100%',
    '& th, & td': { textAlign: 'left', verticalAlign: 'top', padding: '4px 8px' },
  },
});

const tenantsWords = (count: number) => (count === 1 ? '1 tenant' : `${count.toLocaleString()} tenants`);

/** More rows than anybody reads before applying; the table of drift has them all. */
const mostShown = 500;

/** What applying does in each tenant: what is new, what changes and how, what is left out and why. */
function StandingPreview({ rows }: { rows: readonly StandingRow[] }) {
  const styles = useStyles();
  const counts = templateSteps.flatMap((step) => {
    const count = rows.filter((row) => row.step === step).length;
    return count === 0 ? [] : [`${stepWords[step]}: ${count.toLocaleString()}`];
  });
  const shown = rows
    .toSorted((a, b) => templateSteps.indexOf(a.step) - templateSteps.indexOf(b.step))
    .slice(0, mostShown);
  return (
    <>
      <Text block weight="semibold">
        {counts.join(' · ')}
      </Text>
      <div className={styles.rows} tabIndex={0} role="region" aria-label="What would change">
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Tenant</th>
              <th scope="col">What</th>
              <th scope="col">How</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={`${row.templateId} ${row.tenantId}`}>
                <td>{shortText(row.tenantName)}</td>
                <td>{stepWords[row.step]}</td>
                <td>
                  {row.leftOut ?? (row.step === 'create' ? row.cadenceWords : differenceWords(row))}
                  {row.schedule?.enabled === false && ' The schedule stays paused.'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > shown.length && (
        <Text block>and {tenantsWords(rows.length - shown.length)} more, which the list of drift names</Text>
      )}
    </>
  );
}

interface ApplyTemplateProps {
  template: TemplateRow;
  changes: TemplateChanges;
  onClose: () => void;
}

/** Shows what applying a template would do everywhere, and does it once that is accepted. */
export function ApplyTemplateDialog({ template, changes, onClose }: ApplyTemplateProps) {
  const [takeOver, setTakeOver] = useState(false);
  const drift = useProcedure('schedule-templates.drift', { templateId: template.id, takeOver });
  const rows = drift.data?.rows ?? [];
  const applicable = rows.filter(canApply);
  const named = rows.some(({ standing }) => standing === 'name_taken');
  return (
    <QuestionDialog
      title={`Apply ${shortText(template.name)}`}
      confirm={`Apply to ${tenantsWords(applicable.length)}`}
      disabled={applicable.length === 0 || drift.isPlaceholderData || drift.isFetching}
      onClose={onClose}
      onConfirm={() => {
        onClose();
        void changes.apply(applicable, takeOver);
      }}
    >
      <ProblemBar error={drift.error} />
      {drift.isPending && <Text>The tenants are being compared with the template.</Text>}
      {drift.data !== undefined && rows.length === 0 && (
        <Text block>
          No tenant that you see has one of its tags: {template.tags.map((tag) => shortText(tag)).join(', ')}.
        </Text>
      )}
      {rows.length > 0 && <StandingPreview rows={rows} />}
      {named && (
        <Checkbox
          label="Take over schedules that have this name and come from no template"
          checked={takeOver}
          onChange={(_event, data) => setTakeOver(data.checked === true)}
        />
      )}
    </QuestionDialog>
  );
}

interface BringBackProps {
  rows: readonly StandingRow[];
  takeOver: boolean;
  changes: TemplateChanges;
  onClose: () => void;
}

/** The same for tenants that were chosen one by one. */
export function BringBackDialog({ rows, takeOver, changes, onClose }: BringBackProps) {
  return (
    <QuestionDialog
      title="Bring back to the template"
      confirm={`Apply to ${tenantsWords(rows.length)}`}
      onClose={onClose}
      onConfirm={() => {
        onClose();
        void changes.apply(rows, takeOver);
      }}
    >
      <StandingPreview rows={rows} />
    </QuestionDialog>
  );
}

/** A detached schedule stays; only the memory of its template goes. */
export function DetachDialog({ rows, changes, onClose }: Omit<BringBackProps, 'takeOver'>) {
  const count = rows.length === 1 ? '1 schedule' : `${rows.length.toLocaleString()} schedules`;
  return (
    <QuestionDialog
      title={`Detach ${count}`}
      confirm={`Detach ${count}`}
      cancel="Keep attached"
      onClose={onClose}
      onConfirm={() => {
        onClose();
        void changes.detach(rows);
      }}
    >
      {rows.length === 1 ? 'It stays as it is and follows' : 'They stay as they are and follow'} the template
      no longer. Applying the template later finds {rows.length === 1 ? 'it' : 'them'} by name only.
    </QuestionDialog>
  );
}
