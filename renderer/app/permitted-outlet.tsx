import { Outlet, useLocation } from '@tanstack/react-router';
import { PageState } from '../components/page-state.tsx';
import { permittedPages } from '../components/permitted-pages.ts';
import { weakestRoleFor } from '../../shared/model/permissions.ts';
import { useProcedure } from '../queries/use-procedure.ts';
import { pages, subPages } from './pages.ts';

/** The page of the address, or what it takes to see it: an address can be typed or sent by somebody else. */
export function PermittedOutlet() {
  const me = useProcedure('session.me', {});
  const path = useLocation({ select: (location) => location.pathname });
  const page = [...subPages, ...pages].find((candidate) =>
    candidate.path === '/' ? path === '/' : path.startsWith(candidate.path),
  );
  if (me.data === undefined || page === undefined || permittedPages([page], me.data).length === 1) {
    return <Outlet />;
  }
  const role = page.permissions === null ? null : weakestRoleFor(page.permissions[0]);
  return (
    <PageState title="Not permitted">
      {page.name} needs {role === null ? 'a workspace administrator' : `the role ${role} in a tenant`}. Owners
      of the tenant and administrators of the workspace give roles.
    </PageState>
  );
}
