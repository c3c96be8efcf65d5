// SPDX-License-Identifier: GPL-2.0-or-later
// What a pupil sees who types an address: a headful Chromium under Xvfb, keys pressed by xdotool. HTTPS-First off and on.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ok, persistent, picture, place } from "./lib.mjs";

const ours = (url) => url.startsWith(`http://${place.help4}/`) || url.startsWith(`http://[${place.help6}]/`);

// A screen of our own; resolves to its name when it is there.
function screen() {
    const x = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
        { stdio: ["ignore", "ignore", "ignore", "pipe"] });
    return new Promise((resolve, reject) => {
        x.stdio[3].once("data", (number) => resolve({ name: `:${String(number).trim()}`, end: () => x.kill() }));
        x.once("exit", () => reject(new Error("Xvfb ended")));
    });
}

function keys(display, ...words) {
    const done = spawnSync("xdotool", words, { env: { ...process.env, DISPLAY: display }, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`xdotool ${words.join(" ")}: ${done.stderr}`);
}

// The setting that Chromium calls HTTPS-First, of people who have it on.
function profile(name, httpsFirst) {
    const folder = join(place.folder, name);
    mkdirSync(join(folder, "Default"), { recursive: true });
    writeFileSync(join(folder, "Default/Preferences"), JSON.stringify({
        https_only_mode_enabled: false, https_first_balanced_mode_enabled: httpsFirst,
    }));
    return folder;
}

// Types an address and waits until something is shown for it.
async function type(display, context, address) {
    const page = context.pages()[0];
    await page.goto("about:blank");
    keys(display, "search", "--sync", "--onlyvisible", "--class", "chromium", "windowfocus", "--sync");
    keys(display, "key", "--clearmodifiers", "ctrl+l");
    const since = Date.now();
    const moved = page.waitForEvent("load", { timeout: 8_000 }).catch(() => null);
    keys(display, "type", "--delay", "2", address);
    keys(display, "key", "Return");
    await moved;
    const until = Date.now() + 4000;
    let text = "";
    while (Date.now() < until && !ours(page.url()) && !/ERR_/.test(text)) {
        await page.waitForTimeout(50);
        text = await page.evaluate(() => document.body?.innerText ?? "").catch(() => "");
    }
    return { page, url: page.url(), text, ms: Date.now() - since };
}

async function with_setting(display, httpsFirst) {
    const { context, close } = await persistent(profile(`profile-${httpsFirst}`, httpsFirst), { DISPLAY: display });
    const words = httpsFirst ? "with HTTPS-First" : "typed";
    const stopped = place.names.suicide;
    try {
        const name = await type(display, context, stopped);
        if (httpsFirst) {
            // The question is no page but a window of the browser: nothing is shown behind it, and its other button goes on.
            ok(!ours(name.url) && name.text === "", `${words}, a name first meets the browser's own question`,
                `${name.url}\n${name.text}`);
            await name.page.waitForTimeout(1000); // the browser takes no key for its question in the first half second
            keys(display, "key", "shift+Tab");
            keys(display, "key", "Return");
            await name.page.waitForURL((url) => ours(url.href), { timeout: 10_000 }).catch(() => null);
            ok(ours(name.page.url()), "whoever goes on ends on the help page", name.page.url());
            const literal = await type(display, context, `http://${place.help4}/`);
            ok(ours(literal.url), "the help page by its address comes without a question", `${literal.url}\n${literal.text}`);
        } else {
            ok(ours(name.url), `${words}, a name ends on the help page`, `${name.url}\n${name.text}`);
            ok(name.ms < 5000, "without anybody waiting", `${name.ms} ms`);
            await picture(name.page, "typed-name", false);
            const http = await type(display, context, `http://${stopped}/a/page`);
            ok(ours(http.url), `${words}, an http address ends on the help page`, http.url);
            const https = await type(display, context, `https://${stopped}/`);
            ok(!ours(https.url) && /ERR_CONNECTION/.test(https.text),
                `${words}, an https address shows the browser's own error at once`,
                `${https.url}\n${https.text}`);
            const hsts = await type(display, context, place.hsts);
            ok(!ours(hsts.url) && /ERR_CONNECTION/.test(hsts.text), `${words}, a name whose suffix is HTTPS only shows the same`,
                `${hsts.url}\n${hsts.text}`);
        }
    } finally {
        await close();
    }
}

const display = await screen();
try {
    await with_setting(display.name, false);
    await with_setting(display.name, true);
} catch (error) {
    ok(false, `the test came to its end: ${error.message.split("\n")[0]}`, error.stack);
} finally {
    display.end();
}
