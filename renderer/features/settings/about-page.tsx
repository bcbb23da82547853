import { makeStyles, Text } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { AboutUpdates } from './about-updates.tsx';
import { SettingsFrame } from './settings-frame.tsx';

interface Library {
  name: string;
  version: string;
  licence: string;
}

const useStyles = makeStyles({ table: { height: '22rem' } });

const columns: readonly Column<Library>[] = [
  { key: 'name', title: 'Library', width: 'minmax(12rem, 1fr)', cell: ({ name }) => name },
  { key: 'version', title: 'Version', width: '10rem', cell: ({ version }) => version },
  { key: 'licence', title: 'Licence', width: '12rem', cell: ({ licence }) => licence },
];

/** Versions, and what TenantKeep is made of. */
export function AboutPage() {
  const styles = useStyles();
  const program = useProcedure('diagnostics.program', {});
  const [libraries, setLibraries] = useState<readonly Library[] | null>(null);
  useEffect(() => {
    // Six hundred lines that nobody needs before this page is open.
    void import('virtual:shipped-packages').then((module) => setLibraries(module.default));
  }, []);
  return (
    <SettingsFrame path="/settings/about">
      {program.isPending && <LoadingRows label="Versions are being read" />}
      {program.isError && <LoadFailure error={program.error} retry={() => void program.refetch()} />}
      {program.data !== undefined && (
        <dl>
          <dt>TenantKeep</dt>
          <dd>Version {program.data.version}</dd>
          <dt>Runs on</dt>
          <dd>
            {program.data.runtime}, {program.data.platform}
          </dd>
          <dt>Database</dt>
          <dd>
            PostgreSQL {program.data.serverVersion}, schema version {program.data.schemaVersion}
          </dd>
          <dt>Schema versions</dt>
          <dd>
            This app works with schema version{' '}
            {program.data.writes.from === program.data.writes.to
              ? program.data.writes.to
              : `${program.data.writes.from} to ${program.data.writes.to}`}
            , and refuses others.
          </dd>
          <dt>Updates</dt>
          <dd>
            <AboutUpdates />
          </dd>
          <dt>Licence</dt>
          <dd>TenantKeep is under the MIT licence. What it ships with is listed below.</dd>
        </dl>
      )}
      {libraries !== null && (
        <section aria-label="Libraries">
          <Text as="h4" weight="semibold" block>
            {libraries.length} libraries ship with TenantKeep
          </Text>
          <div className={styles.table}>
            <DataTable
              label="Libraries"
              columns={columns}
              rows={libraries}
              rowKey={({ name, version }) => `${name}@${version}`}
              total={libraries.length}
            />
          </div>
        </section>
      )}
    </SettingsFrame>
  );
}
