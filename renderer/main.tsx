import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { createDesktopBridge } from './bridge/desktop-bridge.ts';
import { createHttpBridge } from './bridge/http-bridge.ts';

const bridge = window.tenantkeep === undefined ? createHttpBridge() : createDesktopBridge(window.tenantkeep);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App bridge={bridge} />
  </StrictMode>,
);
