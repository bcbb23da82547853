import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { useProcedure } from '../../queries/use-procedure.ts';
import { CopyButton } from '../copy-button.tsx';

const useStyles = makeStyles({
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalXL, maxHeight: '16rem', overflowY: 'auto' },
  summary: { cursor: 'pointer', ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` } },
});

const namedTypes = 3;

/** Which read permissions the app registration needs and what each is for. */
export function PermissionList() {
  const styles = useStyles();
  const permissions = useProcedure('tenants.permissions', {}).data?.permissions ?? [];
  return (
    <details>
      <summary className={styles.summary}>
        {permissions.length} read permissions are asked for; no write permission is ever requested
      </summary>
      <ul className={styles.list} tabIndex={0} aria-label="Read permissions">
        {permissions.map(({ name, neededFor }) => (
          <li key={name}>
            <code>{name}</code>{' '}
            <Text size={200}>
              {neededFor.slice(0, namedTypes).join(', ')}
              {neededFor.length > namedTypes && ` and ${neededFor.length - namedTypes} more policy types`}
            </Text>
          </li>
        ))}
      </ul>
      <CopyButton text={permissions.map(({ name }) => name).join('\n')}>Copy permissions</CopyButton>
    </details>
  );
}
