import { describe, expect, it } from 'vitest';
import { coverageTable } from '../../main/domain/policy-types/coverage-table.ts';
import type { ChildRead, PolicyType } from '../../main/domain/policy-types/policy-type.ts';
import { policyTypes } from '../../main/domain/policy-types/registry.ts';

/** What a rule has against a record; false stands for nothing. */
type Complaint = string | false;

/** One rule over all records; the answer names each record that breaks it and how. */
function complaints(rule: (record: PolicyType) => Complaint[]): string[] {
  return policyTypes.flatMap((record) =>
    rule(record)
      .filter((complaint) => complaint !== false)
      .map((complaint) => `${record.key}: ${complaint}`),
  );
}

/** The same for each child of each record. */
function childComplaints(
  rule: (child: ChildRead, record: PolicyType, index: number) => Complaint[],
): string[] {
  return complaints((record) =>
    record.children.flatMap((child, index) =>
      rule(child, record, index).map((complaint) => complaint && `${child.name}: ${complaint}`),
    ),
  );
}

/** Names in braces of a path. */
function placeholders(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
}

function duplicates(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

function child(record: PolicyType, name: string): ChildRead | undefined {
  return record.children.find((each) => each.name === name);
}

/** The limiter that Microsoft's throttling pages put a path under. */
function groupOf(path: string): PolicyType['throttleGroup'] {
  if (path.includes('/virtualEndpoint/')) return 'cloudPc';
  if (/Scripts$|\/applePushNotificationCertificate$/.test(path)) return 'intuneDevices';
  if (/^\/device(App)?Management\//.test(path)) return 'intune';
  return path.startsWith('/identity/conditionalAccess/') ? 'conditionalAccess' : 'directory';
}

describe('keys and names', () => {
  it('are unique and stable words', () => {
    expect(duplicates(policyTypes.map((each) => each.key))).toEqual([]);
    expect(duplicates(policyTypes.map((each) => each.displayName))).toEqual([]);
    expect(complaints(({ key }) => [!/^[a-z][A-Za-z0-9]+$/.test(key) && 'not a plain word'])).toEqual([]);
  });
});

describe('paths', () => {
  it('name no parameter but the tenant in lists, and the item in item paths', () => {
    expect(
      complaints(({ listPath, itemPath, shape }) => [
        !/^(\/([A-Za-z]\w*|\{organizationId\}))+$/.test(listPath) && 'list path',
        itemPath !== (shape === 'singleton' ? null : `${listPath}/{id}`) && 'item path',
      ]),
    ).toEqual([]);
  });

  it('of children have every parameter bound', () => {
    expect(
      childComplaints((part, record) => [
        ...placeholders(part.path).map((name) => {
          const isBound =
            (name === 'id' && record.shape === 'collection') ||
            name === 'organizationId' ||
            name === part.forEach?.parameter ||
            // The item's own property, read only where the item has it.
            name === part.when?.propertyPresent;
          return !isBound && `nothing binds ${name}`;
        }),
        /[?$]/.test(part.path) && 'query options in the path',
      ]),
    ).toEqual([]);
  });
});

describe('children', () => {
  it('have names of their own', () => {
    expect(complaints((record) => duplicates(record.children.map((each) => each.name)))).toEqual([]);
  });

  it('that are read for each row name an earlier collection or an array of the item', () => {
    expect(
      childComplaints((part, record, index) => {
        if (!part.forEach) return [];
        const position = record.children.findIndex((each) => each.name === part.forEach!.child);
        return [
          !placeholders(part.path).includes(part.forEach.parameter) && 'parameter is not in the path',
          position >= index && 'rows come later',
          position !== -1 && record.children[position]!.shape !== 'collection' && 'rows of no collection',
        ];
      }),
    ).toEqual([]);
  });

  it('that come with another answer are in it', () => {
    expect(
      childComplaints((part, record) => {
        const expanded: string[] = record.listQuery.expand?.match(/[A-Za-z]\w*/g) ?? [];
        const isInList = record.shape === 'singleton' || expanded.includes(part.name);
        const isItem = part.path === record.itemPath && part.shape === 'single' && part.expand === part.name;
        return [
          part.inline === 'list' && !isInList && 'not expanded by the list',
          part.inline === 'item' && !isItem && 'not expanded by the item',
          part.inline !== 'item' && part.path === record.itemPath && 'the item itself',
        ];
      }),
    ).toEqual([]);
  });

  it('are held against the counts that the service gives', () => {
    expect(
      complaints((record) => [
        record.volatileProperties.includes('settingCount') &&
          child(record, 'settings')?.countProperty !== 'settingCount' &&
          'settingCount',
        record.volatileProperties.includes('isAssigned') &&
          child(record, 'assignments')?.nonEmptyProperty !== 'isAssigned' &&
          'isAssigned',
      ]),
    ).toEqual([]);
  });

  it('that are not read are no promise', () => {
    expect(
      childComplaints((part) => [part.notRead !== undefined && part.importance === 'required' && '!']),
    ).toEqual([]);
  });
});

describe('the stable document', () => {
  it('holds identity, name and required parts; enrichments stay out, so that a failed one is no change', () => {
    expect(
      complaints((record) => {
        const volatile = new Set(record.volatileProperties);
        const names = [record.identityProperty, record.nameProperty].filter((name) => name !== null);
        return [
          ...names.map((name) => volatile.has(name) && `${name} is volatile`),
          ...names.map((name) => record.secretProperties.includes(name) && `${name} is secret`),
          ...record.children.map(
            ({ name, importance }) => volatile.has(name) !== (importance === 'enrichment') && name,
          ),
          ...duplicates(record.volatileProperties),
        ];
      }),
    ).toEqual([]);
  });

  it('has set-like arrays at paths that a walk can follow', () => {
    expect(
      complaints((record) => [
        ...record.setLikeArrays.map(({ path }) => !/^[A-Za-z]\w*((\[\])?\.[A-Za-z]\w*)*$/.test(path) && path),
        ...duplicates(record.setLikeArrays.map((each) => each.path)),
      ]),
    ).toEqual([]);
  });

  it('keeps the order of definition values and of the values inside a setting', () => {
    const ordered = /^definitionValues|^settings\[\]/;
    expect(
      complaints((record) => record.setLikeArrays.map(({ path }) => ordered.test(path) && path)),
    ).toEqual([]);
  });
});

describe('access', () => {
  it('names the least permission first, or says that apps are refused', () => {
    expect(
      complaints(({ permission, acceptedPermissions, unavailable }) => [
        (acceptedPermissions[0] ?? null) !== permission && 'least permission is not first',
        permission === null &&
          !unavailable.some((rule) => rule.status === 403 && rule.reason === 'signed_in_only') &&
          'refusal of apps is not expected',
        ...duplicates(acceptedPermissions),
      ]),
    ).toEqual([]);
  });

  it('never takes a plain refusal for an absence', () => {
    expect(
      complaints((record) =>
        record.unavailable.map((rule) => {
          const isNarrow = rule.code !== undefined || rule.messageIncludes !== undefined;
          // 403 alone may be a missing permission.
          return rule.status === 403 && !isNarrow && record.permission !== null && 'takes any 403';
        }),
      ),
    ).toEqual([]);
  });

  it('leaves no type out of the global cloud, and names national ones as connections do', () => {
    const national = ['gcc-high', 'dod', 'china'];
    expect(complaints((record) => record.notInClouds.filter((cloud) => !national.includes(cloud)))).toEqual(
      [],
    );
  });

  it('expects singletons that were never set up', () => {
    expect(
      complaints((record) => [
        record.shape === 'singleton' &&
          !record.unavailable.some((rule) => rule.status === 404 && rule.reason === 'not_configured') &&
          '404',
      ]),
    ).toEqual([]);
  });

  it('puts each type into the throttle group of its service', () => {
    expect(
      complaints((record) => [record.throttleGroup !== groupOf(record.listPath) && record.throttleGroup]),
    ).toEqual([]);
  });
});

describe('a list that is split', () => {
  const split = Map.groupBy(
    policyTypes.filter((each) => each.split),
    (each) => each.listPath,
  );
  it.each([...split])('%s has one fallback and no value twice', (listPath, sharing) => {
    expect(sharing).toEqual(policyTypes.filter((each) => each.listPath === listPath));
    expect(sharing.filter((each) => each.split!.fallback)).toHaveLength(1);
    expect(new Set(sharing.map((each) => each.split!.property)).size).toBe(1);
    expect(duplicates(sharing.flatMap((each) => [...each.split!.values]))).toEqual([]);
  });
});

describe('the coverage table', () => {
  it('shows every type once, with its children and what is not read', async () => {
    const table = coverageTable();
    expect(table.split('\n').filter((line) => line.startsWith('| '))).toHaveLength(116 + 2);
    await expect(table).toMatchFileSnapshot('coverage-table.snapshot.md');
  });
});
