import type { ExportTool } from '../../../shared/model/export-tools.ts';
import { isJsonObject, type JsonObject } from '../../snapshot/json-value.ts';
import type { FoundObject } from './collect-objects.ts';

const guidAtEnd = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Puts back into an object what its tool is known to have moved or rewritten (export-layouts.ts), and nothing else: an
 * id that stands in the name of the file, settings under another name, and the mark of encrypted values.
 */
export function restoreTruth(tool: ExportTool, found: FoundObject): void {
  const { body, type } = found;
  if (tool !== 'IntuneManagement' && !('id' in body) && found.at === '') {
    const id = idInFileName(tool, found);
    if (id !== null) body['id'] = id;
  }
  if (
    type?.key === 'endpointSecurityIntents' &&
    Array.isArray(body['settingsDelta']) &&
    !('settings' in body)
  ) {
    body['settings'] = body['settingsDelta'];
    delete body['settingsDelta'];
  }
  markEncrypted(body);
}

function idInFileName(tool: ExportTool, { type, file }: FoundObject): string | null {
  const base = file.name.replace(/\.(?:json|ya?ml)$/i, '');
  const id = guidAtEnd.exec(base)?.[0] ?? null;
  if (id === null) return null;
  const before = base.slice(0, -id.length);
  if (tool === 'IntuneCD') return before.endsWith('__') ? id : null;
  return type?.key === 'endpointSecurityIntents' && before.endsWith('_') ? id : null;
}

/**
 * Microsoft Graph encrypts every OMA-URI value that is a text, and the tools fetch it in the clear and say that it is
 * not encrypted. The mark is put back, so that the value is fingerprinted and masked as a backup of our own does.
 */
function markEncrypted(body: JsonObject): void {
  const settings = body['omaSettings'];
  if (!Array.isArray(settings)) return;
  for (const setting of settings) {
    if (!isJsonObject(setting)) continue;
    const answer = setting['value'];
    if (isJsonObject(answer) && 'value' in answer) setting['value'] = answer['value']!;
    if (typeof setting['value'] === 'string') setting['isEncrypted'] = true;
  }
}
