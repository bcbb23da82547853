import type { ExportTool } from '../../../shared/model/export-tools.ts';
import type { PolicyType } from '../../domain/policy-types/policy-type.ts';
import { writeCanonicalJson } from '../../snapshot/canonical-json.ts';
import type { JsonObject, JsonValue } from '../../snapshot/json-value.ts';
import { type ExportLayout, folderOf, layoutOf } from './export-layouts.ts';
import { isMadeId, madeIdStart } from './made-id.ts';
import { restoreTruth } from './normal-forms.ts';
import { placeObject } from './place-object.ts';
import { findObjects, mostYamlBytes, readValue } from './read-objects.ts';
import {
  type SidePart,
  attachSideParts,
  definitionValuesOf,
  isDefinitionList,
  sidePartOf,
} from './side-parts.ts';
import {
  type FolderFile,
  type LeftOut,
  mostFileBytes,
  readFolderFile,
  type WalkedFolder,
} from './walk-folder.ts';

/** One object of the folder, as it will stand in the set. */
export interface ImportedObject {
  typeKey: string;
  /** Null: no policy type of this version; the object is kept under a key that says where it was found. */
  type: PolicyType | null;
  id: string;
  /** The tool left the id out, or another object has it: `file:` and the path of the file stand for it. */
  madeId: boolean;
  name: string;
  document: JsonObject;
  file: FolderFile;
}

export interface CollectedFolder {
  tool: ExportTool;
  folder: string;
  /** Files looked at. */
  files: number;
  objects: ImportedObject[];
  leftOut: LeftOut[];
  /** Time of the newest file that an object came from, in milliseconds; null without objects. */
  newestMs: number | null;
}

/** Objects of a folder by the layout of one tool. What no object was made of is listed with its reason. */
export async function collectObjects(walked: WalkedFolder, tool: ExportTool): Promise<CollectedFolder> {
  const collection = new Collection(layoutOf(tool));
  for (const file of walked.files) await collection.take(walked.root, file);
  collection.attach();
  const objects = collection.withIds();
  return {
    tool,
    folder: walked.name,
    files: walked.files.length,
    objects,
    leftOut: [...walked.leftOut, ...collection.leftOut].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    newestMs: objects.length === 0 ? null : Math.max(...objects.map((object) => object.file.modifiedMs)),
  };
}

/** An object before its id is settled. */
export interface FoundObject {
  body: JsonObject;
  type: PolicyType | null;
  typeKey: string;
  /** Place in the file, empty for a file that is one object. */
  at: string;
  file: FolderFile;
}

class Collection {
  readonly leftOut: LeftOut[] = [];
  private readonly layout: ExportLayout;
  private readonly found: FoundObject[] = [];
  private readonly sideParts: SidePart[] = [];

  constructor(layout: ExportLayout) {
    this.layout = layout;
  }

  async take(root: string, file: FolderFile): Promise<void> {
    const own = this.layout.ownFiles[file.name];
    if (own !== undefined) return this.leave(file, own);
    const format = /\.json$/i.test(file.name) ? 'json' : /\.ya?ml$/i.test(file.name) ? 'yaml' : null;
    if (format === null) {
      const isCopy = file.segments.some((segment) => this.layout.copies.includes(segment));
      return this.leave(
        file,
        isCopy ? 'a copy of what an object of the folder holds' : 'neither JSON nor YAML',
      );
    }
    const read = await readFolderFile(root, file, format === 'yaml' ? mostYamlBytes : mostFileBytes);
    if ('reason' in read) return this.leave(file, read.reason);
    const parsed = readValue(read.bytes, format);
    if ('reason' in parsed) return this.leave(file, parsed.reason);
    this.sort(file, parsed.value);
  }

