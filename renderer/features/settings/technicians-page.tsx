import { useNavigate, useSearch } from '@tanstack/react-router';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { InviteTechnician } from './invite-technician.tsx';
import { SettingsFrame } from './settings-frame.tsx';
import type { TechnicianRow } from './technician-row.ts';
import { TechnicianDetail } from './technician-detail.tsx';

const columns: readonly Column<TechnicianRow>[] = [
  {
    key: 'name',
    title: 'Name',
    width: 'minmax(9rem, 1fr)',
    cell: (person) => (
      <>
        <TenantText text={person.name} />
        {person.me && ' (you)'}
      </>
    ),
  },
  { key: 'login', title: 'Database login', width: 'minmax(10rem, 1fr)', cell: (person) => person.login },
  {
    key: 'administrator',
    title: 'Administrator',
    width: '8rem',
    cell: (person) => (person.administrator ? 'Yes' : 'No'),
  },
  { key: 'roles', title: 'Roles', width: 'minmax(10rem, 2fr)', cell: rolesInWords },
  { key: 'added', title: 'Added', width: '12rem', cell: (person) => <InstantText iso={person.addedAt} /> },
];

function rolesInWords({ memberships }: TechnicianRow): string {
  const [first] = memberships;
  if (first === undefined) return 'None';
  if (memberships.length === 1) return `${first.role} of ${shortText(first.tenantName)}`;
  return `${memberships.length} tenants`;
}

/** The people of the workspace, as far as the person may see them, with their logins and roles. */
export function TechniciansPage() {
  const search = useSearch({ strict: false }) as { technician?: string };
  const navigate = useNavigate();
  const technicians = useProcedure('technicians.list', {});
  const rows = technicians.data?.rows;
  const opened = rows?.find((person) => person.id === search.technician);
  const open = (technician: string | undefined): void =>
    void navigate({ to: '/settings/technicians', search: { technician } } as never);
  return (
    <SettingsFrame
      path="/settings/technicians"
      commands={
        <PermittedButton
          permission="workspace.technicians"
          tenantId={null}
          appearance="primary"
          onClick={() => open('new')}
        >
          Invite technician
        </PermittedButton>
      }
    >
      {technicians.isPending && <LoadingRows label="Technicians are being read" />}
      {technicians.isError && (
        <LoadFailure error={technicians.error} retry={() => void technicians.refetch()} />
      )}
      {rows?.length === 0 && (
        <PageState title="No technicians to see">
          An administrator of the workspace sees everybody; owners, managers and auditors see the people of
          their tenants.
        </PageState>
      )}
      {rows !== undefined && rows.length > 0 && (
        <DataTable
          label="Technicians"
          columns={columns}
          rows={rows}
          rowKey={(person) => person.id}
          onOpen={(person) => open(person.id)}
          selectedKey={search.technician ?? null}
          total={rows.length}
        />
      )}
      {search.technician === 'new' && <InviteTechnician onClose={() => open(undefined)} />}
      {opened !== undefined && <TechnicianDetail person={opened} onClose={() => open(undefined)} />}
    </SettingsFrame>
  );
}
