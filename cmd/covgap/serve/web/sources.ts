import {createHash} from 'node:crypto';
import {readFileSync, readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';

function files(path: string): string[] {
  return statSync(path).isDirectory() ? readdirSync(path).sort().flatMap((name) => files(join(path, name))) : [path];
}

/** The digest of files and folders. Go tests compute the same and compare it with the one in what was built. */
export function digest(names: string[]): string {
  const hash = createHash('sha256');
  for (const file of names.flatMap(files)) hash.update(`${file.replaceAll('\\', '/')}\n${createHash('sha256').update(readFileSync(file)).digest('hex')}\n`);
  return hash.digest('hex');
}
