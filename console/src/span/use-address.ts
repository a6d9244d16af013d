import { useSearchParams } from 'wouter';

/** What the page shows, kept in the query of its address, so that it can be sent, kept and gone back to. */
export function useAddress(): { query: URLSearchParams; change: (changes: Record<string, string | null>) => void } {
  const [query, setQuery] = useSearchParams();
  const change = (changes: Record<string, string | null>) =>
    setQuery(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value === null || value === '') next.delete(name);
          else next.set(name, value);
        }
        return next;
      },
      { replace: true },
    );
  return { query, change };
}
