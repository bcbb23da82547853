/** Tools whose exported folders can be kept as imported sets. */
export const exportTools = ['IntuneManagement', 'IntuneCD', 'IntuneBackupAndRestore'] as const;
export type ExportTool = (typeof exportTools)[number];
