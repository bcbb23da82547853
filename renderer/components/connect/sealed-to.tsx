import { MessageBar, MessageBarBody, MessageBarTitle, Text } from '@fluentui/react-components';
import { useProcedure } from '../../queries/use-procedure.ts';
import { shortText } from '../tenant-text.tsx';

/** Which hosts will be able to use a credential that is given now. */
export function SealedTo() {
  const hosts = useProcedure('hosts.list', {});
  if (hosts.data === undefined) return null;
  const approved = hosts.data.rows.filter((host) => host.approved);
  if (approved.length === 0) {
    return (
      <MessageBar intent="error">
        <MessageBarBody>
          <MessageBarTitle>No host is approved.</MessageBarTitle>
          Nobody could open the credential. Start a host with <code>tenantkeep service run</code> and approve
          it first.
        </MessageBarBody>
      </MessageBar>
    );
  }
  const names = approved.map((host) => shortText(host.name)).join(', ');
  if (approved.length > 1) {
    return <Text>The credential is sealed to these hosts and nobody else can open it: {names}.</Text>;
  }
  return (
    <MessageBar intent="warning">
      <MessageBarBody>
        <MessageBarTitle>Only one host can open the credential: {names}.</MessageBarTitle>
        While it is off, nothing is backed up, and with its key the credential is lost.
      </MessageBarBody>
    </MessageBar>
  );
}
