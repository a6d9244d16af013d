import { useState } from 'react';

const KEY = 'safecity.geometry';

/** Whether zones and lines are drawn; toggled by Z. @param initially what a page starts with */
export function useGeometryShown(initially: boolean): [boolean, () => void] {
  const [shown, setShown] = useState(() => (initially ? true : sessionStorage.getItem(KEY) === 'on'));
  function toggle(): void {
    const next = !shown;
    setShown(next);
    if (!initially) sessionStorage.setItem(KEY, next ? 'on' : 'off');
  }
  return [shown, toggle];
}
