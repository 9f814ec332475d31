import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import type { TestContext } from "vitest";

const EXECUTABLE = "/usr/bin/chromium";

const ARGUMENTS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run"],
  ...["--disable-component-update", "--disable-sync"],
];

/** Debian's Chromium, headless; without it the test is skipped, or fails where nothing may be skipped. */
export async function launchChromium(skip: TestContext["skip"]): Promise<Browser> {
  if (!existsSync(EXECUTABLE) && !process.env.TSMODULES_TEST_NO_SKIPS) {
    console.warn("NOT TESTED, because Chromium is not installed: apt-get install chromium");
    skip("Chromium is not installed");
  }
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
}
