import { contract } from '../../../shared/contract/index.ts';
import type { Contract } from '../../../shared/contract/index.ts';
import type { InputOf } from '../../../shared/contract/procedure.ts';

/** What is typed to connect a tenant or to replace its credential, before it is checked and sealed. */
export interface CredentialDraft {
  kind: 'made-certificate' | 'certificate' | 'secret' | 'person';
  certificatePem: string;
  privateKeyPem: string;
  secret: string;
  /** `2027-01-31`, as a date field gives it; empty: not known. */
  secretEndsOn: string;
}

export interface ConnectDraft {
  name: string;
  cloud: InputOf<Contract['tenants.connect']>['cloud'];
  graphUrl: string;
  loginUrl: string;
  ca: string;
  entraTenantId: string;
  clientId: string;
  credential: CredentialDraft;
}

export const emptyCredential: CredentialDraft = {
  kind: 'made-certificate',
  certificatePem: '',
  privateKeyPem: '',
  secret: '',
  secretEndsOn: '',
};

export const emptyDraft: ConnectDraft = {
  name: '',
  cloud: 'global',
  graphUrl: '',
  loginUrl: '',
  ca: '',
  entraTenantId: '',
  clientId: '',
  credential: emptyCredential,
};

/** Sentences by field of the draft; the field `*` belongs to no field of the form. */
export type FieldProblems = Readonly<Record<string, string>>;

/** The credential as the contract takes it. A person's sign-in is not made here, so it stays what it was not. */
export function credentialInput(draft: CredentialDraft): InputOf<Contract['tenants.connect']>['credential'] {
  switch (draft.kind) {
    case 'certificate':
      return {
        kind: 'certificate',
        certificatePem: draft.certificatePem,
        privateKeyPem: draft.privateKeyPem,
      };
    case 'secret':
      return {
        kind: 'secret',
        secret: draft.secret,
        // A secret ends in the course of its day somewhere; the start of that day in UTC warns early enough.
        expiresAt: draft.secretEndsOn === '' ? null : `${draft.secretEndsOn}T00:00:00Z`,
      };
    default:
      return { kind: 'made-certificate' };
  }
}

/** The draft as the contract takes it, or what is wrong with it by field. */
export function readDraft(
  draft: ConnectDraft,
): { input: InputOf<Contract['tenants.connect']> } | { problems: FieldProblems } {
  const custom = draft.cloud === 'custom';
  const input: InputOf<Contract['tenants.connect']> = {
    name: draft.name,
    cloud: draft.cloud,
    customCloud: custom
      ? { graphUrl: draft.graphUrl, loginUrl: draft.loginUrl, ca: draft.ca.trim() === '' ? null : draft.ca }
      : null,
    entraTenantId: draft.entraTenantId.trim(),
    clientId: draft.clientId.trim(),
    credential: credentialInput(draft.credential),
  };
  const problems: Record<string, string> = {};
  if (custom) {
    for (const field of ['graphUrl', 'loginUrl'] as const) {
      if (!URL.canParse(draft[field]) || new URL(draft[field]).protocol !== 'https:') {
        problems[field] = 'An address like https://graph.example.com is needed.';
      }
    }
  }
  const parsed = contract['tenants.connect'].input.safeParse(input);
  if (!parsed.success) Object.assign(problems, problemsByField(parsed.error.issues));
  return Object.keys(problems).length > 0 ? { problems } : { input };
}

/** Each field's first sentence; the field is the last name in the path. */
export function problemsByField(
  issues: readonly { path: readonly PropertyKey[]; message: string }[],
): FieldProblems {
  const problems: Record<string, string> = {};
  for (const { path, message } of issues) {
    const field = String(path.at(-1) ?? '*');
    problems[field] ??= message;
  }
  return problems;
}
