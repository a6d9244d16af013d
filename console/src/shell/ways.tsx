import { Link, matchRoute, useLocation, useRouter } from 'wouter';
import { PAGES, type Page, SECTIONS, type Section } from '../pages.js';
import { useMay } from '../session/abilities.js';
import { useText } from '../text/language.js';

/** The pages that the signed-in person may open, in their order. */
export function usePages(): Page[] {
  const may = useMay();
  return PAGES.filter(({ needs }) => needs === undefined || may(needs));
}

/** The page that is open. */
function useOpenPage(): Page | undefined {
  const { parser } = useRouter();
  const [location] = useLocation();
  return PAGES.find(({ path }) => matchRoute(parser, path, location)[0]);
}

/** One way to each section in which the signed-in person may open a page. */
export function SectionWays() {
  const { pick } = useText();
  const pages = usePages();
  const open = useOpenPage();
  const sections = (Object.keys(SECTIONS) as Section[]).flatMap((section) => {
    const first = pages.find((page) => page.section === section && page.tab);
    return first ? [{ section, path: first.path }] : [];
  });
  return (
    <nav>
      {sections.map(({ section, path }) => (
        <Link key={section} href={path} aria-current={open?.section === section ? 'page' : undefined} data-testid={`section-${section}`}>
          {pick(SECTIONS[section])}
        </Link>
      ))}
    </nav>
  );
}

/** The pages of the section that is open, when there is more than one to choose from. */
export function PageTabs() {
  const { pick } = useText();
  const pages = usePages();
  const open = useOpenPage();
  const tabs = pages.filter(({ section, tab }) => tab && section === open?.section);
  if (tabs.length < 2) return null;
  return (
    <nav className="page-tabs">
      {tabs.map(({ path, tab }) => (
        <Link
          key={path}
          href={path}
          className="page-tab"
          aria-current={open?.path === path ? 'page' : undefined}
          data-testid={`tab-${path.slice(1)}`}
        >
          {tab && pick(tab)}
        </Link>
      ))}
    </nav>
  );
}
