import type { Result } from '../../shared/result.ts';

/**
 * Has the console make a file: lines of JSON tell how far it is, the last one is the result. Closing the request, by
 * the signal, cancels it there too.
 */
export async function askForFile<Ready>(
  path: string,
  wish: object,
  signal: AbortSignal,
  onProgress: (progress: Readonly<Record<string, number>>) => void,
): Promise<Result<Ready>> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wish),
    credentials: 'same-origin',
    signal,
  });
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('application/json')) return (await response.json()) as Result<Ready>;
  if (!type.startsWith('application/x-ndjson') || response.body === null) {
    throw new Error(`The console answered ${response.status} without a result.`);
  }
  let rest = '';
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const said = JSON.parse(line) as Readonly<Record<string, number>> | Result<Ready>;
      if ('ok' in said) return said as Result<Ready>;
      onProgress(said);
    }
    if (done) throw new Error('The console ended the export without a result.');
  }
}

/** Lets the browser save what stands at an address of the console. */
export function saveAs(address: string, name: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
}
