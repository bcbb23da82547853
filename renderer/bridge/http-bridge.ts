import type { Bridge, TextFile } from '../../shared/bridge.ts';
import type { ChangeNotice } from '../../shared/contract/index.ts';
import type { Result } from '../../shared/result.ts';
import { saveAuditExportOverHttp } from './http-audit-export.ts';
import { saveSetExportOverHttp } from './http-set-export.ts';

async function post<T>(path: string, body: unknown): Promise<Result<T>> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    credentials: 'same-origin',
  });
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('application/json')) {
    throw new Error(`The console answered ${response.status} without a result.`);
  }
  return (await response.json()) as Result<T>;
}

/** Hands a text to the browser's downloads; where they go is the browser's choice. */
function saveTextInBrowser({ name, text }: TextFile): Promise<Result<{ path: string }>> {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = name;
  link.click();
  // The download has taken its copy once the click is through; the text must not stay reachable.
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return Promise.resolve({ ok: true, value: { path: name } });
}

/** The bridge of the loopback console: calls over HTTP, notices over an event stream that reconnects itself. */
export function createHttpBridge(): Bridge {
  return {
    call: (name, input) => post('/api', { name, input }),
    onChange(listener) {
      const stream = new EventSource('/events');
      stream.addEventListener('message', (event: MessageEvent<string>) => {
        listener(JSON.parse(event.data) as ChangeNotice);
      });
      return () => stream.close();
    },
    host: {
      kind: 'console',
      signIn: (login, password) => post('/sign-in', { login, password }),
      signOut: async () => {
        await post('/sign-out', {});
      },
      saveAuditExport: saveAuditExportOverHttp,
      saveText: saveTextInBrowser,
      saveSetExport: saveSetExportOverHttp,
      updates: null,
    },
  };
}
