import { Checkbox, Field, makeStyles, Radio, RadioGroup, Text, tokens } from '@fluentui/react-components';
import { type ReactNode, useState } from 'react';
import { CheckTable } from '../../components/check-table.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM, alignItems: 'flex-start' },
});

function Command({ text }: { text: string }) {
  return (
    <span>
      <code>{text}</code> <CopyButton text={text}>Copy command</CopyButton>
    </span>
  );
}

function Stack({ children }: { children: ReactNode }) {
  const styles = useStyles();
  return <div className={styles.stack}>{children}</div>;
}

/** Which database is in use, and whether it keeps tenants apart. */
export function DataStep() {
  const database = useProcedure('diagnostics.database', {});
  const doctor = useProcedure('diagnostics.checks', {});
  if (database.isError) {
    return <LoadFailure error={database.error} retry={() => void database.refetch()} />;
  }
  if (database.data === undefined) return <LoadingRows label="The database is being tested" />;
  const { kind, location, serverVersion, latencyMs, checks } = database.data;
  const clock = doctor.data?.checks.filter((check) => check.key === 'clock') ?? [];
  return (
    <Stack>
      <Text>
        {kind === 'shared'
          ? `Data lies on a team server, ${shortText(location)}, which other computers can use as well.`
          : 'Data lies on this computer, in a PostgreSQL server that the program runs by itself.'}
      </Text>
      <Text>
        PostgreSQL {serverVersion}, answers in {latencyMs.toFixed(1)} ms.
      </Text>
      <CheckTable label="What was tested" checks={[...clock, ...checks]} />
      {kind !== 'shared' && (
        <Text>
          Were you invited to a workspace? Open your connection file with this program instead. To make one
          for several computers, start the program with the address of a team server in{' '}
          <code>TENANTKEEP_DATABASE_URL</code>, with <code>sslmode=verify-full</code>. What is here stays
          here.
        </Text>
      )}
    </Stack>
  );
}

/** The version of the tables, and who brings them up to date. */
export function SchemaStep() {
  const database = useProcedure('diagnostics.database', {});
  if (database.data === undefined) return <LoadingRows label="The schema is being read" />;
  const { kind, schemaVersion, writes, migrateCommand } = database.data;
  const current = schemaVersion >= writes.from && schemaVersion <= writes.to;
  return (
    <Stack>
      <Text>
        {current
          ? `The database has schema version ${schemaVersion}, which this version of the program writes.`
          : `The database has schema version ${schemaVersion}; this version of the program writes ${writes.from} to ${writes.to}.`}
      </Text>
      {kind === 'shared' ? (
        <>
          <Text>
            After an update the owner of the database runs this once, after a backup of the database. The
            login is typed there and not kept:
          </Text>
          <Command text={migrateCommand} />
        </>
      ) : (
        <Text>On this computer the program brings it up to date by itself.</Text>
      )}
    </Stack>
  );
}

/** The name that the audit log will show for everything done here. */
export function PersonStep({
  confirmed,
  onConfirm,
}: {
  confirmed: boolean;
  onConfirm: (yes: boolean) => void;
}) {
  const me = useProcedure('session.me', {});
  if (me.data === undefined) return <LoadingRows label="Your login is being read" />;
  const name = shortText(me.data.name);
  return (
    <Stack>
      <Text>
        Signed in as {name} with the database login <code>{me.data.login}</code>. The audit log names this
        login for everything that is done here.
      </Text>
      <Text>
        {me.data.administrator
          ? 'The login is workspace administrator: it adds technicians, approves hosts and connects tenants.'
          : 'The login is no workspace administrator.'}
      </Text>
      <Checkbox
        checked={confirmed}
        label={`I am ${name}`}
        onChange={(_event, data) => onConfirm(data.checked === true)}
      />
    </Stack>
  );
}

/** What this computer does beside showing screens. */
export function ComputerStep() {
  const hosts = useProcedure('hosts.list', {});
  const [role, setRole] = useState('service');
  if (hosts.data === undefined) return <LoadingRows label="Hosts are being read" />;
  const own = hosts.data.rows.find((host) => host.thisComputer);
  return (
    <Stack>
      <Text>
        {own === undefined
          ? 'This computer is no host: it looks and edits, and runs no backups.'
          : `This computer is the host ${shortText(own.name)}, ${own.state === 'alive' ? 'and runs backups now' : 'which is not running now'}.`}
      </Text>
      <Field label="This computer should">
        <RadioGroup value={role} onChange={(_event, data) => setRole(data.value)}>
          <Radio value="look" label="Only look and edit" />
          <Radio value="signed-in" label="Also run schedules while somebody is signed in" />
          <Radio value="service" label="Run schedules always, as a service of the system" />
        </RadioGroup>
      </Field>
      {role === 'look' && <Text>Nothing to do here. Another computer runs the schedules.</Text>}
      {role === 'signed-in' && (
        <>
          <Text>The desktop does so while it is open. Without a window, this does the same:</Text>
          <Command text="tenantkeep service run" />
        </>
      )}
      {role === 'service' && (
        <>
          <Text>
            The first command shows the account, the start condition and every file, and changes nothing; the
            second one does it, with the rights of an administrator of this computer:
          </Text>
          <Command text="tenantkeep service install --dry-run" />
          <Command text="tenantkeep service install" />
        </>
      )}
      {role !== 'look' && (
        <Text>
          A computer that sleeps starts nothing: slots that fall due meanwhile are recorded as missed.
        </Text>
      )}
    </Stack>
  );
}
