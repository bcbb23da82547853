import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { withNextStep } from '../../../shared/errors.ts';
import type { BridgeHost, UpdateState } from '../../../shared/bridge.ts';
import type { Result } from '../../../shared/result.ts';
import { useBridge } from '../../bridge/bridge-context.ts';
import { CopyableCommand } from './copyable-command.tsx';

const useStyles = makeStyles({
  actions: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalM,
    paddingTop: tokens.spacingVerticalS,
  },
});

const stateKey = ['host', 'updates'];

/** The newest version and whether it fits the database: asked by the desktop, and by a command everywhere else. */
export function AboutUpdates() {
  const { updates } = useBridge().host;
  return updates === null ? (
    <>
      <Text block>
        The update feed is asked on the command line of this computer. Hosts are upgraded with the package
        manager of their system or with the installer.
      </Text>
      <CopyableCommand command="tenantkeep updates check" />
    </>
  ) : (
    <DesktopUpdates updates={updates} />
  );
}

function DesktopUpdates({ updates }: { updates: NonNullable<BridgeHost['updates']> }) {
  const styles = useStyles();
  const client = useQueryClient();
  const [refused, setRefused] = useState<string | null>(null);
  const state = useQuery({
    queryKey: stateKey,
    queryFn: async () => valueOf(await updates.state()),
    // The desktop asks and downloads by itself, and has no notice for it.
    refetchInterval: ({ state: { data } }) => (data !== undefined && isBusy(data) ? 1_000 : 10_000),
  });
  const act = (action: () => Promise<Result<unknown>>): void => {
    setRefused(null);
    void action()
      .then((result) => {
        if (!result.ok) setRefused(withNextStep(result.error));
      })
      .finally(() => void client.invalidateQueries({ queryKey: stateKey }));
    // The answer may take a while; that it is asked for shows at once.
    void client.invalidateQueries({ queryKey: stateKey });
  };
  const { data } = state;
  return (
    <>
      <div role="status">
        {data?.newest != null && <Text block>Newest version: {data.newest}</Text>}
        <Text block>
          {state.isError ? state.error.message : (data?.sentence ?? 'The updates are being looked at.')}
        </Text>
        {data?.nextStep != null && <Text block>{data.nextStep}</Text>}
        {refused !== null && <Text block>{refused}</Text>}
      </div>
      <div className={styles.actions}>
        <Button
          disabledFocusable={data !== undefined && isBusy(data)}
          onClick={() => act(() => updates.check())}
        >
          Check for updates
        </Button>
        {data?.phase === 'ready' && (
          <Button appearance="primary" onClick={() => act(() => updates.restart())}>
            Restart to update
          </Button>
        )}
      </div>
    </>
  );
}

function isBusy({ phase }: UpdateState): boolean {
  return phase === 'asking' || phase === 'downloading';
}

function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(result.error.message);
}
