import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ChannelInput } from '../../../shared/contract/alerts.ts';
import { useBridge } from '../../bridge/bridge-context.ts';
import { callProcedure, procedureKey, useProcedure } from '../../queries/use-procedure.ts';

/** Still waiting for a host: asked again this often. */
const waitingMs = 1500;

/** The channels of a tenant, or of the workspace where `tenantId` is null; asked only when they may be seen. */
export function useChannels(tenantId: string | null, permitted: boolean) {
  const options = { refetchInterval: 30_000 };
  const ofWorkspace = useProcedure(
    'notifications.list',
    {},
    { ...options, enabled: permitted && tenantId === null },
  );
  const ofTenant = useProcedure(
    'tenant-notifications.list',
    { tenantId: tenantId ?? '' },
    { ...options, enabled: permitted && tenantId !== null },
  );
  return tenantId === null ? ofWorkspace : ofTenant;
}

/** Saving, removing and trying a channel of a tenant or of the workspace. */
export function useChannelChanges(tenantId: string | null) {
  const bridge = useBridge();
  const client = useQueryClient();
  const refreshed = {
    onSettled: () =>
      Promise.all(
        ['notifications', 'tenant-notifications', 'audit'].map((domain) =>
          client.invalidateQueries({ queryKey: [domain] }),
        ),
      ),
  };
  const save = useMutation({
    mutationFn: (input: ChannelInput) =>
      tenantId === null
        ? callProcedure(bridge, 'notifications.save', input)
        : callProcedure(bridge, 'tenant-notifications.save', { tenantId, ...input }),
    ...refreshed,
  });
  const remove = useMutation({
    mutationFn: (channelId: string) =>
      tenantId === null
        ? callProcedure(bridge, 'notifications.remove', { channelId })
        : callProcedure(bridge, 'tenant-notifications.remove', { tenantId, channelId }),
    ...refreshed,
  });
  const test = useMutation({
    mutationFn: (channelId: string) =>
      tenantId === null
        ? callProcedure(bridge, 'notifications.test', { channelId })
        : callProcedure(bridge, 'tenant-notifications.test', { tenantId, channelId }),
    ...refreshed,
  });
  return { save, remove, test };
}

/** What became of a test message, asked for until it is known. */
export function useTestResult(tenantId: string | null, messageId: string | null) {
  const bridge = useBridge();
  const client = useQueryClient();
  const input = { messageId: messageId ?? '' };
  const list =
    tenantId === null
      ? procedureKey('notifications.list', {})
      : procedureKey('tenant-notifications.list', { tenantId });
  return useQuery({
    queryKey: procedureKey('notifications.test-result', { tenantId, ...input }),
    queryFn: async () => {
      const result = await (tenantId === null
        ? callProcedure(bridge, 'notifications.test-result', input)
        : callProcedure(bridge, 'tenant-notifications.test-result', { tenantId, ...input }));
      // The channel's own state changed with it. Only the list is asked again, or this query would ask itself.
      if (result.state !== 'waiting') void client.invalidateQueries({ queryKey: list });
      return result;
    },
    enabled: messageId !== null,
    refetchInterval: ({ state }) =>
      state.data === undefined || state.data.state === 'waiting' ? waitingMs : false,
  });
}
