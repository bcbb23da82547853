import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { CheckTable } from '../../components/check-table.tsx';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { CopyableCommand } from './copyable-command.tsx';
import { SettingsFrame } from './settings-frame.tsx';

const useStyles = makeStyles({
  log: {
    maxHeight: '20rem',
    overflow: 'auto',
    margin: 0,
    padding: tokens.spacingHorizontalM,
    fontSize: tokens.fontSizeBase200,
    backgroundColor: tokens.colorNeutralBackground3,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  section: { display: 'grid', gap: tokens.spacingVerticalS, justifyItems: 'start' },
  wide: { justifySelf: 'stretch' },
});

/** The doctor's checks, the servers that runs depend on, and the end of the log. */
export function DiagnosticsPage() {
  const styles = useStyles();
  const checks = useProcedure('diagnostics.checks', {});
  return (
    <SettingsFrame
      path="/settings/diagnostics"
      commands={
        <Button disabled={checks.isFetching} onClick={() => void checks.refetch()}>
          {checks.isFetching ? 'Checking…' : 'Check again'}
        </Button>
      }
    >
      {checks.isPending && <LoadingRows label="The installation is being checked" />}
      {checks.isError && <LoadFailure error={checks.error} retry={() => void checks.refetch()} />}
      {checks.data !== undefined && (
        <section className={styles.section} aria-label="Checks">
          <div className={styles.wide}>
            <CheckTable label="Checks of this installation" checks={checks.data.checks} />
          </div>
          <Text size={200}>
            Checked <InstantText iso={checks.data.checkedAt} />. <code>tenantkeep doctor</code> says the same
            in a terminal.
          </Text>
        </section>
      )}
      <Connections />
      <LogTail />
      <section className={styles.section} aria-label="Support bundle">
        <Text as="h4" weight="semibold">
          Support bundle
        </Text>
        <Text>
          A support bundle belongs to a run: open the run in{' '}
          <PageLink to="/runs" search={{}}>
            Runs
          </PageLink>
          .
        </Text>
      </section>
    </SettingsFrame>
  );
}

function Connections() {
  const styles = useStyles();
  const [asked, setAsked] = useState(false);
  const connections = useProcedure('diagnostics.connections', {}, { enabled: asked });
  return (
    <section className={styles.section} aria-label="Connections to Microsoft">
      <Text as="h4" weight="semibold">
        Connections to Microsoft
      </Text>
      <PermittedButton
        permission="workspace.hosts"
        tenantId={null}
        disabled={connections.isFetching}
        onClick={() => (asked ? void connections.refetch() : setAsked(true))}
      >
        {connections.isFetching ? 'Connecting…' : 'Test connections'}
      </PermittedButton>
      {connections.isError && (
        <LoadFailure error={connections.error} retry={() => void connections.refetch()} />
      )}
      {connections.data?.servers === null && (
        <>
          <Text>This computer is no approved host, and hosts alone talk to Microsoft. On a host:</Text>
          <CopyableCommand command="tenantkeep tenants check --help" />
        </>
      )}
      {connections.data?.servers?.length === 0 && <Text>No tenant is connected yet.</Text>}
      {connections.data?.servers && connections.data.servers.length > 0 && (
        <div className={styles.wide}>
          <CheckTable
            label="Servers of Microsoft"
            checks={connections.data.servers.map(({ purpose, address, milliseconds, problem }) => ({
              key: address,
              name: purpose === 'sign-in' ? 'Sign-in' : purpose,
              state: problem === null ? 'ok' : 'problem',
              finding:
                problem === null
                  ? `${address}, ${String(milliseconds)} ms`
                  : `${address} cannot be reached: ${problem}`,
              nextStep:
                problem === null ? null : 'Look at name resolution, firewall and proxy of this computer.',
            }))}
          />
        </div>
      )}
    </section>
  );
}

function LogTail() {
  const styles = useStyles();
  const [asked, setAsked] = useState(false);
  const log = useProcedure('diagnostics.log', { lines: 200 }, { enabled: asked });
  return (
    <section className={styles.section} aria-label="Log">
      <Text as="h4" weight="semibold">
        Log
      </Text>
      <PermittedButton
        permission="workspace.hosts"
        tenantId={null}
        disabled={log.isFetching}
        onClick={() => (asked ? void log.refetch() : setAsked(true))}
      >
        {asked ? 'Read the log again' : 'Show the log'}
      </PermittedButton>
      {log.isError && <LoadFailure error={log.error} retry={() => void log.refetch()} />}
      {log.data !== undefined && (
        <>
          <Text>
            Level {log.data.level}, set by <code>logLevel</code> in config.json.{' '}
            {log.data.file === null ? (
              'Nothing has been written yet.'
            ) : (
              <>
                The end of <code>{log.data.file}</code>:
              </>
            )}
          </Text>
          {log.data.lines.length > 0 && (
            <pre
              className={`${styles.log} ${styles.wide}`}
              // A region that scrolls has to be reachable by keyboard.
              tabIndex={0}
              aria-label="Last lines of the log"
              role="region"
            >
              {log.data.lines.join('\n')}
            </pre>
          )}
        </>
      )}
    </section>
  );
}
