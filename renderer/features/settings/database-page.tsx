import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { CheckTable } from '../../components/check-table.tsx';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { CopyableCommand } from './copyable-command.tsx';
import { SettingsFrame } from './settings-frame.tsx';

const useStyles = makeStyles({
  facts: {
    display: 'grid',
    gridTemplateColumns: 'minmax(8rem, max-content) minmax(0, 1fr)',
    columnGap: tokens.spacingHorizontalL,
    margin: 0,
    '@media (max-width: 48rem)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
});

/** Where the data lives, how it is reached, and whether tenants are kept apart there. */
export function DatabasePage() {
  const database = useProcedure('diagnostics.database', {});
  return (
    <SettingsFrame
      path="/settings/database"
      commands={<Button onClick={() => void database.refetch()}>Refresh</Button>}
    >
      {database.isPending && <LoadingRows label="The database is being looked at" />}
      {database.isError && <LoadFailure error={database.error} retry={() => void database.refetch()} />}
      {database.data !== undefined && <DatabaseFacts database={database.data} />}
    </SettingsFrame>
  );
}

function DatabaseFacts({ database }: { database: OutputOf<Contract['diagnostics.database']> }) {
  const styles = useStyles();
  const { tls, connections, schemaVersion, writes } = database;
  return (
    <>
      <dl className={styles.facts}>
        <dt>Place</dt>
        <dd>
          {database.kind === 'embedded' && 'This computer, embedded: '}
          {database.kind === 'shared' && 'Team server: '}
          <code>{database.location}</code>
        </dd>
        <dt>Server</dt>
        <dd>PostgreSQL {database.serverVersion}</dd>
        <dt>Latency</dt>
        <dd>{database.latencyMs.toFixed(1)} ms, the median of five statements</dd>
        <dt>Connections</dt>
        <dd>
          {connections.open} to this database, {connections.allowed} allowed on the server
        </dd>
        <dt>Encryption</dt>
        <dd>
          {tls.protocol === null ? 'Not encrypted' : `${tls.protocol}, ${tls.cipher ?? 'unknown cipher'}`}
          {tls.mode !== null && `; the address asks for ${tls.mode}`}
          {tls.protocol === null && database.kind === 'embedded' && '; it does not leave this computer'}
        </dd>
        <dt>Schema version</dt>
        <dd>
          {schemaVersion}; this app writes{' '}
          {writes.from === writes.to ? writes.to : `${writes.from} to ${writes.to}`}
        </dd>
      </dl>
      <section aria-label="Isolation of tenants">
        <Text as="h4" weight="semibold" block>
          Isolation of tenants
        </Text>
        <CheckTable label="Isolation checks" checks={database.checks} />
      </section>
      <section aria-label="Migration">
        <Text as="h4" weight="semibold" block>
          Migration
        </Text>
        <Text block>
          {database.kind === 'embedded'
            ? 'The embedded database is brought forward by itself when a newer app starts.'
            : 'After an update the owner of the database brings it forward. Back the database up before.'}
        </Text>
        <CopyableCommand command={database.migrateCommand} />
      </section>
    </>
  );
}