  /** Decides what a file's value is: part of an object in another file, or one or more objects. */
  private sort(file: FolderFile, value: JsonValue): void {
    const folder = folderOf(this.layout, file.segments);
    const part = sidePartOf(this.layout, file, folder, value);
    if (part !== null) {
      this.sideParts.push(part);
      return;
    }
    if (folder !== null && isDefinitionList(folder.lists, value)) {
      this.add(file, '', folder.lists, definitionValuesOf(value, baseOf(file)));
      return;
    }
    for (const found of findObjects(value)) {
      if ('reason' in found) this.leave(file, found.reason, found.at);
      else this.add(file, found.at, folder?.lists ?? [], found.body);
    }
  }

  private add(file: FolderFile, at: string, lists: readonly string[], body: JsonObject): void {
    const type = placeObject(body, lists);
    const typeKey = type?.key ?? unknownKeyOf(file, body, lists);
    if (typeKey === null) {
      this.leave(file, 'neither its folder nor its content says what it is', at);
      return;
    }
    this.found.push({ body, type, typeKey, at, file });
  }

  attach(): void {
    for (const part of attachSideParts(this.found, this.sideParts)) {
      this.leave(part.file, `${part.what} of an object that is not in the folder`);
    }
  }

  /** Settles ids: the first object with an id keeps it, the same object again is left out, another one gets a made id. */
  withIds(): ImportedObject[] {
    const taken = new Map<string, { object: ImportedObject; text: string }>();
    const objects: ImportedObject[] = [];
    for (const found of this.found) {
      restoreTruth(this.layout.tool, found);
      const given = givenId(found);
      const text = writeCanonicalJson(found.body);
      const twin = given === null ? undefined : taken.get(`${found.typeKey} ${given}`);
      if (twin !== undefined && twin.text === text) {
        this.leave(found.file, `the same object as in ${twin.object.file.path}`, found.at);
        continue;
      }
      const madeId = given === null || twin !== undefined;
      let id = madeId ? `${madeIdStart}${`${found.file.path}${found.at}`.slice(-480)}` : given;
      for (let number = 2; taken.has(`${found.typeKey} ${id}`); number += 1)
        id = `${id.slice(0, 485)}#${number}`;
      const object: ImportedObject = {
        typeKey: found.typeKey,
        type: found.type,
        id,
        madeId,
        name: nameOf(found),
        document: found.body,
        file: found.file,
      };
      taken.set(`${found.typeKey} ${id}`, { object, text });
      objects.push(object);
    }
    return objects;
  }

  private leave(file: FolderFile, reason: string, at = ''): void {
    this.leftOut.push({ path: at === '' ? file.path : `${file.path} ${at}`, reason });
  }
}

/** Name of a file without its ending. */
function baseOf(file: FolderFile): string {
  return file.name.replace(/\.(?:json|ya?ml)$/i, '');
}

/**
 * The key under which an object is kept whose policy type this version does not know: what it calls itself, else its
 * folder. Null for what has neither a name nor an id nor a type, and so is no object of a tenant.
 */
function unknownKeyOf(file: FolderFile, body: JsonObject, lists: readonly string[]): string | null {
  const kind = body['@odata.type'];
  if (typeof kind === 'string' && kind !== '' && lists.length === 0)
    return unknownKey(kind.replace(/^#/, ''));
  const isNamed = ['displayName', 'name', 'id'].some((name) => typeof body[name] === 'string');
  return isNamed && file.segments.length > 0 ? unknownKey(file.segments.join('/')) : null;
}

function unknownKey(where: string): string {
  return `unknown:${where}`
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '�')
    .slice(0, 100);
}

function givenId({ type, body }: FoundObject): string | null {
  if (type !== null && type.identityProperty === null) return type.key;
  const id = body[type?.identityProperty ?? 'id'];
  const isUsable =
    typeof id === 'string' && id !== '' && id.length <= 500 && !id.includes('\0') && id.isWellFormed();
  return isUsable && !isMadeId(id) ? id : null;
}

function nameOf({ type, body, file }: FoundObject): string {
  const candidates = [type?.nameProperty, 'displayName', 'name', 'profileName', 'fileName'];
  for (const property of candidates) {
    const value = property === null || property === undefined ? undefined : body[property];
    if (typeof value === 'string' && value.trim() !== '') return value.slice(0, 1000).toWellFormed();
  }
  return baseOf(file);
}
