import { relative } from 'node:path';
import ts from 'typescript';
import { inRoot, root } from '../paths.mjs';

/** True for imports that exist in types only: they are gone when the program runs, so they close no cycle of files. */
function isTypeOnly(statement) {
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly;
  const clause = statement.importClause;
  if (!clause) return false;
  const named = clause.namedBindings;
  const allNamedAreTypes =
    !clause.name &&
    named &&
    ts.isNamedImports(named) &&
    named.elements.length > 0 &&
    named.elements.every((one) => one.isTypeOnly);
  return clause.isTypeOnly || Boolean(allNamedAreTypes);
}

/** Files of ours that a file imports: `{file, isTypeOnly}`. */
function importsOf(source, options) {
  const found = [];
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
    if (!statement.moduleSpecifier) continue;
    const { resolvedModule } = ts.resolveModuleName(statement.moduleSpecifier.text, source.fileName, options, ts.sys);
    if (!resolvedModule || resolvedModule.isExternalLibraryImport) continue;
    found.push({ file: resolvedModule.resolvedFileName, isTypeOnly: isTypeOnly(statement) });
  }
  return found;
}

/**
 * One cycle per knot of the graph (Map of name → names), each as a path that ends where it begins. Walks depth first: an edge back
 * into the path walked so far closes a cycle.
 */
export function cyclesOf(graph) {
  const finished = new Set();
  const cycles = [];
  const path = [];
  const walk = (name) => {
    if (finished.has(name)) return;
    const at = path.indexOf(name);
    if (at >= 0) {
      cycles.push([...path.slice(at), name]);
      return;
    }
    path.push(name);
    for (const next of graph.get(name) ?? []) walk(next);
    path.pop();
    finished.add(name);
  };
  for (const name of graph.keys()) walk(name);
  return cycles;
}

/** `libs/contracts/src/x.ts` → `libs/contracts` */
const projectOf = (file) => file.split('/').slice(0, 2).join('/');

/** Cycles among files (imports that stay when running) and among projects (any import), as paths from the root. */
export function findCycles() {
  const { config } = ts.readConfigFile(inRoot('tsconfig.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const files = new Map();
  const projects = new Map();
  for (const fileName of fileNames.filter((name) => !name.endsWith('.d.ts'))) {
    const source = ts.createSourceFile(fileName, ts.sys.readFile(fileName) ?? '', ts.ScriptTarget.Latest);
    const from = relative(root, fileName);
    const imports = importsOf(source, options).map((one) => ({ ...one, file: relative(root, one.file) }));
    files.set(
      from,
      imports.filter((one) => !one.isTypeOnly).map((one) => one.file),
    );
    // Tests may use libs/testing, which uses the lib under test: that is no cycle of what ships.
    if (/\.(spec|int-spec|e2e-spec|crash-spec)\.ts$|\/test\//.test(from)) continue;
    const project = projects.get(projectOf(from)) ?? new Set();
    for (const one of imports) if (projectOf(one.file) !== projectOf(from)) project.add(projectOf(one.file));
    projects.set(projectOf(from), project);
  }
  return [...cyclesOf(files), ...cyclesOf(projects)];
}
