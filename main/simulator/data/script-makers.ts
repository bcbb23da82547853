import type { JsonRecord } from '../json.ts';
import { collectionPart, storedObject } from '../tenant.ts';
import type { StoredObject } from '../tenant.ts';
import type { ObjectMaker } from './generic-maker.ts';
import { base64, makeAssignments, scopeTags, timestamps } from './maker-context.ts';
import type { MakerContext } from './maker-context.ts';

/** An object with assignments to groups of its tenant. */
export function assigned(context: MakerContext, id: string, body: JsonRecord): StoredObject {
  const object = storedObject(id, body);
  object.parts.set('assignments', collectionPart(makeAssignments(context, id)));
  return object;
}

function powershell(index: number): string {
  return base64(
    `# Keeps the printers of floor ${index % 7}\r\n$ErrorActionPreference = 'Stop'\r\nGet-Printer | Where-Object Shared -eq $true\r\nexit 0 # revision ${index}\r\n`,
  );
}

const makeScript: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  return assigned(context, id, {
    enforceSignatureCheck: false,
    runAs32Bit: random.chance(0.3),
    id,
    displayName: `Script - ${random.pick(['Map drives', 'Clean profile', 'Install fonts', 'Set wallpaper'])} ${index + 1}`,
    description: '',
    scriptContent: powershell(index),
    ...timestamps(random),
    runAsAccount: random.pick(['system', 'user']),
    fileName: `script-${index + 1}.ps1`,
    roleScopeTagIds: scopeTags(context),
  });
};

const makeShellScript: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  return assigned(context, id, {
    executionFrequency: 'P1D',
    retryCount: 3,
    blockExecutionNotifications: true,
    id,
    displayName: `macOS - ${random.pick(['Set time server', 'Install agent', 'Rename device'])} ${index + 1}`,
    description: '',
    scriptContent: base64(`#!/bin/zsh\n# revision ${index}\nexit 0\n`),
    ...timestamps(random),
    runAsAccount: 'system',
    fileName: `script-${index + 1}.sh`,
    roleScopeTagIds: scopeTags(context),
  });
};

const makeHealthScript: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  return assigned(context, id, {
    id,
    publisher: index === 0 ? 'Microsoft' : context.organization,
    version: '1.0',
    displayName:
      index === 0
        ? 'Update stale Group Policies'
        : `Remediation - ${random.pick(['Disk space', 'Stale proxy', 'Fast startup'])} ${index}`,
    description: '',
    detectionScriptContent: powershell(index),
    remediationScriptContent: powershell(index + 100),
    ...timestamps(random),
    runAsAccount: 'system',
    enforceSignatureCheck: false,
    runAs32Bit: false,
    roleScopeTagIds: scopeTags(context),
    isGlobalScript: index === 0,
    highestAvailableVersion: index === 0 ? '1.0' : null,
    deviceHealthScriptType: 'deviceHealthScript',
    detectionScriptParameters: [],
    remediationScriptParameters: [],
  });
};

const makeComplianceScript: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  return assigned(context, id, {
    id,
    publisher: context.organization,
    version: '1',
    displayName: `Compliance script ${index + 1}`,
    description: null,
    detectionScriptContent: powershell(index),
    ...timestamps(random),
    runAsAccount: 'system',
    enforceSignatureCheck: false,
    runAs32Bit: false,
    roleScopeTagIds: scopeTags(context),
  });
};

/** Makers of scripts, by list path. */
export const scriptMakers: Readonly<Record<string, ObjectMaker>> = {
  '/deviceManagement/deviceManagementScripts': makeScript,
  '/deviceManagement/deviceShellScripts': makeShellScript,
  '/deviceManagement/deviceHealthScripts': makeHealthScript,
  '/deviceManagement/deviceComplianceScripts': makeComplianceScript,
};
