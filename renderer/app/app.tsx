import { FluentProvider } from '@fluentui/react-components';
import { QueryClientProvider, useQueryClient } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { Bridge } from '../../shared/bridge.ts';
import { BridgeProvider, useBridge } from '../bridge/bridge-context.ts';
import { LoadFailure, LoadingRows } from '../components/page-state.tsx';
import { SignInPage } from '../features/sign-in/sign-in-page.tsx';
import { ProcedureError } from '../queries/procedure-error.ts';
import { createQueryClient, refetchOnChange } from '../queries/query-client.ts';
import { useProcedure } from '../queries/use-procedure.ts';
import { useGlobalStyles } from './global-styles.ts';
import { createAppRouter } from './routes.tsx';
import { followPerson, usePreferences } from '../state/preferences.ts';
import { useTheme } from './theme.ts';

/** The whole user interface over a bridge; which shell is behind the bridge makes no difference here. */
export function App({ bridge }: { bridge: Bridge }) {
  useGlobalStyles();
  const [client] = useState(createQueryClient);
  const { theme, dark } = useTheme();
  const motion = usePreferences((state) => state.motion);
  useEffect(() => {
    document.documentElement.dataset.motion = motion;
  }, [motion]);
  // Scroll bars and the lists of native fields follow the theme too.
  useEffect(() => {
    document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
  }, [dark]);
  return (
    <BridgeProvider value={bridge}>
      <QueryClientProvider client={client}>
        <FluentProvider theme={theme}>
          <SignedIn />
        </FluentProvider>
      </QueryClientProvider>
    </BridgeProvider>
  );
}

function SignedIn() {
  const bridge = useBridge();
  const client = useQueryClient();
  const [router] = useState(createAppRouter);
  const me = useProcedure('session.me', {});
  const signedIn = me.isSuccess;
  const login = me.data?.login;
  useEffect(() => {
    if (login !== undefined) void followPerson(login);
  }, [login]);
  useEffect(() => (signedIn ? refetchOnChange(client, bridge) : undefined), [signedIn, client, bridge]);

  if (me.isPending) return <LoadingRows label="TenantKeep is starting" />;
  if (me.isError && me.error instanceof ProcedureError && me.error.answer.code === 'signed_out') {
    return <SignInPage onSignedIn={() => void client.resetQueries()} />;
  }
  if (me.isError && !me.data) return <LoadFailure error={me.error} retry={() => void me.refetch()} />;
  return <RouterProvider router={router} />;
}
