import { Input, makeStyles, Select, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { mayDo, type TenantRole, tenantRoles } from '../../../shared/model/permissions.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';

export interface RoleRow {
  tenantId: string;
  tenantName: string;
  role: TenantRole | null;
}

interface RoleGridProps {
  /** Whose roles these are, for accessible names. */
  person: string;
  /** Roles that the person has or is about to get; tenants that are not named have none. */
  roles: readonly RoleRow[];
  onChange: (row: RoleRow, role: TenantRole | null) => void;
}

const filterFrom = 8;

const useStyles = makeStyles({
  stack: { display: 'grid', gap: tokens.spacingVerticalS },
  select: { width: '9rem' },
});

/** Tenant by tenant the role of one person, changed in its place; read-only where the reader gives no roles. */
export function RoleGrid({ person, roles, onChange }: RoleGridProps) {
  const styles = useStyles();
  const [filter, setFilter] = useState('');
  const me = useProcedure('session.me', {});
  const tenants = useProcedure('tenants.list', {});
  const managed = new Set(
    (tenants.data?.rows ?? [])
      .filter(({ myRole }) =>
        mayDo('member.manage', { administrator: me.data?.administrator ?? false, role: myRole }),
      )
      .map(({ id }) => id),
  );
  const rows: RoleRow[] = (tenants.data?.rows ?? []).map((tenant) => ({
    tenantId: tenant.id,
    tenantName: tenant.name,
    role: roles.find(({ tenantId }) => tenantId === tenant.id)?.role ?? null,
  }));
  const wanted = filter.trim().toLowerCase();
  const shown = rows.filter(({ tenantName }) => tenantName.toLowerCase().includes(wanted));
  const columns = columnsFor(person, managed, onChange);
  return (
    <div className={styles.stack}>
      {rows.length >= filterFrom && (
        <Input
          aria-label="Filter tenants"
          placeholder="Filter tenants"
          value={filter}
          onChange={(_event, data) => setFilter(data.value)}
        />
      )}
      <div style={{ height: `min(18rem, ${2.5 * (shown.length + 1)}rem)` }}>
        <DataTable
          label={`Roles of ${shortText(person)}`}
          columns={columns}
          rows={shown}
          rowKey={(row) => row.tenantId}
          total={shown.length}
        />
      </div>
    </div>
  );
}

function columnsFor(
  person: string,
  managed: ReadonlySet<string>,
  onChange: RoleGridProps['onChange'],
): readonly Column<RoleRow>[] {
  return [
    {
      key: 'tenant',
      title: 'Tenant',
      width: 'minmax(8rem, 1fr)',
      cell: (row) => <TenantText text={row.tenantName} />,
    },
    {
      key: 'role',
      title: 'Role',
      width: '10rem',
      cell: (row) =>
        managed.has(row.tenantId) ? (
          <RoleSelect person={person} row={row} onChange={onChange} />
        ) : (
          (row.role ?? 'No role')
        ),
    },
  ];
}

function RoleSelect({
  person,
  row,
  onChange,
}: {
  person: string;
  row: RoleRow;
  onChange: RoleGridProps['onChange'];
}) {
  const styles = useStyles();
  return (
    <Select
      size="small"
      className={styles.select}
      aria-label={`Role of ${shortText(person)} in ${shortText(row.tenantName)}`}
      value={row.role ?? ''}
      onChange={(_event, data) => onChange(row, data.value === '' ? null : (data.value as TenantRole))}
    >
      <option value="">No role</option>
      {tenantRoles.map((role) => (
        <option key={role} value={role}>
          {role}
        </option>
      ))}
    </Select>
  );
}
