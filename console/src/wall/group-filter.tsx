import { useState } from 'react';
import type { CameraView } from '../api/types.js';
import { groupsOf, isInGroup } from '../camera/camera-filter.js';
import { defineWords, useWords } from '../text/words.js';

const KEY = 'safecity.wall-group';
const words = defineWords({ vi: { group: 'Nhóm', all: 'Mọi camera' }, en: { group: 'Group', all: 'All cameras' } });

function remembered(): string {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    // Storage can be forbidden by policy; the choice then lasts as long as the page.
    return '';
  }
}

/** The cameras of the group that this workstation looks at, and the way to choose another; a group that is gone is all. */
export function useWallGroup(cameras: CameraView[]): {
  shown: CameraView[];
  groups: string[];
  group: string;
  choose: (group: string) => void;
} {
  const [wanted, setWanted] = useState(remembered);
  const groups = groupsOf(cameras);
  const group = groups.includes(wanted) ? wanted : '';
  const choose = (name: string) => {
    setWanted(name);
    try {
      localStorage.setItem(KEY, name);
    } catch {
      // See above.
    }
  };
  return { shown: group === '' ? cameras : cameras.filter((item) => isInGroup(item, group)), groups, group, choose };
}

/** Chooses whose cameras the wall shows; nothing where no camera has a group. */
export function GroupFilter({ groups, group, choose }: Omit<ReturnType<typeof useWallGroup>, 'shown'>) {
  const text = useWords(words);
  if (groups.length === 0) return null;
  return (
    <label className="wall-filter field-inline">
      {text.group}
      <select value={group} data-testid="wall-group" onChange={(event) => choose(event.target.value)}>
        <option value="">{text.all}</option>
        {groups.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}
