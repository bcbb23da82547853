import { makeStyles, MessageBar, MessageBarBody, Switch, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { useObstacle } from '../../queries/use-may-do.ts';
import { useProcedureMutation } from '../../queries/use-procedure.ts';
import { RoleGrid } from './role-grid.tsx';
import { SeenAs } from './seen-as.tsx';
import type { TechnicianRow } from './technician-row.ts';

const useStyles = makeStyles({
  stack: { display: 'grid', gap: tokens.spacingVerticalL, paddingBottom: tokens.spacingVerticalL },
  commands: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
});

const refreshed = ['technicians', 'session', 'tenants', 'members'];

/** One person: flag, roles tenant by tenant, what they see, and taking everything away. */
export function TechnicianDetail({ person, onClose }: { person: TechnicianRow; onClose: () => void }) {
  const styles = useStyles();
  const [removing, setRemoving] = useState(false);
  const [seen, setSeen] = useState(false);
  const flag = useProcedureMutation('technicians.set-administrator', refreshed);
  const role = useProcedureMutation('technicians.set-role', refreshed);
  const remove = useProcedureMutation('technicians.remove', refreshed);
  const obstacle = useObstacle('workspace.technicians', null);
  const failure = flag.error ?? role.error;
  return (
    <DetailDrawer title={<TenantText text={person.name} />} open onClose={onClose} size="medium">
      <div className={styles.stack}>
        <Text>
          Database login <code>{person.login}</code>
          {person.me && ', which is yours'}
        </Text>
        {failure !== null && (
          <MessageBar intent="error" layout="multiline">
            <MessageBarBody>{failure.message}</MessageBarBody>
          </MessageBar>
        )}
        <Switch
          label="Administrator of the workspace"
          title={obstacle ?? undefined}
          checked={person.administrator}
          disabled={obstacle !== null || flag.isPending}
          onChange={(_event, data) => {
            role.reset();
            flag.mutate({ technicianId: person.id, administrator: data.checked });
          }}
        />
        <RoleGrid
          person={person.name}
          roles={person.memberships}
          onChange={(row, next) => {
            flag.reset();
            role.mutate({ tenantId: row.tenantId, technicianId: person.id, role: next });
          }}
        />
        <Text size={200}>
          A role that is taken away ends at the next call, also in open windows. Each change stands in the
          audit log of the tenant, an administrator&apos;s role for themselves too.
        </Text>
        <div className={styles.commands}>
          <PermittedButton
            permission="workspace.technicians"
            tenantId={null}
            onClick={() => setSeen((shown) => !shown)}
          >
            {seen ? 'Hide what they see' : 'See as this person'}
          </PermittedButton>
          <PermittedButton
            permission="workspace.technicians"
            tenantId={null}
            onClick={() => setRemoving(true)}
          >
            Remove technician
          </PermittedButton>
        </div>
        {seen && <SeenAs person={person} />}
      </div>
      {removing && (
        <ConfirmDialog
          title={`Remove ${shortText(person.name)}`}
          confirm="Remove technician"
          keep="Keep technician"
          typedName={person.name}
          error={remove.error}
          pending={remove.isPending}
          onClose={() => setRemoving(false)}
          onConfirm={() => remove.mutate({ technicianId: person.id }, { onSuccess: onClose })}
        >
          <p>
            The login {person.login} loses every right at once, also in open windows, and cannot sign in any
            more. The audit log keeps what it did.
          </p>
        </ConfirmDialog>
      )}
    </DetailDrawer>
  );
}
