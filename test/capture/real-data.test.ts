import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyTypes } from '../../main/domain/policy-types/registry.ts';
import { exportBackupSet } from '../../main/engine/backup/export.ts';
import type { TypeReading } from '../../main/engine/ports.ts';
import { decodeText, findObjects } from '../../main/simulator/import/decode-json-file.ts';
import type { ImportReport } from '../../main/simulator/import/import-policies.ts';
import type { Simulator } from '../../main/simulator/start-simulator.ts';
import { createBackupFixture, type BackupFixture } from '../backup/backup-fixture.ts';
import { startReadOnlySimulator } from '../support/read-only-simulator.ts';
import { readableTypes, simulatedReaders } from './simulated-capture.ts';

const folder = resolve(process.cwd(), '../shared/graph/policies');
const isThere = existsSync(folder);
if (!isThere) process.stderr.write(`Skipped: the real policies are not at ${folder}.\n`);

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Body = Record<string, Json>;

interface Exported {
  type: string;
  id: string;
  document: Body;
  /** Places of fingerprints, as JSON pointers. */
  secrets: string[];
}

describe.skipIf(!isThere)('real policies', () => {
  let simulator: Simulator;
  let imported: ImportReport;
  let fixture: BackupFixture;
  let directory: string;
  let exported: Exported[];
  const readings: TypeReading[] = [];
  /** Objects for which there is no place, played as rows of a list under their own name. */
  const homeless: { file: string; at: string; id: string; kind: string; body: Body }[] = [];

  beforeAll(async () => {
    simulator = await startReadOnlySimulator({
      types: readableTypes,
      importDirectory: folder,
      throttle: false,
    });
    imported = simulator.imported!;
    const tenant = simulator.tenants[0]!;
    for (const { file, at } of imported.notPlaced) {
      const body = (await objectsOf(file)).get(at);
      if (body === undefined) continue;
      const kind = `#microsoft.graph.unplaced${homeless.length}`;
      const id = `unplaced-${homeless.length}`;
      homeless.push({ file, at, id, kind, body });
      simulator.control.putObject(tenant.name, 'deviceConfigurations', { ...body, id, '@odata.type': kind });
    }
    fixture = await createBackupFixture(policyTypes);
    directory = await mkdtemp(join(tmpdir(), 'tenantkeep-real-'));
    const readers = simulatedReaders(simulator, new Map([[fixture.tenantId, tenant]]));
    const reader = await readers.open(fixture.tenantId, new AbortController().signal);
    const watched = {
      ...reader,
      read: async (...asked: Parameters<typeof reader.read>) => {
        const answered = await reader.read(...asked);
        readings.push(...answered);
        return answered;
      },
    };
    const run = await fixture.run(new Map(), { policyTypes: 'all' }, { reader: watched });
    await readers.close();
    const target = join(directory, 'export');
    await exportBackupSet(fixture.db, { tenantId: fixture.tenantId, setId: run.backupSetId! }, target);
    exported = await readExport(target);
  });

  afterAll(async () => {
    await fixture.close();
    await simulator.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('come out of a backup equal to what was imported, and none is lost', async () => {
    const byId = new Map(exported.map((object) => [`${listPathOf(object.type)} ${object.id}`, object]));
    const lost: string[] = [];
    let compared = 0;
    const builtIn: string[] = [];
    for (const placed of imported.placed) {
      const where = `${placed.file} ${placed.at}`;
      const source = await sourceOf(placed.file, placed.at);
      // Licences are read by no type; built-in roles are the same in every tenant, and their type leaves them out.
      if (
        !isListRead(placed.listPath) ||
        (placed.listPath.endsWith('/roleDefinitions') && source['isBuiltIn'])
      ) {
        builtIn.push(placed.file);
        continue;
      }
      const twin = byId.get(`${placed.listPath} ${placed.id}`);
      if (placed.by === 'parent') throw new Error(`${where} is a row of another file`);
      if (twin === undefined) lost.push(`${where} as ${placed.listPath} ${placed.id} is not in the export`);
      else {
        const difference = firstDifference(source, twin, placed.newId);
        if (difference !== null) lost.push(`${where} as ${twin.type}: ${difference}`);
      }
      compared += 1;
    }
    expect(lost).toEqual([]);
    expect(compared + builtIn.length).toBe(imported.placed.length);
    expect(compared).toBeGreaterThan(0);
    expect(builtIn.length).toBeLessThan(5);
    expect(exported.length).toBe(compared + homeless.length);
  });

  it('that fit no type are named and kept whole as unknown kinds', () => {
    expect(homeless).toHaveLength(imported.notPlaced.length);
    const seen = readings.flatMap((reading) => reading.unknownKinds);
    for (const { id, kind, body, file } of homeless) {
      expect(seen).toContainEqual({ kind: '@odata.type', value: kind, count: 1 });
      const twin = exported.find((object) => object.id === id);
      const lost = twin && firstDifference({ ...body, id, '@odata.type': kind }, twin, false);
      expect({ file, lost }).toEqual({ file, lost: null });
    }
  });
});

const parsed = new Map<string, Promise<Map<string, Body>>>();

/** The object of a file that was placed. */
async function sourceOf(file: string, at: string): Promise<Body> {
  const objects = await objectsOf(file);
  const found = objects.get(at);
  if (found !== undefined && (at !== '' || !('definition@odata.bind' in found))) return found;
  // A file of bare definition values is one administrative template.
  return { definitionValues: [...objects.values()] };
}

/** Objects of a file by their place in it. */
function objectsOf(file: string): Promise<Map<string, Body>> {
  let objects = parsed.get(file);
  if (objects === undefined) {
    objects = readFile(join(folder, file)).then(
      (bytes) =>
        new Map(
          findObjects(decodeText(bytes)).flatMap((found) =>
            'body' in found ? [[found.at, JSON.parse(JSON.stringify(found.body)) as Body]] : [],
          ),
        ),
    );
    parsed.set(file, objects);
  }
  return objects;
}

function isListRead(listPath: string): boolean {
  return policyTypes.some((type) => type.listPath === listPath);
}

function listPathOf(key: string): string {
  return policyTypes.find((type) => type.key === key)!.listPath;
}

async function readExport(target: string): Promise<Exported[]> {
  const manifest = JSON.parse(await readFile(join(target, 'manifest.json'), 'utf8')) as {
    items: { type: string; id: string; file: string; volatile?: Record<string, Json>; secrets?: string[] }[];
  };
  return Promise.all(
    manifest.items.map(async ({ type, id, file, volatile, secrets }) => {
      const document = JSON.parse(await readFile(join(target, file), 'utf8')) as Body;
      for (const [pointer, value] of Object.entries(volatile ?? {})) put(document, pointer, value);
      return { type, id, document, secrets: secrets ?? [] };
    }),
  );
}

/** Puts a volatile value back where it stood. */
function put(document: Body, pointer: string, value: Json): void {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  let holder: Record<string, Json> = document;
  for (const name of names.slice(0, -1)) holder = holder[name] as Record<string, Json>;
  holder[names.at(-1)!] = value;
}

/**
 * The first thing of a file that is not in the export. Beyond content: annotations that describe an answer and
 * navigation links belong to the answer of that day; a new id was given by the import; counts are Graph's own.
 */
function firstDifference(source: Body, { type, document, secrets }: Exported, newId: boolean): string | null {
  const record = policyTypes.find(({ key }) => key === type)!;
  const ignored = new Set(
    record.children.flatMap((child) => [child.countProperty ?? '', child.nonEmptyProperty ?? '']),
  );
  if (newId) ignored.add(record.identityProperty ?? 'id');
  const hidden = new Set(secrets);
  const look = (expected: Json, actual: Json | undefined, path: string): string | null => {
    if (hidden.has(path)) return null;
    if (actual === undefined) return `${path} is missing`;
    if (Array.isArray(expected)) {
      if (!Array.isArray(actual)) return `${path} is no list any more`;
      if (actual.length !== expected.length) return `${path} has ${actual.length} rows of ${expected.length}`;
      const left = actual.map((row, index) => ({ row, index }));
      for (const [index, row] of expected.entries()) {
        // Sets may come in another order: each row needs a twin of its own.
        const at = left.findIndex(
          (candidate) => look(row, candidate.row, `${path}/${candidate.index}`) === null,
        );
        if (at < 0) return look(row, actual[index], `${path}/${index}`) ?? `${path}/${index} has no twin`;
        left.splice(at, 1);
      }
      return null;
    }
    if (typeof expected === 'object' && expected !== null) {
      // PowerShell writes a list of one as the one.
      if (Array.isArray(actual) && actual.length === 1) return look(expected, actual[0], `${path}/0`);
      if (typeof actual !== 'object' || actual === null || Array.isArray(actual))
        return `${path} is no object`;
      for (const [name, value] of Object.entries(expected)) {
        if (isAnnotation(name) || (path === '' && ignored.has(name))) continue;
        const difference = look(value, (actual as Body)[name], `${path}/${pointerName(name)}`);
        if (difference !== null) return difference;
      }
      return null;
    }
    return expected === actual
      ? null
      : `${path} is ${JSON.stringify(actual)}, was ${JSON.stringify(expected)}`;
  };
  return look(source, document, '');
}

function pointerName(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isAnnotation(name: string): boolean {
  return (
    /@odata\.(context|navigationLink|associationLink|id|editLink|count|etag|bind)$/.test(name) ||
    /^@odata\.|^@microsoft|^#microsoft/.test(name.replace('@odata.type', ''))
  );
}
