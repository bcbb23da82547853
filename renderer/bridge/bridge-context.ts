import { createContext, useContext } from 'react';
import type { Bridge } from '../../shared/bridge.ts';

const BridgeContext = createContext<Bridge | null>(null);
export const BridgeProvider = BridgeContext.Provider;

/** The bridge of this page. Throws outside of the provider, which only a mistake in our own tree can cause. */
export function useBridge(): Bridge {
  const bridge = useContext(BridgeContext);
  if (bridge === null) throw new Error('There is no bridge above this component.');
  return bridge;
}
