import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { mayDo, type Permission, permissions } from '../../../shared/model/permissions.ts';
import { pages } from '../../app/pages.ts';
import { holdsSomewhere, permittedPages } from '../../components/permitted-pages.ts';
import { permissionWords } from '../../components/permission-words.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { settingsLinks } from './settings-links.ts';
import type { TechnicianRow } from './technician-row.ts';

const useStyles = makeStyles({
  section: {
    display: 'grid',
    gap: tokens.spacingVerticalS,
    padding: tokens.spacingHorizontalM,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
  },
  table: { borderCollapse: 'collapse', '& td, & th': { textAlign: 'left', paddingBlock: '2px' } },
});

/** Navigation and actions of another person, from the permissions alone: no data of any tenant is read for it. */
export function SeenAs({ person }: { person: TechnicianRow }) {
  const styles = useStyles();
  const names = Object.keys(permissions) as Permission[];
  return (
    <section className={styles.section} aria-label={`As ${shortText(person.name)} sees it`}>
      <Text weight="semibold">Navigation</Text>
      <Text>
        {permittedPages(pages, person)
          .map(({ name }) => name)
          .join(', ')}
      </Text>
      <Text weight="semibold">Pages of the settings</Text>
      <Text>
        {permittedPages(settingsLinks, person)
          .map(({ name }) => name)
          .join(', ')}
      </Text>
      <table className={styles.table} aria-label={`Actions of ${shortText(person.name)}`}>
        <thead>
          <tr>
            <th scope="col">Action</th>
            <th scope="col">Where</th>
          </tr>
        </thead>
        <tbody>
          {names
            .filter((permission) => holdsSomewhere(permission, person))
            .map((permission) => (
              <tr key={permission}>
                <td>{permissionWords[permission]}</td>
                <td>{whereOf(permission, person)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}

function whereOf(permission: Permission, { administrator, memberships }: TechnicianRow): string {
  if (mayDo(permission, { administrator, role: null })) return 'Workspace';
  const where = memberships.filter(({ role }) => mayDo(permission, { administrator, role }));
  const [first] = where;
  return where.length === 1 && first !== undefined ? shortText(first.tenantName) : `${where.length} tenants`;
}
