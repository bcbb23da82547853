import type { SavedFile, SaveWishes } from '../../shared/bridge.ts';
import type { AuditFilter } from '../../shared/contract/audit.ts';
import type { Result } from '../../shared/result.ts';

type Ready = Result<{ id: string; file: string; rows: number }>;

/** Has the console write the export, follows its progress, then lets the browser save file and manifest. */
export async function saveAuditExportOverHttp(
  filter: AuditFilter,
  { format, delimiter, signal, onProgress }: SaveWishes,
): Promise<Result<SavedFile | null>> {
  const response = await fetch('/audit-export', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ filter, format, delimiter }),
    credentials: 'same-origin',
    signal,
  });
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('application/json')) return (await response.json()) as Result<null>;
  if (!type.startsWith('application/x-ndjson') || response.body === null) {
    throw new Error(`The console answered ${response.status} without a result.`);
  }
  const ready = await followProgress(response.body, onProgress);
  if (!ready.ok) return ready;
  const { id, file, rows } = ready.value;
  saveAs(`/audit-export/${id}/file`, file);
  saveAs(`/audit-export/${id}/manifest`, `${file}.manifest.json`);
  return { ok: true, value: { path: file, rows } };
}

async function followProgress(
  body: ReadableStream<Uint8Array>,
  onProgress: (rows: number) => void,
): Promise<Ready> {
  let rest = '';
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const said = JSON.parse(line) as { rows: number } | Ready;
      if ('ok' in said) return said;
      onProgress(said.rows);
    }
    if (done) throw new Error('The console ended the export without a result.');
  }
}

function saveAs(address: string, name: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
}
