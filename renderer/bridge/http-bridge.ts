import type { Bridge } from '../../shared/bridge.ts';
import type { ChangeNotice } from '../../shared/contract/index.ts';
import type { Result } from '../../shared/result.ts';
import { saveAuditExportOverHttp } from './http-audit-export.ts';

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
    },
  };
}
