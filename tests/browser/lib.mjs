// SPDX-License-Identifier: GPL-2.0-or-later
// What every browser test shares: Debian's Chromium, sentences, axe, pictures. The Python half (browser.py) lays the
// network and says in TRYGG_BROWSER where everything is.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const place = JSON.parse(process.env.TRYGG_BROWSER);
const require = createRequire(join(place.modules, "here.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core"), "utf8");

export const PHONE = {
    name: "phone", viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2,
};
export const DESKTOP = { name: "desktop", viewport: { width: 1280, height: 800 } };
const WCAG = { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] } };

let failed = 0;

export function ok(held, sentence, seen = "") {
    failed += held ? 0 : 1;
    console.log(`${held ? "ok" : "not ok"} - ${sentence}`);
    if (!held && seen !== "")
        for (const line of String(typeof seen === "string" ? seen : JSON.stringify(seen, null, 1)).split("\n").slice(0, 40))
            console.log(`#   ${line}`);
    return held;
}

export const equal = (seen, wanted, sentence) =>
    ok(JSON.stringify(seen) === JSON.stringify(wanted), sentence,
        `wanted ${JSON.stringify(wanted)}\nsaw    ${JSON.stringify(seen)}`);

// Root has no sandbox of its own in a namespace; background services would only ask for names of their own.
export const launch = (more = {}) =>
    chromium.launch({
        executablePath: "/usr/bin/chromium",
        args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", ...(more.args ?? [])],
        headless: more.headless ?? true,
    });

// A headful one with a profile of its own, as people have it: started by us, because playwright's own switches turn off what
// is to be seen (HTTPS upgrades). { context, close }
export async function persistent(folder, env) {
    const chrome = spawn("/usr/bin/chromium", ["--no-sandbox", "--disable-background-networking", "--disable-component-update",
        "--no-first-run", "--window-position=0,0", "--window-size=1280,900", "--remote-debugging-port=0",
        `--user-data-dir=${folder}`, "about:blank"], { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...env } });
    const address = await new Promise((resolve, reject) => {
        let said = "";
        chrome.stderr.on("data", (bytes) => {
            said += bytes;
            const found = said.match(/DevTools listening on (ws:\S+)/);
            if (found) resolve(found[1]);
        });
        chrome.once("exit", () => reject(new Error(`chromium ended: ${said.slice(-300)}`)));
    });
    const browser = await chromium.connectOverCDP(address);
    const gone = new Promise((resolve) => chrome.once("exit", resolve));
    return { context: browser.contexts()[0], close: async () => { chrome.kill(); await gone; } };
}

// A window of its own: nothing is remembered from the one before.
export async function open(browser, device, language = "nb", more = {}) {
    const { name: _, ...shape } = device;
    const context = await browser.newContext({ ...shape, locale: language, ...more });
    const page = await context.newPage();
    page.seen = { requests: [], bytes: 0 };
    page.on("request", (request) => page.seen.requests.push(request.url()));
    page.on("response", async (response) => {
        const sizes = await response.request().sizes().catch(() => null);
        page.seen.bytes += sizes ? sizes.responseBodySize + sizes.responseHeadersSize : 0;
    });
    return page;
}

// One line a violation of WCAG 2.1 AA.
export async function violations(page) {
    await page.evaluate(axe);
    const found = await page.evaluate((options) => globalThis.axe.run(document, options), WCAG);
    return found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(", ")}`);
}

// Kept for people to look at, beside the log.
export async function picture(page, name, fullPage = true) {
    mkdirSync(place.pictures, { recursive: true });
    await page.screenshot({ path: join(place.pictures, `${name}.png`), fullPage });
}

// Nothing sticks out sideways.
export const fits = (page) => page.evaluate(() => document.scrollingElement.scrollWidth <= window.innerWidth + 1);

export async function main(act) {
    const browser = await launch();
    try {
        await act(browser);
    } catch (error) {
        ok(false, `the test came to its end: ${error.message.split("\n")[0]}`, error.stack ?? "");
    } finally {
        await browser.close();
    }
}

process.on("exit", () => { process.exitCode ||= failed ? 1 : 0; });
