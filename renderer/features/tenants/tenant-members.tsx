import { Button, Field, makeStyles, Select, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { type TenantRole, tenantRoles } from '../../../shared/model/permissions.ts';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { ProblemBar } from '../../components/problem-bar.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { useObstacle } from '../../queries/use-may-do.ts';
import { useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';
import { SmallTable } from './small-table.tsx';

const useStyles = makeStyles({
  add: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-end', gap: tokens.spacingHorizontalM },
});

const refresh = ['members', 'tenants', 'session'];

/** Who has which role in the tenant. The last owner keeps that role; the database sees to it. */
export function TenantMembers({ tenantId }: { tenantId: string }) {
  const obstacle = useObstacle('member.manage', tenantId);
  const members = useProcedure('members.list', { tenantId });
  const set = useProcedureMutation('members.set', refresh);
  const remove = useProcedureMutation('members.remove', refresh);
  if (members.isPending) return <LoadingRows label="Members are being read" />;
  if (members.isError) return <LoadFailure error={members.error} retry={() => void members.refetch()} />;
  const { rows, others } = members.data;
  const locked = obstacle !== null || set.isPending || remove.isPending;
  return (
    <>
      {obstacle !== null && <Text>Roles are shown only. {obstacle}</Text>}
      <ProblemBar error={set.error ?? remove.error} />
      <SmallTable
        label="Members"
        titles={['Name', 'Login', 'Role', 'Action']}
        rows={rows.map((member) => ({
          key: member.technicianId,
          cells: [
            shortText(member.name),
            <code key="login">{member.login}</code>,
            <RoleSelect
              key="role"
              label={`Role of ${shortText(member.name)}`}
              role={member.role}
              disabled={locked}
              onChange={(role) => set.mutate({ tenantId, technicianId: member.technicianId, role })}
            />,
            <Button
              key="remove"
              size="small"
              disabled={locked}
              aria-label={`Remove ${shortText(member.name)}`}
              onClick={() => remove.mutate({ tenantId, technicianId: member.technicianId })}
            >
              Remove
            </Button>,
          ],
        }))}
      />
      {obstacle === null && (
        <AddMember
          others={others}
          pending={set.isPending}
          onAdd={(technicianId, role) => set.mutate({ tenantId, technicianId, role })}
        />
      )}
    </>
  );
}

function AddMember({
  others,
  pending,
  onAdd,
}: {
  others: readonly { technicianId: string; name: string; login: string }[];
  pending: boolean;
  onAdd: (technicianId: string, role: TenantRole) => void;
}) {
  const styles = useStyles();
  const [technicianId, setTechnicianId] = useState('');
  const [role, setRole] = useState<TenantRole>('reader');
  if (others.length === 0) {
    return (
      <Text>Nobody else to add: technicians are added under Settings by a workspace administrator.</Text>
    );
  }
  const known = others.some((technician) => technician.technicianId === technicianId);
  return (
    <form
      className={styles.add}
      aria-label="Add a member"
      onSubmit={(event) => {
        event.preventDefault();
        if (!known) return;
        onAdd(technicianId, role);
        setTechnicianId('');
      }}
    >
      <Field label="Technician">
        <Select value={technicianId} onChange={(_event, data) => setTechnicianId(data.value)}>
          <option value="">Choose a technician</option>
          {others.map((technician) => (
            <option key={technician.technicianId} value={technician.technicianId}>
              {shortText(technician.name)} ({technician.login})
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Role">
        <RoleSelect label="Role" role={role} disabled={false} onChange={setRole} />
      </Field>
      <Button type="submit" disabled={!known || pending}>
        Add member
      </Button>
    </form>
  );
}

function RoleSelect(props: {
  label: string;
  role: TenantRole;
  disabled: boolean;
  onChange: (role: TenantRole) => void;
}) {
  return (
    <Select
      size="small"
      aria-label={props.label}
      value={props.role}
      disabled={props.disabled}
      onChange={(_event, data) => props.onChange(data.value as TenantRole)}
    >
      {tenantRoles.map((role) => (
        <option key={role} value={role}>
          {role}
        </option>
      ))}
    </Select>
  );
}
