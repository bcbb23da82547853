/** Begins every id that an import made up; no id of Microsoft Graph begins so. */
export const madeIdStart = 'file:';

/** True for an id that stands for one which the exporting tool left out. */
export function isMadeId(id: string): boolean {
  return id.startsWith(madeIdStart);
}
