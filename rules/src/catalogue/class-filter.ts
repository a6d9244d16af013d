import { CLASS_GROUPS, type ClassGroup, OBJECT_CLASSES, type ObjectClass } from '@safecity/contracts';

/** Classes that a rule's `classes` option names, groups spelled out; `fallback` when it has none. */
export function selectedClasses(
  selectors: readonly string[] | undefined,
  fallback: readonly (ObjectClass | ClassGroup)[],
): Set<ObjectClass> {
  const classes = new Set<ObjectClass>();
  for (const selector of selectors ?? fallback) {
    const group: readonly ObjectClass[] | undefined = CLASS_GROUPS[selector as ClassGroup];
    if (group) for (const name of group) classes.add(name);
    else if ((OBJECT_CLASSES as readonly string[]).includes(selector)) classes.add(selector as ObjectClass);
  }
  return classes;
}
