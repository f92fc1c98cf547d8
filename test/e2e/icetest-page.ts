import type { Browser, Page } from 'playwright-core';

/** What the page tells of one way to the relay. */
export interface Card {
  readonly name: string;
  readonly state: string;
  readonly figures: Readonly<Record<string, string>>;
  /** Empty if nothing is wrong. */
  readonly problem: string;
}

export interface View {
  readonly width: number;
  readonly height: number;
  readonly colorScheme: 'light' | 'dark';
}

/** The ICE test page as somebody sees it who only opens it. */
export class IceTestPage {
  private constructor(readonly page: Page) {}

  static async open(browser: Browser, url: string, { colorScheme, ...viewport }: View): Promise<IceTestPage> {
    const page = await browser.newPage({ viewport, colorScheme });
    await page.goto(url);
    return new IceTestPage(page);
  }

  async tested(limitMs: number): Promise<void> {
    await this.page.locator('button[aria-disabled=false]').waitFor({ timeout: limitMs });
  }

  /** What it says once all is tested. */
  async verdict(limitMs: number): Promise<string> {
    await this.tested(limitMs);
    return (await this.page.getByRole('status').textContent())!;
  }

  /** How many points each chart has, in the order of the page. */
  async points(): Promise<readonly number[]> {
    const charts = await this.page.locator('polyline').all();
    const lines = await Promise.all(charts.map(chart => chart.getAttribute('points')));
    return lines.map(line => (line ?? '').split(' ').length);
  }

  async cards(): Promise<readonly Card[]> {
    const articles = await this.page.getByRole('article').all();
    return Promise.all(
      articles.map(async article => {
        const texts = async (selector: string): Promise<string[]> => article.locator(selector).allInnerTexts();
        const [names, values] = [await texts('dt'), await texts('dd')];
        return {
          name: (await texts('h3'))[0]!,
          state: (await texts('.state'))[0]!,
          figures: Object.fromEntries(names.map((name, index) => [name, values[index]!])),
          problem: (await texts('.problem:not([hidden])')).join('\n'),
        };
      }),
    );
  }
}
