import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { createHttpBridge } from './bridge/http-bridge.ts';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App bridge={createHttpBridge()} />
  </StrictMode>,
);
