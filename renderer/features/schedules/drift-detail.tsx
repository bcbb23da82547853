import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import type { StandingRow } from '../../../shared/contract/schedule-templates.ts';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { canApply, partNames, StandingBadge } from './template-words.tsx';

const useStyles = makeStyles({
  body: { display: 'grid', gap: tokens.spacingVerticalL, justifyItems: 'start' },
  table: {
    borderCollapse: 'collapse',
    width: '100%',
    '& th, & td': { textAlign: 'left', verticalAlign: 'top', padding: '4px 8px' },
  },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
});

const applyWords = {
  create: 'Create schedule',
  change: 'Bring back to the template',
  take_over: 'Take over schedule',
} as const;

interface DriftDetailProps {
  row: StandingRow;
  busy: boolean;
  onAct: (action: 'apply' | 'detach') => void;
  onClose: () => void;
}

/** One tenant against one template: each part that differs with both values, and the ways back. */
export function DriftDetail({ row, busy, onAct, onClose }: DriftDetailProps) {
  const styles = useStyles();
  const { schedule, step } = row;
  return (
    <DetailDrawer
      title={`${shortText(row.templateName)} in ${shortText(row.tenantName)}`}
      open
      onClose={onClose}
    >
      <div className={styles.body}>
        <StandingBadge state={row.standing} />
        {row.leftOut !== null && <Text>{row.leftOut}</Text>}
        {schedule === null ? (
          <Text>By the template it starts: {row.cadenceWords}.</Text>
        ) : (
          <Text>
            {schedule.appliedVersion === null
              ? 'The schedule comes from no template.'
              : `Version ${schedule.appliedVersion} was applied; the template is at version ${row.templateVersion}.`}
            {!schedule.enabled && ' The schedule is paused and stays so.'}
          </Text>
        )}
        {row.differences.length > 0 && (
          <table className={styles.table} aria-label="What differs">
            <thead>
              <tr>
                <th scope="col">Part</th>
                <th scope="col">Template</th>
                <th scope="col">This tenant</th>
              </tr>
            </thead>
            <tbody>
              {row.differences.map(({ part, template, own }) => (
                <tr key={part}>
                  <th scope="row">{partNames[part]}</th>
                  <td>
                    <TenantText text={template} />
                  </td>
                  <td>
                    <TenantText text={own} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <div className={styles.actions}>
          {canApply(row) && (
            <Button appearance="primary" disabled={busy} onClick={() => onAct('apply')}>
              {applyWords[step as keyof typeof applyWords]}
            </Button>
          )}
          {schedule !== null && schedule.appliedVersion !== null && (
            <PermittedButton
              permission="schedule.edit"
              tenantId={row.tenantId}
              disabled={busy}
              onClick={() => onAct('detach')}
            >
              Detach from the template
            </PermittedButton>
          )}
        </div>
        {schedule !== null && (
          <PageLink to="/schedules" search={{ tenantId: row.tenantId, schedule: schedule.id }}>
            Open the schedule
          </PageLink>
        )}
      </div>
    </DetailDrawer>
  );
}
