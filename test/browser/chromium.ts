import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import type { TestContext } from "vitest";
import { skipWithout } from "../skip-without.ts";

const EXECUTABLE = "/usr/bin/chromium";

const ARGUMENTS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run"],
  ...["--disable-component-update", "--disable-sync"],
];

/** What a page did that nobody asked it for. */
export interface PageRecord {
  readonly page: Page;
  /** Errors and warnings on its console, and what its scripts threw. */
  readonly complaints: readonly string[];
  /** Every URL that it asked for. */
  readonly requests: readonly string[];
}

/** Debian's Chromium, headless; without it the test is skipped, or fails where nothing may be skipped. */
export async function launchChromium(skip: TestContext["skip"]): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) skipWithout("Chromium", "chromium", skip);
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
}

/** An empty page whose console and requests are written down. */
export async function recordedPage(browser: Browser): Promise<PageRecord> {
  const page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  return { page, complaints, requests };
}
