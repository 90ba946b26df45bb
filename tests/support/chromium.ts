/** A headless Chromium of the system, installed from Debian when it is missing. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * Each new window of Chromium loads its address bar as a page of its own, in a process beside the one that
 * is tested: a second of a processor's time. Nobody types into the address bar of a test.
 */
const addressBarFeatures = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup'];

/** @param addressBar leaves the window's address bar as it is */
export async function launchChromium({ addressBar = false } = {}): Promise<Browser> {
  if (!candidates.some(existsSync)) {
    try {
      execFileSync('sh', ['-c', 'apt-get update -qq && apt-get install -y -qq chromium'], { stdio: 'ignore' });
    } catch {
      throw new Error('the page is tested in Chromium: install it (Debian: apt-get install chromium) and run again');
    }
  }
  return chromium.launch({
    executablePath: candidates.find(existsSync),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(addressBar ? [] : [`--disable-features=${addressBarFeatures.join(',')}`]),
    ],
  });
}
