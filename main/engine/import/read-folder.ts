import { AppError } from '../../../shared/errors.ts';
import type { ExportTool } from '../../../shared/model/export-tools.ts';
import { type CollectedFolder, collectObjects } from './collect-objects.ts';
import { detectTool } from './export-layouts.ts';
import { walkFolder } from './walk-folder.ts';

/**
 * Reads a folder that a tool exported: which objects of which policy types, and which files not. Changes nothing.
 * Throws as `walkFolder`, and `import_tool_unknown` where it cannot be told which tool wrote the folder.
 */
export async function readExportFolder(folder: string, tool: ExportTool | 'auto'): Promise<CollectedFolder> {
  const walked = await walkFolder(folder);
  const chosen = tool === 'auto' ? detectTool(walked.files) : tool;
  if (chosen === null) {
    throw new AppError('import_tool_unclear', 'Which tool exported the folder cannot be told from it.', {
      nextStep: 'Name the tool with --tool, and check that the folder is the one that it exported into.',
    });
  }
  return collectObjects(walked, chosen);
}
